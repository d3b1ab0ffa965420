import { describe, expect, test } from "vitest";
import { keyData, normal } from "../array/operations/random.ts";
import { sizeOf } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { vjp } from "../autodiff/grad.ts";
import { jit } from "../runtime/jit.ts";
import golden from "./initialisers.golden.json" with { type: "json" };
import {
  constantInit,
  type Fans,
  gains,
  heNormal,
  heUniform,
  type Initialiser,
  leakyReluGain,
  leCunNormal,
  leCunUniform,
  normalInit,
  xavierNormal,
  xavierUniform,
  zeroInit,
} from "./initialisers.ts";
import { relu, tanh } from "./layers/activations.ts";
import { conv2d } from "./layers/conv2d.ts";
import { dense } from "./layers/dense.ts";
import { sequential } from "./sequential.ts";
import { meanOf, varianceOf } from "./testing.ts";

const drawn = (initialiser: Initialiser, shape: readonly number[], fans: Fans, seed: number) =>
  jit((key: Tensor) => initialiser.draw(key, shape, fans))(keyData(seed)).data;

describe.each(golden.inits)("for weights $shape", (want) => {
  const bound = (initialiser: Initialiser): number => initialiser.deviation(want) * Math.sqrt(3);

  test("bounds and deviations are those of the papers", () => {
    const got = {
      shape: want.shape,
      fanIn: want.fanIn,
      fanOut: want.fanOut,
      xavierUniformBound: bound(xavierUniform()),
      xavierNormalStd: xavierNormal().deviation(want),
      kaimingUniformBoundRelu: bound(heUniform()),
      kaimingNormalStdRelu: heNormal().deviation(want),
      kaimingNormalStdReluFanOut: heNormal({ fan: "out" }).deviation(want),
      kaimingUniformBoundLeaky01: bound(heUniform({ gain: leakyReluGain(0.1) })),
      xavierUniformBoundTanhGain: bound(xavierUniform({ gain: gains.tanh })),
      torchDefaultLinearBound: bound(heUniform({ gain: Math.sqrt(1 / 3) })),
      lecunNormalStd: leCunNormal().deviation(want),
    };
    for (const [name, value] of Object.entries(want)) {
      if (typeof value !== "number") continue;
      expect(got[name as keyof typeof got], name).toBeCloseTo(value, 14);
    }
    expect(Object.keys(got)).toEqual(Object.keys(want));
  });

  test("layers count the fans as the papers do", () => {
    const [out, entering, height, width] = want.shape;
    // Draws are the fans themselves, so that they can be read off.
    const telling = (which: keyof Fans): Initialiser => ({
      ...zeroInit(),
      draw: (key, shape, fans) => constantInit(fans[which]).draw(key, shape, fans),
    });
    for (const which of ["fanIn", "fanOut"] as const) {
      const options = { init: telling(which), bias: false };
      const params =
        height === undefined
          ? jit(dense(out!, options).init([entering!]))(keyData(0)).weight
          : jit(conv2d(out!, [height, width!], options).init([entering!, 9, 9]))(keyData(0)).filter;
      expect(params.data[0]).toBe(want[which]);
      expect(params.size).toBe(sizeOf(want.shape));
    }
  });
});

test("gains are those of the reference", () => {
  expect({ ...gains, leakyRelu01: leakyReluGain(0.1) }).toEqual(golden.gains);
});

