import { describe, expect, test } from "vitest";
import { type Key, keyData } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { grad } from "../autodiff/grad.ts";
import { jit } from "../runtime/jit.ts";
import { heNormal, xavierNormal } from "./initialisers.ts";
import type { Layer } from "./layer.ts";
import { gelu, relu, sigmoid, tanh } from "./layers/activations.ts";
import { batchNorm } from "./layers/batchNorm.ts";
import { conv2d } from "./layers/conv2d.ts";
import { dense } from "./layers/dense.ts";
import { dropout } from "./layers/dropout.ts";
import { flatten, unflatten } from "./layers/flatten.ts";
import { maxPool } from "./layers/pooling.ts";
import { residual } from "./layers/residual.ts";
import { crossEntropy } from "./losses/crossEntropy.ts";
import { sequential } from "./sequential.ts";
import { varianceOf } from "./testing.ts";

const seed = keyData(5);

test("a loss of params and batch type-checks without annotations, and learns", () => {
  // The types of a problem, as fit has them: data fix the params and the batch.
  const descend = <P>(problem: {
    readonly params: (key: Key) => P;
    readonly loss: (params: P, batch: { readonly x: Tensor; readonly label: Tensor }) => Tensor;
  }) => {
    const batch = {
      x: [
        [1, 2, 3],
        [-1, 0, 2],
      ],
      label: Int32Array.of(0, 1),
    };
    return jit((key: Tensor, at: { readonly x: Tensor; readonly label: Tensor }) => {
      const params = problem.params(key);
      return {
        loss: problem.loss(params, at),
        gradient: grad((p: P) => problem.loss(p, at))(params),
      };
    })(seed, batch);
  };
  const model = sequential(dense(8), relu(), dense(2));
  const { loss, gradient } = descend({
    params: model.init([3]),
    loss: (params, batch) => crossEntropy(model.apply(params, batch.x), batch.label),
  });
  expect(loss.item()).toBeGreaterThan(0);
  expect(gradient[0].weight.shape).toEqual([3, 8]);
  expect(gradient[2].bias?.shape).toEqual([2]);
});

describe("params", () => {
  test("are the same for the same key, others for another, and differ from layer to layer", () => {
    const draw = jit(sequential(dense(4), relu(), dense(4)).init([4]));
    expect(draw(seed)).toEqual(draw(keyData(5)));
    expect(draw(seed)[0].weight.data).not.toEqual(draw(keyData(6))[0].weight.data);
    expect(draw(seed)[0].weight.data).not.toEqual(draw(seed)[2].weight.data);
  });

  const he = 2 / 400;
  const xavier = 2 / (400 + 300);
  test.each<{ what: string; layers: Layer[]; variance: number }>([
    { what: "He where relu follows", layers: [dense(300), relu()], variance: he },
    { what: "He where gelu follows", layers: [dense(300), gelu()], variance: he },
    { what: "Xavier where tanh follows", layers: [dense(300), tanh()], variance: xavier },
    { what: "Xavier where sigmoid follows", layers: [dense(300), sigmoid()], variance: xavier },
    { what: "Xavier at the end", layers: [dense(300)], variance: xavier },
    {
      what: "Xavier before other weights",
      layers: [dense(300), dense(3), relu()],
      variance: xavier,
    },
    {
      what: "what fits the relu behind norm, dropout and reshaping",
      layers: [
        dense(300),
        batchNorm(),
        dropout(0.5),
        unflatten([3, 10, 10]),
        maxPool(2),
        flatten(),
        relu(),
      ],
      variance: he,
    },
    {
      what: "what fits behind a nested model",
      layers: [sequential(dense(300)), relu()],
      variance: he,
    },
    {
      what: "what fits inside a nested model",
      layers: [dense(300), sequential(relu())],
      variance: he,
    },
    {
      what: "what it is told",
      layers: [dense(300, { init: xavierNormal() }), relu()],
      variance: xavier,
    },
  ])("are drawn by $what", ({ layers, variance }) => {
    const [first] = jit(sequential(...layers).init([400]))(seed) as [object];
    const { weight } = (Array.isArray(first) ? first[0] : first) as {
      weight: { data: Float64Array };
    };
    expect(Math.abs(varianceOf(weight.data) / variance - 1)).toBeLessThan(0.02);
  });

  test("start with biases of 0, or without", () => {
    const [a, b] = jit(sequential(dense(3), dense(2, { bias: false })).init([4]))(seed);
    expect(Array.from(a.bias!.data)).toEqual([0, 0, 0]);
    expect(b).toEqual({ weight: b.weight });
  });
});

describe("advice", () => {
  test("is silent for one unusual choice, and speaks up when they compound", () => {
    const layers = (n: number, init = heNormal()) =>
      sequential(...Array.from({ length: n }, () => sequential(dense(8, { init }), tanh())));
    expect(layers(1).advice).toEqual([]);
    expect(layers(9).advice).toEqual([]); // tanh bounds the signal
    const growing = sequential(...Array.from({ length: 9 }, () => dense(8, { init: heNormal() })));
    expect(growing.advice[0]).toMatch(/5\.1e\+2 times larger.*explode/);
    const skipped = residual(...Array.from({ length: 9 }, () => dense(8, { init: heNormal() })));
    expect(sequential(skipped).advice).toHaveLength(1);
  });
});

