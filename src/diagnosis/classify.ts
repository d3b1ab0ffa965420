import { type Ask, askGradient, askHessian, askHvp, type Vector } from "../linalg/ask.ts";
import { lanczos } from "../linalg/lanczos.ts";
import { symmetricEigen } from "../linalg/symmetricEigen.ts";
import { addScaled, dot, norm, normInf } from "../linalg/vector.ts";
import type { Face } from "../methods/constraints/constraint.ts";
import { onCriticalCone } from "./criticalCone.ts";
import { type Curvature, newtonDecrease } from "./curvature.ts";
import { descendAlong } from "./descendAlong.ts";
import {
  gradientInWords,
  type HeldAt,
  heldAt,
  isQualified,
  type JudgedSet,
  onItsFace,
  reducedCurvature,
} from "./onSet.ts";
import { outside } from "./outside.ts";
import type { Verdict } from "./verdict.ts";
import { format } from "./words.ts";

/** A point with its value and gradient. */
export interface Located {
  readonly x: Vector;
  readonly value: number;
  readonly gradient: Vector;
}

export interface ClassifyOptions {
  /** The gradient norm at or below which a point counts as stationary. */
  readonly tolerance: number;
  /** What the verdict says if it does not; `rounding`: the method saw no decrease that the value's digits can show. */
  readonly otherwise: Extract<Verdict, { kind: "not-stationary" }>["why"] | "rounding";
  /** Largest number of unknowns whose Hessian is computed whole. Default 100. */
  readonly denseLimit?: number;
  /** Hessian-vector products at most, beyond that size. Default 60. */
  readonly products?: number;
  /** Unit roundoff of the arithmetic behind the oracle: 2⁻⁵² for f64 (the default), 2⁻²³ for f32. */
  readonly roundoff?: number;
  /** Seed of the random start of the eigenvalue search. */
  readonly seed?: number;
  /** A set that the point must stay in: then its faces decide what is stationary, and what curvature counts. */
  readonly set?: JudgedSet | undefined;
  /** What the Hessian was computed on, if not the whole loss: enters the evidence. */
  readonly sample?: string;
  /** The curvature, where it was measured already: beyond `denseLimit`, without a set, it is not measured again. */
  readonly curvature?: Curvature;
}

/** A verdict, and for a saddle the lower point that was found beyond it. */
export interface Classified {
  readonly verdict: Verdict;
  readonly escape?: { readonly x: Vector; readonly value: number };
}

/**
 * What kind of point is this? The gradient against the tolerance (or against the rounding error with
 * which it is known), then the smallest eigenvalue of the Hessian, exact up to `denseLimit` unknowns,
 * by Lanczos beyond. A saddle is claimed only with a lower point in hand; a minimum only if the
 * curvature is positive beyond its error, and stays so at the stationary point nearby.
 *
 * @see Nocedal & Wright (2006), Numerical Optimization, theorems 2.3 and 2.4
 */
