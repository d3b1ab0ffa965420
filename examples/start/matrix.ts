// A matrix of which some entries are missing, as a product of two thin ones: A ≈ U Vᵀ. Not convex, and flat along
// the rotations of U and V together, which the verdict counts.
//   npx nadir minimize matrix.ts
//   npx nadir minimize matrix.ts method=lbfgs --seed 1
import { sum, type Tensor } from "nadir";

const [rows, columns, rank] = [24, 16, 2];
/** λ: how much smaller factors are preferred. */
const strength = 1e-2;

/** Put your own in its place: NaN where an entry is not known. Here: of rank two, a third of it missing. */
const known: readonly (readonly number[])[] = Array.from({ length: rows }, (_, i) =>
  Array.from({ length: columns }, (_, j) =>
    (3 * i + 5 * j) % 3 === 0 && (i + j) % 2 === 0
      ? Number.NaN
      : Math.sin(i) * Math.cos(2 * j) + 0.5 * Math.cos(3 * i) * Math.sin(j),
  ),
);
const mask = known.map((row) => row.map((entry) => (Number.isNaN(entry) ? 0 : 1)));
const entries = known.map((row) => row.map((entry) => (Number.isNaN(entry) ? 0 : entry)));

/** f(U, V) = ½ ‖mask ∘ (U Vᵀ − A)‖² + λ/2 (‖U‖² + ‖V‖²). */
export default ({ u, v }: { readonly u: Tensor; readonly v: Tensor }): Tensor => {
  const missed = u.matmul(v.transpose()).sub(entries).mul(mask);
  return sum(missed.square())
    .add(sum(u.square()).add(sum(v.square())).mul(strength))
    .mul(0.5);
};

/** Small and of no pattern: at zero the gradient vanishes, at a saddle. */
const start = (length: number): number[][] =>
  Array.from({ length }, (_, i) =>
    Array.from({ length: rank }, (_, j) => 0.1 * Math.sin(7 * i + 13 * j + 1)),
  );

export const x0 = { u: start(rows), v: start(columns) };
