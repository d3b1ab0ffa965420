import { NadirError } from "../base/errors.ts";
import type { SavedDtype } from "./safetensors.ts";

/** The format's own limit on the header. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Where one tensor lies: `begin` and `end` count bytes from the start of the data. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: SavedDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: Record<string, string>;
  /** In the order of their bytes, without gap or overlap. */
  readonly entries: readonly TensorEntry[];
  /** Byte of the file at which the data starts. */
  readonly dataStart: number;
}

const held: Readonly<Record<string, { readonly dtype: SavedDtype; readonly bytes: number }>> = {
  F64: { dtype: "f64", bytes: 8 },
  F32: { dtype: "f32", bytes: 4 },
  I32: { dtype: "i32", bytes: 4 },
  U32: { dtype: "u32", bytes: 4 },
  U8: { dtype: "u8", bytes: 1 },
  BOOL: { dtype: "bool", bytes: 1 },
};

/**
 * Parses and checks the header of a safetensors file.
 *
 * The JSON is read by hand because `JSON.parse` keeps the last of two equal keys without a word, and
 * because a parser that knows only this shape cannot be made to build a deep or huge value: hostile
 * headers cost no more than their own length.
 *
 * @throws NadirError `safetensors/malformed`, `safetensors/dtype`
 */
export function parseHeader(bytes: Uint8Array, source: string): Header {
  const malformed = (what: string, expected?: string): NadirError =>
    new NadirError("safetensors/malformed", `${source}: ${what}`, {
      expected,
      hint: "save the file again from where it came; it may have been cut short or changed",
    });
  if (bytes.length < 8) {
    throw malformed(
      `the file has ${bytes.length} bytes`,
      "8 bytes of header length, then the header",
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw malformed(`the header claims ${length} bytes`, `at most ${MAX_HEADER_BYTES}`);
  }
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) {
    throw malformed(`the header claims ${length} bytes of ${bytes.length - 8}`);
  }
  if (bytes[8] !== 0x7b || length === 0n) throw malformed("the header is not JSON", 'a first "{"');
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(8, dataStart),
    );
  } catch (cause) {
    throw new NadirError("safetensors/malformed", `${source}: the header is not UTF-8`, { cause });
  }

  const json = new HeaderText(text, malformed);
  const metadata = new Map<string, string>();
  const entries: TensorEntry[] = [];
  json.object("the header", (name) => {
    if (name === "__metadata__") {
      json.object("__metadata__", (key) => metadata.set(key, json.string()));
    } else {
      entries.push(readEntry(json, name, source, malformed));
    }
  });
  json.end();

  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      const what = begin > at ? "a hole" : "an overlap";
      throw malformed(`${what} before tensor ${JSON.stringify(name)}`, `data offset ${at}`);
    }
    at = end;
  }
  if (at !== bytes.length - dataStart) {
    throw malformed(
      `the tensors take ${at} bytes, the file holds ${bytes.length - dataStart}`,
      "every byte to belong to a tensor",
    );
  }
  return { metadata: Object.fromEntries(metadata), entries, dataStart };
}

type Malformed = (what: string, expected?: string) => NadirError;

