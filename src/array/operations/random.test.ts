import { describe, expect, test } from "vitest";
import { vmap } from "../../autodiff/vmap.ts";
import { jit } from "../../runtime/jit.ts";
import type { TypedArray } from "../dtype.ts";
import { NDArray } from "../ndarray.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import * as r from "./random.ts";

// Every bound below is five standard deviations of the statistic under perfect randomness, so that a
// sound generator fails one test in a million; the seeds stand in the names.
const seeds = [0, 1, 20_240_501, -7, 2 ** 40 + 3];
const count = 1 << 16;

const draw = (f: (key: r.Key) => Tensor, seed: number): TypedArray =>
  jit((k: Tensor) => f(k))(r.keyData(seed)).data;

function mean(x: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  return sum / x.length;
}

/** Σ (found − expected)² / expected over bins, in standard deviations from its mean. */
function chiSquare(bins: readonly number[], expected: (bin: number) => number): number {
  const sum = bins.reduce((s, found, bin) => s + (found - expected(bin)) ** 2 / expected(bin), 0);
  return (sum - (bins.length - 1)) / Math.sqrt(2 * (bins.length - 1));
}

/** The correlation of two samples of mean 0, in standard deviations. */
function correlation(a: Float64Array, b: Float64Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return (ab / Math.sqrt(aa * bb)) * Math.sqrt(a.length);
}

/** The correlation of a sample of mean 0 with itself, so many places on. */
const autocorrelation = (x: Float64Array, lag: number): number =>
  correlation(x.subarray(0, -lag), x.subarray(lag));

const centred = (x: TypedArray): Float64Array => Float64Array.from(x, (v) => v - 0.5);

