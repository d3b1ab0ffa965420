import { mul, sub } from "../../../array/operations/elementwise.ts";
import { range, type TestFunction } from "../testFunction.ts";
import { classic, length, root } from "./classic.ts";

/** All signs of (x, y). */
const mirrored = (x: number, y: number, value: number) =>
  [
    [x, y],
    [-x, y],
    [x, -y],
    [-x, -y],
  ].map((point) => ({ value, x: point }));

const shubertOrders = range(1, 5);

/** Rugged functions of two unknowns: many minima, kinks and cusps. */
export const plane: readonly TestFunction[] = [
  classic(2, {
    key: "levy13",
    name: "Levy 13",
    domain: [-10, 10],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      const wave = (angle: number) => y.mul(angle).sin().square().add(1);
      return x
        .mul(3 * Math.PI)
        .sin()
        .square()
        .add(
          x
            .sub(1)
            .square()
            .mul(wave(3 * Math.PI)),
        )
        .add(
          y
            .sub(1)
            .square()
            .mul(wave(2 * Math.PI)),
        );
    },
    minima: [{ value: 0, x: [1, 1] }],
  }),
  classic(2, {
    key: "easom",
    name: "Easom",
    domain: [-100, 100],
    // Farther than 27 from the minimum, f and all its derivatives underflow to 0.
    start: [1.5, 4],
    f: (p) => p.cos().prod().mul(p.sub(Math.PI).square().sum().neg().exp()).neg(),
    minima: [{ value: -1, x: [Math.PI, Math.PI] }],
  }),
  classic(2, {
    key: "bohachevsky1",
    name: "Bohachevsky 1",
    domain: [-100, 100],
    f: (p) => {
      const waves = p
        .mul([3 * Math.PI, 4 * Math.PI])
        .cos()
        .mul([0.3, 0.4]);
      return p.square().mul([1, 2]).sub(waves).sum().add(0.7);
    },
    minima: [{ value: 0, x: [0, 0] }],
  }),
  classic(2, {
    key: "cross-in-tray",
    name: "Cross in tray",
    domain: [-10, 10],
    f: (p) => {
      const tray = sub(100, length(p).mul(1 / Math.PI))
        .abs()
        .exp();
      return p.sin().prod().mul(tray).abs().add(1).pow(0.1).mul(-1e-4);
    },
    minima: mirrored(1.3494066171539107, 1.3494066171539107, -2.062611870822738),
    unboundedBelow: true,
    note: "not differentiable on the cross where a coordinate is a multiple of π; overflows in f32",
  }),
  classic(2, {
    key: "drop-wave",
    name: "Drop wave",
    domain: [-5.12, 5.12],
    f: (p) => {
      const wave = length(p).mul(12).cos().add(1);
      return wave.div(p.square().sum().mul(0.5).add(2)).neg();
    },
    minima: [{ value: -1, x: [0, 0] }],
  }),
  classic(2, {
    key: "eggholder",
    name: "Eggholder",
    domain: [-512, 512],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1).add(47)];
      const first = mul(y, root(x.mul(0.5).add(y).abs()).sin());
      return first.add(mul(x, root(x.sub(y).abs()).sin())).neg();
    },
    minima: [
      { value: -959.6406627208507, x: [512, 404.2318051201336], note: "on the domain's edge" },
    ],
    unboundedBelow: true,
    note: "has cusps on two lines",
  }),
  classic(2, {
    key: "holder-table",
    name: "Hölder table",
    domain: [-10, 10],
    f: (p) => {
      const table = sub(1, length(p).mul(1 / Math.PI))
        .abs()
        .exp();
      return p.at(0).sin().mul(p.at(1).cos()).mul(table).abs().neg();
    },
    minima: mirrored(8.055023475736563, 9.664590019241272, -19.208502567886732),
    unboundedBelow: true,
    note: "has kinks where it is 0",
  }),
  classic(2, {
    key: "shubert",
    name: "Shubert",
    domain: [-10, 10],
    f: (p) => {
      const angles = mul(
        shubertOrders.map((i) => [i + 1]),
        p,
      ).add(shubertOrders.map((i) => [i])); // [5, 2]
      return angles
        .cos()
        .mul(shubertOrders.map((i) => [i]))
        .sum({ axis: 0 })
        .prod();
    },
    minima: [
      {
        value: -186.73090883102378,
        x: [-7.0835064076515595, 4.858056878859825],
        note: "one of 18 in the domain",
      },
    ],
  }),
  classic(2, {
    key: "schaffer2",
    name: "Schaffer 2",
    domain: [-100, 100],
    f: (p) => {
      const square = p.square();
      const wave = square.at(0).sub(square.at(1)).sin().square().sub(0.5);
      return wave.div(square.sum().mul(0.001).add(1).square()).add(0.5);
    },
    minima: [{ value: 0, x: [0, 0] }],
  }),
  classic(2, {
    key: "bukin6",
    name: "Bukin 6",
    domain: [
      [-15, -5],
      [-3, 3],
    ],
    f: (p) => {
      const [x, y] = [p.at(0), p.at(1)];
      const ridge = root(y.sub(x.square().mul(0.01)).abs()).mul(100);
      return ridge.add(x.add(10).abs().mul(0.01));
    },
    minima: [{ value: 0, x: [-10, 1] }],
    note: "has a cusp along a parabola, with the minimum on it",
  }),
];
