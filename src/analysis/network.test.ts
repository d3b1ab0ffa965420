import { describe, expect, test } from "vitest";
import { record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { elu, gelu, leakyRelu, silu } from "../models/layers/activations.ts";
import { dense } from "../models/layers/dense.ts";
import { residual } from "../models/layers/residual.ts";
import { type Network, networkOf } from "./network.ts";

/** The network of a loss of params with these shapes and paths, on a batch of four rows of three numbers. */
function readOff(
  params: Readonly<Record<string, readonly number[]>>,
  loss: (x: Tensor, own: Readonly<Record<string, Tensor>>) => Tensor,
): Network {
  const paths = Object.keys(params);
  let found: Network | undefined;
  record(
    [[4, 3], ...Object.values(params)].map((shape) => ({ shape, dtype: "f32" as const })),
    (x, ...own) => {
      const value = loss(x!, Object.fromEntries(paths.map((path, i) => [path, own[i]!])));
      found = networkOf({ value, params: own, paths, batch: [x!] });
      return [value];
    },
  );
  return found!;
}

const told = ({ layers }: Network) =>
  layers.map(({ path, kind, params, activations, isLast }) => ({
    ...{ path, kind, params, isLast },
    ops: activations.map(({ op }) => op),
  }));

describe("networkOf", () => {
  test("reads layers off a loss written by hand, each matrix with its bias, in the order of use", () => {
    const network = readOff({ b1: [5], b2: [2], w1: [3, 5], w2: [5, 2] }, (x, { b1, b2, w1, w2 }) =>
      x.matmul(w1!).add(b1!).tanh().matmul(w2!).add(b2!).sigmoid().square().mean(),
    );
    expect(told(network)).toEqual([
      { path: "w1", kind: "dense", params: [2, 0], isLast: false, ops: ["tanh"] },
      { path: "w2", kind: "dense", params: [3, 1], isLast: true, ops: ["sigmoid"] },
    ]);
    expect(network.sums).toEqual([]);
  });

  test("params of one record are one layer; a matrix that is used twice has the nonlinearities of both uses", () => {
    const network = readOff({ "cell.b": [3], "cell.w": [3, 3], "out.w": [3, 1] }, (x, own) => {
      const step = (h: Tensor): Tensor => h.matmul(own["cell.w"]!).add(own["cell.b"]!).relu();
      return step(step(x)).matmul(own["out.w"]!).mean();
    });
    expect(told(network)).toEqual([
      { path: "cell", kind: "dense", params: [0, 1], isLast: false, ops: ["relu", "relu"] },
      { path: "out", kind: "dense", params: [2], isLast: true, ops: [] },
    ]);
  });

  test.for([elu(), silu(), gelu({ form: "tanh" }), leakyRelu()])(
    "no unit of $name is said to die or to saturate",
    (layer) => {
      const network = readOff({ "0.weight": [3, 5], "1.weight": [5, 1] }, (x, own) => {
        const inner = x.matmul(own["0.weight"]!);
        const { output } = layer.run({}, inner, { training: true, key: undefined, state: {} });
        return output.matmul(own["1.weight"]!).mean();
      });
      expect(told(network).map(({ ops }) => ops)).toEqual([[], []]);
    },
  );

  test("a ReLU of the loss is none of the network's", () => {
    const network = readOff({ w: [3, 1] }, (x, { w }) => x.matmul(w!).neg().add(1).relu().mean());
    expect(told(network).map(({ ops }) => ops)).toEqual([[]]);
  });

  test("finds what is added to a value that it was made of, with the params between", () => {
    const layer = residual(dense(3), dense(3));
    const shapes = {
      "1.branch.0.bias": [3],
      "1.branch.0.weight": [3, 3],
      "1.branch.1.bias": [3],
      "1.branch.1.weight": [3, 3],
    };
    const network = readOff({ "0.weight": [3, 3], ...shapes }, (x, own) => {
      const at = (i: number) => ({
        weight: own[`1.branch.${i}.weight`]!,
        bias: own[`1.branch.${i}.bias`]!,
      });
      const { output } = layer.run(
        { branch: [at(0), at(1)], shortcut: {} },
        x.matmul(own["0.weight"]!),
        { training: true, key: undefined, state: { branch: [{}, {}], shortcut: {} } },
      );
      return output.square().mean();
    });
    expect(network.sums.map(({ path, params }) => ({ path, params }))).toEqual([
      { path: "1", params: [1, 2, 3, 4] },
    ]);
    expect(network.sums[0]!.skip.op).toBe("dot");
  });

  test("two products that meet in a recurrent cell are no shortcut", () => {
    const network = readOff({ u: [3, 3], w: [3, 3] }, (x, { u, w }) => {
      const first = x.matmul(w!).tanh();
      return x.square().matmul(w!).add(first.matmul(u!)).tanh().mean();
    });
    expect(network.sums.map(({ path }) => path)).toEqual([]);
  });
});
