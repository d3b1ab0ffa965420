import { everything, type Range } from "./range.ts";

/** How each element of a value bends as a function of the variables, where it is defined. */
export type Bend = "constant" | "affine" | "convex" | "concave" | "unknown";

/** What is proved of a value. */
export interface Fact {
  readonly bend: Bend;
  readonly range: Range;
  /** Degree as a polynomial in the variables; 3 for more than 2, and for what is none. */
  readonly degree: 0 | 1 | 2 | 3;
  /** Each element is a sum of squares of affine functions, and of nonnegative constants: its root is a norm. */
  readonly squares: boolean;
  /** The logarithm of each element is convex: exp of a convex function, positive constants, sums and products of such. */
  readonly logConvex: boolean;
  /** Which rule proved the bend, in words; left out where it says nothing new. */
  readonly why?: string;
}

/** A fact, from what of it differs from knowing nothing. */
export const fact = (known: Partial<Fact>): Fact => ({
  ...{ bend: "unknown", range: everything, degree: 3, squares: false, logConvex: false },
  ...known,
});

export const isFlat = ({ bend }: Fact): boolean => bend === "constant" || bend === "affine";
export const isConvex = (f: Fact): boolean => isFlat(f) || f.bend === "convex";
export const isConcave = (f: Fact): boolean => isFlat(f) || f.bend === "concave";

/** The bend of a sum, or of a choice among values. */
export function joinBends(bends: readonly Bend[]): Bend {
  let joined: Bend = "constant";
  for (const bend of bends) {
    if (bend === "unknown") return "unknown";
    if (bend === "constant") continue;
    if (bend === "affine") joined = joined === "constant" ? "affine" : joined;
    else if (joined === "constant" || joined === "affine") joined = bend;
    else if (joined !== bend) return "unknown";
  }
  return joined;
}

/** The bend of the negative. */
export const flipBend = (bend: Bend): Bend =>
  bend === "convex" ? "concave" : bend === "concave" ? "convex" : bend;

export const addDegrees = (a: Fact, b: Fact): Fact["degree"] =>
  Math.min(3, a.degree + b.degree) as Fact["degree"]; // a sum of two of 0, 1, 2, 3, cut at 3
export const maxDegree = (facts: readonly Fact[]): Fact["degree"] =>
  Math.max(0, ...facts.map(({ degree }) => degree)) as Fact["degree"]; // one of them