describe("a million draws", () => {
  const fans = { fanIn: 1600, fanOut: 400 };
  test.each([
    { initialiser: xavierNormal(), variance: 2 / 2000 },
    { initialiser: xavierUniform(), variance: 2 / 2000 },
    { initialiser: heNormal(), variance: 2 / 1600 },
    { initialiser: heUniform(), variance: 2 / 1600 },
    { initialiser: heNormal({ fan: "out" }), variance: 2 / 400 },
    { initialiser: leCunNormal(), variance: 1 / 1600 },
    { initialiser: leCunUniform(), variance: 1 / 1600 },
    { initialiser: normalInit(0.3), variance: 0.09 },
  ])("of $initialiser.name have variance $variance within 2 %, and mean 0", (example) => {
    const { initialiser, variance } = example;
    const draws = drawn(initialiser, [1000, 1000], fans, 7);
    expect(Math.abs(varianceOf(draws) / variance - 1)).toBeLessThan(0.02);
    expect(Math.abs(meanOf(draws))).toBeLessThan(5 * Math.sqrt(variance / draws.length));
  });

  test("of a uniform initialiser keep within their bound, and come near it", () => {
    const bound = Math.sqrt(6 / 1600);
    const draws = Array.from(drawn(heUniform(), [1000, 1000], fans, 8));
    const largest = draws.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.9999 * bound);
  });
});

test.each([0, -1, Number.NaN])("refuses gain %s", (gain) => {
  expect(() => heNormal({ gain })).toThrow(/gain is/);
});

describe("through 50 layers of 256 units", () => {
  const depth = 50;
  const width = 256;

  /** Variances behind the last layer over those behind the first, of signal and gradient; the mean of three seeds. */
  function through(init: Initialiser | undefined, activation: typeof relu, scale: number) {
    const options = init === undefined ? {} : { init };
    const block = sequential(dense(width, options), activation());
    const model = sequential(...Array.from({ length: depth }, () => block));
    type Params = ReturnType<ReturnType<typeof block.init>>;
    const draw = jit(block.init([width])); // layer by layer: what is compiled once runs fast
    const noise = jit((key: Tensor) => normal(key, [32, width]).mul(scale));
    const forward = jit((params: Params, x: Tensor) => block.apply(params, x));
    const backward = jit((params: Params, x: Tensor, cotangent: Tensor) =>
      vjp((at: Tensor) => block.apply(params, at), x).pull(cotangent),
    );
    const ratios = [0, 1, 2].map((seed) => {
      const params = Array.from({ length: depth }, (_, i) => draw(keyData(100 * seed + i)));
      const signals = [noise(keyData(100 * seed + depth))];
      for (const p of params) signals.push(forward(p, signals[signals.length - 1]!));
      const cotangent = noise(keyData(100 * seed + depth + 1));
      const pulled = params.reduceRight((from, p, i) => backward(p, signals[i]!, from), cotangent);
      return {
        forward: varianceOf(signals[depth]!.data) / varianceOf(signals[1]!.data),
        backward: varianceOf(pulled.data) / varianceOf(cotangent.data),
      };
    });
    return {
      model,
      forward: meanOf(ratios.map((ratio) => ratio.forward)),
      backward: meanOf(ratios.map((ratio) => ratio.backward)),
    };
  }

  test("of relu, the default (He) keeps the variance of signal and gradient", () => {
    const { forward, backward, model } = through(undefined, relu, 1);
    for (const ratio of [forward, backward]) {
      expect(ratio).toBeGreaterThan(0.3);
      expect(ratio).toBeLessThan(3);
    }
    expect(model.advice).toEqual([]);
  });

  // Glorot and Bengio's analysis is of tanh where it is nearly linear, so the signal starts small.
  test("of tanh, the default (Xavier) keeps the variance of signal and gradient", () => {
    const { forward, backward, model } = through(undefined, tanh, 0.1);
    for (const ratio of [forward, backward]) {
      expect(ratio).toBeGreaterThan(0.3);
      expect(ratio).toBeLessThan(3);
    }
    expect(model.advice).toEqual([]);
  });

  test("of relu, Xavier loses half of the variance each time, and the model says so", () => {
    const { forward, backward, model } = through(xavierNormal(), relu, 1);
    for (const ratio of [forward, backward]) {
      expect(Math.log2(ratio)).toBeLessThan(-45);
      expect(Math.log2(ratio)).toBeGreaterThan(-55);
    }
    expect(model.advice).toHaveLength(1);
    expect(model.advice[0]).toMatch(/1\.1e\+15 times smaller.*vanish/);
  });
});
