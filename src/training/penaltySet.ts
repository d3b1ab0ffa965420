import type { Features, Vector } from "../linalg/ask.ts";
import { norm } from "../linalg/vector.ts";
import type { HeldSet } from "../methods/constraints/held.ts";
import type { HeldPenalty } from "../methods/penalties/held.ts";

/**
 * A penalty P as verdicts see it. The prox-gradient (x − prox(x − t∇f, t))/t with a small t stands for the gradient: as
 * t goes to 0 it becomes the least element of ∇f + ∂P. What is exactly 0 stays so, and curvature is that of f + P in the
 * other coordinates; where the kinks are of another kind, none is measured.
 *
 * @see Nesterov (2013), Gradient methods for minimizing composite functions, §2 (the composite gradient mapping)
 */
export function penaltySet(penalty: HeldPenalty): HeldSet {
  const t = proxStep(penalty);
  const { hasZerosForKinks } = penalty;
  return {
    name: penalty.name,
    isConvex: penalty.isConvex,
    isBounded: false,
    isPenalty: true,
    value: (x) => penalty.value(x),
    project: (x) => x.slice(),
    residual: () => 0,
    projectedGradient: (x, gradient) => proxGradient(penalty, x, gradient, t),
    face: (x) => {
      const free = Uint8Array.from(x, (xi) => (xi === 0 ? 0 : 1));
      const dimension = free.reduce((sum, isFree) => sum + isFree, 0);
      const mask = (v: Vector): Vector => v.map((vi, i) => (free[i] === 1 ? vi : 0));
      return {
        held: [],
        touching: [],
        dimension: hasZerosForKinks ? dimension : x.length,
        isUnknown: !hasZerosForKinks,
        tangent: hasZerosForKinks ? mask : (v) => v,
        bendError: 1e-8,
        bend: (v) => mask(slopeChange(penalty, x, v)),
      };
    },
  };
}

/** Answers `penalty`, `prox` and the prox-gradient. */
export function penaltyFeatures(penalty: HeldPenalty): Features {
  const t = proxStep(penalty);
  return {
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
