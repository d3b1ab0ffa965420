import { describe, expect, test } from "vitest";
import { grad } from "../../autodiff/grad.ts";
import { jit } from "../../runtime/jit.ts";
import { NDArray } from "../ndarray.ts";
import type { Tensor } from "../tensor.ts";
import * as r from "./reduction.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const matrix = [
  [1, 2, 3],
  [4, 5, 7],
];
const of = (f: (x: Tensor) => Tensor, x: Parameters<typeof NDArray.of>[0] = matrix) =>
  jit(f)(NDArray.of(x));

describe("sum, mean, max, min over axes", () => {
  test.for([
    [undefined, 22, 22 / 6, 7, 1],
    [0, [5, 7, 10], [2.5, 3.5, 5], [4, 5, 7], [1, 2, 3]],
    [-1, [6, 16], [2, 16 / 3], [3, 7], [1, 4]],
    [[0, 1], 22, 22 / 6, 7, 1],
    [[-1, 0], 22, 22 / 6, 7, 1],
    [[], matrix, matrix, matrix, matrix],
  ] as const)("axis %j", ([axis, sum, mean, max, min]) => {
    expect(of((x) => r.sum(x, { axis })).toArray()).toEqual(sum);
    expect(of((x) => r.mean(x, { axis })).toArray()).toEqual(
      typeof mean === "number" ? expect.closeTo(mean, 14) : mean,
    );
    expect(of((x) => r.max(x, { axis })).toArray()).toEqual(max);
    expect(of((x) => r.min(x, { axis })).toArray()).toEqual(min);
  });

  test("keepDims keeps the axes with length 1", () => {
    const keep = { keepDims: true };
    expect(of((x) => r.sum(x, { axis: 1, ...keep })).toArray()).toEqual([[6], [16]]);
    expect(of((x) => r.max(x, keep)).shape).toEqual([1, 1]);
    expect(of((x) => r.mean(x, { axis: -2, ...keep })).shape).toEqual([1, 3]);
    expect(of((x) => r.logSumExp(x, { axis: 0, ...keep })).shape).toEqual([1, 3]);
    expect(of((x) => r.variance(x, keep)).shape).toEqual([1, 1]);
  });

  test("an empty sum is 0, an empty product 1, an empty mean NaN, an empty maximum an error", () => {
    const none = new NDArray(new Float64Array(0), [2, 0]);
    expect(of((x) => r.sum(x, { axis: 1 }), none).toArray()).toEqual([0, 0]);
    expect(of((x) => r.prod(x, { axis: 1 }), none).toArray()).toEqual([1, 1]);
    expect(of((x) => r.mean(x), none).item()).toBeNaN();
    expect(of((x) => r.sum(x, { axis: 0 }), none).toArray()).toEqual([]);
    expect(() => of((x) => r.max(x, { axis: 1 }), none)).toThrow(
      /max: no element along axes \[1\]/,
    );
    expect(() => of((x) => r.min(x), none)).toThrow(/min: no element/);
    const infinite = of((x) => x.broadcastTo([0, 2]).sum(), inf); // not 0 · ∞
    expect(infinite.item()).toBe(0);
  });

  test("NaN wins every sum, maximum and minimum, wherever it stands", () => {
    for (const length of [3, 40]) {
      for (const place of [0, 1, length - 1]) {
        const x = Float64Array.from({ length }, (_, i) => (i === place ? nan : i));
        const stacked = new NDArray(Float64Array.from([...x, ...x]), [2, length]);
        for (const f of [r.sum, r.max, r.min]) {
          expect(of(f, x).item()).toBeNaN();
          expect(of((a) => f(a, { axis: 0 }), stacked).data[place]).toBeNaN();
          expect(of((a) => f(a, { axis: 1 }), stacked).data[1]).toBeNaN();
        }
      }
    }
    expect(of(r.max, [-inf, -inf]).item()).toBe(-inf);
    expect(of(r.min, [inf, inf]).item()).toBe(inf);
    expect(of(r.sum, [inf, -inf]).item()).toBeNaN();
  });

  test("integers stay integers, booleans count", () => {
    const whole = NDArray.of([3, -1, 2], undefined, "i32");
    expect(of(r.sum, whole)).toMatchObject({ dtype: "i32", shape: [] });
    expect(of(r.max, whole).item()).toBe(3);
    expect(of(r.min, whole).item()).toBe(-1);
    expect(of(r.mean, whole)).toMatchObject({ dtype: "f64" });
    expect(of(r.prod, whole)).toMatchObject({ dtype: "i32", data: Int32Array.of(-6) });
    expect(of((x) => r.sum(x.greater(0)), whole)).toMatchObject({ dtype: "i32" });
    expect(of((x) => r.sum(x.greater(0)), whole).item()).toBe(2);
    expect(of((x) => r.prod(x.greater(-9)), whole)).toMatchObject({ dtype: "i32" });
    expect(of((x) => r.cumSum(x.greater(0)), whole).toArray()).toEqual([1, 1, 2]);
  });
});

describe("variance and standard deviation", () => {
  test.for([
    [0, 4],
    [1, 32 / 7],
  ] as const)("correction %d divides by n less it", ([correction, expected]) => {
    const x = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(of((a) => r.variance(a, { correction }), x).item()).toBeCloseTo(expected, 14);
    expect(of((a) => r.std(a, { correction }), x).item()).toBeCloseTo(Math.sqrt(expected), 14);
  });

  test("does not cancel far from 0", () => {
    expect(of((x) => r.variance(x), [1e8 + 1, 1e8 + 2, 1e8 + 3]).item()).toBeCloseTo(2 / 3, 12);
    expect(of((x) => r.variance(x, { axis: 1 })).toArray()).toEqual([
      expect.closeTo(2 / 3, 14),
      expect.closeTo(14 / 9, 14),
    ]);
  });
});

