import type { TypedArray } from "../array/dtype.ts";
import type { Program } from "../array/program.ts";

/**
 * A digest of what a program computes: equal for equal programs, in this process and in any other.
 * It tells a change from the same; it is no proof against someone who wants two programs to agree.
 */
export function fingerprintOf(program: Program): string {
  const digest = new Digest();
  const places: number[] = [];
  for (const [place, { id, dtype, shape }] of program.inputs.entries()) {
    places[id] = place;
    digest.text(`${dtype}[${shape.join()}]`);
  }
  let next = program.inputs.length;
  for (const { id, op, inputs, attrs } of program.nodes) {
    if (places[id] !== undefined) continue;
    places[id] = next++;
    digest.text(`${op} ${inputs.map((input) => places[input.id]).join()}`);
    for (const name in attrs) {
      digest.text(name);
      digest.value(attrs[name]);
    }
  }
  digest.text(program.outputs.map(({ id }) => places[id]).join());
  return digest.hex();
}

/** A digest of the bytes of arrays, in order. */
export function fingerprintOfArrays(arrays: readonly TypedArray[]): string {
  const digest = new Digest();
  for (const array of arrays) digest.array(array);
  return digest.hex();
}

/**
 * Two FNV-1a hashes over 32-bit words, with different starts and multipliers.
 *
 * @see Fowler, Noll, Vo: The FNV non-cryptographic hash algorithm, draft-eastlake-fnv
 */
class Digest {
  #a = 0x811c9dc5 | 0;
  #b = 0x9747b28c | 0;

  text(text: string): void {
    this.#word(text.length);
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i));
  }

  value(value: unknown): void {
    if (ArrayBuffer.isView(value)) this.array(value);
    else if (Array.isArray(value)) {
      this.#word(value.length);
      for (const item of value) this.value(item);
    } else this.text(Object.is(value, -0) ? "-0" : String(value));
  }

  array({ buffer, byteOffset, byteLength }: ArrayBufferView): void {
    this.#word(byteLength);
    const whole = byteOffset % 4 === 0 ? byteLength >> 2 : 0;
    const words = new Int32Array(buffer, whole > 0 ? byteOffset : 0, whole);
    let [a, b] = [this.#a, this.#b];
    for (let i = 0; i < words.length; i++) {
      a = Math.imul(a ^ words[i]!, 0x01000193);
      b = Math.imul(b ^ words[i]!, 0x5bd1e995);
      // The low bits of a product never see the high bits of its factors.
      b ^= b >>> 15;
    }
    [this.#a, this.#b] = [a, b];
    for (const byte of new Uint8Array(buffer, byteOffset + 4 * whole, byteLength - 4 * whole)) {
      this.#word(byte);
    }
  }

  hex(): string {
    const words = [this.#a, this.#b].map((word) => (word >>> 0).toString(16).padStart(8, "0"));
    return words.join("");
  }

  #word(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x01000193);
    this.#b = Math.imul(this.#b ^ word, 0x5bd1e995);
    this.#b ^= this.#b >>> 15;
  }
}
