import { type ArrayLike, NDArray } from "../../array/ndarray.ts";
import { formatShape, type Shape, sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import type { Bounds, Vector } from "../../linalg/ask.ts";
import { described } from "../method.ts";
import {
  axis,
  type Constraint,
  type ConstraintSet,
  type Held,
  independent,
  naturalResidual,
} from "./constraint.ts";

/**
 * The box {x : lower ≤ x ≤ upper}, element by element. The nearest point is min(max(x, lower), upper).
 *
 * @param lower - a number for all elements, or an array of the size of what is held; −Infinity for none
 * @param upper - likewise; Infinity for none
 * @throws NadirError `constraints/bounds` if lower exceeds upper anywhere (the box is empty) or a bound is NaN;
 *   `constraints/shape`, when it is put to use, for bounds of another size
 * @see Bertsekas (1976), On the Goldstein–Levitin–Polyak gradient projection method, §2
 */
export const box = described(
  {
    name: "box",
    kind: "constraint",
    summary: "Bounds on each element: lower ≤ x ≤ upper.",
    guarantee: "Convex. The projection is exact.",
    price: "O(n) a projection",
    source: "Bertsekas (1976), On the Goldstein–Levitin–Polyak gradient projection method, §2",
  },
  (lower: ArrayLike, upper: ArrayLike): Constraint =>
    boxNamed(`box(${show(lower)}, ${show(upper)})`, lower, upper),
);

/** The non-negative orthant {x : x ≥ 0}: a box without a lid. */
export const nonnegative = described(
  {
    name: "nonnegative",
    kind: "constraint",
    summary: "No element below 0.",
    guarantee: "Convex. The projection is exact.",
    price: "O(n) a projection",
    source: "Bertsekas (1976), On the Goldstein–Levitin–Polyak gradient projection method, §2",
  },
  (): Constraint => boxNamed("nonnegative()", 0, Number.POSITIVE_INFINITY),
);

/** A box under the name it was asked for by. */
export function boxNamed(name: string, lower: ArrayLike, upper: ArrayLike): Constraint {
  const low = NDArray.of(lower, undefined, "f64");
  const high = NDArray.of(upper, undefined, "f64");
  requireOrder(name, low, high);
  return {
    kind: "constraint",
    name,
    isConvex: true,
    isBounded: [...low.data, ...high.data].every(Number.isFinite),
    within: (shape, label) => {
      const bounds = {
        lower: spread(name, "lower", low, shape),
        upper: spread(name, "upper", high, shape),
      };
      return boxSet(bounds, low, high, shape, label);
    },
  };
}

function boxSet(
  bounds: Bounds,
  low: NDArray,
  high: NDArray,
  shape: Shape,
  label: string,
): ConstraintSet {
  const { lower, upper } = bounds;
  const project = (x: Vector): Vector =>
    x.map((xi, i) => Math.min(Math.max(xi, lower[i]!), upper[i]!));
  return {
    bounds,
    project,
    residual: (x) => x.reduce((most, xi, i) => Math.max(most, lower[i]! - xi, xi - upper[i]!), 0),
    linearMinimum: (gradient) => gradient.map((gi, i) => (gi > 0 ? lower[i]! : upper[i]!)),
    projectedGradient: (x, gradient) => naturalResidual(project, x, gradient),
    face: (x, gradient, slack) => {
      const held: Held[] = [];
      const touching: string[] = [];
      const normals: Vector[] = [];
      const free = Uint8Array.from(x, (xi, i) => {
        const g = gradient[i]!;
        const [from, to] = [lower[i]!, upper[i]!];
        const name = x.length === 1 ? label : `${label}[${i}]`;
        if (from === to) held.push({ name: `${name} = ${from}`, multiplier: -g });
        else if (xi <= from && g > slack) held.push({ name: `${name} ≥ ${from}`, multiplier: g });
        else if (xi >= to && -g > slack) held.push({ name: `${name} ≤ ${to}`, multiplier: -g });
        else {
          if (xi > from && xi < to) return 1;
          touching.push(xi <= from ? `${name} ≥ ${from}` : `${name} ≤ ${to}`);
          normals.push(axis(x.length, i, xi <= from ? -1 : 1));
          return 1;
        }
        return 0;
      });
      return {
        held,
        touching,
        normals,
        independence: independent(held.length + touching.length),
        dimension: x.length - held.length,
        tangent: (v) => v.map((vi, i) => (free[i] === 1 ? vi : 0)),
      };
    },
    traced: (x) => {
      const below = low.size === 1 ? low.item() : NDArray.of(low, shape);
      const above = high.size === 1 ? high.item() : NDArray.of(high, shape);
      return x.maximum(below).minimum(above);
    },
  };
}

function requireOrder(name: string, low: NDArray, high: NDArray): void {
  const n = Math.max(low.size, high.size);
  for (let i = 0; i < n; i++) {
    const from = low.data[low.size === 1 ? 0 : i];
    const to = high.data[high.size === 1 ? 0 : i];
    if (from === undefined || to === undefined) {
      throw new NadirError(
        "constraints/bounds",
        `${name}: ${low.size} lower and ${high.size} upper bounds`,
        { expected: "a number, or one for each element, on either side" },
      );
    }
    if (from <= to && from < Number.POSITIVE_INFINITY && to > Number.NEGATIVE_INFINITY) continue;
    throw new NadirError(
      "constraints/bounds",
      `${name}: element ${i} would lie between ${from} and ${to}: no number does`,
      { expected: "lower ≤ upper in each element, and no NaN" },
    );
  }
}

/** Bounds as one number for each element. */
function spread(name: string, which: string, given: NDArray, shape: Shape): Vector {
  const size = sizeOf(shape);
  if (given.size === 1) return new Float64Array(size).fill(given.item());
  if (given.size === size) return Float64Array.from(given.data);
  throw new NadirError(
    "constraints/shape",
    `${name}: ${given.size} ${which} bounds for ${size} elements of shape ${formatShape(shape)}`,
    { expected: `one number, or ${size} of them` },
  );
}

const show = (bound: ArrayLike): string =>
  typeof bound === "number" ? String(bound) : `[${NDArray.of(bound).size} numbers]`;