describe.for(seeds)("with seed %d", (seed) => {
  const uniform = draw((k) => r.uniform(k, [count]), seed);

  test("uniform draws lie in [0, 1), with the right mean, variance and bins", () => {
    expect(uniform.every((v) => v >= 0 && v < 1)).toBe(true);
    expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(5 / Math.sqrt(12 * count));
    const variance = mean(centred(uniform).map((v) => v * v));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / count));
    const bins = new Array<number>(256).fill(0);
    for (const v of uniform) bins[Math.floor(v * 256)]!++;
    expect(Math.abs(chiSquare(bins, () => count / 256))).toBeLessThan(5);
  });

  test("the lowest bits are as even as the highest", () => {
    const single = draw((k) => r.uniform(k, [count], { dtype: "f32" }), seed);
    for (const [draws, bits] of [
      [uniform, 53],
      [single, 24],
    ] as const) {
      const bins = new Array<number>(16).fill(0);
      for (const v of draws) bins[Number(BigInt(v * 2 ** bits) & 15n)]!++;
      expect(Math.abs(chiSquare(bins, () => count / 16))).toBeLessThan(5);
    }
  });

  test("neighbours are not correlated, at any short distance", () => {
    const x = centred(uniform);
    for (const lag of [1, 2, 3, 4, 8, 16, 64, 256, 1024])
      expect(Math.abs(autocorrelation(x, lag)), `lag ${lag}`).toBeLessThan(5);
  });

  test("pairs of neighbours fill the square", () => {
    const bins = new Array<number>(256).fill(0);
    for (let i = 0; i < count; i += 2)
      bins[Math.floor(uniform[i]! * 16) * 16 + Math.floor(uniform[i + 1]! * 16)]!++;
    expect(Math.abs(chiSquare(bins, () => count / 512))).toBeLessThan(5);
  });

  test("keys made by foldIn and split are independent of each other and of their parent", () => {
    const rows = [
      (k: r.Key) => k,
      ...[0, 1, 2, 3, 1000].map((datum) => (k: r.Key) => r.foldIn(k, datum)),
      (k: r.Key) => r.foldIn(r.foldIn(k, 0), 1),
      (k: r.Key) => r.foldIn(r.foldIn(k, 1), 0),
      (k: r.Key) => r.splitKey(r.foldIn(k, 5), 3)[2]!,
    ].map((derive) => centred(draw((k) => r.uniform(derive(k), [1 << 13]), seed)));
    rows.forEach((a, i) => {
      expect(Math.abs(mean(a))).toBeLessThan(5 / Math.sqrt(12 * a.length));
      for (const b of rows.slice(0, i)) expect(Math.abs(correlation(a, b))).toBeLessThan(5);
    });
  });

  test("one draw from each of many keys is as uniform as many draws from one", () => {
    const keys = 1 << 11;
    const found = draw((k) => {
      const each = r.splitKey(k, keys).map((child) => r.uniform(child, [1]));
      return each.reduce((sum, x) => sum.add(x)).sub(keys / 2);
    }, seed);
    expect(Math.abs(found[0]!)).toBeLessThan(5 * Math.sqrt(keys / 12));
  });

  test("normal draws have the moments and the bins of the normal distribution", () => {
    const x = draw((k) => r.normal(k, [count]), seed);
    expect(Math.abs(mean(x))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(mean(x.map((v) => v * v)) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(mean(x.map((v) => v ** 3)))).toBeLessThan(5 * Math.sqrt(15 / count));
    expect(Math.abs(mean(x.map((v) => v ** 4)) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
    // Limits of ten equally likely intervals, from tables of the normal quantiles.
    const limits = [
      -1.2815515655, -0.8416212336, -0.5244005127, -0.2533471031, 0, 0.2533471031, 0.5244005127,
      0.8416212336, 1.2815515655,
    ];
    const bins = new Array<number>(10).fill(0);
    for (const v of x) bins[limits.filter((limit) => v > limit).length]!++;
    expect(Math.abs(chiSquare(bins, () => count / 10))).toBeLessThan(5);
  });

  test("bernoulli draws are true as often as asked", () => {
    for (const p of [0, 0.1, 0.5, 0.9, 1]) {
      const found = mean(draw((k) => r.bernoulli(k, p, [count]), seed));
      expect(Math.abs(found - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / count));
    }
  });

  describe("masks", () => {
    const mask = (part: number, shape: Shape = [count]) =>
      draw((k) => k.graph.ops.randomMask(k, { shape, kept: part * 2 ** 16, dtype: "f32" }), seed);
    const deviations = (part: number, shape?: Shape): Float64Array =>
      Float64Array.from(mask(part, shape), (v) => v - part);

    test("keep the part that is asked for, in either half of a hash", () => {
      for (const part of [0, 2 ** -6, 0.125, 0.5, 0.8125, 1 - 2 ** -6, 1]) {
        const all = mask(part);
        expect(all.every((v) => v === 0 || v === 1)).toBe(true);
        for (const half of [all.slice(0, count / 2), all.slice(count / 2)]) {
          const bound = 5 * Math.sqrt((part * (1 - part)) / half.length);
          expect(Math.abs(mean(half) - part)).toBeLessThanOrEqual(bound);
        }
      }
    });

    test("are not correlated along an axis, between rows, or between the halves of a hash", () => {
      for (const part of [0.5, 0.75, 0.9375]) {
        const x = deviations(part);
        for (const lag of [1, 2, 3, 4, 8, 16, 64, 128, 256, 1024, count / 2, count / 2 - 1])
          expect(Math.abs(autocorrelation(x, lag)), `lag ${lag}`).toBeLessThan(5);
      }
    });

    test("fill all patterns of eight neighbours, and of eight rows", () => {
      const x = mask(0.5, [256, 256]);
      for (const stride of [1, 256]) {
        const bins = new Array<number>(256).fill(0);
        for (let i = 0; i < count; i++) {
          if (Math.floor(i / stride) % 8 !== 0) continue;
          let pattern = 0;
          for (let j = 0; j < 8; j++) pattern = 2 * pattern + x[i + j * stride]!;
          bins[pattern]!++;
        }
        expect(Math.abs(chiSquare(bins, () => count / 8 / 256))).toBeLessThan(5);
      }
    });

    test("of different keys are independent", () => {
      const rows = [0, 1, 2, 3, 1000].map((datum) =>
        centred(
          draw(
            (k) =>
              k.graph.ops.randomMask(r.foldIn(k, datum), { shape: [1 << 13], kept: 2 ** 15, dtype: "f64" }), // biome-ignore format: one a line
            seed,
          ),
        ),
      );
      rows.forEach((a, i) => {
        for (const b of rows.slice(0, i)) expect(Math.abs(correlation(a, b))).toBeLessThan(5);
      });
    });
  });

  test("exponential draws have mean 1 and variance 1", () => {
    const x = draw((k) => r.exponential(k, [count]), seed);
    expect(x.every((v) => v >= 0 && v < Number.POSITIVE_INFINITY)).toBe(true);
    expect(Math.abs(mean(x) - 1)).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(mean(x.map((v) => (v - 1) ** 2)) - 1)).toBeLessThan(5 * Math.sqrt(8 / count));
  });

  test("permutations hold each number once, and each is as likely at each place", () => {
    const order = draw((k) => r.permutation(k, 1000), seed);
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
    const bins = new Array<number>(36).fill(0);
    const rounds = 720;
    const shuffle = jit((k: Tensor, i: Tensor) => r.permutation(r.foldIn(k, i), 6));
    for (let round = 0; round < rounds; round++) {
      const row = shuffle(r.keyData(seed), NDArray.of(round, [], "i32"));
      row.data.forEach((value, place) => {
        bins[value * 6 + place]!++;
      });
    }
    // 25 degrees of freedom: rows and columns sum to the number of rounds.
    const sum = bins.reduce((s, found) => s + (found - rounds / 6) ** 2 / (rounds / 6), 0);
    expect(Math.abs(sum - 25) / Math.sqrt(50)).toBeLessThan(5);
  });
});

