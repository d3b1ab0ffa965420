import type { TypedArray } from "../array/dtype.ts";
import { partition } from "../array/partition.ts";
import type { Program } from "../array/program.ts";
import type { Engine, Executable } from "./engine.ts";

/**
 * A program that is run at one point for many values of its last inputs: the part that the first
 * inputs decide is computed when they change, and kept.
 */
export class PreparedExecutable {
  readonly #prepare: Executable;
  readonly #complete: Executable;
  #point: readonly TypedArray[] = [];
  #fixed: readonly TypedArray[] = [];
  #residuals: readonly TypedArray[] = [];

  constructor(prepare: Executable, complete: Executable) {
    this.#prepare = prepare;
    this.#complete = complete;
  }

  /** Compiles a program of which the first `known` inputs change seldom. */
  static async compile(
    engine: Engine,
    program: Program,
    known: number,
  ): Promise<PreparedExecutable> {
    const { prepare, complete } = partition(program, known);
    return new PreparedExecutable(await engine.compile(prepare), await engine.compile(complete));
  }

  /**
   * Evaluates. The known inputs are `point`, compared by value, then `fixed`, data that nobody changes,
   * compared by identity; `rest` are the others.
   */
  async run(
    point: readonly TypedArray[],
    fixed: readonly TypedArray[],
    rest: readonly TypedArray[],
  ): Promise<TypedArray[]> {
    const isKnown =
      point.length > 0 &&
      fixed.length === this.#fixed.length &&
      fixed.every((values, i) => values === this.#fixed[i]) &&
      point.length === this.#point.length &&
      point.every((values, i) => sameValues(values, this.#point[i]!));
    if (!isKnown) {
      this.#residuals = await this.#prepare.run([...point, ...fixed]);
      this.#point = point.map((values) => values.slice());
      this.#fixed = fixed;
    }
    return this.#complete.run([...this.#residuals, ...rest]);
  }

  /** Drops what is kept: the next run computes it again. */
  forget(): void {
    this.#point = [];
    this.#fixed = [];
  }

  async dispose(): Promise<void> {
    await this.#prepare.dispose();
    await this.#complete.dispose();
  }
}

/** True if both hold the same numbers. NaN differs from itself. */
export function sameValues(a: TypedArray, b: TypedArray): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
