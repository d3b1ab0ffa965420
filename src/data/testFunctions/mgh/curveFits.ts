import { outer } from "../../../array/operations/contraction.ts";
import { mul, sub } from "../../../array/operations/elementwise.ts";
import type { LeastSquares } from "../testFunction.ts";
import { range } from "../testFunction.ts";
import { problem } from "./problem.ts";

const bardU = range(1, 15);
const bardV = bardU.map((u) => 16 - u);
const bardW = bardU.map((u) => Math.min(u, 16 - u));
const bardData = [
  0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39,
];

const gaussTimes = range(1, 15).map((i) => (8 - i) / 2);
const gaussHalf = [0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521];
const gaussData = [...gaussHalf, 0.3989, ...gaussHalf.toReversed()];

const meyerTimes = range(1, 16).map((i) => 45 + 5 * i);
const meyerData = [
  34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307,
  2872,
];

const kowalikU = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];
const kowalikSquares = kowalikU.map((u) => u * u);
const kowalikData = [
  0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246,
];

const osborne1Times = range(0, 32).map((i) => 10 * i);
const osborne1Data = [
  0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658,
  0.628, 0.603, 0.58, 0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431,
  0.424, 0.42, 0.414, 0.411, 0.406,
];

const osborne2Times = range(0, 64).map((i) => i / 10);
const osborne2Data = [
  1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655,
  0.616, 0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558,
  0.533, 0.495, 0.5, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562,
  0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.71,
  0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054,
];

/** Fits of formulas to measured data, which is the paper's. */
export const curveFits: readonly LeastSquares[] = [
  problem(8, {
    key: "bard",
    name: "Bard",
    start: [1, 1, 1],
    residuals: (x) => {
      const model = sub(bardData, x.at(0));
      return model.sub(mul(bardU, x.at(1).mul(bardV).add(x.at(2).mul(bardW)).reciprocal()));
    },
    minima: [
      {
        value: 0.00821487730657898,
        x: [0.08241055974978899, 1.1330360920297224, 2.3436951786425366],
      },
      { value: 17.428693333333335, note: "at infinity: x₁ = 0.84066…, x₂, x₃ → −∞" },
    ],
  }),
  problem(9, {
    key: "gauss",
    name: "Gaussian",
    start: [0.4, 1, 0],
    residuals: (x) => {
      const exponent = x.at(2).sub(gaussTimes).square().mul(x.at(1)).mul(-0.5);
      return exponent.exp().mul(x.at(0)).sub(gaussData);
    },
    minima: [{ value: 1.1279327696190113e-8, x: [0.39895613783875666, 1.0000190844878056, 0] }],
  }),
  problem(10, {
    key: "meyer",
    name: "Meyer",
    start: [0.02, 4000, 250],
    residuals: (x) => x.at(1).div(x.at(2).add(meyerTimes)).exp().mul(x.at(0)).sub(meyerData),
    minima: [
      {
        value: 87.94585517085112,
        x: [0.005609636471028053, 6181.346346286372, 345.2236346241365],
      },
    ],
  }),
  problem(15, {
    key: "kow_osb",
    name: "Kowalik and Osborne",
    start: [0.25, 0.39, 0.415, 0.39],
    residuals: (x) => {
      const above = x.at(1).mul(kowalikU).add(kowalikSquares).mul(x.at(0));
      const below = x.at(2).mul(kowalikU).add(kowalikSquares).add(x.at(3));
      return sub(kowalikData, above.div(below));
    },
    minima: [
      {
        value: 0.0003075056038492378,
        x: [0.1928069345790379, 0.19128232873436676, 0.12305650692632074, 0.13606233068379475],
      },
      { value: 0.001027343048695457, note: "at infinity: x₁ → ∞, x₂ = −14.07…, x₃, x₄ → −∞" },
    ],
  }),
  problem(17, {
    key: "osborne_1",
    name: "Osborne 1",
    start: [0.5, 1.5, -1, 0.01, 0.02],
    residuals: (x) => {
      const decays = outer(osborne1Times, x.slice([3]))
        .neg()
        .exp(); // [33, 2]
      return sub(osborne1Data, decays.matmul(x.slice([1, 3])).add(x.at(0)));
    },
    minima: [
      {
        value: 5.464894697482912e-5,
        x: [
          0.37541005210695194, 1.9358469127123559, -1.4646871366134115, 0.012867534640057266,
          0.02212269966167266,
        ],
      },
    ],
  }),
  problem(19, {
    key: "osborne_2",
    name: "Osborne 2",
    start: [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5],
    residuals: (x) => {
      const decay = mul(x.at(0), x.at(4).mul(osborne2Times).neg().exp());
      const distance = sub(
        osborne2Times.map((t) => [t]),
        x.slice([8, 11]),
      ); // [65, 3]
      const bells = distance
        .square()
        .mul(x.slice([5, 8]))
        .neg()
        .exp();
      return sub(osborne2Data, decay.add(bells.matmul(x.slice([1, 4]))));
    },
    minima: [
      {
        value: 0.04013773629354774,
        x: [
          1.3099771546273007, 0.431553794602989, 0.633661698960724, 0.5994305347859163,
          0.7541832263280115, 0.9042885798596334, 1.3658118352370285, 4.8236988172271555,
          2.3986848661317546, 4.568874597667672, 5.6753414705806415,
        ],
      },
    ],
  }),
];
