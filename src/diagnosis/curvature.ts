import type { Vector } from "../linalg/ask.ts";

/** The extreme curvature at a point and how well it is known. */
export interface Curvature {
  readonly smallest: number;
  readonly largest: number;
  readonly direction: Vector;
  readonly error: number;
  readonly nearZero: number;
  /** What a Newton step would lower the value by, gᵀ|H|⁻¹g/2; undefined where the Hessian was not computed whole. */
  readonly newtonDecrease: number | undefined;
  readonly how: string;
  /** The eigenvalues on a set's tangent space, and their eigenvectors as rows, where all were computed. */
  readonly onTangent?: { readonly values: Vector; readonly vectors: Vector };
}

/** gᵀ|H|⁻¹g/2 from the eigenvalues of H and the rows of its eigenvectors. */
export function newtonDecrease(values: Vector, vectors: Vector, gradient: Vector): number {
  const n = gradient.length;
  let decrease = 0;
  for (let k = 0; k < values.length; k++) {
    let along = 0;
    for (let i = 0; i < n; i++) along += vectors[k * n + i]! * gradient[i]!;
    if (along !== 0) decrease += (along * along) / (2 * Math.abs(values[k]!));
  }
  return decrease;
}
