import { describe, expect, test } from "vitest";
import { record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { type LayerGraph, layerGraph } from "./layerGraph.ts";

const paths = ["first.weight", "first.bias", "second.weight", "last.weight"];
const shapes = [[3, 4], [4], [4, 4], [4, 2]];

/** The graph of a loss of four params and a batch of five rows. */
function graphOf(loss: (x: Tensor, params: readonly Tensor[]) => Tensor): LayerGraph {
  let found: LayerGraph | undefined;
  const avals = [...shapes, [5, 3]].map((shape) => ({ shape, dtype: "f32" as const }));
  record(avals, (...inputs) => {
    const params = inputs.slice(0, 4);
    const batch = inputs.slice(4);
    const value = loss(batch[0]!, params);
    found = layerGraph({ value, params, paths, batch });
    return [value];
  });
  return found!;
}

describe("the layers of a loss", () => {
  test("stand in the order of use, with their operations and where values come from", () => {
    const { layers, shortcuts } = graphOf((x, [w1, b1, w2, w3]) =>
      x.matmul(w1!).add(b1!).relu().matmul(w2!).tanh().matmul(w3!).square().sum(),
    );
    expect(layers.map(({ path, kind, from, toLoss }) => [path, kind, from, toLoss])).toEqual([
      ["first", "dense", [-1], false],
      ["second", "dense", [0], false],
      ["last", "dense", [1], true],
    ]);
    expect(layers.map(({ output }) => output)).toEqual([
      [5, 4],
      [5, 4],
      [5, 2],
    ]);
    expect(layers[0]?.operations).toMatchObject({ dot: 1, add: 1, relu: 1 });
    // 2·5·3·4 for the product, 5·4 each for the bias and relu.
    expect(layers[0]?.flops).toBe(120 + 20 + 20);
    expect(shortcuts).toEqual([]);
  });

  test("a shortcut leads values past a layer", () => {
    const { layers, shortcuts } = graphOf((x, [w1, b1, w2, w3]) => {
      const h = x.matmul(w1!).add(b1!).relu();
      return h.add(h.matmul(w2!).tanh()).matmul(w3!).square().sum();
    });
    expect(layers.map(({ from }) => from)).toEqual([[-1], [0], [0, 1]]);
    expect(shortcuts.map(({ params }) => params)).toEqual([[2]]);
  });

  test("a penalty on params is no value that goes through them", () => {
    const { layers } = graphOf((x, [w1, b1, w2, w3]) =>
      x.matmul(w1!).add(b1!).matmul(w2!).matmul(w3!).sum().add(w1!.square().sum()),
    );
    expect(layers.map(({ toLoss }) => toLoss)).toEqual([false, false, true]);
    expect(layers[0]?.output).toEqual([5, 4]);
  });
});
