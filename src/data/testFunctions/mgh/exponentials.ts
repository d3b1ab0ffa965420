import { matmul, outer } from "../../../array/operations/contraction.ts";
import { concat } from "../../../array/operations/shaping.ts";
import type { LeastSquares } from "../testFunction.ts";
import { range } from "../testFunction.ts";
import { problem } from "./problem.ts";

const tenths = (count: number): number[] => range(1, count).map((i) => i / 10);

const gulfTimes = range(1, 99).map((i) => i / 100);
const gulfData = gulfTimes.map((t) => 25 + (-50 * Math.log(t)) ** (2 / 3));

const brownTimes = range(1, 20).map((i) => i / 5);

/** Fits of exponentials to targets that are computed, not measured. */
export const exponentials: readonly LeastSquares[] = [
  problem(6, {
    key: "jenn_samp",
    name: "Jennrich and Sampson",
    start: [0.3, 0.4],
    residuals: (x) => {
      const i = range(1, 10);
      return outer(i, x)
        .exp()
        .sum({ axis: 1 })
        .neg()
        .add(i.map((k) => 2 + 2 * k));
    },
    minima: [{ value: 124.36218235561485, x: [0.2578252136703641, 0.2578252136703641] }],
  }),
  problem(11, {
    key: "gulf",
    name: "Gulf research and development",
    start: [5, 2.5, 0.15],
    // The paper prints the distance as |yᵢ·m·i·x₂|, a misprint.
    residuals: (x) => {
      const distance = x.at(1).sub(gulfData).abs();
      return distance.pow(x.at(2)).div(x.at(0)).neg().exp().sub(gulfTimes);
    },
    minima: [{ value: 0, x: [50, 25, 1.5] }],
  }),
  problem(12, {
    key: "box_3d",
    name: "Box three-dimensional",
    start: [0, 10, 20],
    residuals: (x) => {
      const t = tenths(10);
      const fall = t.map((ti) => Math.exp(-ti) - Math.exp(-10 * ti));
      const decay = (rate: number) => x.at(rate).mul(t).neg().exp();
      return decay(0).sub(decay(1)).sub(x.at(2).mul(fall));
    },
    minima: [
      { value: 0, x: [1, 10, 1] },
      { value: 0, x: [10, 1, -1] },
      { value: 0, x: [1, 1, 0], note: "one of the line x₁ = x₂, x₃ = 0" },
    ],
  }),
  problem(16, {
    key: "brown_den",
    name: "Brown and Dennis",
    start: [25, 5, -5, 1],
    residuals: (x) => {
      const t = brownTimes;
      const left = x.at(1).mul(t).add(x.at(0)).sub(t.map(Math.exp));
      const right = x.at(3).mul(t.map(Math.sin)).add(x.at(2)).sub(t.map(Math.cos));
      return left.square().add(right.square());
    },
    minima: [
      {
        value: 85822.20162635634,
        x: [-11.594439904762165, 13.203630051207204, -0.40343948817685954, 0.2367787744557363],
      },
    ],
  }),
  problem(18, {
    key: "biggs_exp6",
    name: "Biggs EXP6",
    start: [1, 2, 1, 1, 1, 1],
    residuals: (x) => {
      const t = tenths(13);
      const target = t.map((ti) => Math.exp(-ti) - 5 * Math.exp(-10 * ti) + 3 * Math.exp(-4 * ti));
      const heights = concat([x.slice([2, 3]), x.slice([3, 4]).neg(), x.slice([5])]);
      const rates = concat([x.slice([0, 2]), x.slice([4, 5])]);
      return matmul(outer(t, rates).neg().exp(), heights).sub(target);
    },
    minima: [{ value: 0, x: [1, 10, 1, 5, 4, 3] }],
    stationary: [
      {
        x: [
          1.7114159947195875, 17.683198180949066, 1.1631436609188925, 5.186561551993452,
          1.7114159947195875, 1.1631436609188925,
        ],
        value: 0.005655649925499931,
        kind: "saddle",
        index: 1,
        note: "the paper lists the value as a minimum; it is one of the points where x₁ = x₅",
      },
    ],
  }),
];