function readEntry(
  json: HeaderText,
  name: string,
  source: string,
  malformed: Malformed,
): TensorEntry {
  const quoted = JSON.stringify(name);
  let tag: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  json.object(`tensor ${quoted}`, (key) => {
    if (key === "dtype") tag = json.string();
    else if (key === "shape") shape = json.counts();
    else if (key === "data_offsets") offsets = json.counts();
    else
      throw malformed(
        `tensor ${quoted} has a field ${JSON.stringify(key)}`,
        "dtype, shape, data_offsets",
      );
  });
  if (tag === undefined || shape === undefined || offsets === undefined) {
    throw malformed(`tensor ${quoted} lacks a field`, "dtype, shape and data_offsets");
  }
  const type = Object.hasOwn(held, tag) ? held[tag] : undefined;
  if (type === undefined) {
    throw new NadirError("safetensors/dtype", `${source}: tensor ${quoted} is of type ${tag}`, {
      expected: `one of ${Object.keys(held).join(", ")}`,
      hint: "convert it where it was made, for example tensor.float() in PyTorch, and save again",
    });
  }
  const size = shape.reduce((product, axis) => product * axis, type.bytes);
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined) {
    throw malformed(`tensor ${quoted} has ${offsets.length} data offsets`, "two");
  }
  if (!Number.isSafeInteger(size) || end - begin !== size) {
    throw malformed(
      `tensor ${quoted} of ${tag} [${shape.join(", ")}] takes ${end - begin} bytes`,
      `${size} bytes`,
    );
  }
  return { name, dtype: type.dtype, shape, begin, end };
}

/** A cursor in the header's text that knows the four things a header may hold. */
class HeaderText {
  readonly #text: string;
  readonly #malformed: Malformed;
  #at = 0;

  constructor(text: string, malformed: Malformed) {
    this.#text = text;
    this.#malformed = malformed;
  }

  /** An object whose values `member` reads; no key may stand twice. */
  object(what: string, member: (key: string) => void): void {
    const seen = new Set<string>();
    this.#expect("{");
    if (this.#next() === "}") {
      this.#expect("}");
      return;
    }
    do {
      const key = this.string();
      if (seen.has(key)) throw this.#malformed(`${what} has the key ${JSON.stringify(key)} twice`);
      seen.add(key);
      this.#expect(":");
      member(key);
    } while (this.#follows(",", "}"));
  }

  string(): string {
    this.#expect('"');
    const start = this.#at - 1;
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined) throw this.#malformed("the header ends within a text");
      if (character === '"') break;
      if (character === "\\") this.#at++;
    }
    const token = this.#text.slice(start, this.#at);
    let value: unknown;
    try {
      value = JSON.parse(token);
    } catch {
      value = undefined;
    }
    if (typeof value === "string" && !/\p{Surrogate}/u.test(value)) return value;
    throw this.#malformed(`the text at byte ${start} of the header is not valid`);
  }

  /** An array of whole numbers from 0 to 2⁵³ − 1. */
  counts(): number[] {
    const values: number[] = [];
    this.#expect("[");
    if (this.#next() === "]") {
      this.#expect("]");
      return values;
    }
    do values.push(this.#count());
    while (this.#follows(",", "]"));
    return values;
  }

  /** Nothing but the padding may follow. */
  end(): void {
    if (this.#next() !== undefined) throw this.#malformed("the header goes on after its last }");
  }

  #count(): number {
    this.#next();
    const digits = /(?:0|[1-9]\d{0,15})(?![\d.eE])/y;
    digits.lastIndex = this.#at;
    const value = Number(digits.exec(this.#text)?.[0] ?? Number.NaN);
    if (!Number.isSafeInteger(value)) {
      throw this.#malformed(
        `the number at byte ${this.#at} of the header is not valid`,
        "a whole number",
      );
    }
    this.#at = digits.lastIndex;
    return value;
  }

  /** Whether `more` comes next rather than `close`; either is consumed. */
  #follows(more: string, close: string): boolean {
    const found = this.#next();
    if (found !== more && found !== close) {
      throw this.#malformed(`byte ${this.#at} of the header is not valid`, `${more} or ${close}`);
    }
    this.#at++;
    return found === more;
  }

  #expect(character: string): void {
    if (this.#next() !== character) {
      throw this.#malformed(`byte ${this.#at} of the header is not valid`, character);
    }
    this.#at++;
  }

  /** The next character that is not blank, left where it stands. */
  #next(): string | undefined {
    while (" \n\r\t".includes(this.#text[this.#at] ?? "x")) this.#at++;
    return this.#text[this.#at];
  }
}
