import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";

/** Lower and upper end of a coordinate. */
export type Interval = readonly [low: number, high: number];

/** A known local minimum. */
export interface Minimum {
  readonly value: number;
  /** Left out where the minimiser is not known in closed form, or lies at infinity; `note` says which. */
  readonly x?: readonly number[];
  readonly note?: string;
}

/** A known point of zero gradient that is no local minimum. */
export interface StationaryPoint {
  readonly x: readonly number[];
  readonly value: number;
  /** `degenerate`: the Hessian is singular, has no negative eigenvalue, and still this is no minimum. */
  readonly kind: "saddle" | "maximum" | "degenerate";
  /** How many eigenvalues of the Hessian are negative. */
  readonly index: number;
  readonly note?: string;
}

/** A function of one vector that methods are tried on, with what is known of it. */
export interface TestFunction {
  /** What it is found by: unique, lower case. */
  readonly key: string;
  readonly name: string;
  readonly family: "mgh" | "classic" | "saddle";
  /** Number of unknowns. */
  readonly dimension: number;
  /** Where runs start unless told otherwise, `[dimension]`. */
  readonly start: readonly number[];
  /** x `[dimension]` to one number, in the array language. */
  readonly f: (x: Tensor) => Tensor;
  /** Where f is a sum of squares: the terms before squaring, x `[dimension]` to `[m]`. */
  readonly residuals?: (x: Tensor) => Tensor;
  /** The box it is customarily searched in, one interval for each unknown. */
  readonly domain?: readonly Interval[];
  /** Known minima, the lowest first. For `classic` functions all global ones in the domain, unless `note` says otherwise. */
  readonly minima: readonly Minimum[];
  /** Known saddles, maxima and degenerate points. */
  readonly stationary?: readonly StationaryPoint[];
  /** True if f has no lower bound (outside of the domain, where there is one). */
  readonly unboundedBelow?: true;
  readonly note?: string;
  readonly source: string;
  /** The same function of another number of unknowns, where it has a meaning. @throws NadirError `testFunctions/dimension` */
  readonly resize?: (dimension: number) => TestFunction;
}

/** A test function that is a sum of squares. */
export interface LeastSquares extends TestFunction {
  readonly residuals: (x: Tensor) => Tensor;
}

/** f(x) = Σ rᵢ(x)², without ½. */
export const leastSquares = (given: Omit<LeastSquares, "f">): LeastSquares => ({
  ...given,
  f: (x) => given.residuals(x).square().sum(),
});

/** Which numbers of unknowns a function is defined for. */
interface Sizes {
  readonly least?: number;
  readonly multipleOf?: number;
}

/** A function of any number of unknowns, at first of `dimension`. */
export function adjustable<T extends TestFunction>(
  make: (dimension: number) => T,
  dimension: number,
  { least = 1, multipleOf = 1 }: Sizes = {},
): T {
  const resize = (n: number): T => {
    const made = Number.isInteger(n) && n >= least && n % multipleOf === 0 ? make(n) : undefined;
    if (made !== undefined) return { ...made, resize };
    throw new NadirError(
      "testFunctions/dimension",
      `${make(dimension).key} has no form with ${n} unknowns`,
      {
        expected:
          multipleOf === 1
            ? `a whole number, at least ${least}`
            : `a multiple of ${multipleOf}, at least ${Math.max(least, multipleOf)}`,
      },
    );
  };
  return resize(dimension);
}

/** The whole numbers from `low` to `high`, both included. */
export const range = (low: number, high: number): number[] =>
  Array.from({ length: high - low + 1 }, (_, i) => low + i);

/** A vector of `length` that repeats `pattern`. */
export const repeated = (length: number, ...pattern: readonly number[]): number[] =>
  Array.from({ length }, (_, i) => pattern[i % pattern.length] ?? Number.NaN);
