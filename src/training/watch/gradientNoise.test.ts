import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { numbersFrom } from "../../linalg/testing.ts";
import { sgd } from "../../methods/rules/sgd.ts";
import { dataset } from "../dataset.ts";
import { fit } from "../fit.ts";
import { addNoise, comparedRows, noiseScaleOf, repeatedTo } from "./gradientNoise.ts";

describe("the noise of batches", () => {
  test("is what two batch sizes' expected squares say, whichever is the run's own", () => {
    // ‖G‖² = 3 and tr Σ = 40: E‖ĝ‖² is 3 + 40/b.
    const [small, large] = [
      { rows: 8, square: 8 },
      { rows: 32, square: 4.25 },
    ] as const;
    for (const noise of [addNoise(undefined, small, large), addNoise(undefined, large, small)]) {
      expect(noise).toEqual({ looks: 1, variance: 40, gradientSquare: 3 });
      expect(noiseScaleOf(noise)).toBeCloseTo(40 / 3, 12);
    }
  });

  test("averages both parts over looks, of which the last ten count most", () => {
    let noise = addNoise(undefined, { rows: 1, square: 5 }, { rows: 4, square: 2 });
    noise = addNoise(noise, { rows: 1, square: 9 }, { rows: 4, square: 3 });
    // Of the two looks tr Σ is 4 and 8, ‖G‖² 1 and 1.
    expect(noise).toEqual({ looks: 2, variance: 6, gradientSquare: 1 });
    for (let look = 0; look < 200; look++)
      noise = addNoise(noise, { rows: 1, square: 3 }, { rows: 4, square: 1.5 });
    expect(noise.variance).toBeCloseTo(2, 6);
    expect(noiseScaleOf(noise)).toBeCloseTo(2, 6);
  });

  test("is not told where it hides the gradient, or is none", () => {
    expect(noiseScaleOf({ looks: 1, variance: 3, gradientSquare: -1 })).toBeUndefined();
    expect(noiseScaleOf({ looks: 1, variance: 0, gradientSquare: 2 })).toBeUndefined();
  });

  test.for([
    [128, 5000, 32],
    [64, 64, 16],
    [100, 5000, 25],
    [90, 5000, 18],
    [62, 5000, 31],
    [32, 5000, 16],
    [40, 60, 20],
    [31, 5000, 124],
    [67, 5000, 268],
    [1, 100, 4],
    [24, 60, 60],
    [24, 47, undefined],
    [7, 7, undefined],
  ] as const)("of batches of %i out of %i rows is measured with %s", ([batch, rows, other]) => {
    expect(comparedRows(batch, rows)).toBe(other);
  });

  test("a part of a batch is repeated as often as it goes into it; more rows than a batch stand as they are", () => {
    const [part, more] = [Int32Array.of(7, 3), Int32Array.of(5, 6, 7, 8)];
    expect([...repeatedTo(6, part)]).toEqual([7, 3, 7, 3, 7, 3]);
    expect([...repeatedTo(2, more)]).toEqual([5, 6, 7, 8]);
  });
});

describe("the noise scale in fit", () => {
  const [rows, width, offset] = [512, 40, 0.5];
  const draw = numbersFrom(3);
  const x = Float64Array.from({ length: rows * width }, () => offset + draw());
  const data = dataset({ x: new NDArray(x, [rows, width]) });
  /** ½‖w − x‖² a row: its gradient is w − x, so Σ is the rows' covariance and G the way to their mean. */
  const train = (batchSize: number) =>
    fit({
      params: { w: new Float64Array(width) },
      loss: ({ w }: { readonly w: Tensor }, batch: { readonly x: Tensor }) =>
        w.sub(batch.x).square().sum({ axis: 1 }).mean().div(2),
      ...{ data, batchSize, steps: 40, method: sgd(1e-12), health: { every: 4 } },
      ...{ engine: "js", dtype: "f64" },
    });

  test.for([8, 64])(
    "is tr Σ/‖G‖² of rows whose covariance is known, with batches of %i",
    async (size) => {
      const means = Array.from({ length: width }, (_, k) => {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += x[row * width + k]!;
        return sum / rows;
      });
      const square = means.reduce((sum, mean) => sum + mean * mean, 0);
      const variance =
        x.reduce((sum, value, i) => sum + (value - means[i % width]!) ** 2, 0) / rows;
      const { health } = await train(size);
      expect(health).toHaveLength(11);
      const scale = health.at(-1)!.noiseScale!;
      expect(Math.abs(Math.log(scale / (variance / square)))).toBeLessThan(0.35);
    },
  );

  test("of a loss that refuses the other rows is left out, with a note that says so", async () => {
    const notes: string[] = [];
    const { health } = await fit({
      params: { w: new Float64Array(width) },
      loss: ({ w }: { readonly w: Tensor }, { x: own }: { readonly x: Tensor }) =>
        (own.shape[0] === 124 ? own.reshape([7]) : w.sub(own)).square().mean(),
      data: dataset({ x: new NDArray(x.slice(0, 128 * width), [128, width]) }),
      ...{ batchSize: 31, steps: 4, method: sgd(1e-3), engine: "js" },
      onEvent: (event) => event.kind === "note" && notes.push(event.text),
    });
    expect(health.map(({ noiseScale }) => noiseScale)).toEqual([undefined, undefined]);
    expect(health[0]!.layers).toHaveLength(1);
    expect(notes).toEqual([
      expect.stringMatching(/^the noise of batches is not measured: on 124 rows, reshape/),
    ]);
  });
});
