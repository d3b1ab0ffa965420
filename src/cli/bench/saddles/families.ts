import { matmul } from "../../../array/operations/contraction.ts";
import { transpose } from "../../../array/operations/shaping.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { uniform } from "../random.ts";
import type { Instance } from "./race.ts";

/** A kind of problem that is drawn from a seed, and the saddle it is started at or near. */
export interface Family {
  readonly name: string;
  /** `distance`: how far from the saddle the start lies, in each coordinate about. */
  draw(seed: number, distance: number): Instance;
}

/** Independent standard normal draws. */
function normals(seed: number): (count: number) => number[] {
  const next = uniform(seed);
  const one = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return (count) => Array.from({ length: count }, one);
}

const rowsOf = (flat: readonly number[], columns: number): number[][] =>
  Array.from({ length: flat.length / columns }, (_, i) =>
    flat.slice(i * columns, (i + 1) * columns),
  );

const product = (a: readonly number[][], b: readonly number[][]): number[][] =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, aik, k) => sum + aik * b[k]![j]!, 0)));

const squares = (values: readonly number[]): number => values.reduce((sum, v) => sum + v * v, 0);

/** Orthonormal rows, by Gram and Schmidt. */
function orthonormal(rows: readonly number[][]): number[][] {
  const done: number[][] = [];
  for (const row of rows) {
    let rest = [...row];
    for (const q of done) {
      const along = q.reduce((sum, qi, i) => sum + qi * rest[i]!, 0);
      rest = rest.map((r, i) => r - along * q[i]!);
    }
    const length = Math.sqrt(squares(rest));
    done.push(rest.map((r) => r / length));
  }
  return done;
}

/** Beyond a saddle of this value once a twentieth of the way down is made; at the minimum within a ten-thousandth. */
function between(saddle: number, minimum: number): Pick<Instance, "left" | "reached"> {
  const depth = saddle - minimum;
  return {
    left: ({ value }) => value <= saddle - 0.05 * depth,
    reached: ({ value }) => value - minimum <= 1e-4 * depth,
  };
}

/** ‖UVᵀ − M‖²/2 with M 10×8 of rank 3: the origin is a strict saddle, all minima are 0. */
const factorization: Family = {
  name: "factorization",
  draw(seed, distance) {
    const draw = normals(seed);
    const target = product(rowsOf(draw(30), 3), rowsOf(draw(24), 8));
    const size = Math.sqrt(squares(target.flat()));
    const saddle = 0.5 * size * size;
    return {
      f: (x) => {
        const [u, v] = [x.slice([0, 30]).reshape([10, 3]), x.slice([30]).reshape([8, 3])];
        return matmul(u, transpose(v)).sub(target).square().sum().mul(0.5);
      },
      start: draw(54).map((z) => distance * z),
      ...between(saddle, 0),
      settings: {
        stepSize: 1 / (3 * size),
        gradientNorm: 0.01 * size,
        radius: 0.01,
        depth: saddle,
      },
    };
  },
};

/** Mean of |W₂W₁x − Tx|² over whitened data, T 4×6 of rank 4, four hidden units: the origin is a strict saddle. */
const linearNet = (layers: 2 | 3): Family => ({
  name: `linear net, ${layers} layers`,
  draw(seed, distance) {
    const draw = normals(seed);
    const target = rowsOf(draw(24), 6);
    const size = Math.sqrt(squares(target.flat()));
    const unknowns = layers === 2 ? 40 : 56;
    return {
      f: (x) => {
        const first = x.slice([0, 24]).reshape([4, 6]);
        const others = Array.from({ length: layers - 1 }, (_, k) =>
          x.slice([24 + 16 * k, 40 + 16 * k]).reshape([4, 4]),
        );
        const whole = others.reduce((inner, w) => matmul(w, inner), first);
        return whole.sub(target).square().sum().mul(0.5);
      },
      start: draw(unknowns).map((z) => distance * z),
      ...between(0.5 * size * size, 0),
      settings: {
        stepSize: 1 / (3 * size * (layers - 1)),
        gradientNorm: 0.01 * size,
        radius: 0.01,
        depth: 0.5 * size * size,
      },
    };
  },
});

