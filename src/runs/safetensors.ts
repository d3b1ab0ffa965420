import { NadirError } from "../base/errors.ts";
import { MAX_HEADER_BYTES, parseHeader, type TensorEntry } from "./safetensorsHeader.ts";

/** Memory that a tensor may come in. Booleans are bytes, 0 or 1. */
export type SavedData = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;
export type SavedDtype = "f32" | "f64" | "i32" | "u32" | "u8" | "bool";

/** A tensor as it is kept in a file: row-major, `data.length` is the product of `shape`. */
export interface SavedTensor {
  readonly dtype: SavedDtype;
  readonly shape: readonly number[];
  readonly data: SavedData;
}

/** What a safetensors file holds. */
export interface SafetensorsContent {
  readonly tensors: Record<string, SavedTensor>;
  /** The file's `__metadata__`, empty if it has none. */
  readonly metadata: Record<string, string>;
}

/** How each dtype is called in the file and what holds it in memory, in the order that the reference writer keeps. */
const fileTypes = {
  f64: { tag: "F64", array: Float64Array },
  f32: { tag: "F32", array: Float32Array },
  u32: { tag: "U32", array: Uint32Array },
  i32: { tag: "I32", array: Int32Array },
  u8: { tag: "U8", array: Uint8Array },
  bool: { tag: "BOOL", array: Uint8Array },
} as const satisfies Record<SavedDtype, { tag: string; array: unknown }>;
const order = Object.keys(fileTypes);

/**
 * The pieces of a safetensors file, in order: the header, then a view of each tensor's own memory.
 *
 * Wide types come first, so that each tensor lies at a multiple of its element's size. `metadata`
 * stands before the tensors and keeps its own order, so a writer can find its place again.
 *
 * @throws NadirError `safetensors/write` for a name or tensor that the format cannot hold
 * @see https://github.com/huggingface/safetensors#format
 */
export function safetensorsPieces(
  tensors: Readonly<Record<string, SavedTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  requireLittleEndian();
  const entries = Object.entries(tensors);
  for (const [name, tensor] of entries) requireWritable(name, tensor);
  entries.sort(
    ([a, s], [b, t]) =>
      order.indexOf(s.dtype) - order.indexOf(t.dtype) || (a < b ? -1 : a > b ? 1 : 0),
  );
  let offset = 0;
  const fields = entries.map(([name, { dtype, shape, data }]) => {
    const place = {
      dtype: fileTypes[dtype].tag,
      shape,
      data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
    return `${JSON.stringify(name)}:${JSON.stringify(place)}`;
  });
  const metadataEntries = Object.entries(metadata);
  for (const [key, value] of metadataEntries) requireText(`metadata ${key}`, key, value);
  if (metadataEntries.length > 0) {
    // Entry by entry: JSON.stringify of an object would move integer-like keys to the front.
    const pairs = metadataEntries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`);
    fields.unshift(`"__metadata__":{${pairs.join(",")}}`);
  }
  const text = new TextEncoder().encode(`{${fields.join(",")}}`);
  const padded = Math.ceil(text.length / 8) * 8;
  if (padded > MAX_HEADER_BYTES) {
    throw unwritable(`the header takes ${padded} bytes`, `at most ${MAX_HEADER_BYTES}`);
  }
  const header = new Uint8Array(8 + padded).fill(0x20, 8 + text.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(text, 8);
  return [header, ...entries.map(([, tensor]) => bytesOf(tensor.data))];
}

/** A whole safetensors file in memory. See {@link safetensorsPieces}. */
export function writeSafetensors(
  tensors: Readonly<Record<string, SavedTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const pieces = safetensorsPieces(tensors, metadata);
  const file = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    file.set(piece, offset);
    offset += piece.length;
  }
  return file;
}

/**
 * Reads a safetensors file, strictly: every byte belongs to exactly one tensor, every offset follows
 * from shape and dtype, no key stands twice. The tensors are copies, the caller's to keep.
 *
 * @param source - what to call the file in errors
 * @throws NadirError `safetensors/malformed`, or `safetensors/dtype` for a type that nadir does not hold
 */
export function readSafetensors(bytes: Uint8Array, source = "safetensors"): SafetensorsContent {
  requireLittleEndian();
  const { metadata, entries, dataStart } = parseHeader(bytes, source);
  return {
    metadata,
    // fromEntries defines own properties, so a tensor called "__proto__" is only a tensor.
    tensors: Object.fromEntries(
      entries.map((entry) => [entry.name, tensorAt(bytes, dataStart, entry, source)]),
    ),
  };
}

function tensorAt(
  bytes: Uint8Array,
  dataStart: number,
  { name, dtype, shape, begin, end }: TensorEntry,
  source: string,
): SavedTensor {
  // Not bytes.slice: a Buffer's is a view of memory that others share.
  const copy = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
  if (dtype === "bool") {
    const bad = copy.findIndex((byte) => byte > 1);
    if (bad >= 0) {
      throw new NadirError(
        "safetensors/malformed",
        `${source}: element ${bad} of BOOL tensor ${JSON.stringify(name)} is ${copy[bad]}`,
        { expected: "0 or 1" },
      );
    }
  }
  return { dtype, shape, data: new fileTypes[dtype].array(copy.buffer) };
}

function requireWritable(name: string, { dtype, shape, data }: SavedTensor): void {
  requireText("the tensor's name", name);
  if (name === "__metadata__") throw unwritable('a tensor is named "__metadata__"', "another name");
  const type = fileTypes[dtype];
  if (!(data instanceof type.array)) {
    throw unwritable(
      `tensor ${JSON.stringify(name)} of dtype ${dtype} holds ${data.constructor.name}`,
      type.array.name,
    );
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || count !== data.length) {
    throw unwritable(
      `tensor ${JSON.stringify(name)} of shape [${shape.join(", ")}] holds ${data.length} elements`,
      "as many elements as the shape's product",
    );
  }
}

function requireText(what: string, ...texts: readonly string[]): void {
  // A lone surrogate has no UTF-8, and would come back as another character.
  if (texts.some((text) => typeof text !== "string" || /\p{Surrogate}/u.test(text))) {
    throw unwritable(`${what} is not well-formed text`, "Unicode without lone surrogates");
  }
}

const unwritable = (what: string, expected: string): NadirError =>
  new NadirError("safetensors/write", `safetensors: ${what}`, { expected });

const bytesOf = (data: SavedData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function requireLittleEndian(): void {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return;
  throw new NadirError("safetensors/endianness", "safetensors: this machine is big-endian", {
    expected: "a little-endian processor, which the format's numbers are laid out for",
  });
}
