import { matmul } from "../../../array/operations/contraction.ts";
import { ones } from "../../../array/operations/creation.ts";
import { sub } from "../../../array/operations/elementwise.ts";
import { concat, flip, stack } from "../../../array/operations/shaping.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { adjustable, type LeastSquares, type Minimum, range, repeated } from "../testFunction.ts";
import { problem } from "./problem.ts";

const watsonTimes = range(1, 29).map((i) => i / 29);

const watsonMinima: Readonly<Record<number, Minimum>> = {
  6: {
    value: 0.0022876700535524363,
    x: [
      -0.015725086401458456, 1.0124348693691099, -0.2329916259567377, 1.2604300877996084,
      -1.5137289227222797, 0.9929964324311346,
    ],
  },
  9: {
    value: 1.39976013809902e-6,
    x: [
      -1.5307036521394342e-5, 0.9997897039319483, 0.014763963693556958, 0.14634232829936222,
      1.0008211030047092, -2.617731140519015, 4.104403164478857, -3.1436122785564424,
      1.0526264080101668,
    ],
  },
};

/** A polynomial p with p′ − p² − 1 = 0 at 29 points, p(0) = 0 and p′(0) = 1: the tangent. */
const watson = (n: number): LeastSquares => {
  const powers = watsonTimes.map((t) => range(0, n - 1).map((j) => t ** j));
  const slopes = watsonTimes.map((t) => range(0, n - 1).map((j) => j * t ** Math.max(j - 1, 0)));
  return problem(20, {
    key: n === 9 ? "watson_9" : "watson",
    name: n === 9 ? "Watson, 9 unknowns" : "Watson",
    start: repeated(n, 0),
    residuals: (x) => {
      const [x1, x2] = [x.at(0), x.at(1)];
      return concat([
        matmul(slopes, x).sub(matmul(powers, x).square()).sub(1),
        stack([x1, x2.sub(x1.square()).sub(1)]),
      ]);
    },
    minima: [watsonMinima[n]].filter((minimum) => minimum !== undefined),
  });
};

const penalty1 = (n: number): LeastSquares =>
  problem(23, {
    key: "penalty_1",
    name: "Penalty I",
    start: range(1, n),
    residuals: (x) =>
      concat([x.sub(1).mul(Math.sqrt(1e-5)), x.square().sum().sub(0.25).reshape([1])]),
    minima: n === 4 ? [{ value: 2.2499775008999372e-5, x: repeated(4, 0.2500074995875379) }] : [],
  });

const penalty2 = (n: number): LeastSquares =>
  problem(24, {
    key: "penalty_2",
    name: "Penalty II",
    start: repeated(n, 0.5),
    residuals: (x) => {
      const rise = x.mul(0.1).exp();
      const later = rise.slice([1]);
      const pairs = range(2, n).map((i) => Math.exp(i / 10) + Math.exp((i - 1) / 10));
      const weighted = x.square().mul(range(1, n).toReversed()).sum();
      return concat([
        x.slice([0, 1]).sub(0.2),
        later
          .add(rise.slice([0, -1]))
          .sub(pairs)
          .mul(Math.sqrt(1e-5)),
        later.sub(Math.exp(-0.1)).mul(Math.sqrt(1e-5)),
        weighted.sub(1).reshape([1]),
      ]);
    },
    minima:
      n === 4
        ? [
            {
              value: 9.376293007355442e-6,
              x: [0.1999993333503804, 0.19131670099277245, 0.48010148533262315, 0.5188454043902005],
            },
          ]
        : [],
  });

const variablyDimensioned = (n: number): LeastSquares =>
  problem(25, {
    key: "var_dim",
    name: "Variably dimensioned",
    start: range(1, n).map((j) => 1 - j / n),
    residuals: (x) => {
      const gap = x.sub(1);
      const weighted = gap.mul(range(1, n)).sum();
      return concat([gap, stack([weighted, weighted.square()])]);
    },
    minima: [{ value: 0, x: repeated(n, 1) }],
  });

