import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { keyData, normal } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import { grad } from "../../autodiff/grad.ts";
import { jit } from "../../runtime/jit.ts";
import type { Layer } from "../layer.ts";
import { sequential } from "../sequential.ts";
import { expectClose, varianceOf } from "../testing.ts";
import { elu, gelu, leakyRelu } from "./activations.ts";
import { batchNorm } from "./batchNorm.ts";
import { conv2d } from "./conv2d.ts";
import { dense } from "./dense.ts";
import { dropout } from "./dropout.ts";
import { embedding } from "./embedding.ts";
import { flatten, unflatten } from "./flatten.ts";
import { layerNorm } from "./layerNorm.ts";
import { avgPool, globalAvgPool, maxPool } from "./pooling.ts";
import { projectedResidual, residual } from "./residual.ts";

const seed = keyData(3);

describe("shapes are known before anything runs, and hold", () => {
  const picture = [2, 9, 7];
  const halved = { stride: 2, padding: 1 };
  const cases: readonly (readonly [string, Layer, readonly number[]])[] = [
    ["conv2d", conv2d(4, 3), [4, 7, 5]],
    ["conv2d of two strides", conv2d(4, [3, 1], { stride: [2, 1], padding: 1 }), [4, 5, 9]],
    ["conv2d that keeps the size", conv2d(4, 3, { padding: "same" }), [4, 9, 7]],
    ["conv2d that halves it", conv2d(4, 3, { padding: "same", stride: 2 }), [4, 5, 4]],
    ["conv2d, spread, in groups", conv2d(4, 3, { dilation: 2, groups: 2 }), [4, 5, 3]],
    ["maxPool", maxPool(2), [2, 4, 3]],
    ["avgPool", avgPool([3, 1], { stride: 1 }), [2, 7, 7]],
    ["globalAvgPool", globalAvgPool(), [2]],
    ["flatten", flatten(), [126]],
    ["unflatten", unflatten([7, 18]), [7, 18]],
    ["dropout", dropout(0.1), picture],
    ["batchNorm", batchNorm(), picture],
    ["layerNorm", layerNorm(), picture],
    ["gelu", gelu(), picture],
    ["residual", residual(conv2d(2, 3, { padding: 1 }), dropout(0.1), batchNorm()), picture],
    [
      "projectedResidual",
      projectedResidual(conv2d(4, 1, { stride: 2 }), conv2d(4, 3, halved)),
      [4, 5, 4],
    ],
  ];
  test.each(cases)("%s", (_name, layer, shape) => {
    const model = sequential(layer);
    expect(model.outputShape(picture)).toEqual(shape);
    const result = jit((key: Tensor, x: Tensor) => {
      const state = model.state(picture)();
      return model.run(model.init(picture)(key), x, { training: true, key, state });
    })(seed, NDArray.zeros([3, ...picture], "f32"));
    expect(result.output.shape).toEqual([3, ...shape]);
    expect(result.output.dtype).toBe("f32");
  });

  test("a sequence goes through dense place by place", () => {
    const model = sequential(dense(4));
    expect(model.outputShape([5, 2])).toEqual([5, 4]);
  });
});

describe("dropout", () => {
  const ones = new NDArray(new Float64Array(250_000).fill(1), [500, 500]);
  const dropped = (p: number, context: { training: boolean; key?: number }, places = 1) => {
    const model = sequential(...Array.from({ length: places }, () => dropout(p)));
    const run = jit((key: Tensor, x: Tensor) =>
      model.apply(Array(places).fill({}), x, { training: context.training, key }),
    );
    return Array.from(run(keyData(context.key ?? 0), ones).data);
  };
  const agreement = (a: readonly number[], b: readonly number[]): number =>
    a.filter((x, i) => x === b[i]).length / a.length;

  test.each([0.1, 0.5, 0.9])("of %s keeps the mean, and zeroes that part", (p) => {
    const got = dropped(p, { training: true });
    const zeros = got.filter((x) => x === 0).length / got.length;
    const deviation = Math.sqrt((p * (1 - p)) / got.length);
    expect(Math.abs(zeros - p)).toBeLessThan(4 * deviation);
    expect(new Set(got)).toEqual(new Set([0, 1 / (1 - p)]));
    const mean = got.reduce((sum, x) => sum + x, 0) / got.length;
    expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / (1 - p));
  });

  test("outside training, or of 0, changes nothing", () => {
    expect(new Set(dropped(0.5, { training: false }))).toEqual(new Set([1]));
    expect(new Set(dropped(0, { training: true }))).toEqual(new Set([1]));
  });

  test("draws one mask for a key, another for another, and another at each place", () => {
    const mask = dropped(0.5, { training: true, key: 1 });
    expect(agreement(mask, dropped(0.5, { training: true, key: 1 }))).toBe(1);
    expect(agreement(mask, dropped(0.5, { training: true, key: 2 }))).toBeCloseTo(0.5, 2);
    // Two masks that were one would keep a half, not a quarter.
    const twice = dropped(0.5, { training: true }, 2);
    expect(twice.filter((x) => x > 0).length / twice.length).toBeCloseTo(0.25, 2);
  });

  test("passes the gradient through the mask that the signal went through", () => {
    const model = sequential(dropout(0.4));
    const [value, gradient] = jit((key: Tensor, x: Tensor) => {
      const f = (at: Tensor): Tensor => model.apply([{}], at, { training: true, key });
      return [f(x), grad((at: Tensor) => f(at).sum())(x)];
    })(seed, NDArray.of(Array<number>(100).fill(1)));
    expect(gradient!.data).toEqual(value!.data);
  });

  test.each([-0.1, 1, Number.NaN])("refuses p = %s", (p) => {
    expect(() => dropout(p)).toThrow(/p is .*[\s\S]*at least 0 and below 1/);
  });
});