describe("products", () => {
  test.for([1, 2, 3, 5, 8, 17])("of %d elements", (count) => {
    const x = Float64Array.from({ length: count }, (_, i) => 1 + i / 4);
    expect(of((a) => r.prod(a), x).item()).toBeCloseTo(
      x.reduce((p, v) => p * v, 1),
      8,
    );
  });

  test("along an axis", () => {
    expect(of((x) => r.prod(x, { axis: 0 })).toArray()).toEqual([4, 10, 21]);
    expect(of((x) => r.prod(x, { axis: -1 })).toArray()).toEqual([6, 140]);
  });

  test.for([
    [
      [2, 0, 3, 5],
      [0, 30, 0, 0],
    ],
    [
      [2, 0, 0, 5],
      [0, 0, 0, 0],
    ],
    [[0], [1]],
    [
      [2, 3, 4],
      [12, 8, 6],
    ],
  ] as const)("the derivative of the product of %j leaves each factor out: %j", ([x, expected]) => {
    expect(jit(grad((a: Tensor) => r.prod(a)))(x).toArray()).toEqual(expected);
  });
});

describe("log-sum-exp and softmax", () => {
  test.for([
    [[0, 0], Math.LN2],
    [[1e4, 1e4], 1e4 + Math.LN2],
    [[-1e4, -1e4], -1e4 + Math.LN2],
    [[-1e4, 1e4], 1e4],
    [[-inf, 0], 0],
    [[-inf, -inf], -inf],
    [[inf, 0], inf],
    [[nan, 0], nan],
  ] as const)("logSumExp %j is %d", ([x, expected]) => {
    const found = of((a) => r.logSumExp(a), x).item();
    if (Number.isFinite(expected)) expect(found).toBeCloseTo(expected, 9);
    else expect(found).toBe(expected);
  });

  test("rows of −∞ do not disturb their neighbours", () => {
    const x = [
      [-inf, -inf],
      [0, Math.log(3)],
    ];
    const found = of((a) => r.logSumExp(a, { axis: 1 }), x).toArray();
    expect(found).toEqual([-inf, expect.closeTo(Math.log(4), 14)]);
    const slope = jit(grad((a: Tensor) => r.logSumExp(a, { axis: 1 }).at(1)))(x).toArray();
    expect(slope).toMatchObject({ 1: [expect.closeTo(0.25, 14), expect.closeTo(0.75, 14)] });
  });

  test("the gradient of logSumExp is softmax, at ±1e4 too", () => {
    for (const x of [
      [1e4, 1e4],
      [-1e4, 1e4],
      [-1e4, -1e4],
      [0, Math.log(3)],
    ]) {
      const slope = jit(grad((a: Tensor) => r.logSumExp(a)))(x).toArray();
      const soft = of((a) => r.softmax(a), x).toArray();
      const known = x[0] === x[1] ? [0.5, 0.5] : x[0] === 0 ? [0.25, 0.75] : [0, 1];
      expect(slope).toEqual(known.map((v) => expect.closeTo(v, 12)));
      expect(soft).toEqual(known.map((v) => expect.closeTo(v, 12)));
    }
  });

  test("softmax along another axis", () => {
    const x = [
      [0, 1],
      [Math.log(3), 1],
    ];
    const half = expect.closeTo(0.5, 14);
    expect(of((a) => r.softmax(a, 0), x).toArray()).toEqual([
      [expect.closeTo(0.25, 14), half],
      [expect.closeTo(0.75, 14), half],
    ]);
    const rows = of((a) => r.logSoftmax(a, 0).exp().sum({ axis: 0 }), x).toArray();
    expect(rows).toEqual([expect.closeTo(1, 14), expect.closeTo(1, 14)]);
  });
});

describe("positions and running sums", () => {
  test("argMax and argMin give the first of equals", () => {
    expect(of((x) => r.argMax(x), [1, 3, 3]).item()).toBe(1);
    expect(of((x) => r.argMin(x), [1, 0, 0]).item()).toBe(1);
    expect(of((x) => r.argMax(x)).item()).toBe(5);
    expect(of((x) => r.argMax(x, 0)).toArray()).toEqual([1, 1, 1]);
    expect(of((x) => r.argMin(x, -1))).toMatchObject({ dtype: "i32", data: Int32Array.of(0, 0) });
    expect(of((x) => r.argMax(x), [-inf, -inf]).item()).toBe(0);
  });

  test("cumSum runs along any axis, from either end", () => {
    expect(of((x) => r.cumSum(x)).toArray()).toEqual([
      [1, 2, 3],
      [5, 7, 10],
    ]);
    expect(of((x) => r.cumSum(x, -1)).toArray()).toEqual([
      [1, 3, 6],
      [4, 9, 16],
    ]);
    expect(of((x) => r.cumSum(x, 1, { reverse: true })).toArray()).toEqual([
      [6, 5, 3],
      [16, 12, 7],
    ]);
  });

  test("norm", () => {
    expect(of((x) => r.norm(x), [3, 4]).item()).toBe(5);
    expect(of((x) => r.norm(x, { axis: 0 })).data[0]).toBeCloseTo(Math.sqrt(17), 14);
  });
});
