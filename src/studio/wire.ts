import { NadirError } from "../base/errors.ts";

// How the messages of protocol.ts become text and bytes. Runs on the server and in the page.

/** A longer vector (a saddle's direction …) is left out: the record has it. */
const LONGEST_VECTOR = 100;

/** JSON in which NaN, the infinities and −0 are `{"$number": "NaN"}`, and short typed arrays are lists. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === "number" && (!Number.isFinite(item) || Object.is(item, -0))) {
      return { $number: Object.is(item, -0) ? "-0" : String(item) };
    }
    if (typeof item === "bigint") return String(item);
    if (!ArrayBuffer.isView(item) || item instanceof DataView) return item;
    const list = item as Float64Array; // every view but DataView is a list of its elements
    return list.length > LONGEST_VECTOR ? undefined : Array.from(list);
  });
}

const kept = new WeakMap<object, string>();

/** Objects that never change, as a JSON list: each is written once, however often it is sent. */
export function encodeList(items: readonly object[]): string {
  const texts = items.map((item) => {
    let text = kept.get(item);
    if (text === undefined) {
      text = encodeJson(item);
      kept.set(item, text);
    }
    return text;
  });
  return `[${texts.join()}]`;
}

/**
 * What {@link encodeJson} wrote, of the type that the protocol says.
 *
 * @throws SyntaxError if it is no JSON
 */
export function decodeJson<T>(text: string): T {
  // Most messages hold no such number, and asking about each value takes ten times as long as reading it.
  const plain = !text.includes('"$number"');
  // Cast: the two sides are one build, and protocol.ts says what each route answers.
  if (plain) return JSON.parse(text) as T;
  return JSON.parse(text, (_key, item: unknown) =>
    typeof item === "object" && item !== null && "$number" in item ? Number(item.$number) : item,
  ) as T;
}

/** A head and columns of numbers of equal length, as one binary message. */
export interface Packet<Head> {
  readonly head: Head;
  readonly columns: Readonly<Record<string, Float64Array>>;
}

/**
 * A packet as bytes: the length of its text (uint32, little-endian), the text (JSON: head, names of
 * the columns, their length), zeros up to a multiple of 8, and the columns as float64.
 */
export function encodePacket<Head>({ head, columns }: Packet<Head>): Uint8Array<ArrayBuffer> {
  const names = Object.keys(columns);
  const length = columns[names[0] ?? ""]?.length ?? 0;
  const text = new TextEncoder().encode(encodeJson({ head, names, length }));
  const start = 8 * Math.ceil((4 + text.length) / 8);
  const bytes = new Uint8Array(start + 8 * length * names.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  names.forEach((name, i) => {
    new Float64Array(bytes.buffer, start + 8 * length * i, length).set(columns[name] ?? []);
  });
  return bytes;
}

/**
 * What {@link encodePacket} packed; the columns are views of the buffer.
 *
 * @throws NadirError `data/malformed` if the bytes are no packet
 */
export function decodePacket<Head>(buffer: ArrayBuffer): Packet<Head> {
  const view = new DataView(buffer);
  const size = buffer.byteLength < 4 ? Number.NaN : view.getUint32(0, true);
  if (!(4 + size <= buffer.byteLength)) throw malformed(buffer);
  const { head, names, length } = decodeJson<{ head: Head; names: string[]; length: number }>(
    new TextDecoder().decode(new Uint8Array(buffer, 4, size)),
  );
  const start = 8 * Math.ceil((4 + size) / 8);
  if (start + 8 * length * names.length !== buffer.byteLength) throw malformed(buffer);
  const columns = Object.fromEntries(
    names.map((name, i) => [name, new Float64Array(buffer, start + 8 * length * i, length)]),
  );
  return { head, columns };
}

const malformed = (buffer: ArrayBuffer): NadirError =>
  new NadirError("data/malformed", `${buffer.byteLength} bytes are no packet`);