export function* classify(point: Located, options: ClassifyOptions): Ask<Classified> {
  const { tolerance, roundoff = 2 ** -52, set } = options;
  const own = set?.projectedGradient(point.x, point.gradient) ?? point.gradient;
  const gradientNorm = norm(own);
  if (!Number.isFinite(gradientNorm) || !Number.isFinite(point.value)) {
    const cause = Number.isFinite(point.value)
      ? "the gradient is not finite"
      : `the value is ${point.value}`;
    const verdict = {
      kind: "diverged",
      step: 0,
      cause,
      gradientNorm,
      tolerance,
      evidence: [`${cause} at the end point`],
      advice: ["start closer, or take smaller steps"],
    } as const;
    return { verdict };
  }
  const measured = { gradientNorm, tolerance };
  const held = set === undefined ? undefined : heldAt(point, own, set, tolerance);
  const violated =
    set === undefined
      ? undefined
      : outside(point.x, set, { ...measured, ...conditionsOf(held) }, options.otherwise);
  if (violated !== undefined) return { verdict: violated };
  if (gradientNorm > tolerance && options.otherwise === "budget")
    return { verdict: notStationary(measured, "budget", set, held) };
  // Of f plus a penalty, where that is smooth.
  const whole = set?.value === undefined ? point : { ...point, gradient: own };
  const onSpace =
    held === undefined
      ? yield* measureCurvature(point, options)
      : yield* reducedCurvature(whole, held.face, options);
  const curvature = held === undefined ? onSpace : (onCriticalCone(onSpace, held.face) ?? onSpace);
  const isVertex = !Number.isFinite(curvature.smallest);
  const scale = isVertex ? 0 : Math.max(Math.abs(onSpace.smallest), Math.abs(onSpace.largest));
  // Moving x by one rounding changes the gradient by about this much: no gradient is known better.
  const floor = 4 * roundoff * scale * Math.max(norm(point.x), Number.MIN_VALUE);
  const drowned = 100 * roundoff * Math.abs(point.value);
  const isDrowned = options.otherwise === "rounding" && (curvature.newtonDecrease ?? 0) <= drowned;
  if (gradientNorm > Math.max(tolerance, floor) && !isDrowned) {
    const why = options.otherwise === "rounding" ? "line-search" : options.otherwise;
    return { verdict: notStationary(measured, why, set, held) };
  }
  const gradientName = gradientInWords(set);
  const evidence = [
    gradientNorm <= tolerance
      ? `${gradientName}, ${format(gradientNorm)}, is within the tolerance ${format(tolerance)}`
      : gradientNorm <= floor
        ? `${gradientName}, ${format(gradientNorm)}, is within the ${format(floor)} to which rounding lets it be known here; the tolerance was ${format(tolerance)}`
        : `${gradientName}, ${format(gradientNorm)}, is above the tolerance ${format(tolerance)}, but ${curvature.newtonDecrease === undefined ? "the method found no decrease" : `a Newton step would lower the value by ${format(curvature.newtonDecrease)} only: less`} ${curvature.newtonDecrease === undefined ? "beyond" : "than"} the rounding error of the value, ${format(point.value)}`,
    ...(held?.evidence ?? []),
    curvature.how,
  ];
  const stationary = {
    ...conditionsOf(held),
    gradientNorm,
    tolerance: Math.max(tolerance, gradientNorm),
    smallestEigenvalue: curvature.smallest,
    eigenvalueError: curvature.error,
  };
  if (held?.face.isUnknown === true) {
    const unknown = { ...stationary, smallestEigenvalue: 0, eigenvalueError: Number.MAX_VALUE };
    evidence[evidence.length - 1] =
      `curvature was not measured: ${held.face.unknownBecause ?? "the set's faces are not known"}`;
    return { verdict: degenerate(unknown, 0, evidence) };
  }
  if (curvature.smallest < -curvature.error) {
    const found = yield* descendAlong(point, curvature.direction, options, held?.face);
    // Near a curve of minima the smallest eigenvalue is a little below 0 and lower points abound, by
    // less than the gradient that was let pass explains: that is no saddle.
    const explained = stationary.tolerance ** 2 / (2 * scale);
    if (found !== undefined && found.decrease > explained) {
      const predictedDecrease = 0.5 * Math.abs(curvature.smallest) * found.distance ** 2;
      const back =
        set === undefined || set.value !== undefined
          ? ""
          : `, and back onto the constraints, which are violated by ${format(set.residual(found.x))} there,`;
      evidence.push(
        found.endless
          ? `along the direction of negative curvature${back} the value falls at least to ${format(found.value)}, at distance ${format(found.distance)}, and still falls there: as far as was looked, the function is unbounded below`
          : `moving ${format(found.distance)} along the direction of negative curvature${back} lowers the value by ${format(found.decrease)}`,
      );
      const advice = [
        found.endless
          ? "if the function is to have a lowest value, bound it: by a constraint or a penalty"
          : set === undefined
            ? "follow the direction given, either way: the solver trustRegion does so by itself"
            : "follow the direction given, and project: minimize does with escapeSaddles: true",
      ];
      return {
        verdict: {
          kind: "saddle",
          ...stationary,
          direction: curvature.direction,
          predictedDecrease,
          evidence,
          advice,
        },
        escape: { x: found.x, value: found.value },
      };
    }
    evidence.push(
      found === undefined
        ? "no step along the direction of negative curvature lowers the value measurably"
        : `a step along the direction of negative curvature lowers the value by ${format(found.decrease)}, no more than a gradient within the tolerance explains`,
    );
    return { verdict: degenerate(stationary, Math.max(1, curvature.nearZero), evidence) };
  }
  if (curvature.smallest <= curvature.error)
    return { verdict: degenerate(stationary, Math.max(1, curvature.nearZero), evidence) };
  const drift = yield* curvatureDrift(whole, curvature, options, held?.face);
  if (drift !== undefined) {
    evidence.push(drift);
    return { verdict: degenerate(stationary, Math.max(1, curvature.nearZero), evidence) };
  }
  return {
    verdict: {
      kind: "local-minimum",
      ...stationary,
      evidence,
      advice: [
        ...(held?.advice ?? []),
        "a lower minimum may exist elsewhere: this is a statement about the neighbourhood",
      ],
    },
  };
}

/** What a verdict under constraints carries beside. */
const conditionsOf = (held: HeldAt | undefined): Pick<Verdict, "held" | "conditions"> =>
  held === undefined
    ? {}
    : {
        held: held.face.held,
        ...(held.conditions === undefined ? {} : { conditions: held.conditions }),
      };