describe("batchNorm", () => {
  const model = sequential(batchNorm({ momentum: 0.2 }));

  test("in training gives each channel mean 0 and variance 1, whatever the running statistics", () => {
    const got = jit((key: Tensor) => {
      const x = normal(key, [16, 3, 4, 5]).mul(7).add(100);
      const context = { training: true, key, state: model.state([3, 4, 5])() };
      const { output } = model.run(model.init([3, 4, 5])(key), x, context);
      const axis = [0, 2, 3];
      return { mean: output.mean({ axis }), variance: output.var({ axis }) };
    })(seed);
    expectClose(got.mean, [0, 0, 0], 1e-12);
    expectClose(got.variance, [1, 1, 1], 1e-5); // less than 1 by ε/σ²
  });

  test("running statistics settle on those of the data, and are then used outside training", () => {
    const step = jit((x: Tensor, mean: Tensor, variance: Tensor) => {
      const params = [{ scale: mean.mul(0).add(1), shift: mean.mul(0) }] as const;
      const run = (training: boolean) =>
        model.run(params, x, { training, key: undefined, state: [{ mean, variance }] });
      return { train: run(true), test: run(false) };
    });
    const x = [
      [1, 10],
      [3, 30],
      [5, 20],
      [7, 40],
    ];
    let [mean, variance] = [NDArray.of([0, 0]), NDArray.of([1, 1])];
    for (let i = 0; i < 200; i++) {
      const { train, test: outside } = step(x, mean, variance);
      expect(outside.state).toEqual([{ mean, variance }]);
      ({ mean, variance } = train.state[0]);
    }
    expectClose(mean, [4, 25], 1e-14);
    expectClose(variance, [20 / 3, 500 / 3], 1e-14);
    const { train, test: outside } = step(x, mean, variance);
    // Biased against unbiased variance of four numbers.
    const ratio = Math.sqrt(3 / 4);
    expectClose(
      outside.output,
      Array.from(train.output.data, (v) => v * ratio),
      1e-5,
    );
  });

  test("leaves the running statistics out of the gradient", () => {
    const gradient = jit((x: Tensor) =>
      grad((at: Tensor) => {
        const state = model.state([2])();
        const params = model.init([2])(at.graph.constant(seed));
        const result = model.run(params, at, { training: true, key: undefined, state });
        return result.state[0].mean.sum();
      })(x),
    )([
      [1, 2],
      [3, 4],
    ]);
    expect(Array.from(gradient.data)).toEqual([0, 0, 0, 0]);
  });

  test("refuses to train on one number a channel, and other channels than its own", () => {
    const run = (width: number, x: readonly (readonly number[])[]) =>
      jit((key: Tensor, at: Tensor) => {
        const state = model.state([width])();
        return model.run(model.init([width])(key), at, { training: true, key, state }).output;
      })(seed, x);
    expect(() => run(2, [[1, 2]])).toThrow(/layer 0, batchNorm: training on \[1, 2\]/);
    expect(() =>
      run(3, [
        [1, 2],
        [3, 4],
      ]),
    ).toThrow(/has 2 channels on axis 1[\s\S]*expected: 3/);
  });
});

