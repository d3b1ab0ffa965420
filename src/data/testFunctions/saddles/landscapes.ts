import { mul } from "../../../array/operations/elementwise.ts";
import { range, repeated, type TestFunction } from "../testFunction.ts";
import { saddle, strictSaddle } from "./saddle.ts";

const wells = [-2, -0.5, 1, 3, 5, 0.1, 4, 2];

/** sin x + 0.2x is least where cos x = −0.2 on the falling half of the wave, and largest opposite to it. */
const sineMinimum = 2 * Math.PI - Math.acos(-0.2);

const muellerBrown = {
  heights: [-200, -100, -170, 15],
  xx: [-1, -1, -6.5, 0.7],
  xy: [0, 0, 11, 0.6],
  yy: [-10, -10, -6.5, 0.7],
  x: [1, 0, -0.5, -1],
  y: [0, 0.5, 1.5, 1],
};

/** Surfaces with strict and degenerate saddles, in one unknown to eight. */
export const landscapes: readonly TestFunction[] = [
  saddle({
    key: "double-well-saddle",
    name: "Saddle with two wells",
    // On the line y = 0, where every gradient points to the saddle.
    start: [1, 0],
    f: (p) => {
      const [xx, yy] = [p.at(0).square(), p.at(1).square()];
      return xx.sub(yy).add(yy.square().mul(0.25));
    },
    minima: [
      { value: -1, x: [0, Math.SQRT2] },
      { value: -1, x: [0, -Math.SQRT2] },
    ],
    stationary: [strictSaddle([0, 0], 0)],
    source: "x² − y² + y⁴/4",
  }),
  saddle({
    key: "tilted-sine",
    name: "Tilted sine",
    start: [5],
    f: (x) => x.sin().add(x.mul(0.2)).sum(),
    minima: range(-3, 1).map((k) => {
      const x = sineMinimum + 2 * Math.PI * k;
      return { value: Math.sin(x) + 0.2 * x, x: [x] };
    }),
    stationary: range(-1, 3).map((k) => {
      const x = 2 * Math.PI * k - sineMinimum;
      return { value: Math.sin(x) + 0.2 * x, x: [x], kind: "maximum", index: 1 };
    }),
    unboundedBelow: true,
    note: "periodic but for the tilt: five of its minima and maxima are listed",
    source: "sin x + 0.2x",
  }),
  saddle({
    key: "monkey",
    name: "Monkey saddle",
    start: [0.5, 0],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      return x.square().sub(y.square().mul(3)).mul(x);
    },
    minima: [],
    stationary: [{ x: [0, 0], value: 0, kind: "degenerate", index: 0 }],
    unboundedBelow: true,
    source: "x³ − 3xy²",
  }),
  saddle({
    key: "flat-cubic",
    name: "Flat cubic",
    start: [1, 0.5],
    f: (p) => p.at(0).square().add(p.at(1).pow(3)),
    minima: [],
    stationary: [{ x: [0, 0], value: 0, kind: "degenerate", index: 0 }],
    unboundedBelow: true,
    source: "x² + y³",
  }),
  saddle({
    key: "flat-quartic",
    name: "Flat quartic",
    start: [1, 1],
    f: (p) => p.at(0).square().add(p.at(1).pow(4)),
    minima: [{ value: 0, x: [0, 0], note: "the Hessian is singular there" }],
    source: "x² + y⁴",
  }),
  saddle({
    key: "quartic-separable",
    name: "Separable quartic",
    start: repeated(8, 0.1),
    f: (x) => {
      const square = x.square();
      return square.mul(wells).mul(0.5).add(square.square().mul(0.25)).sum();
    },
    minima: [
      [1, 1],
      [-1, 1],
      [1, -1],
      [-1, -1],
    ].map(([p = 1, q = 1]) => ({
      value: -1.0625,
      x: [p * Math.SQRT2, q * Math.SQRT1_2, ...repeated(6, 0)],
    })),
    stationary: [
      strictSaddle(repeated(8, 0), 0, 2),
      strictSaddle([Math.SQRT2, ...repeated(7, 0)], -1),
      strictSaddle([0, Math.SQRT1_2, ...repeated(6, 0)], -0.0625),
    ],
    note: "its saddles' mirror images are not listed",
    source: "Σ dᵢxᵢ²/2 + xᵢ⁴/4, d = −2, −½, 1, 3, 5, 0.1, 4, 2",
  }),
  saddle({
    key: "scalar-factorization",
    name: "Scalar factorization",
    start: [2, -0.1],
    f: (p) => p.prod().sub(1).square().mul(0.5),
    minima: [
      { value: 0, x: [1, 1], note: "one of the hyperbola xy = 1" },
      { value: 0, x: [2, 0.5], note: "one of the hyperbola xy = 1" },
    ],
    stationary: [strictSaddle([0, 0], 0.5)],
    source: "(xy − 1)²/2",
  }),
  saddle({
    key: "mueller-brown",
    name: "Müller–Brown",
    start: [-0.8, 0.6],
    domain: [
      [-1.6, 1.3],
      [-0.6, 2.1],
    ],
    f: (p) => {
      const { heights, xx, xy, yy, x, y } = muellerBrown;
      const [dx, dy] = [p.at(0).sub(x), p.at(1).sub(y)];
      const form = dx.square().mul(xx).add(mul(dx, dy).mul(xy)).add(dy.square().mul(yy));
      return form.exp().mul(heights).sum();
    },
    minima: [
      { value: -146.699517209954, x: [-0.5582236346330243, 1.4417258418046686] },
      { value: -108.16672411685235, x: [0.6234994049308765, 0.028037758528685654] },
      { value: -80.76781812965903, x: [-0.05001082299820597, 0.46669410487197205] },
    ],
    stationary: [
      strictSaddle([-0.8220015587327322, 0.6243128028148714], -40.6648435086574),
      strictSaddle([0.2124865820006621, 0.2929883251073677], -72.24894011232522),
    ],
    source: "Müller & Brown (1979), Location of saddle points and minimum energy paths",
  }),
];
