import { unpackJson } from "./packedJson.ts";
import { corrupt, type Row, type SqlValue, textOf } from "./sqlite.ts";

/** A number for a REAL column: SQLite would turn a NaN into NULL, so it goes as text. */
export const real = (value: number | undefined): SqlValue =>
  value === undefined ? null : Number.isNaN(value) ? "NaN" : value;

/** Reads the columns of one row by the type that they must have; else the store is damaged. */
export class Columns {
  readonly #row: Row;
  readonly #file: string;
  readonly #what: string;

  /** @param what - the row in words, for the error: `run k3f9` */
  constructor(row: Row, file: string, what: string) {
    this.#row = row;
    this.#file = file;
    this.#what = what;
  }

  maybe<T>(key: string, read: (key: string) => T): T | undefined {
    return this.#row[key] === null ? undefined : read(key);
  }

  text(key: string): string {
    return textOf(this.#row[key]) ?? this.#refuse(key);
  }

  number(key: string): number {
    const value = this.#row[key];
    if (typeof value === "number") return value;
    return textOf(value) === "NaN" ? Number.NaN : this.#refuse(key);
  }

  bytes(key: string): Uint8Array<ArrayBuffer> {
    const value = this.#row[key];
    return value instanceof ArrayBuffer ? new Uint8Array(value) : this.#refuse(key);
  }

  json(key: string): object {
    const text = this.text(key);
    let value: unknown;
    try {
      value = unpackJson(text);
    } catch (cause) {
      this.#refuse(key, cause);
    }
    return typeof value === "object" && value !== null ? value : this.#refuse(key);
  }

  /** One of a few words. */
  word<W extends string>(key: string, known: readonly W[]): W {
    const text = this.text(key);
    return known.find((word) => word === text) ?? this.#refuse(key);
  }

  #refuse(key: string, cause?: unknown): never {
    throw corrupt(this.#file, `column ${key} of ${this.#what} is not readable`, cause);
  }
}
