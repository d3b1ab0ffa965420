import { matmul } from "../../../array/operations/contraction.ts";
import { mul } from "../../../array/operations/elementwise.ts";
import { transpose } from "../../../array/operations/shaping.ts";
import { range, type TestFunction } from "../testFunction.ts";
import { saddle, strictSaddle } from "./saddle.ts";

const symmetricTarget = [
  [1.914, -0.18, 1.076, 0.245],
  [-0.18, 1.212, -0.787, 0.262],
  [1.076, -0.787, 0.789, -1.026],
  [0.245, 0.262, -1.026, 1.585],
];

const target = [
  [0.69, -0.04],
  [1.69, 1.76],
  [-0.61, 0.91],
];

const netInputs = [
  [0.4, 0.4],
  [0.32, -0.15],
  [0.51, 0.22],
  [-1.67, -0.75],
  [1.81, -1.31],
];
const netTargets = [
  [-0.08, -1.58],
  [0.07, -2.04],
  [1.16, -1.15],
  [-0.2, -1.16],
  [1.86, -1.36],
];

const phase = [-0.4, 1.64, -0.31];
const phaseNorm = phase.reduce((sum, z) => sum + z * z, 0);
const phaseMeasurements = [
  [0.57, -0.91, -0.33],
  [-0.35, 0.73, 0.35],
  [-0.62, 0.54, -0.17],
  [-0.28, 1.99, -0.01],
  [0.78, -0.08, 0.73],
  [0.42, 0.97, 0.33],
  [-0.35, -1.78, 0.06],
  [-0.41, 0.02, -0.83],
  [1.58, 1, -0.07],
  [0.66, -0.65, -0.36],
  [0.07, 0.56, -0.39],
  [0.47, -0.13, 0.66],
];
const phaseData = phaseMeasurements.map(
  (row) => row.reduce((sum, a, j) => sum + a * (phase[j] ?? 0), 0) ** 2,
);

/** Small numbers without a pattern that a product would keep. */
const nearZero = (n: number): number[] => range(1, n).map((i) => 0.1 * Math.sin(i));

/**
 * Losses of the kind that models have: smooth, without bad minima, with a strict saddle where a factor
 * vanishes, and with minima that are not isolated.
 */