describe("an input that does not fit is refused with the place and the shapes", () => {
  const cases: readonly [string, () => unknown, RegExp][] = [
    [
      "pictures for dense",
      () => sequential(conv2d(4, 3), relu(), dense(10)).init([1, 8, 8]),
      /layer 2, dense\(10\): the input has shape \[4, 6, 6\][\s\S]*try: put flatten\(\) before it/,
    ],
    [
      "rows for a convolution",
      () => sequential(conv2d(4, 3)).init([784]),
      /layer 0, conv2d\(4, 3\): the input has shape \[784\][\s\S]*try: put unflatten/,
    ],
    [
      "a window larger than the picture",
      () => sequential(unflatten([1, 4, 4]), maxPool(5)).init([16]),
      /layer 1, maxPool\(5\)/,
    ],
    [
      "an inner layer",
      () => sequential(dense(8), sequential(relu(), unflatten([3, 3]))).init([4]),
      /layer 1, sequential: layer 1, unflatten\(\[3, 3\]\)[\s\S]*\[1, 8\]/,
    ],
    [
      "the batch's size as a shape",
      () => sequential(dense(2)).init([-1, 3]),
      /input shape is \[-1, 3\]/,
    ],
    [
      "other data than the params were drawn for",
      () => {
        const model = sequential(dense(8), relu());
        const f = (key: Tensor, x: Tensor) => model.apply(model.init([784])(key), x);
        return jit(f)(seed, [[1, 2, 3]]);
      },
      /layer 0, dense\(8\): the input \[1, 3\] has 3 features[\s\S]*expected: 784/,
    ],
  ];
  test.each(cases)("%s", (_what, run, message) => {
    expect(run).toThrow(message);
  });
});

describe("misuse is refused", () => {
  const cases: readonly [string, () => unknown, RegExp][] = [
    ["no layers", () => sequential(), /no layers/],
    [
      "a layer that was not called",
      // @ts-expect-error: a function is no layer, and JavaScript does not know that
      () => sequential(dense(2), relu),
      /argument 1 is the function relu[\s\S]*try: call it: relu\(\)/,
    ],
    [
      "params of another model",
      () =>
        jit((x: Tensor) => sequential(dense(2), relu()).apply([{ weight: x }] as never, x))([[1]]),
      /params has 1 entries[\s\S]*expected: one entry for each of its 2 layers/,
    ],
    ["an unknown option", () => dense(2, { biass: true } as object), /did you mean bias/],
    ["a width of 0", () => dense(0), /units is 0/],
  ];
  test.each(cases)("%s", (_what, run, message) => {
    expect(run).toThrow(message);
  });
});

describe("training and not", () => {
  const withDropout = sequential(dense(4), dropout(0.5));
  const withNorm = sequential(dense(4), batchNorm());
  const x = [
    [1, 2],
    [3, 5],
  ];
  const applied = (model: typeof withDropout, context?: { training: boolean }) =>
    jit((key: Tensor, at: Tensor) => model.apply(model.init([2])(key), at, context))(seed, x);

  test("need not be told to a model that behaves alike", () => {
    const plain = sequential(dense(4), relu());
    const outputs = [undefined, { training: false }, { training: true }].map((context) =>
      jit((key: Tensor, at: Tensor) => plain.apply(plain.init([2])(key), at, context))(seed, x),
    );
    expect(outputs[1]).toEqual(outputs[0]);
    expect(outputs[2]).toEqual(outputs[0]);
  });

  test("must be told to a model with dropout, with a key in training", () => {
    expect(() => applied(withDropout)).toThrow(
      /not told whether this is training \(layer 1, dropout/,
    );
    expect(() => applied(withDropout, { training: true })).toThrow(
      /no key.*layer 1, dropout\(0.5\)/,
    );
    expect(applied(withDropout, { training: false }).shape).toEqual([2, 4]);
  });

  test("need the state of a model with batch norm, which in training only run returns", () => {
    const attempt = (context: { training: boolean; state?: unknown }) =>
      jit((key: Tensor, at: Tensor) => withNorm.apply(withNorm.init([2])(key), at, context))(
        seed,
        x,
      );
    expect(() => attempt({ training: true })).toThrow(/would forget[\s\S]*model\.run/);
    expect(() => attempt({ training: false })).toThrow(/state is missing[\s\S]*model\.state/);
    const got = jit((key: Tensor, at: Tensor) => {
      const params = withNorm.init([2])(key);
      const state = withNorm.state([2])();
      return withNorm.apply(params, at, { training: false, key, state });
    })(seed, x);
    expect(got.shape).toEqual([2, 4]);
  });
});
