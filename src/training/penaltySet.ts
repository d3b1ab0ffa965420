import type { Features, Vector } from "../linalg/ask.ts";
import { norm } from "../linalg/vector.ts";
import type { HeldSet } from "../methods/constraints/held.ts";
import type { HeldPenalty } from "../methods/penalties/held.ts";

/**
 * A penalty P as verdicts see it. The prox-gradient (x − prox(x − t∇f, t))/t with a small t stands for the gradient: as
 * t goes to 0 it becomes the least element of ∇f + ∂P. What is exactly 0 at a kink of P stays so, and curvature is that of f + P in
 * the other coordinates; where the kinks are of another kind, none is measured.
 *
 * @see Nesterov (2013), Gradient methods for minimizing composite functions, §2 (the composite gradient mapping)
 */
export function penaltySet(penalty: HeldPenalty): HeldSet {
  const t = proxStep(penalty);
  return {
    name: penalty.name,
    isConvex: penalty.isConvex,
    isBounded: false,
    isPenalty: true,
    value: (x) => penalty.value(x),
    gap: (at, moduli, least) =>
      Math.min(...gapSteps.map((step) => gapOf(penalty, step, at, moduli, least))),
    project: (x) => x.slice(),
    residual: () => 0,
    projectedGradient: (x, gradient) => proxGradient(penalty, x, gradient, t),
    face: (x) => {
      const smooth = penalty.smoothAlong(x);
      const tangent = smooth?.tangent ?? ((v: Vector) => v);
      return {
        held: [],
        touching: [],
        ...(smooth === undefined
          ? {}
          : {
              kinks: penalty.hasZerosForKinks
                ? `${x.length - smooth.dimension} of ${x.length} elements are exactly 0`
                : `kinks hold x in ${x.length - smooth.dimension} of ${x.length} directions: zeros, or neighbours that are equal`,
            }),
        dimension: smooth?.dimension ?? x.length,
        isUnknown: smooth === undefined,
        unknownBecause: "this penalty has kinks between coordinates, not at their zeros",
        tangent,
        bendError: 1e-8,
        bend: (v) => tangent(slopeChange(penalty, x, v)),
      };
    },
  };
}

/** Steps t that a bound is taken with: any is right, and what is nearly 0 asks for a long one. */
const gapSteps = [1e-4, 1e-2, 1];

/**
 * A bound of F(x) − min F for F = f + P, both convex, from one prox step x⁺ = prox(x − t∇f), d = (x − x⁺)/t: since d − ∇f is a
 * subgradient of P at x⁺, F(y) ≥ f(x) + P(x⁺) + ⟨∇f, x⁺ − x⟩ + ⟨d, y − x⁺⟩ + ½Σ μᵢ(yᵢ − xᵢ)² for all y. Where μ > 0 its minimum over y is
 * known; else, where P grows like a norm, P(y) ≤ F(x) − min f holds for every y that is no worse than x, and
 * ⟨d, y⟩ ≥ −P°(d)·P(y).
 *
 * @see Beck (2017), First-order methods in optimization, theorem 6.39
 */
function gapOf(
  penalty: HeldPenalty,
  t: number,
  { x, value, gradient }: { readonly x: Vector; readonly value: number; readonly gradient: Vector },
  moduli: Vector | undefined,
  least: number,
): number {
  if (!penalty.isConvex) return Number.POSITIVE_INFINITY;
  const end = penalty.prox(
    x.map((xi, i) => xi - t * gradient[i]!),
    t,
  );
  const d = x.map((xi, i) => (xi - end[i]!) / t);
  const [before, after] = [penalty.value(x), penalty.value(end)];
  let [along, sizes] = [0, Math.abs(value) + before + after]; // ⟨∇f, x − x⁺⟩
  let [bowl, step, reach] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const di = d[i]!;
    along += gradient[i]! * (x[i]! - end[i]!);
    sizes += Math.abs(gradient[i]! * x[i]!);
    step += t * di * di;
    reach += di * end[i]!;
    const modulus = moduli?.[i] ?? 0;
    if (di !== 0) bowl += modulus > 0 ? (di * di) / (2 * modulus) : Number.POSITIVE_INFINITY;
  }
  const shared = before - after + along + 16 * Number.EPSILON * sizes;
  const size = penalty.dualNorm(d);
  const norm = size === 0 ? reach : reach + size * (value - least);
  const gap = shared + Math.min(bowl - step, norm);
  return Number.isNaN(gap) ? Number.POSITIVE_INFINITY : Math.max(0, gap);
}

/**
 * A penalty on a set that params are projected onto after its prox. The projection of the prox is the prox of both only where they are
 * sums over the same parts, so a fixed point may not be stationary: nothing is said of curvature.
 */
export function penaltyWithin(penalty: HeldSet, set: HeldSet): HeldSet {
  return {
    ...penalty,
    name: `${penalty.name} within ${set.name}`,
    isConvex: false,
    gap: () => Number.POSITIVE_INFINITY,
    project: (x) => set.project(x),
    residual: (x) => set.residual(x),
    projectedGradient: (x, gradient) => {
      const t = 1e-4;
      const own = penalty.projectedGradient(x, gradient);
      const end = set.project(x.map((xi, i) => xi - t * own[i]!));
      return x.map((xi, i) => (xi - end[i]!) / t);
    },
    face: (x, gradient, tolerance) => ({
      ...penalty.face(x, gradient, tolerance),
      isUnknown: true,
      unknownBecause: "the prox of a penalty was followed by a projection",
    }),
  };
}

/** Answers `penalty`, `prox`, the prox-gradient, and of a sum over coordinates `penalty-slopes`. */
export function penaltyFeatures(penalty: HeldPenalty): Features {
  const t = proxStep(penalty);
  const { slopes } = penalty;
  return {
    ...(slopes === undefined ? {} : { "penalty-slopes": ({ x }) => slopes(x) }),
    penalty: ({ x }) => penalty.value(x),
    prox: ({ x, step }) => penalty.prox(x, step),
    "projected-gradient": ({ x, gradient }) => proxGradient(penalty, x, gradient, t),
  };
}

/** Small enough to see the kinks as they are at x; smaller yet where a larger step would see other minima. */
const proxStep = ({ singleValuedBelow }: HeldPenalty): number =>
  singleValuedBelow > 0 ? Math.min(1e-4, singleValuedBelow / 2) : 1e-6;

function proxGradient(penalty: HeldPenalty, x: Vector, gradient: Vector, t: number): Vector {
  const end = penalty.prox(
    x.map((xi, i) => xi - t * gradient[i]!),
    t,
  );
  return x.map((xi, i) => (xi - end[i]!) / t);
}

/** ∇²P·v by a central difference of the derivative, where P is smooth along v. */
function slopeChange(penalty: HeldPenalty, x: Vector, v: Vector): Vector {
  const size = norm(v);
  if (size === 0) return v;
  const h = (1e-6 * Math.max(1e-3, norm(x))) / size;
  const after = penalty.derivative(x.map((xi, i) => xi + h * v[i]!));
  const before = penalty.derivative(x.map((xi, i) => xi - h * v[i]!));
  return after.map((slope, i) => (slope - before[i]!) / (2 * h));
}