function notStationary(
  measured: { gradientNorm: number; tolerance: number },
  why: Extract<Verdict, { kind: "not-stationary" }>["why"],
  set: JudgedSet | undefined,
  held: HeldAt | undefined,
): Verdict {
  const evidence = [
    `${gradientInWords(set)}, ${format(measured.gradientNorm)}, is above the tolerance ${format(measured.tolerance)}`,
    ...(held?.evidence ?? []),
  ];
  const independence = held?.conditions?.independence;
  const unqualified =
    independence === undefined || isQualified(independence)
      ? []
      : [
          "the gradients of the active constraints vanish or depend on each other here: at such a point a minimum need not have multipliers. Write the constraints so that their gradients do not, x = 0 for x² ≤ 0",
        ];
  const advice = {
    budget: ["allow more iterations: the value was still falling"],
    stopped: ["resume the run to go on"],
    "line-search": [
      "no step along the search direction lowers the value: check for kinks or noise in the function, or scale the variables",
    ],
    "rate-vanished": ["restart from here with a larger learning rate"],
    exhausted: ["the search has ended as planned: polish its point by a solver such as lbfgs"],
  }[why];
  return {
    ...{ kind: "not-stationary", why, ...measured, ...conditionsOf(held) },
    ...{ evidence, advice: [...unqualified, ...advice] },
  };
}

function degenerate(
  stationary: {
    gradientNorm: number;
    tolerance: number;
    smallestEigenvalue: number;
    eigenvalueError: number;
  },
  nearZeroEigenvalues: number,
  evidence: string[],
): Verdict {
  const advice = [
    "second derivatives do not decide here: it may be a minimum, a flat valley or a higher-order saddle; compare values nearby",
  ];
  return { kind: "degenerate", ...stationary, nearZeroEigenvalues, evidence, advice };
}

function* measureCurvature({ x, gradient }: Located, options: ClassifyOptions): Ask<Curvature> {
  const n = x.length;
  const { roundoff = 2 ** -52, denseLimit = 100, products = 60, sample } = options;
  const on = sample === undefined ? "" : ` on ${sample}`;
  if (n <= denseLimit) {
    const { values, vectors } = symmetricEigen(yield* askHessian(x), n);
    const scale = Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!));
    const error = 8 * n * roundoff * scale;
    return {
      smallest: values[0]!,
      largest: values[n - 1]!,
      direction: vectors.slice(0, n),
      error,
      nearZero: values.filter((value) => Math.abs(value) <= error).length,
      newtonDecrease: newtonDecrease(values, vectors, gradient),
      how: `${n === 1 ? `the Hessian's one eigenvalue${on} is ${format(values[0]!)}` : `the ${n} eigenvalues of the Hessian${on} lie between ${format(values[0]!)} and ${format(values[n - 1]!)}`}, known to ${format(error)}`,
    };
  }
  if (options.curvature !== undefined) return options.curvature;
  const spectrum = yield* lanczos((v) => askHvp(x, v), n, {
    steps: Math.min(n, products),
    tolerance: 1e-3,
    seed: options.seed ?? 0,
  });
  const { smallest, largest, steps } = spectrum;
  const error =
    smallest.error + 8 * roundoff * Math.max(Math.abs(smallest.value), Math.abs(largest.value));
  return {
    smallest: smallest.value,
    largest: largest.value,
    direction: smallest.vector,
    error,
    nearZero: Math.abs(smallest.value) <= error ? 1 : 0,
    newtonDecrease: undefined,
    how: `the smallest eigenvalue of the Hessian${on} found by ${steps} products from a random start is ${format(smallest.value)}, with an eigenvalue within ${format(error)} of it; the largest is ${format(largest.value)}`,
  };
}

/**
 * A check against flat bottoms such as x⁴, where curvature is positive at any point but the minimum:
 * the smallest eigenvalue at the end of the Newton step along its eigenvector, compared with the one here.
 */
function* curvatureDrift(
  point: Located,
  curvature: Curvature,
  options: ClassifyOptions,
  face: Face | undefined,
): Ask<string | undefined> {
  const { direction, smallest } = curvature;
  let slope = 0;
  for (let i = 0; i < direction.length; i++) slope += direction[i]! * point.gradient[i]!;
  const distance = slope / smallest;
  if (Math.abs(distance) <= 1e-9 * (1 + normInf(point.x))) return undefined;
  const step = new Float64Array(point.x.length);
  addScaled(step, point.x, -distance, direction);
  const there = yield* curvatureBeyond(face?.retract?.(step) ?? step, direction, options);
  if (there > 0.5 * smallest) return undefined;
  return `the smallest eigenvalue falls from ${format(smallest)} to ${format(there)} at the stationary point that it predicts, ${format(Math.abs(distance))} away: the bottom is flatter than a paraboloid`;
}

/** The smallest curvature at a point nearby, up to `denseLimit` unknowns; beyond that, and on a set, the curvature along the direction. */
function* curvatureBeyond(
  step: Vector,
  direction: Vector,
  { set, tolerance, denseLimit = 100 }: ClassifyOptions,
): Ask<number> {
  if (set !== undefined) {
    const x = set.project(step);
    const { gradient } = yield* askGradient(x);
    const { tangent, bend } = set.face(onItsFace(x, gradient, set), gradient, tolerance);
    const along = tangent(direction);
    const image = yield* askHvp(x, along);
    return (
      (dot(along, image) + (bend === undefined ? 0 : dot(along, bend(along)))) / dot(along, along)
    );
  }
  if (step.length <= denseLimit)
    return symmetricEigen(yield* askHessian(step), step.length).values[0]!;
  return dot(direction, yield* askHvp(step, direction));
}
