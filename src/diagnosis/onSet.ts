import { type Ask, askHessian, askHvp, type Vector } from "../linalg/ask.ts";
import { lanczos } from "../linalg/lanczos.ts";
import { randomDirection } from "../linalg/randomDirection.ts";
import { symmetricEigen } from "../linalg/symmetricEigen.ts";
import { addScaled, matrixVector, norm, scale } from "../linalg/vector.ts";
import type { ConstraintSet, Face } from "../methods/constraints/constraint.ts";
import { type Curvature, newtonDecrease } from "./curvature.ts";
import { format } from "./words.ts";

/** What holds a point of a set, in numbers and in sentences. */
export interface HeldAt {
  readonly face: Face;
  readonly evidence: readonly string[];
  readonly advice: readonly string[];
}

/** Constraints named in a sentence before "and n more". */
const namedAtMost = 4;

/** What stands for "the gradient norm" in sentences. */
export const gradientInWords = (set: ConstraintSet | undefined): string =>
  set === undefined
    ? "the gradient norm"
    : set.value === undefined
      ? "the norm of the projected gradient"
      : "the norm of the prox-gradient";

/** What holds a point: the constraints that push back, by multiplier, and those that only touch. */
export function heldAt(
  point: { readonly x: Vector; readonly gradient: Vector },
  set: ConstraintSet,
  tolerance: number,
): HeldAt {
  const face = set.face(point.x, point.gradient, tolerance);
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
  const [strongest] = byForce;
  const advice =
    strongest === undefined || Math.abs(strongest.multiplier) <= tolerance
      ? []
      : [
          `${strongest.name} costs most: moving it back by a small ε would lower the minimum by about ${format(Math.abs(strongest.multiplier))}·ε`,
        ];
  return { face, evidence, advice };
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