export const factorizations: readonly TestFunction[] = [
  saddle({
    key: "symmetric-matrix-factorization",
    name: "Symmetric matrix factorization",
    start: nearZero(8),
    f: (x) => {
      const u = x.reshape([4, 2]);
      return matmul(u, transpose(u)).sub(symmetricTarget).square().sum().mul(0.25);
    },
    minima: [
      {
        value: 0.31263137139652986,
        x: [
          0.984112591859021, -0.9786586636117055, -0.6624748497392483, -0.21730965271474606,
          1.0438566852111457, 0.11138648088060447, -0.7091892060326191, -0.9910988573639121,
        ],
        note: "one of all its rotations UQ",
      },
    ],
    stationary: [
      strictSaddle([0, 0, 0, 0, 0, 0, 0, 0], 3.5622165, 6),
      strictSaddle(
        [
          0.984112591859021, 0, -0.6624748497392483, 0, 1.0438566852111457, 0, -0.7091892060326191,
          0,
        ],
        1.3123115551874913,
        2,
      ),
      strictSaddle(
        [
          -0.9786586636117055, 0, -0.21730965271474606, 0, 0.11138648088060447, 0,
          -0.9910988573639121, 0,
        ],
        2.5625363162090387,
        3,
      ),
      strictSaddle(
        [
          0.984112591859021, -0.2406231945342686, -0.6624748497392483, -0.8721843703495415,
          1.0438566852111457, -0.03824262927261538, -0.7091892060326191, 0.42454124692021655,
        ],
        1.062160098925359,
      ),
    ],
    source: "‖UUᵀ − M‖²/4, U 4×2; Ge, Jin & Zheng (2017), No spurious local minima",
  }),
  saddle({
    key: "matrix-factorization",
    name: "Matrix factorization",
    start: nearZero(10),
    f: (x) => {
      const [u, v] = [x.slice([0, 6]).reshape([3, 2]), x.slice([6]).reshape([2, 2])];
      return matmul(u, transpose(v)).sub(target).square().sum().mul(0.5);
    },
    minima: [
      {
        value: 0,
        x: [
          -0.2834598433144523, 0.48241408874464087, -1.5456704518837079, 0.0067169518832439325,
          -0.1502002627894895, -0.9795403372036595, -1.0899441576351336, 0.789870380541359,
          -1.141940664297979, -0.753904851167859,
        ],
        note: "one of all (UQ, VQ⁻ᵀ)",
      },
    ],
    stationary: [
      strictSaddle([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 3.8158, 4),
      strictSaddle(
        [
          -0.2834598433144523, 0, -1.5456704518837079, 0, -0.1502002627894895, 0,
          -1.0899441576351336, 0, -1.141940664297979, 0,
        ],
        0.7107511851068807,
      ),
      strictSaddle(
        [
          0.48241408874464087, 0, 0.0067169518832439325, 0, -0.9795403372036595, 0,
          0.789870380541359, 0, -0.753904851167859, 0,
        ],
        3.1050488148931192,
        2,
      ),
    ],
    source: "‖UVᵀ − M‖²/2, U 3×2, V 2×2; Baldi & Hornik (1989)",
  }),
  saddle({
    key: "two-layer-linear-net",
    name: "Linear network of two layers",
    start: nearZero(8),
    f: (x) => {
      const [w1, w2] = [x.slice([0, 4]).reshape([2, 2]), x.slice([4]).reshape([2, 2])];
      const outputs = matmul(matmul(netInputs, transpose(w1)), transpose(w2));
      return outputs.sub(netTargets).square().sum().mul(0.5);
    },
    minima: [
      {
        value: 5.0827813394459955,
        x: [
          -0.6110427540461268, 0.9385863773425518, 0.12654534817792662, 0.21213940318919622,
          -0.8011235680035319, 0.5984989797729734, 0.5984989797729735, 0.8011235680035318,
        ],
        note: "one of all (QW₁, W₂Q⁻¹)",
      },
    ],
    stationary: [
      strictSaddle([0, 0, 0, 0, 0, 0, 0, 0], 8.0161, 4),
      strictSaddle(
        [
          -0.6110427540461268, 0.9385863773425518, 0, 0, -0.8011235680035319, 0, 0.5984989797729735,
          0,
        ],
        5.16798382372709,
      ),
      strictSaddle(
        [
          0.12654534817792662, 0.21213940318919622, 0, 0, 0.5984989797729734, 0, 0.8011235680035318,
          0,
        ],
        7.930897515718906,
        2,
      ),
    ],
    source:
      "‖XW₁ᵀW₂ᵀ − Y‖²/2; Baldi & Hornik (1989), Neural networks and principal component analysis",
  }),
  saddle({
    key: "phase-retrieval-population",
    name: "Phase retrieval, expected loss",
    start: nearZero(3),
    // The expectation in closed form, as a sum of squares: 3(‖x‖² − ‖z‖²)²/4 + ‖z‖²‖x − zzᵀx/‖z‖²‖².
    f: (x) => {
      const excess = x.sub(phase).mul(x.add(phase)).sum();
      const across = x.sub(
        mul(
          x.mul(phase).sum(),
          phase.map((z) => z / phaseNorm),
        ),
      );
      return excess.square().mul(0.75).add(across.square().sum().mul(phaseNorm));
    },
    minima: [
      { value: 0, x: phase },
      { value: 0, x: phase.map((z) => -z) },
    ],
    stationary: [
      { x: [0, 0, 0], value: 6.507861367499998, kind: "maximum", index: 3 },
      {
        ...strictSaddle(
          [0.34303054054439813, -0.09121075898957642, -0.9251543901956922],
          5.784765659999998,
        ),
        note: "one of a circle: x ⟂ z, ‖x‖² = ‖z‖²/3",
      },
    ],
    source:
      "E[((aᵀx)² − (aᵀz)²)²]/4, a ~ N(0, I); Sun, Qu & Wright (2018), A geometric analysis of phase retrieval",
  }),
  saddle({
    key: "phase-retrieval-sample",
    name: "Phase retrieval, 12 measurements",
    start: nearZero(3),
    f: (x) => {
      const gaps = matmul(phaseMeasurements, x).square().sub(phaseData);
      return gaps
        .square()
        .sum()
        .mul(1 / (4 * phaseData.length));
    },
    minima: [
      { value: 0, x: phase },
      { value: 0, x: phase.map((z) => -z) },
    ],
    stationary: [{ x: [0, 0, 0], value: 4.385341850986672, kind: "maximum", index: 3 }],
    source:
      "Σ((aᵢᵀx)² − (aᵢᵀz)²)²/4m; Sun, Qu & Wright (2018), A geometric analysis of phase retrieval",
  }),
];
