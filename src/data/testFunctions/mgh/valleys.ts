import { mul, sub } from "../../../array/operations/elementwise.ts";
import { concat, stack } from "../../../array/operations/shaping.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { adjustable, type LeastSquares, repeated } from "../testFunction.ts";
import { problem } from "./problem.ts";

/** 10(x₂ − x₁²) and 1 − x₁ of each pair. */
function rosenbrockPairs(x: Tensor): Tensor {
  const [odd, even] = [x.slice([0, null, 2]), x.slice([1, null, 2])];
  return concat([even.sub(odd.square()).mul(10), sub(1, odd)]);
}

/** x₁ + 10x₂, √5(x₃ − x₄), (x₂ − 2x₃)² and √10(x₁ − x₄)² of each four. */
function powellFours(x: Tensor): Tensor {
  const [a, b] = [x.slice([0, null, 4]), x.slice([1, null, 4])];
  const [c, d] = [x.slice([2, null, 4]), x.slice([3, null, 4])];
  return concat([
    a.add(b.mul(10)),
    c.sub(d).mul(Math.sqrt(5)),
    b.sub(c.mul(2)).square(),
    a.sub(d).square().mul(Math.sqrt(10)),
  ]);
}

/**
 * The angle of (x₁, x₂) in turns, from −¼ to ¾: the paper's arctan(x₂/x₁)/2π, plus ½ where x₁ < 0.
 * Written by the half angle from the x₂ axis, it has all derivatives but at its jump (x₁ = 0, x₂ < 0);
 * the paper's form has none on the whole line x₁ = 0, which every path from the start has to cross.
 */
function turns(x1: Tensor, x2: Tensor): Tensor {
  const radius = x1.square().add(x2.square()).sqrt();
  const half = x1.div(radius.add(x2)).atan();
  return sub(0.25, half.mul(1 / Math.PI));
}

/** Zero-residual problems with curved valleys or bad scales, in few unknowns or repeated. */
export const valleys: readonly LeastSquares[] = [
  problem(1, {
    key: "rosen",
    name: "Rosenbrock (pairs)",
    start: [-1.2, 1],
    residuals: rosenbrockPairs,
    minima: [{ value: 0, x: [1, 1] }],
  }),
  problem(2, {
    key: "freud_roth",
    name: "Freudenstein and Roth",
    start: [0.5, -2],
    residuals: (x) => {
      const [x1, x2] = [x.at(0), x.at(1)];
      return stack([
        sub(5, x2).mul(x2).sub(2).mul(x2).add(x1).sub(13),
        x2.add(1).mul(x2).sub(14).mul(x2).add(x1).sub(29),
      ]);
    },
    minima: [
      { value: 0, x: [5, 4] },
      { value: 48.98425367924002, x: [11.412778986902094, -0.8968052532744765] },
    ],
  }),
  problem(3, {
    key: "powell_bs",
    name: "Powell badly scaled",
    start: [0, 1],
    residuals: (x) =>
      stack([x.at(0).mul(x.at(1)).mul(1e4).sub(1), x.neg().exp().sum().sub(1.0001)]),
    minima: [{ value: 0, x: [1.0981593296998053e-5, 9.106146739866624] }],
  }),
  problem(4, {
    key: "brown_bs",
    name: "Brown badly scaled",
    start: [1, 1],
    residuals: (x) => concat([x.sub([1e6, 2e-6]), x.prod().sub(2).reshape([1])]),
    minima: [{ value: 0, x: [1e6, 2e-6] }],
  }),
  {
    ...problem(5, {
      key: "beale",
      name: "Beale",
      start: [1, 1],
      residuals: (x) => {
        const [x1, x2] = [x.at(0), x.at(1)];
        const powers = stack([x2, x2.square(), x2.pow(3)]);
        return sub([1.5, 2.25, 2.625], mul(x1, sub(1, powers)));
      },
      minima: [{ value: 0, x: [3, 0.5] }],
    }),
    domain: [
      [-4.5, 4.5],
      [-4.5, 4.5],
    ],
  },
  problem(7, {
    key: "helical",
    name: "Helical valley",
    start: [-1, 0, 0],
    residuals: (x) => {
      const [x1, x2, x3] = [x.at(0), x.at(1), x.at(2)];
      const radius = x1.square().add(x2.square()).sqrt();
      return stack([x3.sub(turns(x1, x2).mul(10)).mul(10), radius.sub(1).mul(10), x3]);
    },
    minima: [{ value: 0, x: [1, 0, 0] }],
    note: "jumps where x₁ = 0 and x₂ < 0",
  }),
  problem(13, {
    key: "powell_s",
    name: "Powell singular",
    start: [3, -1, 0, 1],
    residuals: powellFours,
    minima: [{ value: 0, x: [0, 0, 0, 0], note: "the Hessian is singular there" }],
  }),
  problem(14, {
    key: "wood",
    name: "Wood",
    start: [-3, -1, -3, -1],
    residuals: (x) => {
      const [x1, x2, x3, x4] = [x.at(0), x.at(1), x.at(2), x.at(3)];
      return stack([
        x2.sub(x1.square()).mul(10),
        sub(1, x1),
        x4.sub(x3.square()).mul(Math.sqrt(90)),
        sub(1, x3),
        x2.add(x4).sub(2).mul(Math.sqrt(10)),
        x2.sub(x4).mul(Math.sqrt(0.1)),
      ]);
    },
    minima: [{ value: 0, x: [1, 1, 1, 1] }],
  }),
  adjustable(
    (n) =>
      problem(21, {
        key: "ex_rosen",
        name: "Extended Rosenbrock",
        start: repeated(n, -1.2, 1),
        residuals: rosenbrockPairs,
        minima: [{ value: 0, x: repeated(n, 1) }],
      }),
    8,
    { multipleOf: 2 },
  ),
  adjustable(
    (n) =>
      problem(22, {
        key: "ex_powell",
        name: "Extended Powell singular",
        start: repeated(n, 3, -1, 0, 1),
        residuals: powellFours,
        minima: [{ value: 0, x: repeated(n, 0), note: "the Hessian is singular there" }],
      }),
    8,
    { multipleOf: 4 },
  ),
];
