import { describe, expect, test } from "vitest";
import { jit } from "../../runtime/jit.ts";
import type { DType } from "../dtype.ts";
import { NDArray } from "../ndarray.ts";
import type { Tensor } from "../tensor.ts";
import * as e from "./elementwise.ts";
import type { Operand } from "./operand.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** An array of a dtype of its own, unlike plain numbers. */
const typed = (dtype: DType, ...values: readonly number[]): NDArray =>
  NDArray.of(values, undefined, dtype);

const unary = (f: (x: Operand) => Tensor, x: NDArray | readonly number[]) =>
  jit((a: Tensor) => f(a))(x);

describe("functions of one number, by hand", () => {
  const half = Math.LN2;
  test.for([
    ["neg", e.neg, [1, -2, nan, inf], [-1, 2, nan, -inf]],
    ["abs", e.abs, [1, -2, nan, -inf], [1, 2, nan, inf]],
    ["sign", e.sign, [3, -2, 0, nan, -inf], [1, -1, 0, nan, -1]],
    ["exp", e.exp, [0, half, -inf, inf, nan], [1, 2, 0, inf, nan]],
    ["expm1", e.expm1, [0, half, 1e-20, -inf], [0, 1, 1e-20, -1]],
    ["log", e.log, [1, 2, 0, inf, -1], [0, half, -inf, inf, nan]],
    ["log1p", e.log1p, [0, 1, 1e-20, -1, -2], [0, half, 1e-20, -inf, nan]],
    ["sqrt", e.sqrt, [4, 0, inf, -1], [2, 0, inf, nan]],
    ["sin", e.sin, [0, Math.PI / 2, inf], [0, 1, nan]],
    ["cos", e.cos, [0, Math.PI, inf], [1, -1, nan]],
    ["tan", e.tan, [0, Math.PI / 4], [0, 1]],
    ["asin", e.asin, [0, 1, 2], [0, Math.PI / 2, nan]],
    ["acos", e.acos, [1, -1, 2], [0, Math.PI, nan]],
    ["atan", e.atan, [0, 1, inf], [0, Math.PI / 4, Math.PI / 2]],
    ["sinh", e.sinh, [0, half, -half, 1e-20], [0, 0.75, -0.75, 1e-20]],
    ["cosh", e.cosh, [0, half, -half], [1, 1.25, 1.25]],
    ["tanh", e.tanh, [0, half, inf, -1e4], [0, 0.6, 1, -1]],
    ["sigmoid", e.sigmoid, [0, Math.log(3), -1e4, 1e4, nan], [0.5, 0.75, 0, 1, nan]],
    ["softplus", e.softplus, [0, 1e4, -1e4, -inf, inf, nan], [half, 1e4, 0, 0, inf, nan]],
    ["relu", e.relu, [2, -2, 0, nan, inf], [2, 0, 0, nan, inf]],
    // Abramowitz & Stegun (1964), table 7.1, to ten places.
    [
      "erf",
      e.erf,
      [0, 0.5, 1, 2, -1, inf],
      [0, 0.5204998778, 0.8427007929, 0.995322265, -0.8427007929, 1],
    ],
    ["floor", e.floor, [1.5, -1.5, 2, nan], [1, -2, 2, nan]],
    ["ceil", e.ceil, [1.5, -1.5, 2, inf], [2, -1, 2, inf]],
    ["round", e.round, [0.5, 1.5, 2.5, -0.5, -1.5, 2.4, inf], [0, 2, 2, 0, -2, 2, inf]],
    ["square", e.square, [3, -2, inf, nan], [9, 4, inf, nan]],
    ["reciprocal", e.reciprocal, [4, -inf, 0], [0.25, 0, inf]],
  ] as const)("%s", ([, f, x, expected]) => {
    const found = unary(f, x).toArray() as number[]; // a list in, a list out
    expect(found).toHaveLength(expected.length);
    found.forEach((value, i) => {
      const want = expected[i] ?? nan;
      if (Number.isFinite(want)) expect(value).toBeCloseTo(want, 10);
      else expect(value).toBe(want);
    });
  });

  test.for([1e-300, 1e-8, 0.1, 1, 2.4, 2.6, 5.9, 6.1, 30])(
    "erf is odd and meets its own derivative around %s",
    (x) => {
      const [a, b, mirrored] = unary(e.erf, [x * (1 - 1e-6), x * (1 + 1e-6), -x]).data;
      expect(mirrored).toBeCloseTo(-(a! + b!) / 2, 9);
      const slope = (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
      if (x > 0.05) expect((b! - a!) / (2e-6 * x)).toBeCloseTo(slope, 8);
      else expect(a! / (x * (1 - 1e-6))).toBeCloseTo(slope, 12);
    },
  );

  test.for([e.exp, e.sqrt, e.sin, e.floor, e.relu, e.sigmoid])("takes integers as floats", (f) => {
    expect(unary(f, typed("i32", 1, 4)).dtype).toBe("f64");
    expect(unary(f, typed("i32", 1, 4)).toArray()).toEqual(unary(f, [1, 4]).toArray());
  });

  test("keeps integers and counts booleans as 0 and 1", () => {
    expect(unary(e.neg, typed("i32", 3))).toMatchObject({ dtype: "i32", data: Int32Array.of(-3) });
    expect(unary(e.abs, typed("bool", 1))).toMatchObject({ dtype: "i32", data: Int32Array.of(1) });
  });
});

describe("functions of two numbers", () => {
  const both = (
    f: (a: Operand, b: Operand) => Tensor,
    a: readonly number[],
    b: readonly number[],
  ) => jit((x: Tensor, y: Tensor) => f(x, y))(a, b).toArray();

  test.for([
    ["add", e.add, [1, inf, inf, nan], [2, 1, -inf, 1], [3, inf, nan, nan]],
    ["sub", e.sub, [1, inf], [2, inf], [-1, nan]],
    ["mul", e.mul, [2, inf, nan], [3, 0, 0], [6, nan, nan]],
    ["div", e.div, [1, -1, 0, 1], [4, 0, 0, inf], [0.25, -inf, nan, 0]],
    ["pow", e.pow, [2, 4, -8, 0, nan], [3, 0.5, 1 / 3, 0, 0], [8, 2, nan, 1, 1]],
    ["maximum", e.maximum, [1, nan, 1, -inf], [2, 1, nan, 3], [2, nan, nan, 3]],
    ["minimum", e.minimum, [1, nan, 1, -inf], [2, 1, nan, 3], [1, nan, nan, -inf]],
    ["equal", e.equal, [1, nan, 0, inf], [1, nan, 1, inf], [1, 0, 0, 1]],
    ["notEqual", e.notEqual, [1, nan, 0], [1, nan, 1], [0, 1, 1]],
    ["less", e.less, [1, 1, nan, -inf], [2, 1, 1, inf], [1, 0, 0, 1]],
    ["lessEqual", e.lessEqual, [1, 1, nan], [2, 1, 1], [1, 1, 0]],
    ["greater", e.greater, [2, 1, nan], [1, 1, 1], [1, 0, 0]],
    ["greaterEqual", e.greaterEqual, [2, 1, nan], [1, 1, 1], [1, 1, 0]],
    ["logicalAnd", e.logicalAnd, [1, 2, 0, nan], [1, 0, 0, 1], [1, 0, 0, 1]],
    ["logicalOr", e.logicalOr, [1, 0, 0], [1, 2, 0], [1, 1, 0]],
  ] as const)("%s, by hand", ([, f, a, b, expected]) => {
    expect(both(f, a, b)).toEqual(expected);
  });

  test("small constant exponents give what multiplication gives", () => {
    for (const exponent of [-1, 0, 0.5, 1, 2, 3, 4, 5, 1.5]) {
      const found = jit((x: Tensor) => x.pow(exponent))([0, 0.5, 3]).toArray();
      const wanted = [0, 0.5, 3].map((x) => x ** exponent);
      expect(found).toEqual(wanted.map((x) => (Number.isFinite(x) ? expect.closeTo(x, 12) : x)));
    }
  });

  test.for([0.5, 1, -1, 2, 4, 3, 1e-310, 2 ** -130, 2 ** 130])(
    "division by the constant %s is division",
    (divisor) => {
      const x = [0, 1, -3, 1e-3];
      expect(jit((a: Tensor) => a.div(divisor))(x).toArray()).toEqual(x.map((v) => v / divisor));
    },
  );

  test("constants are folded to what the engine would compute", () => {
    const f = (x: Operand) => e.mul(e.exp(e.add(x, 0.1)), e.mul(2, 3));
    expect(jit(() => f(1.5))().item()).toBe(jit((x: Tensor) => f(x))(1.5).item());
    const single = (x: Operand) => e.add(e.exp(x), 0.1);
    const folded = jit((z: Tensor) => single(e.mul(z, 0).add(1)).cast("f64"), { dtype: "f32" })(0);
    expect(folded.item()).toBe(Math.fround(Math.fround(Math.exp(1)) + Math.fround(0.1)));
  });
});

describe("broadcasting follows NumPy", () => {
  test.for([
    [[2, 3], [3], [2, 3]],
    [[2, 1], [3], [2, 3]],
    [
      [4, 1, 3],
      [2, 1],
      [4, 2, 3],
    ],
    [[], [2, 2], [2, 2]],
    [[1], [0], [0]],
    [
      [3, 0],
      [1, 1],
      [3, 0],
    ],
    [[1, 1, 1], [], [1, 1, 1]],
  ] as const)("%j with %j gives %j", ([a, b, expected]) => {
    const zeros = (shape: readonly number[]) => NDArray.zeros(shape, "f64");
    expect(jit((x: Tensor, y: Tensor) => x.add(y))(zeros(a), zeros(b)).shape).toEqual(expected);
    expect(jit((x: Tensor, y: Tensor) => x.add(y))(zeros(b), zeros(a)).shape).toEqual(expected);
  });

  test("each element meets its own", () => {
    const f = jit((x: Tensor, y: Tensor) => x.sub(y));
    const columns = f(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [[10], [20]],
    );
    expect(columns.toArray()).toEqual([
      [-9, -8, -7],
      [-16, -15, -14],
    ]);
    expect(f([[1], [2]], [10, 20]).toArray()).toEqual([
      [-9, -19],
      [-8, -18],
    ]);
  });
});

describe("dtypes", () => {
  const one = {
    f32: typed("f32", 1),
    f64: typed("f64", 1),
    i32: typed("i32", 1),
    bool: typed("bool", 1),
  };
  test.for([
    ["f32", "i32", "f32"],
    ["f64", "i32", "f64"],
    ["f32", "bool", "f32"],
    ["i32", "bool", "i32"],
    ["bool", "bool", "i32"],
    ["i32", "i32", "i32"],
    ["f32", "f32", "f32"],
  ] as const)("%s + %s is %s", ([a, b, expected]) => {
    const f = jit((x: Tensor, y: Tensor) => x.add(y));
    expect(f(one[a], one[b])).toMatchObject({ dtype: expected, shape: [1] });
    expect(f(one[b], one[a])).toMatchObject({ dtype: expected, data: { 0: 2 } });
  });

  test("f32 and f64 do not meet unless one is converted", () => {
    const f = jit((x: Tensor, y: Tensor) => x.mul(y));
    expect(() => f(one.f32, one.f64)).toThrow(/mul: cannot combine f32 with f64[\s\S]*x\.cast/);
  });

  test.for([
    ["f32", 0.1, "f32"],
    ["f64", 2, "f64"],
    ["i32", 2, "i32"],
    ["i32", 0.5, "f64"],
    ["i32", 3e9, "f64"],
    ["i32", [1, 2], "i32"],
    ["i32", [1, 2.5], "f64"],
    ["bool", 1, "i32"],
  ] as const)(
    "plain numbers take the dtype they meet: %s + %j is %s",
    ([dtype, weak, expected]) => {
      expect(jit((x: Tensor) => x.add(weak))(one[dtype]).dtype).toBe(expected);
      expect(jit((x: Tensor) => e.add(weak, x))(one[dtype]).dtype).toBe(expected);
    },
  );

  test("single precision is rounded at every operation, wherever the value is read", () => {
    const x = Float32Array.from({ length: 40 }, (_, i) => Math.fround(0.1 + 0.37 * i));
    const f = (a: Tensor) => {
      const y = a.mul(a).add(0.1);
      return y.equal(y.max().add(0)).cast("i32").sum(); // one reading through an array, one in place
    };
    expect(jit(f)(x).item()).toBe(1);
    const sum = jit((a: Tensor) => a.add(1e-9).sub(a))(x);
    expect(Array.from(sum.data)).toEqual(Array.from(x, () => 0));
  });

  test("integers wrap at 32 bits", () => {
    const big = typed("i32", 2 ** 31 - 1, -(2 ** 31));
    const run = (f: (x: Tensor) => Tensor) => Array.from(jit(f)(big).data);
    expect(run((x) => x.add(1).sub(0))).toEqual([-(2 ** 31), -(2 ** 31) + 1]);
    expect(run((x) => x.mul(x).add(0))).toEqual([1, 0]);
    expect(run((x) => x.abs().cast("f64"))).toEqual([2 ** 31 - 1, -(2 ** 31)]);
  });

  test("integers are not divided, by anything", () => {
    const f = jit((x: Tensor, y: Tensor) => x.div(y));
    expect(() => f(one.i32, one.i32)).toThrow(/div: cannot divide i32 by i32/);
    expect(() => jit((x: Tensor) => x.div(2))(one.i32)).toThrow(/cannot divide/);
    expect(() => jit((x: Tensor) => x.div(1))(one.i32)).toThrow(/cannot divide/);
    expect(jit((x: Tensor) => x.div(0.5))(one.i32).toArray()).toEqual([2]);
  });
});

describe("cast, clip, where", () => {
  test("cast drops fractions and makes anything but 0 true", () => {
    const f = (dtype: DType) => jit((x: Tensor) => x.cast(dtype))([1.9, -1.9, 0, 0.1]).toArray();
    expect(f("i32")).toEqual([1, -1, 0, 0]);
    expect(f("bool")).toEqual([1, 1, 0, 1]);
    expect(f("f32")).toEqual([1.9, -1.9, 0, 0.1].map(Math.fround));
  });

  test("clip takes either bound, or both, or arrays of them", () => {
    const x = [-2, 0.5, 3];
    expect(jit((a: Tensor) => a.clip(0, 1))(x).toArray()).toEqual([0, 0.5, 1]);
    expect(jit((a: Tensor) => a.clip(0))(x).toArray()).toEqual([0, 0.5, 3]);
    expect(jit((a: Tensor) => a.clip(undefined, 1))(x).toArray()).toEqual([-2, 0.5, 1]);
    expect(jit((a: Tensor) => a.clip([-1, -1, -1], [0, 0, 9]))(x).toArray()).toEqual([-1, 0, 3]);
  });

  test("where broadcasts all three and keeps integers", () => {
    const f = jit((c: Tensor, a: Tensor) => e.where(c, a, 0));
    const found = f(typed("bool", 1, 0), typed("i32", 7));
    expect(found).toMatchObject({ dtype: "i32", shape: [2], data: Int32Array.of(7, 0) });
    const table = jit((x: Tensor) => e.where([[1], [0]], x, [10, 20]))([1, 2]);
    expect(table.toArray()).toEqual([
      [1, 2],
      [10, 20],
    ]);
    expect(jit((x: Tensor) => e.where(x.greater(1), x, nan))([1, 2]).toArray()).toEqual([nan, 2]);
  });

  test("where refuses what add would, in its own name", () => {
    const f = jit((a: Tensor, b: Tensor) => e.where(true, a, b));
    expect(() => f(typed("f32", 1), typed("f64", 1))).toThrow(/where: cannot combine f32 with f64/);
    expect(() => f([1, 2], [1, 2, 3])).toThrow(/where: cannot combine \[2\] with \[3\]/);
  });
});
