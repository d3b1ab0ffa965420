import type { StationaryPoint, TestFunction } from "../testFunction.ts";

/** A function that is kept for its saddles. */
export const saddle = (given: Omit<TestFunction, "family" | "dimension">): TestFunction => ({
  ...given,
  family: "saddle",
  dimension: given.start.length,
});

/** A point whose Hessian has `index` negative eigenvalues, and others of zero or more. */
export const strictSaddle = (x: readonly number[], value: number, index = 1): StationaryPoint => ({
  x,
  value,
  kind: "saddle",
  index,
});
