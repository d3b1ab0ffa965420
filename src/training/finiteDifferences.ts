import type { Tensor } from "../array/tensor.ts";
import { internal, NadirError } from "../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../base/require.ts";
import type { SmoothOracle, Vector } from "../linalg/ask.ts";
import { norm } from "../linalg/vector.ts";
import type { FlatProof } from "./curvatureProof.ts";
import { TracedObjective } from "./objective.ts";
import { type Start, writeLike } from "./start.ts";

/** How exact the values are that `finiteDifferences` takes differences of. */
export interface DifferenceOptions {
  /**
   * The relative error of the function's values, in [2⁻⁵², 1): steps grow with its cube root. Default 2⁻⁵², rounding alone; a
   * simulator that is right to six digits wants 1e-6.
   */
  readonly noise?: number;
}

/** A function that cannot be traced, to be minimized by differences of its values. */
export interface FiniteDifferences<X> {
  readonly kind: "finite-differences";
  readonly f: (x: X) => number;
  readonly noise: number;
}

/**
 * A plain function of numbers, such as a simulator, for `minimize`. Its gradient is taken by central differences,
 * (f(x + hᵢeᵢ) − f(x − hᵢeᵢ))/2hᵢ with hᵢ = noise^⅓·(1 + |xᵢ|): 2n values each; Hessian products are differences of
 * gradients. About two thirds of the digits remain in a gradient, a third in a curvature, and the verdict's error says so.
 * A function written in the array language has exact derivatives, for the price of a few values: prefer that.
 *
 * @param f - x, shaped as `x0`, to a number
 * @throws NadirError `differences/noise`
 * @see Nocedal & Wright (2006), Numerical Optimization, §8.1, eqs. (8.7), (8.20)
 */
export function finiteDifferences<X>(
  f: (x: X) => number,
  options: DifferenceOptions = {},
): FiniteDifferences<X> {
  requireKnownOptions("finiteDifferences", options, ["noise"]);
  const noise = requireInRange("differences/noise", options.noise ?? 2 ** -52, [2 ** -52, 1]);
  return { kind: "finite-differences", f, noise };
}

/** Answers by values alone. What is traced in its stead says only how many unknowns there are. */
export class DifferenceObjective extends TracedObjective {
  readonly #f: (x: Vector) => number;
  readonly #noise: number;

  constructor(given: FiniteDifferences<unknown>, x0: unknown, start: Start) {
    const shapes = start.arrays.map(({ shape }) => shape);
    super(
      (leaves: readonly Tensor[]) => leaves.map((leaf) => leaf.sum()).reduce((a, b) => a.add(b)),
      {
        shapes,
        dtype: "f64",
      },
    );
    this.#noise = given.noise;
    this.#f = (x) => readValue(given.f(writeLike(x0, x, start)));
  }

  /** How far second differences are known, beside the largest of them. */
  get roundoff(): number {
    return Math.cbrt(this.#noise);
  }

  /** Of values nothing can be proved. */
  override proof(): FlatProof {
    throw internal("a proof about a function that was not traced");
  }

  override oracle(): SmoothOracle {
    return (request) => {
      const { x } = request;
      switch (request.kind) {
        case "value":
          return this.#value(x);
        case "gradient":
          return { value: this.#value(x), gradient: this.#gradient(x) };
        case "hvp":
          return this.#product(x, request.direction);
        case "hessian":
          return this.#hessian(x);
      }
    };
  }

  #value(x: Vector): number {
    this.counts.value++;
    return this.#f(x);
  }

  #gradient(x: Vector): Vector {
    const step = Math.cbrt(this.#noise);
    const at = x.slice();
    return x.map((xi, i) => {
      const h = step * (1 + Math.abs(xi));
      at[i] = xi + h;
      const above = this.#value(at);
      at[i] = xi - h;
      const below = this.#value(at);
      at[i] = xi;
      return (above - below) / (2 * h);
    });
  }

  /** A longer step than a gradient's: that is what the gradients' own error asks for. */
  #product(x: Vector, direction: Vector): Vector {
    const length = norm(direction);
    if (length === 0) return new Float64Array(x.length);
    const h = (this.#noise ** (2 / 9) * (1 + norm(x))) / length;
    const above = this.#gradient(x.map((xi, i) => xi + h * direction[i]!));
    const below = this.#gradient(x.map((xi, i) => xi - h * direction[i]!));
    return above.map((value, i) => (value - below[i]!) / (2 * h));
  }

  #hessian(x: Vector): Vector {
    const n = x.length;
    const matrix = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      const unit = new Float64Array(n);
      unit[i] = 1;
      matrix.set(this.#product(x, unit), i * n);
    }
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const mean = 0.5 * (matrix[i * n + j]! + matrix[j * n + i]!);
        matrix[i * n + j] = mean;
        matrix[j * n + i] = mean;
      }
    }
    return matrix;
  }
}

function readValue(value: unknown): number {
  if (typeof value === "number") return value;
  throw new NadirError(
    "differences/value",
    `finiteDifferences: the function returned ${typeof value === "object" ? "an object" : `a ${typeof value}`}`,
    {
      expected: "a number",
      hint: "a function of tensors needs no differences: give it to minimize as it is",
    },
  );
}