describe("residual", () => {
  test("adds its input, so that layers of zeros change nothing", () => {
    const model = sequential(residual(dense(2), dropout(0.5)));
    const zero = {
      weight: [
        [0, 0],
        [0, 0],
      ],
      bias: [0, 0],
    };
    const got = jit((w: Tensor, x: Tensor) =>
      model.apply([{ branch: [{ weight: w }, {}], shortcut: {} }], x, { training: false }),
    )(zero.weight, [[3, 4]]);
    expect(got.toArray()).toEqual([[3, 4]]);
  });

  test("refuses layers that change the shape, and says how to project", () => {
    expect(() => sequential(residual(conv2d(4, 3))).init([2, 8, 8])).toThrow(
      /layer 0, residual: the layers turn \[2, 8, 8\] into \[4, 6, 6\][\s\S]*projectedResidual/,
    );
    expect(() => sequential(projectedResidual(conv2d(4, 1), conv2d(4, 3))).init([2, 8, 8])).toThrow(
      /the shortcut into \[4, 8, 8\]/,
    );
  });

  test("gives each part of it a key and a state of its own", () => {
    const shortcut = sequential(dense(2), batchNorm());
    const model = sequential(projectedResidual(shortcut, dense(2), batchNorm()));
    expect(model.stateful).toBe(true);
    const params = jit(model.init([2]))(seed);
    expect(params[0].branch[0].weight.data).not.toEqual(params[0].shortcut[0].weight.data);
    const next = jit((key: Tensor, x: Tensor) => {
      const state = model.state([2])();
      return model.run(model.init([2])(key), x, { training: true, key, state }).state;
    })(seed, [
      [1, 2],
      [3, 5],
    ]);
    expect(next[0].branch[1].mean.data).not.toEqual(next[0].shortcut[1].mean.data);
  });
});

describe("activations", () => {
  const slopes = (layer: Layer, at: readonly number[]) =>
    Array.from(jit(grad((x: Tensor) => sequential(layer).apply([{}], x).sum()))([at]).data);

  test("elu of 1 is smooth at 0, and its derivative finite far away", () => {
    expect(slopes(elu(), [-1e4, 0, 1e4])).toEqual([0, 1, 1]);
  });

  test("leakyRelu has its slope below 0", () => {
    expect(slopes(leakyRelu(0.2), [-3, 3])).toEqual([0.2, 1]);
  });

  test("the tanh form of gelu is within 5e-4 of the definition", () => {
    const x = Array.from({ length: 201 }, (_, i) => i / 20 - 5);
    const [exact, near] = [gelu(), gelu({ form: "tanh" })].map(
      (layer) => jit((at: Tensor) => sequential(layer).apply([{}], at))([x]).data,
    );
    const worst = Math.max(...Array.from(exact!, (value, i) => Math.abs(value - near![i]!)));
    expect(worst).toBeLessThan(5e-4);
    expect(worst).toBeGreaterThan(1e-4);
  });
});

describe("embedding", () => {
  const model = sequential(embedding(5, 3));

  test("gives each integer its row, and refuses floats", () => {
    expect(model.outputShape([4])).toEqual([4, 3]);
    const run = jit((vectors: Tensor, x: Tensor) => model.apply([{ vectors }], x));
    const vectors = Array.from({ length: 5 }, (_, i) => [i, 10 * i, 100 * i]);
    const rows = NDArray.of(Int32Array.of(3, 0), [1, 2]);
    expect(run(vectors, rows).toArray()).toEqual([
      [
        [3, 30, 300],
        [0, 0, 0],
      ],
    ]);
    expect(() => run(vectors, [[3, 0]])).toThrow(
      /layer 0, embedding\(5, 3\): the input has dtype f64/,
    );
  });

  test("starts with vectors of variance 1", () => {
    const { vectors } = jit(sequential(embedding(500, 40)).init([4]))(seed)[0];
    expect(varianceOf(vectors.data)).toBeCloseTo(1, 1);
  });
});

describe("layerNorm", () => {
  test("treats each example by itself, the same in training and outside", () => {
    const model = sequential(layerNorm());
    const run = jit((x: Tensor) =>
      [true, false].map((training) =>
        model.apply([{ scale: x.at(0).mul(0).add(1), shift: x.at(0).mul(0) }], x, { training }),
      ),
    );
    const [train, outside] = run([
      [1, 2, 3],
      [100, 200, 300],
    ]);
    expect(train).toEqual(outside);
    const r = Math.sqrt(1.5);
    expectClose(
      train!,
      [
        [-r, 0, r],
        [-r, 0, r],
      ],
      1e-5,
    );
  });
});
