import { add, mul } from "../../../array/operations/elementwise.ts";
import { cumSum } from "../../../array/operations/reduction.ts";
import { pad } from "../../../array/operations/shaping.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { adjustable, type LeastSquares, type Minimum, range, repeated } from "../testFunction.ts";
import { problem } from "./problem.ts";

/** Where the equations have one solution: its value, and at eight unknowns its place. */
const solution = (n: number, atEight: readonly number[]): readonly Minimum[] =>
  n === 8
    ? [{ value: 0, x: atEight }]
    : [{ value: 0, note: "the minimiser has no closed form; it is listed for 8 unknowns" }];

const boundaryValueSolution = [
  -0.05206181499642866, -0.0967914433219404, -0.13272190890043206, -0.15796939485175013,
  -0.17007404480245816, -0.16576194459049773, -0.14057879155073583, -0.08830686222190336,
];

/** tᵢ = ih, h = 1/(n + 1), inside the unit interval. */
const grid = (n: number): number[] => range(1, n).map((i) => i / (n + 1));

/** (xᵢ + tᵢ + 1)³. */
const cubes = (x: Tensor, n: number): Tensor => x.add(grid(n).map((t) => t + 1)).pow(3);

/** The neighbours `offset` places on; 0 beyond the ends. */
function shifted(x: Tensor, offset: number): Tensor {
  const n = x.size;
  const [before, after] = [Math.min(n, Math.max(0, -offset)), Math.min(n, Math.max(0, offset))];
  return pad(x.slice([after, n - before]), [[before, after]]);
}

const boundaryValue = (n: number): LeastSquares =>
  problem(28, {
    key: "disc_bv",
    name: "Discrete boundary value",
    start: grid(n).map((t) => t * (t - 1)),
    residuals: (x) => {
      const second = x.mul(2).sub(shifted(x, -1)).sub(shifted(x, 1));
      return second.add(cubes(x, n).mul(0.5 / (n + 1) ** 2));
    },
    minima: solution(n, boundaryValueSolution),
  });

const integralEquation = (n: number): LeastSquares =>
  problem(29, {
    key: "disc_ie",
    name: "Discrete integral equation",
    start: grid(n).map((t) => t * (t - 1)),
    residuals: (x) => {
      const t = grid(n);
      const rest = t.map((ti) => 1 - ti);
      const weight = cubes(x, n).mul(0.5 / (n + 1));
      const below = cumSum(weight.mul(t)).mul(rest);
      const above = shifted(cumSum(weight.mul(rest), 0, { reverse: true }), 1).mul(t);
      return x.add(below).add(above);
    },
    minima: solution(n, boundaryValueSolution), // the same equation, integrated
  });

const broydenTridiagonal = (n: number): LeastSquares =>
  problem(30, {
    key: "broyden_tri",
    name: "Broyden tridiagonal",
    start: repeated(n, -1),
    residuals: (x) => {
      const own = x.mul(-2).add(3).mul(x).add(1);
      return own.sub(shifted(x, -1)).sub(shifted(x, 1).mul(2));
    },
    minima: solution(
      n,
      [
        -0.5704698369645521, -0.6811405903331907, -0.7004284708169576, -0.7006724537898226,
        -0.6917363327761061, -0.6657674263517837, -0.5960292391307002, -0.4164109994188798,
      ],
    ),
  });

const broydenBanded = (n: number): LeastSquares =>
  problem(31, {
    key: "broyden_band",
    name: "Broyden banded",
    start: repeated(n, -1),
    residuals: (x) => {
      const coupling = mul(x, x.add(1));
      const band = [-5, -4, -3, -2, -1, 1].map((offset) => shifted(coupling, offset));
      const own = x.square().mul(5).add(2).mul(x).add(1);
      return own.sub(band.reduce((sum, part) => add(sum, part)));
    },
    minima: solution(
      n,
      [
        -0.4283028635872153, -0.4765964243527396, -0.5196524641351996, -0.5580992994024565,
        -0.5925070737956318, -0.6244769343131015, -0.624087738142075, -0.5899852409470535,
      ],
    ),
  });

/** Systems of equations whose unknowns are neighbours, on a grid or in a band. */
export const equations: readonly LeastSquares[] = [
  adjustable(boundaryValue, 8),
  adjustable(integralEquation, 8),
  adjustable(broydenTridiagonal, 8),
  adjustable(broydenBanded, 8),
];