/** Σ((aᵢᵀx)² − (aᵢᵀz)²)²/4m, n = 10, |z| = 1: the origin is a maximum, the minima ±z are 0.
 * m = 160: at m = 80 two draws of twenty have another minimum, of value 0.3. */
const phaseRetrieval: Family = {
  name: "phase retrieval",
  draw(seed, distance) {
    const draw = normals(seed);
    const signal = draw(10);
    const length = Math.sqrt(squares(signal));
    const measurements = rowsOf(draw(1600), 10);
    const data = measurements.map(
      (a) => a.reduce((sum, ai, i) => sum + (ai * signal[i]!) / length, 0) ** 2,
    );
    const top = squares(data) / 640;
    return {
      f: (x) =>
        matmul(measurements, x)
          .square()
          .sub(data)
          .square()
          .sum()
          .mul(1 / 640),
      start: draw(10).map((z) => distance * z),
      ...between(top, 0),
      settings: { stepSize: 0.05, gradientNorm: 0.01, radius: 0.01, depth: top },
    };
  },
};

/** The norm of Σᵢ uᵢ⊗⁴ − Σₖ aₖ⊗⁴ over that of the latter, for u, a in rows, a orthonormal. */
export function tensorError(u: readonly number[][], a: readonly number[][]): number {
  const fourth = (p: readonly number[], q: readonly number[]): number =>
    p.reduce((sum, pi, i) => sum + pi * q[i]!, 0) ** 4;
  const pairs = (rows: readonly number[][], columns: readonly number[][]): number =>
    rows.reduce((sum, p) => columns.reduce((part, q) => part + fourth(p, q), sum), 0);
  return Math.sqrt(Math.max(0, pairs(u, u) - 2 * pairs(u, a) + a.length) / a.length);
}

const unitRows = (flat: ArrayLike<number>, d: number): number[][] =>
  rowsOf(Array.from(flat), d).map((row) => {
    const length = Math.sqrt(squares(row));
    return row.map((u) => u / length);
  });

/**
 * Σ over i ≠ j of T(uᵢ, uᵢ, uⱼ, uⱼ) for T = Σₖ aₖ⊗⁴ with the aₖ in the columns of `a`, each uᵢ a row of x over
 * its length: [d·d] to one number, 0 where the u are the a in some order and with some signs.
 */
export const tensorLoss =
  (a: readonly number[][]) =>
  (x: Tensor): Tensor => {
    const d = a.length;
    const rows = x.reshape([d, d]);
    const u = rows.div(rows.square().sum({ axis: 1, keepDims: true }).sqrt());
    const shares = matmul(u, a as number[][]).square();
    return shares.sum({ axis: 0 }).square().sum().sub(shares.square().sum());
  };

/** Orthogonal tensor decomposition, d = 10: all rows alike is a saddle, the minima are 0. */
const tensorDecomposition: Family = {
  name: "tensor decomposition",
  draw(seed, distance) {
    const d = 10;
    const draw = normals(seed);
    const components = orthonormal(rowsOf(draw(d * d), d));
    const columns = components[0]!.map((_, i) => components.map((row) => row[i]!));
    // In every row the mean of the components: each takes part in each, and the value is 10 − 1.
    const mean = columns.map((row) => row.reduce((sum, a) => sum + a, 0) / Math.sqrt(d));
    return {
      f: tensorLoss(columns),
      start: Array.from({ length: d }, () => draw(d).map((z, i) => mean[i]! + distance * z)).flat(),
      left: ({ value }) => value <= 0.95 * 9,
      reached: ({ x }) => tensorError(unitRows(x, d), components) <= 1e-2,
      settings: { stepSize: 0.05, gradientNorm: 0.03, radius: 0.03, depth: 9 },
    };
  },
};

/** The kinds of problem that the methods are raced on, besides the octopus. */
export const families: readonly Family[] = [
  factorization,
  linearNet(2),
  linearNet(3),
  phaseRetrieval,
  tensorDecomposition,
];
