import { NadirError } from "../base/errors.ts";

/** Makes the error for what came from outside and is not what it should be. */
export type Refuse = (what: string) => NadirError;

/**
 * The fields of an object that came from outside, each by the type that it must have.
 *
 * @throws NadirError as the reader refuses, from each call, naming the field
 */
export class PlainFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #error: Refuse;

  /**
   * @param where - what it is, for the error: `run 2 of runs.nadir`
   * @param refuse - default: `import/damaged`
   */
  constructor(value: unknown, where: string, refuse: Refuse = damaged) {
    if (!isRecord(value)) throw refuse(`${where} is no object`);
    this.#fields = value;
    this.#where = where;
    this.#error = refuse;
  }

  maybe<T>(key: string, read: (key: string) => T): T | undefined {
    return this.#own(key) === undefined ? undefined : read(key);
  }

  text(key: string): string {
    const value = this.#own(key);
    return typeof value === "string" ? value : this.#refuse(key, "a text");
  }

  number(key: string): number {
    const value = this.#own(key);
    return typeof value === "number" ? value : this.#refuse(key, "a number");
  }

  word<W extends string>(key: string, known: readonly W[]): W {
    const value = this.#own(key);
    return known.find((one) => one === value) ?? this.#refuse(key, `one of ${known.join(", ")}`);
  }

  record(key: string): Readonly<Record<string, unknown>> {
    const value = this.#own(key);
    return isRecord(value) ? value : this.#refuse(key, "an object");
  }

  list(key: string): readonly unknown[] {
    const value = this.#own(key);
    return Array.isArray(value) ? value : this.#refuse(key, "a list");
  }

  /** An object whose values are all of one kind. */
  table<T extends "number" | "string">(
    key: string,
    kind: T,
  ): Readonly<Record<string, T extends "number" ? number : string>> {
    const found = this.record(key);
    if (!Object.values(found).every((value) => typeof value === kind)) {
      this.#refuse(key, `an object of ${kind}s`);
    }
    // Cast: every value is of that kind, by the line above.
    return found as Readonly<Record<string, T extends "number" ? number : string>>;
  }

  /** A list of numbers, NaN and infinities among them. */
  numbers(key: string): Float64Array {
    const found = this.list(key);
    if (!found.every((item) => typeof item === "number")) this.#refuse(key, "a list of numbers");
    // Cast: every item is a number, by the line above.
    return Float64Array.from(found as readonly number[]);
  }

  texts(key: string): readonly string[] {
    return this.list(key).map((item) =>
      typeof item === "string" ? item : this.#refuse(key, "a list of texts"),
    );
  }

  #own(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined;
  }

  #refuse(key: string, expected: string): never {
    throw this.#error(`${key} of ${this.#where} is not ${expected}`);
  }
}

/** A file that is not what it should be. */
export const damaged = (what: string, cause?: unknown): NadirError =>
  new NadirError("import/damaged", what, {
    expected: "a file as nadir export --as nadir writes it",
    hint: "export it again where it came from; nothing was imported",
    cause,
  });

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value);
