import { type Ask, askHessian, askHvp, type Vector } from "../linalg/ask.ts";
import { lanczos } from "../linalg/lanczos.ts";
import { randomDirection } from "../linalg/randomDirection.ts";
import { symmetricEigen } from "../linalg/symmetricEigen.ts";
import { addScaled, matrixVector, norm, scale } from "../linalg/vector.ts";
import type { ConstraintSet, Face, Independence } from "../methods/constraints/constraint.ts";
import { type Curvature, newtonDecrease } from "./curvature.ts";
import type { Conditions } from "./verdict.ts";
import { format } from "./words.ts";

/** What holds a point of a set, in numbers and in sentences. */
export interface HeldAt {
  readonly face: Face;
  /** Left out for a penalty, which holds nothing. */
  readonly conditions: Conditions | undefined;
  readonly evidence: readonly string[];
  readonly advice: readonly string[];
}

/** Constraints named in a sentence before "and n more". */
const namedAtMost = 4;

/** What stands for "the gradient norm" in sentences. */
export const gradientInWords = (set: ConstraintSet | undefined): string => {
  if (set === undefined) return "the gradient norm";
  if (set.value !== undefined) return "the norm of the prox-gradient";
  return set.violation === undefined
    ? "the norm of the projected gradient"
    : "the norm of the Lagrangian's gradient";
};

/** A set as verdicts are given it. */
export type JudgedSet = ConstraintSet & { readonly isConvex?: boolean };

/**
 * The point whose face is that of x: on a convex set P(x − ∇f), which near a stationary point lies on the face that x
 * approaches, from inside too; on others x itself.
 *
 * @see Burke & Moré (1988), On the identification of active constraints, theorem 3.4
 */
export const onItsFace = (x: Vector, gradient: Vector, set: JudgedSet): Vector =>
  set.isConvex === true && set.value === undefined
    ? set.project(x.map((xi, i) => xi - gradient[i]!))
    : x;

/**
 * What holds a point: the constraints that push back, by multiplier, and those that only touch.
 *
 * @param residual - what stands for the gradient: x − P(x − ∇f) on a convex set
 */
export function heldAt(
  { x, gradient }: { readonly x: Vector; readonly gradient: Vector },
  residual: Vector,
  set: JudgedSet,
  tolerance: number,
): HeldAt {
  const end = norm(residual) <= tolerance ? onItsFace(x, gradient, set) : x;
  const face = set.face(end, gradient, tolerance);
  let room = face.slack ?? 0;
  if (end !== x) {
    for (let i = 0; i < x.length; i++) room += (gradient[i]! - residual[i]!) * (x[i]! - end[i]!);
  }
  const byForce = [...face.held].sort((a, b) => Math.abs(b.multiplier) - Math.abs(a.multiplier));
  const evidence: string[] = [];
  if (face.kinks !== undefined) evidence.push(face.kinks);
  if (byForce.length > 0) {
    const named = byForce
      .slice(0, namedAtMost)
      .map(({ name, multiplier }) => `${name} (${format(multiplier)})`);
    evidence.push(`held, with multipliers, by ${list(named, byForce.length)}`);
  }
  if (face.touching.length > 0) {
    const named = face.touching.slice(0, namedAtMost);
    evidence.push(`touches without a force ${list(named, face.touching.length)}`);
  }
  const { independence } = face;
  if (independence !== undefined && independence.gradients > 0) {
    evidence.push(independenceInWords(independence));
  }
  const [strongest] = byForce;
  const advice =
    strongest === undefined || Math.abs(strongest.multiplier) <= tolerance
      ? []
      : [
          `${strongest.name} costs most: moving it back by a small ε would lower the minimum by about ${format(Math.abs(strongest.multiplier))}·ε`,
        ];
  if (set.value !== undefined) return { face, conditions: undefined, evidence, advice };
  const conditions = {
    stationarity: norm(residual),
    feasibility: set.residual(x),
    complementarity: Math.abs(room),
    weaklyActive: face.touching,
    ...(independence === undefined ? {} : { independence }),
    freeDirections: face.dimension,
  };
  return { face, conditions, evidence, advice };
}

/** A smallest singular value below this is told. */
const nearlyDependent = 1e-3;

/** Whether constraint qualifications hold as far as they were measured. */
export const isQualified = ({
  gradients,
  rank,
  smallestSingularValue = 1,
}: Independence): boolean => rank === gradients && smallestSingularValue > nearlyDependent;

function independenceInWords(independence: Independence): string {
  const { gradients, rank, smallestSingularValue } = independence;
  const those = gradients === 1 ? "the one active gradient" : `the ${gradients} active gradients`;
  if (rank < gradients) {
    return `${those} ${gradients === 1 ? "is 0" : `have rank ${rank}`}: LICQ fails, the multipliers are one choice of several`;
  }
  const holds = `${those} ${gradients === 1 ? "is not 0" : "are independent"}: LICQ holds, the multipliers are unique`;
  if (isQualified(independence)) return holds;
  return `${holds}, but barely: their smallest singular value is ${format(smallestSingularValue!)}`;
}