const trigonometricOfSix: readonly Minimum[] = [
  {
    value: 0,
    x: [
      0.08132473891069604, 0.08530626471926446, 0.09026634644303588, 0.09681157292880582,
      0.28837720901573527, 0.2050122782185277,
    ],
  },
  {
    value: 0.00027412943078806024, // where most methods end
    x: [
      0.09686446582478418, 0.10242953223978171, 0.10956341338624137, 0.343461355428703,
      0.1331511531460563, 0.14236567907504,
    ],
  },
];

const trigonometric = (n: number): LeastSquares =>
  problem(26, {
    key: "trigon",
    name: "Trigonometric",
    start: repeated(n, 1 / n),
    residuals: (x) => {
      const gap = sub(1, x.cos());
      return gap
        .sum()
        .add(gap.mul(range(1, n)))
        .sub(x.sin());
    },
    minima: [{ value: 0, x: repeated(n, 0) }, ...(n === 6 ? trigonometricOfSix : [])],
  });

const brownAlmostLinear = (n: number): LeastSquares =>
  problem(27, {
    key: "brown_al",
    name: "Brown almost-linear",
    start: repeated(n, 0.5),
    residuals: (x) => {
      const linear = x
        .slice([0, -1])
        .add(x.sum())
        .sub(n + 1);
      return concat([linear, x.prod().sub(1).reshape([1])]);
    },
    minima: [{ value: 0, x: repeated(n, 1), note: "another solves xⁿ⁻¹(n + 1 − nx) = 1" }],
    stationary: [{ x: [...repeated(n - 1, 0), n + 1], value: 1, kind: "degenerate", index: 0 }],
  });

/** The Chebyshev polynomials of degrees 0 to n at z, `[n + 1, …]`, by Tₖ₊ⱼ = 2TₖTⱼ − Tₖ₋ⱼ: twice as many at each turn. */
function chebyshev(z: Tensor, n: number): Tensor {
  let rows = stack([ones(z.shape, z.dtype), z]);
  for (let k = 1; k < n; k *= 2) {
    const count = Math.min(k, n - k);
    const mirrored = flip(rows.slice([k - count, k]), 0);
    const product = rows
      .slice([k, k + 1])
      .mul(2)
      .mul(rows.slice([1, count + 1]));
    rows = concat([rows, product.sub(mirrored)]);
  }
  return rows;
}

const chebyquad = (n: number): LeastSquares =>
  problem(35, {
    key: "chebyquad",
    name: "Chebyquad",
    start: range(1, n).map((j) => j / (n + 1)),
    // Means of the polynomials, shifted to [0, 1], less their integrals.
    residuals: (x) => {
      const means = chebyshev(x.mul(2).sub(1), n)
        .slice([1, n + 1])
        .mean({ axis: 1 });
      return means.add(range(1, n).map((i) => (i % 2 === 0 ? 1 / (i * i - 1) : 0)));
    },
    minima: chebyquadMinima(n),
  });

function chebyquadMinima(n: number): Minimum[] {
  if (n < 8 || n === 9) return [{ value: 0, note: "the nodes of a Chebyshev quadrature" }];
  if (n > 9) return [];
  const left = [0.04315276015101663, 0.1930908403841861, 0.26632870689027294, 0.5];
  const right = [0.5, 0.7336712931097271, 0.8069091596158139, 0.9568472398489833];
  return [{ value: 0.0035168737256779316, x: [...left, ...right] }];
}

/** Problems with a weak term that decides, or with one term that couples all unknowns. */
export const adjustables: readonly LeastSquares[] = [
  adjustable(watson, 6, { least: 2 }),
  watson(9),
  adjustable(penalty1, 4),
  adjustable(penalty2, 4, { least: 2 }),
  adjustable(variablyDimensioned, 6),
  adjustable(trigonometric, 6),
  adjustable(brownAlmostLinear, 5, { least: 2 }),
  adjustable(chebyquad, 8),
];
