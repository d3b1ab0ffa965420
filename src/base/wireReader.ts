import { NadirError } from "./errors.ts";

/** A field of a message: a varint as it stands, the bits of a fixed number, or the bytes of anything longer. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
  /** What `value` is: 0 a varint, 1 eight bytes, 2 bytes with a length, 5 four bytes. */
  readonly type: 0 | 1 | 2 | 5;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The fields of a protocol buffer's message, in the order in which they were written.
 *
 * @throws NadirError `wire/damaged` where the bytes are no message
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function* wireFields(bytes: Uint8Array): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw damaged("it ends inside a number");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw damaged("a number is longer than ten bytes");
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw damaged("a field is longer than what is left");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Number(key >> 3n);
    const type = Number(key & 7n);
    if (number === 0) throw damaged("a field has the number 0");
    if (type === 0) yield { number, type, value: varint() };
    else if (type === 1) yield { number, type, value: take(8) };
    else if (type === 5) yield { number, type, value: take(4) };
    else if (type === 2) yield { number, type, value: take(Number(varint())) };
    else throw damaged(`a field is of type ${type}`);
  }
}

/**
 * A field of type string.
 *
 * @throws NadirError `wire/damaged` if it is of another type, or no UTF-8
 */
export function wireString({ value }: WireField): string {
  try {
    return decoder.decode(bytesOf(value));
  } catch (cause) {
    if (cause instanceof NadirError) throw cause;
    throw damaged("a text is not UTF-8");
  }
}

/** A field that is a message, or of type bytes. */
export const wireBytes = ({ value }: WireField): Uint8Array => bytesOf(value);

/** A field of type int64. */
export function wireInt({ type, value }: WireField): number {
  if (type !== 0 || typeof value !== "bigint") throw damaged("a whole number is of another type");
  return Number(BigInt.asIntN(64, value));
}

/** A field of type float or double. */
export function wireFloat({ type, value }: WireField): number {
  if (type !== 1 && type !== 5) throw damaged("a number with a fraction is of another type");
  const bytes = bytesOf(value);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return type === 1 ? view.getFloat64(0, true) : view.getFloat32(0, true);
}

function bytesOf(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === "bigint") throw damaged("a number stands where bytes should");
  return value;
}

const damaged = (why: string): NadirError =>
  new NadirError("wire/damaged", `these bytes are no protocol buffer: ${why}`);
