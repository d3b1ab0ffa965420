/**
 * Writes the wire format of protocol buffers: varints, length-delimited fields and floats, which is all that
 * ONNX models and event files need. Why by hand: docs/decisions/0010.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class WireWriter {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  readonly #encoder = new TextEncoder();

  /** A field of type int32, int64 or enum. */
  int(field: number, value: number | bigint): void {
    this.#varint(field << 3);
    this.#varint(value);
  }

  /** A field of type float. */
  float(field: number, value: number): void {
    this.#varint((field << 3) | 5);
    this.#room(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** A field of type double. */
  double(field: number, value: number): void {
    this.#varint((field << 3) | 1);
    this.#room(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** A field of type string. */
  string(field: number, value: string): void {
    this.#varint((field << 3) | 2);
    this.#room(3 * value.length + 1); // UTF-8 takes at most three bytes a UTF-16 unit
    const start = this.#length;
    this.#length += 1; // one byte of length is enough for nearly every name
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) {
        // Names are ASCII but for a user's own; the encoder's call costs more than most names.
        const rest = this.#bytes.subarray(this.#length);
        this.#length += this.#encoder.encodeInto(value.slice(i), rest).written;
        break;
      }
      this.#bytes[this.#length++] = unit;
    }
    this.#closeLength(start);
  }

  /** A field of type bytes. */
  bytes(field: number, value: Uint8Array): void {
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A nested message: `body` writes its fields. */
  message(field: number, body: () => void): void {
    this.#varint((field << 3) | 2);
    this.#room(1);
    const start = this.#length;
    this.#length += 1;
    body();
    this.#closeLength(start);
  }

  /** What was written: a view that later writes may overwrite. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins anew, in the same memory. */
  clear(): void {
    this.#length = 0;
  }

  /** Puts the length of what follows `start` there, moving it up when one byte is too few. */
  #closeLength(start: number): void {
    const length = this.#length - start - 1;
    let bytes = 1;
    for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
    if (bytes > 1) {
      this.#room(bytes - 1);
      this.#bytes.copyWithin(start + bytes, start + 1, this.#length);
    }
    this.#length = start;
    this.#varint(length);
    this.#length = start + bytes + length;
  }

  #varint(value: number | bigint): void {
    this.#room(10);
    if (typeof value === "number" && value >= 0 && value < 2 ** 31) {
      let rest = value;
      while (rest >= 128) {
        this.#bytes[this.#length++] = (rest & 127) | 128;
        rest >>>= 7;
      }
      this.#bytes[this.#length++] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value)); // negative numbers are ten bytes, two's complement
    while (rest >= 128n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
