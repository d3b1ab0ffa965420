import { createHash } from "node:crypto";
import { NadirError } from "../base/errors.ts";
import { packJson, unpackJson } from "./packedJson.ts";
import { readSafetensors, type SavedTensor, safetensorsPieces } from "./safetensors.ts";

/** Tensors by name, and any plain data beside them (see `packJson`). */
export interface TensorsAndMeta {
  readonly tensors: Readonly<Record<string, SavedTensor>>;
  readonly meta: unknown;
}

const format = "nadir.tensors/1";
// The writer puts the metadata first and in order, so the seal stands at a fixed place.
const beforeSeal = new TextEncoder().encode('{"__metadata__":{"sha256":"');
const sealStart = 8 + beforeSeal.length;
const sealEnd = sealStart + 64;
const blankSeal = "0".repeat(64);

/**
 * The pieces of a safetensors file that carries its own checksum, in order, and that checksum.
 *
 * The seal is `__metadata__.sha256`: the SHA-256, in hex, of the whole file with 64 zeros in the
 * seal's place. So every byte is covered, and any safetensors reader can read the file.
 *
 * @throws NadirError `safetensors/write`, `data/not-plain`
 */
export function sealTensors({ tensors, meta }: TensorsAndMeta): {
  readonly pieces: Uint8Array[];
  readonly sha256: string;
} {
  const pieces = safetensorsPieces(tensors, { sha256: blankSeal, format, meta: packJson(meta) });
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  const sha256 = hash.digest("hex");
  pieces[0]?.set(new TextEncoder().encode(sha256), sealStart);
  return { pieces, sha256 };
}

/**
 * Opens what `sealTensors` made, if not one bit of it has changed.
 *
 * @param source - what to call the file in errors
 * @throws NadirError `checkpoint/damaged` if any byte is not as it was written, `checkpoint/format`
 *   for a file of another kind or a later version
 */
export function openSealed(bytes: Uint8Array, source: string): TensorsAndMeta {
  const damaged = (what: string, cause?: unknown): NadirError =>
    new NadirError("checkpoint/damaged", `${source} is damaged: ${what}`, {
      expected: "the file as nadir wrote it, byte for byte",
      hint: "resume from an earlier checkpoint; this file was not changed",
      cause,
    });
  if (bytes.length < sealEnd) throw damaged(`it ends after ${bytes.length} bytes`);
  if (Buffer.compare(bytes.subarray(8, sealStart), beforeSeal) !== 0) {
    throw damaged("it does not start with a seal");
  }
  const found = createHash("sha256")
    .update(bytes.subarray(0, sealStart))
    .update(blankSeal)
    .update(bytes.subarray(sealEnd))
    .digest("hex");
  const seal = Buffer.from(bytes.buffer, bytes.byteOffset + sealStart, 64).toString("latin1");
  if (seal !== found) throw damaged("its SHA-256 is not the one it was sealed with");

  const { tensors, metadata } = readSafetensors(bytes, source);
  const { format: written, meta } = metadata;
  if (written !== format || meta === undefined) {
    throw new NadirError("checkpoint/format", `${source} is of format ${written}`, {
      expected: format,
      hint: "read it with the version of nadir that wrote it",
    });
  }
  return { tensors, meta: unpackJson(meta) };
}
