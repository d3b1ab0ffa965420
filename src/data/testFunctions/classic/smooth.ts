import { add, mul, sub } from "../../../array/operations/elementwise.ts";
import type { TestFunction } from "../testFunction.ts";
import { classic } from "./classic.ts";

const hartmannHeights = [1, 1.2, 3, 3.2];
const hartmann3Widths = [
  [3, 10, 30],
  [0.1, 10, 35],
  [3, 10, 30],
  [0.1, 10, 35],
];
const hartmann3Centres = [
  [0.3689, 0.117, 0.2673],
  [0.4699, 0.4387, 0.747],
  [0.1091, 0.8732, 0.5547],
  [0.0381, 0.5743, 0.8828], // other texts use 0.03815
];
const hartmann6Widths = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const hartmann6Centres = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];

/** −Σ αᵢ exp(−Σ Aᵢⱼ (xⱼ − Pᵢⱼ)²). */
const hartmann =
  (widths: readonly number[][], centres: readonly number[][]): TestFunction["f"] =>
  (x) => {
    const distances = x.sub(centres).square().mul(widths).sum({ axis: 1 });
    return distances.neg().exp().mul(hartmannHeights).sum().neg();
  };

const shekelCentres = [
  [4, 4, 4, 4],
  [1, 1, 1, 1],
  [8, 8, 8, 8],
  [6, 6, 6, 6],
  [3, 7, 3, 7],
  [2, 9, 2, 9],
  [5, 5, 3, 3],
  [8, 1, 8, 1],
  [6, 2, 6, 2],
  [7, 3.6, 7, 3.6],
];
const shekelWidths = [0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.3, 0.7, 0.5, 0.5];

/** Smooth functions with a few minima. */
export const smooth: readonly TestFunction[] = [
  classic(2, {
    key: "himmelblau",
    name: "Himmelblau",
    domain: [-5, 5],
    start: [0, 0],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      return x.square().add(y).sub(11).square().add(y.square().add(x).sub(7).square());
    },
    minima: [
      { value: 0, x: [3, 2] },
      { value: 0, x: [-2.805118086952745, 3.131312518250573] },
      { value: 0, x: [-3.779310253377747, -3.283185991286169] },
      { value: 0, x: [3.5844283403304917, -1.8481265269644036] },
    ],
    stationary: [
      {
        x: [-3.0730257507643897, -0.08135304428796751],
        value: 104.01516291755811,
        kind: "saddle",
        index: 1,
      },
      {
        x: [-0.12796134673068005, -1.9537149802445766],
        value: 178.33723920192745,
        kind: "saddle",
        index: 1,
      },
      {
        x: [0.08667750455539636, 2.884254701174776],
        value: 67.71915008752613,
        kind: "saddle",
        index: 1,
      },
      {
        x: [3.385154183607021, 0.0738518798377493],
        value: 13.311926270405587,
        kind: "saddle",
        index: 1,
      },
      {
        x: [-0.2708445906673476, -0.9230385564799813],
        value: 181.6165215225827,
        kind: "maximum",
        index: 2,
      },
    ],
  }),
  classic(2, {
    key: "six-hump-camel",
    name: "Six-hump camel",
    domain: [
      [-3, 3],
      [-2, 2],
    ],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      const [xx, yy] = [x.square(), y.square()];
      const left = xx.square().div(3).sub(xx.mul(2.1)).add(4).mul(xx);
      return left.add(mul(x, y)).add(yy.mul(4).sub(4).mul(yy));
    },
    minima: [
      { value: -1.0316284534898774, x: [0.08984201310031806, -0.7126564030207396] },
      { value: -1.0316284534898774, x: [-0.08984201310031806, 0.7126564030207396] },
    ],
  }),
  classic(2, {
    key: "three-hump-camel",
    name: "Three-hump camel",
    domain: [-5, 5],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      const xx = x.square();
      const left = xx.square().div(6).sub(xx.mul(1.05)).add(2).mul(xx);
      return left.add(mul(x, y)).add(y.square());
    },
    minima: [{ value: 0, x: [0, 0] }],
  }),
  classic(2, {
    key: "goldstein-price",
    name: "Goldstein–Price",
    domain: [-2, 2],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      const [xx, xy, yy] = [x.square(), mul(x, y), y.square()];
      const first = xx.mul(3).add(xy.mul(6)).add(yy.mul(3)).sub(x.add(y).mul(14)).add(19);
      const second = xx
        .mul(12)
        .sub(xy.mul(36))
        .add(yy.mul(27))
        .sub(x.mul(32))
        .add(y.mul(48))
        .add(18);
      const [near, far] = [x.add(y).add(1).square(), x.mul(2).sub(y.mul(3)).square()];
      return near.mul(first).add(1).mul(far.mul(second).add(30));
    },
    minima: [{ value: 3, x: [0, -1] }],
  }),
  classic(2, {
    key: "branin",
    name: "Branin",
    domain: [
      [-5, 10],
      [0, 15],
    ],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      const bend = x.square().mul(5.1 / (4 * Math.PI ** 2));
      const gap = y
        .sub(bend)
        .add(x.mul(5 / Math.PI))
        .sub(6);
      return gap
        .square()
        .add(x.cos().mul(10 * (1 - 1 / (8 * Math.PI))))
        .add(10);
    },
    minima: [
      { value: 0.39788735772973816, x: [-Math.PI, 12.275] },
      { value: 0.39788735772973816, x: [Math.PI, 2.275] },
      { value: 0.39788735772973816, x: [3 * Math.PI, 2.475] },
    ],
  }),
  classic(2, {
    key: "mccormick",
    name: "McCormick",
    domain: [
      [-1.5, 4],
      [-3, 4],
    ],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      const tilt = p.mul([-1.5, 2.5]).sum().add(1);
      return add(x, y).sin().add(sub(x, y).square()).add(tilt);
    },
    minima: [{ value: -1.9132229549810362, x: [-0.5471975511965976, -1.5471975511965976] }],
    unboundedBelow: true,
  }),
  classic(3, {
    key: "hartmann3",
    name: "Hartmann 3",
    domain: [0, 1],
    f: hartmann(hartmann3Widths, hartmann3Centres),
    minima: [
      {
        value: -3.8627797873326624,
        x: [0.11458887665506895, 0.5556488946169301, 0.8525469846866774],
      },
    ],
  }),
  classic(6, {
    key: "hartmann6",
    name: "Hartmann 6",
    domain: [0, 1],
    f: hartmann(hartmann6Widths, hartmann6Centres),
    minima: [
      {
        value: -3.322368011415515,
        x: [
          0.20168951100670543, 0.15001069182345797, 0.476873974221897, 0.2753324304940561,
          0.31165161660011326, 0.6573005340656204,
        ],
      },
    ],
  }),
  classic(4, {
    key: "shekel",
    name: "Shekel 10",
    domain: [0, 10],
    f: (x) => {
      const distances = x.sub(shekelCentres).square().sum({ axis: 1 });
      return distances.add(shekelWidths).reciprocal().sum().neg();
    },
    minima: [
      {
        value: -10.536409816692041,
        x: [4.000746531592046, 4.000592934138532, 3.9996633980403224, 3.9995098005868077],
      },
    ],
  }),
];
