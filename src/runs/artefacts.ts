import { createHash } from "node:crypto";
import { NadirError } from "../base/errors.ts";
import { Columns, real } from "./columns.ts";
import { packJson, unpackJson } from "./packedJson.ts";
import { corrupt } from "./sqlite.ts";
import { type StoreAccess, touch } from "./storeAccess.ts";

/** What is said of an artefact when it is kept. */
export interface ArtefactLabel {
  /** What it is, one word: `spectrum`, `landscape`, `health`, `diagnosis`, `figure` … */
  readonly kind: string;
  /** Which one of its kind, for a reader. */
  readonly name: string;
  /** The step that it was measured at, if it belongs to one. */
  readonly step?: number | undefined;
}

/** An artefact without its bytes. It is addressed by its run and its hash, never by a path. */
export interface ArtefactInfo extends ArtefactLabel {
  /** The run's id. */
  readonly run: string;
  /** SHA-256 of the bytes, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** `application/json`, `image/svg+xml` … */
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
}

/** An artefact as it was kept. */
export interface Artefact extends ArtefactInfo {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Longer ones belong into files: a store is read whole by `nadir doctor`. */
const LARGEST = 64_000_000;
const infoColumns = ["run", "sha256", "kind", "name", "step", "created", "media_type", "size"];

/** What was measured of a run and kept beside it: `store.artefacts`. */
export class Artefacts {
  readonly #access: StoreAccess;

  /** Made by `Store`. */
  constructor(access: StoreAccess) {
    this.#access = access;
  }

  /**
   * Keeps bytes with a run. The same bytes kept twice are one artefact, with what was last said of it.
   *
   * @throws NadirError `store/artefact` for a kind that is no word, an odd media type, or more than
   *   64 MB; `store/unknown-run`, `store/…`
   */
  put(
    reference: string,
    content: ArtefactLabel & { readonly mediaType: string; readonly bytes: Uint8Array },
  ): ArtefactInfo {
    const { kind, name, step, mediaType, bytes } = content;
    requireArtefact(content);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const { connection, now } = this.#access;
    return this.#access.change((changed) => {
      const run = this.#access.idOf(reference);
      const created = now();
      const size = bytes.byteLength;
      connection.run(
        "INSERT OR REPLACE INTO artefacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ...[run, sha256, kind, name, real(step), created, mediaType, size, bytes],
      );
      touch(connection, run, changed);
      return { run, sha256, kind, name, step, created, mediaType, size };
    });
  }

  /**
   * Keeps plain data with a run, as packed JSON: NaN, infinities and typed arrays come back as they were.
   *
   * @throws NadirError `data/not-plain`, and as `put`
   */
  putJson(reference: string, label: ArtefactLabel, value: unknown): ArtefactInfo {
    const bytes = new TextEncoder().encode(packJson(value));
    return this.put(reference, { ...label, mediaType: "application/json", bytes });
  }

  /** A run's artefacts without their bytes, oldest first. */
  list(reference: string, wanted: Partial<ArtefactLabel> = {}): ArtefactInfo[] {
    const { connection } = this.#access;
    return connection
      .select(
        infoColumns,
        "FROM artefacts WHERE run = ? ORDER BY created, sha256",
        this.#access.idOf(reference),
      )
      .map((row) => this.#info(row))
      .filter(
        ({ kind, name, step }) =>
          (wanted.kind ?? kind) === kind &&
          (wanted.name ?? name) === name &&
          (wanted.step ?? step) === step,
      );
  }

  /**
   * An artefact with its bytes, verified against its hash.
   *
   * @throws NadirError `store/unknown-artefact`, `store/corrupt`
   */
  read(reference: string, sha256: string): Artefact {
    const { connection } = this.#access;
    const run = this.#access.idOf(reference);
    const [row] = /^[0-9a-f]{64}$/.test(sha256)
      ? connection.select(
          [...infoColumns, "bytes"],
          "FROM artefacts WHERE run = ? AND sha256 = ?",
          run,
          sha256,
        )
      : [];
    if (row === undefined) throw unknownArtefact(run, sha256);
    const bytes = new Columns(row, connection.file, `an artefact of run ${run}`).bytes("bytes");
    if (createHash("sha256").update(bytes).digest("hex") !== sha256) {
      throw corrupt(
        connection.file,
        `artefact ${sha256.slice(0, 8)} of run ${run} is not as it was written`,
      );
    }
    return { ...this.#info(row), bytes };
  }

  /**
   * What `putJson` kept.
   *
   * @throws NadirError `store/artefact` if it is no JSON; and as `read`
   */
  readJson(reference: string, sha256: string): unknown {
    const { bytes, mediaType, name, run } = this.read(reference, sha256);
    if (mediaType !== "application/json") {
      throw new NadirError("store/artefact", `${name} of run ${run} is of type ${mediaType}`, {
        expected: "application/json",
        hint: "artefacts.read, which gives its bytes",
      });
    }
    return unpackJson(new TextDecoder().decode(bytes));
  }

  /**
   * Removes an artefact.
   *
   * @throws NadirError `store/unknown-artefact`
   */
  remove(reference: string, sha256: string): void {
    const { connection } = this.#access;
    this.#access.change((changed) => {
      const run = this.#access.idOf(reference);
      const where = "FROM artefacts WHERE run = ? AND sha256 = ?";
      if (connection.number(`SELECT count(*) ${where}`, run, sha256) === 0) {
        throw unknownArtefact(run, sha256);
      }
      connection.run(`DELETE ${where}`, run, sha256);
      touch(connection, run, changed);
    });
  }

  #info(row: Readonly<Record<string, unknown>>): ArtefactInfo {
    const column = new Columns(row, this.#access.connection.file, "an artefact");
    return {
      run: column.text("run"),
      sha256: column.text("sha256"),
      kind: column.text("kind"),
      name: column.text("name"),
      step: column.maybe("step", (key) => column.number(key)),
      created: column.number("created"),
      mediaType: column.text("media_type"),
      size: column.number("size"),
    };
  }
}

const unknownArtefact = (run: string, sha256: string): NadirError =>
  new NadirError(
    "store/unknown-artefact",
    `run ${run} has no artefact ${JSON.stringify(sha256.slice(0, 64))}`,
    {
      expected: "the SHA-256 of one of its artefacts, 64 hexadecimal digits",
    },
  );

/** @throws NadirError `store/artefact` unless it can be kept as an artefact */
export function requireArtefact(content: Parameters<Artefacts["put"]>[1]): void {
  const refuse = (what: string, expected: string): never => {
    throw new NadirError("store/artefact", what, { expected });
  };
  const { kind, name, step, mediaType, bytes } = content;
  if (!/^[a-z][\w-]{0,63}$/i.test(kind)) {
    refuse(`an artefact's kind is ${JSON.stringify(kind)}`, "one word, such as spectrum");
  }
  if (name === "" || name.length > 1000 || /\p{Control}|\p{Surrogate}/u.test(name)) {
    refuse(
      `an artefact's name is ${JSON.stringify(name)}`,
      "1 to 1000 characters, none of control",
    );
  }
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(mediaType)) {
    refuse(`an artefact's media type is ${JSON.stringify(mediaType)}`, "such as image/svg+xml");
  }
  if (step !== undefined && !Number.isFinite(step)) {
    refuse(`an artefact's step is ${step}`, "a finite number");
  }
  if (bytes.byteLength > LARGEST) {
    refuse(`an artefact of ${bytes.byteLength} bytes`, `at most ${LARGEST} bytes`);
  }
}