describe("keys", () => {
  const f = (k: r.Key) => r.normal(k, [5]);

  test("the same key gives the same bits, another key others", () => {
    expect(draw(f, 3)).toEqual(draw(f, 3));
    expect(draw(f, 3)).not.toEqual(draw(f, 4));
    const inside = jit(() => f(r.key(3)))().data;
    expect(inside).toEqual(draw(f, 3));
  });

  test("an element depends on its place and the key alone, not on how many are drawn", () => {
    const short = draw((k) => r.uniform(k, [3]), 9);
    expect(draw((k) => r.uniform(k, [5, 8]), 9).slice(0, 3)).toEqual(short);
  });

  test("seeds that differ in any bit give other keys", () => {
    const known = new Set(
      [0, 1, -1, 2, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52].map((seed) =>
        r.keyData(seed).data.join(),
      ),
    );
    expect(known.size).toBe(8);
  });

  test.for([0.5, Number.NaN, 2 ** 53])("a seed of %s is refused", (seed) => {
    expect(() => r.keyData(seed)).toThrow(/seed is .*[\s\S]*a whole number/);
  });

  test("limits and dtypes are honoured", () => {
    const x = draw((k) => r.uniform(k, [1000], { low: -3, high: -1 }), 1);
    expect(x.every((v) => v >= -3 && v < -1)).toBe(true);
    expect(draw((k) => r.uniform(k, [2], { dtype: "f32" }), 1)).toBeInstanceOf(Float32Array);
    expect(draw((k) => r.normal(k, [2], { dtype: "f32" }), 1)).toBeInstanceOf(Float32Array);
    const p = jit((k: Tensor, rate: Tensor) => r.bernoulli(k, rate, [2, 1000]))(r.keyData(1), [
      [0],
      [1],
    ]);
    expect(Array.from(p.data)).toEqual(Array.from({ length: 2000 }, (_, i) => Number(i >= 1000)));
  });

  test("a stack of keys draws what each of them draws", () => {
    const together = draw((k) => {
      const keys = vmap((i: Tensor) => r.foldIn(k, i))(k.mul(0).add([4, 7]));
      return vmap((each: Tensor) => r.uniform(each, [3]))(keys);
    }, 2);
    const apart = [4, 7].flatMap((i) => [...draw((k) => r.uniform(r.foldIn(k, i), [3]), 2)]);
    expect(Array.from(together)).toEqual(apart);
  });

  test("a key is two integers, and what is folded in is whole", () => {
    expect(() => draw((k) => r.uniform(k.cast("f64"), [2]), 1)).toThrow(/key/);
    expect(() => draw((k) => r.uniform(k.at(0), [2]), 1)).toThrow(/key/);
    expect(() => draw((k) => r.foldIn(k, k.at(0).cast("f64")), 1)).toThrow(/foldIn/);
    expect(() => draw((k) => r.foldIn(k, k), 1)).toThrow(/foldIn/);
    expect(() => draw((k) => r.foldIn(k, 0.5), 1)).toThrow(/foldIn/);
  });
});