const list = (named: readonly string[], of: number): string =>
  named.join(", ") + (of > named.length ? ` and ${of - named.length} more` : "");

/** What of the options matters here. */
interface ReducedOptions {
  readonly denseLimit?: number;
  readonly products?: number;
  readonly roundoff?: number;
  readonly seed?: number;
}

/**
 * The extreme curvature of the Lagrangian on the tangent space of a face: the eigenvalues of T(∇²f + bend)T
 * on the range of T, the projection on that space. The second-order condition of constrained minima.
 *
 * @see Nocedal & Wright (2006), Numerical Optimization, theorems 12.5 and 12.6
 */
export function* reducedCurvature(
  { x, gradient }: { readonly x: Vector; readonly gradient: Vector },
  face: Face,
  { denseLimit = 100, products = 60, roundoff = 2 ** -52, seed = 0 }: ReducedOptions,
): Ask<Curvature> {
  const n = x.length;
  const { dimension } = face;
  if (dimension === 0) {
    return {
      smallest: Number.POSITIVE_INFINITY,
      largest: Number.POSITIVE_INFINITY,
      direction: new Float64Array(n),
      error: 0,
      nearZero: 0,
      newtonDecrease: 0,
      how: "no direction is left free: the constraints that hold the point decide alone",
    };
  }
  const where =
    dimension === n
      ? "no constraint holds the point: of the Hessian"
      : `in the ${dimension} free direction${dimension === 1 ? "" : "s"} of ${n}, of the Hessian of the Lagrangian`;
  if (n <= denseLimit) {
    const hessian = yield* askHessian(x);
    const image = new Float64Array(n);
    const product = (v: Vector): Vector => {
      matrixVector(image, hessian, v);
      return image;
    };
    const matrix = reducedMatrix(n, face, product);
    const { values, vectors } = symmetricEigen(matrix, n);
    const smallest = values[0]!;
    const largest = values[dimension - 1]!;
    const relative = 8 * n * roundoff + (face.bendError ?? 0);
    const error = relative * Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!));
    const inside = values.slice(0, dimension);
    return {
      smallest,
      largest,
      direction: vectors.slice(0, n),
      error,
      nearZero: inside.filter((value) => Math.abs(value) <= error).length,
      newtonDecrease: newtonDecrease(inside, vectors, face.tangent(gradient)),
      onTangent: { values: inside, vectors },
      how: `${where}, the eigenvalues lie between ${format(smallest)} and ${format(largest)}, known to ${format(error)}`,
    };
  }
  const reduce = function* (v: Vector): Ask<Vector> {
    const t = face.tangent(v);
    return face.tangent(added(yield* askHvp(x, t), face.bend?.(t)));
  };
  // Directions off the face are given an eigenvalue that is not the smallest: twice the root mean square of those on it.
  const probe = face.tangent(randomDirection(n, seed));
  const off = (2 * norm(yield* reduce(probe))) / norm(probe);
  const apply = function* (v: Vector): Ask<Vector> {
    const out = (yield* reduce(v)).slice();
    const t = face.tangent(v);
    for (let i = 0; i < n; i++) out[i] = out[i]! + off * (v[i]! - t[i]!);
    return out;
  };
  const { smallest, largest, steps } = yield* lanczos(apply, n, {
    steps: Math.min(n, products),
    tolerance: 1e-3,
    seed,
  });
  const error =
    smallest.error +
    (8 * roundoff + (face.bendError ?? 0)) *
      Math.max(Math.abs(smallest.value), Math.abs(largest.value));
  const direction = face.tangent(smallest.vector);
  scale(1 / norm(direction), direction);
  return {
    smallest: smallest.value,
    largest: largest.value,
    direction,
    error,
    nearZero: Math.abs(smallest.value) <= error ? 1 : 0,
    newtonDecrease: undefined,
    how: `${where}, the smallest eigenvalue found by ${steps} products from a random start is ${format(smallest.value)}, with an eigenvalue within ${format(error)} of it`,
  };
}

/** T(H + bend)T, and on the complement a multiple of the identity above all of its eigenvalues. */
function reducedMatrix(n: number, face: Face, product: (v: Vector) => Vector): Vector {
  const matrix = new Float64Array(n * n);
  const tangents: Vector[] = [];
  for (let i = 0; i < n; i++) {
    const unit = new Float64Array(n);
    unit[i] = 1;
    const t = face.tangent(unit);
    tangents.push(t);
    matrix.set(face.tangent(added(product(t), face.bend?.(t))), i * n);
  }
  const above = 2 * norm(matrix) || 1;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const k = i * n + j;
      matrix[k] = matrix[k]! + above * ((i === j ? 1 : 0) - tangents[i]![j]!);
    }
  }
  // Symmetric but for rounding, which is shared out.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (matrix[i * n + j]! + matrix[j * n + i]!) / 2;
      matrix[i * n + j] = mean;
      matrix[j * n + i] = mean;
    }
  }
  return matrix;
}

/** a + b, in a vector of its own. */
function added(a: Vector, b: Vector | undefined): Vector {
  const out = a.slice();
  if (b !== undefined) addScaled(out, a, 1, b);
  return out;
}
