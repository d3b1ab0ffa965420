import type { Tensor } from "../../../../array/tensor.ts";
import { mapTree } from "../../../../array/tensorTree.ts";
import type { Tree } from "../../../../array/tree.ts";
import { sgd } from "../../../../methods/rules/sgd.ts";
import { constantInit, normalInit, zeroInit } from "../../../../models/initialisers.ts";
import { relu, tanh } from "../../../../models/layers/activations.ts";
import { dense } from "../../../../models/layers/dense.ts";
import * as base from "../bases.ts";
import { factorization } from "../other.ts";
import { changed, posed, type SuiteCase } from "../suite.ts";

const scaled =
  (factor: number) =>
  (params: Tree<Tensor>): Tree<Tensor> =>
    mapTree((leaf) => leaf.mul(factor), params);

/** Adds a number to the biases of all layers but the last. */
const shifted =
  (by: number) =>
  (params: Tree<Tensor>): Tree<Tensor> => {
    const layers = params as readonly { readonly bias?: Tensor }[]; // of sequential
    return layers.map((layer, i) =>
      layer.bias === undefined || i === layers.length - 1
        ? layer
        : { ...layer, bias: layer.bias.add(by) },
    ) as Tree<Tensor>;
  };

/** Where a training begins. */
export const starts: readonly SuiteCase[] = [
  changed(
    "symmetric-start",
    base.planar,
    "all weights 0",
    () => ({
      layers: [
        dense(32, { init: zeroInit() }),
        tanh(),
        dense(32, { init: zeroInit() }),
        tanh(),
        dense(3, { init: zeroInit() }),
      ],
    }),
    ["saddle"],
  ),
  changed("symmetric-start", base.digits, "all weights 0.1", () => ({
    layers: [
      dense(48, { init: constantInit(0.1) }),
      relu(),
      dense(10, { init: constantInit(0.1) }),
    ],
  })),
  changed(
    "start-too-large",
    base.sigmoidDigits,
    "weights fifty times as large",
    () => ({ start: scaled(50) }),
    ["saturated-units"],
  ),
  changed("start-too-large", base.digits, "weights twelve times as large", () => ({
    start: scaled(12),
  })),
  changed(
    "start-too-large",
    base.deepTanh,
    "weights thirty times as large",
    () => ({ start: scaled(30) }),
    ["saturated-units"],
  ),
  changed("start-too-small", base.deepTanh, "weights a fiftieth", () => ({ start: scaled(0.02) })),
  changed("start-too-small", base.planar, "weights N(0, 10⁻⁸)", () => ({
    layers: [
      dense(32, { init: normalInit(1e-4) }),
      tanh(),
      dense(32, { init: normalInit(1e-4) }),
      tanh(),
      dense(3, { init: normalInit(1e-4) }),
    ],
  })),
  changed("dead-relus", base.planarRelu, "biases begin at −6", () => ({ start: shifted(-6) })),
  changed("dead-relus", base.digits, "biases begin at −12", () => ({ start: shifted(-12) })),
  changed("saturated-units", base.sigmoidDigits, "biases begin at 12", () => ({
    start: shifted(12),
  })),
  changed("saturated-units", base.planar, "biases begin at 8", () => ({ start: shifted(8) })),
  changed("saturated-units", base.deepTanh, "biases begin at −8", () => ({ start: shifted(-8) })),
  posed("saddle", "factorization", "a column of both factors begins at 0", (seed) =>
    factorization(seed, { emptyColumns: 1 }),
  ),
  posed(
    "saddle",
    "factorization",
    "both factors begin at 0",
    (seed) => factorization(seed, { spread: 0 }),
    ["symmetric-start"],
  ),
  changed(
    "saddle",
    base.planar,
    "the last two layers begin at 0",
    () => ({
      method: sgd(0.1, { momentum: 0.9 }),
      layers: [
        dense(32),
        tanh(),
        dense(32, { init: zeroInit() }),
        tanh(),
        dense(3, { init: zeroInit() }),
      ],
    }),
    ["symmetric-start"],
  ),
];
