import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { conv2d } from "../array/operations/convolution.ts";
import type { Tensor } from "../array/tensor.ts";
import { grad } from "../autodiff/grad.ts";
import { identify } from "../autodiff/variables.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { jit } from "../runtime/jit.ts";
import { type LinearLayer, linearLayers } from "./linearLayers.ts";

const draw = numbersFrom(11);
const random = (...shape: readonly number[]): NDArray =>
  new NDArray(Float64Array.from({ length: shape.reduce((n, d) => n * d, 1) }, draw), shape);

/** The layers found, and the gradients made of what they hold beside those by reverse mode. */
function compare(loss: (...params: readonly Tensor[]) => Tensor, params: readonly NDArray[]) {
  let layers: readonly LinearLayer[] = [];
  const values = jit((...given: readonly Tensor[]) => {
    const variables = identify(given);
    layers = linearLayers(loss(...variables), variables);
    const slopes = grad((p: readonly Tensor[]) => loss(...p))(given);
    return layers.flatMap(({ weight, bias, input, cotangent }) => {
      const made = input.transpose().matmul(cotangent);
      const w = given[weight]!;
      const shaped = w.shape.length === 2 ? made : made.transpose().reshape(w.shape);
      return [
        ...[shaped, slopes[weight]!],
        ...(bias === undefined ? [] : [cotangent.sum({ axis: 0 }), slopes[bias]!]),
      ];
    });
  })(...params);
  for (let i = 0; i < values.length; i += 2) {
    const [made, slope] = [values[i]!, values[i + 1]!];
    expect(made.shape).toEqual(slope.shape);
    made.data.forEach((value, k) => {
      expect(value).toBeCloseTo(slope.data[k]!, 12);
    });
  }
  return layers.map(({ weight, bias, examples, places }) => ({ weight, bias, examples, places }));
}

describe("linearLayers", () => {
  test("finds layers with and without biases, whose inputs and cotangents make the gradients", () => {
    const x = random(5, 3);
    const found = compare(
      (w, b, v) => v!.graph.constant(x).matmul(w!).add(b!).tanh().matmul(v!).square().mean(),
      [random(3, 4), random(4), random(4, 2)],
    );
    expect(found).toEqual([
      { weight: 0, bias: 1, examples: 5, places: 1 },
      { weight: 2, bias: undefined, examples: 5, places: 1 },
    ]);
  });

  test("counts the places of sequences", () => {
    const x = random(5, 7, 3);
    const found = compare(
      (w, b) => w!.graph.constant(x).matmul(w!).add(b!).sin().mean(),
      [random(3, 2), random(2)],
    );
    expect(found).toEqual([{ weight: 0, bias: 1, examples: 5, places: 7 }]);
  });

  test.for([
    { stride: 1, padding: "same" },
    { stride: 2, padding: "valid" },
    { stride: 2, padding: 1, dilation: 2 },
  ] as const)("takes convolutions as products with patches, %o", (options) => {
    const x = random(3, 2, 8, 9);
    const found = compare(
      (f, b) =>
        conv2d(f!.graph.constant(x), f!, options)
          .add(b!.reshape([4, 1, 1]))
          .tanh()
          .mean(),
      [random(4, 2, 3, 3), random(4)],
    );
    expect(found[0]).toMatchObject({ weight: 0, bias: 1, examples: 3 });
  });

  test("leaves out what stands elsewhere: scales, vectors, left factors", () => {
    const x = random(5, 3);
    const found = compare(
      (scale, v, left) =>
        left!.matmul(scale!.graph.constant(x)).mul(scale!).matmul(v!).square().mean(),
      [random(3), random(3), random(2, 5)],
    );
    expect(found).toEqual([]);
  });

  test("refuses weights that are shared, and convolutions in groups", () => {
    const x = random(5, 3);
    const twice = (w: Tensor): Tensor => w.graph.constant(x).matmul(w).matmul(w).mean();
    expect(() => compare((w) => twice(w!), [random(3, 3)])).toThrow(/used 2 times/);
    const pictures = random(2, 4, 5, 5);
    const grouped = (f: Tensor): Tensor =>
      conv2d(f.graph.constant(pictures), f, { groups: 2 }).mean();
    expect(() => compare((f) => grouped(f!), [random(4, 2, 3, 3)])).toThrow(/2 groups/);
  });
});
