import { type LeastSquares, leastSquares, type TestFunction } from "../testFunction.ts";

/** What differs from problem to problem. */
export type Given = Omit<TestFunction, "f" | "family" | "source" | "dimension"> &
  Pick<LeastSquares, "residuals">;

/**
 * A problem of the collection.
 *
 * @see Moré, Garbow & Hillstrom (1981), Testing unconstrained optimization software, ACM TOMS 7
 */
export const problem = (number: number, given: Given): LeastSquares =>
  leastSquares({
    ...given,
    family: "mgh",
    dimension: given.start.length,
    source: `Moré, Garbow & Hillstrom (1981), problem ${number}`,
  });
