import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { zeros } from "../array/operations/creation.ts";
import { exp } from "../array/operations/elementwise.ts";
import type { Tensor } from "../array/tensor.ts";
import { jit } from "./jit.ts";

describe("what a compiled function takes", () => {
  const double = jit((x: Tensor) => x.mul(2));

  test.for([
    [3, [], 6],
    [[1, 2], [2], [2, 4]],
    [
      [[1], [2]],
      [2, 1],
      [[2], [4]],
    ],
    [[], [0], []],
    [Float64Array.of(1, 2), [2], [2, 4]],
    [new NDArray(Float64Array.of(1, 2), [2, 1]), [2, 1], [[2], [4]]],
  ] as const)("%j", ([x, shape, expected]) => {
    const found = double(x);
    expect(found.shape).toEqual(shape);
    expect(found.toArray()).toEqual(expected);
  });

  test("typed arrays keep their dtype, numbers take the one asked for", () => {
    expect(double(Float32Array.of(1)).dtype).toBe("f32");
    expect(double(Int32Array.of(1)).dtype).toBe("i32");
    expect(double([1]).dtype).toBe("f64");
    expect(jit((x: Tensor) => x.mul(2), { dtype: "f32" })([1]).dtype).toBe("f32");
    expect(jit((x: Tensor) => x.not())(Uint8Array.of(1, 0)).toArray()).toEqual([0, 1]);
  });

  test("several arguments, lists of numbers among them, and none", () => {
    expect(jit((a: Tensor, b: Tensor) => a.sub(b))([1, 2], [3, 5]).toArray()).toEqual([-2, -3]);
    expect(jit((a: Tensor, b: Tensor) => a.sub(b))(1, 3).toArray()).toBe(-2);
    expect(jit(() => zeros([2]))().toArray()).toEqual([0, 0]);
  });

  test("trees, whose structure it gives back", () => {
    const f = jit((p: { w: readonly Tensor[]; b: { c: Tensor } }, s: Tensor) => ({
      w: p.w.map((x) => x.mul(s)),
      c: [p.b.c],
    }));
    const found = f({ w: [Float64Array.of(1, 2), Float64Array.of(3)], b: { c: 7 } }, 10);
    expect(found.w.map((x) => x.toArray())).toEqual([[10, 20], [30]]);
    expect(found.c[0]?.toArray()).toBe(7);
  });

  test("plain numbers that the function returns become arrays", () => {
    const found = jit((x: Tensor) => ({ x, two: x.graph.full([], 2, "i32") }))([1]);
    expect(found.two).toMatchObject({ shape: [], dtype: "i32" });
  });
});

describe("tracing", () => {
  test("happens once for each set of shapes, dtypes and structures", () => {
    let traces = 0;
    const f = jit((x: Tensor | readonly Tensor[]) => {
      traces++;
      return Array.isArray(x) ? x.length : (x as Tensor).sum();
    });
    f([1, 2]);
    f([3, 4]);
    expect(traces).toBe(1);
    f([1, 2, 3]);
    expect(traces).toBe(2);
    f(Float32Array.of(1, 2));
    expect(traces).toBe(3);
    f([Float64Array.of(1), Float64Array.of(2)]);
    expect(traces).toBe(4);
    f([5, 6]);
    expect(traces).toBe(4);
  });

  test("reads what lies outside then, and not again", () => {
    const outside = { scale: 2, table: new Float64Array(300).fill(1) };
    const f = jit((x: Tensor) => x.mul(outside.scale));
    expect(f([1]).toArray()).toEqual([2]);
    outside.scale = 5;
    expect(f([1]).toArray()).toEqual([2]);
    const small = [1, 2];
    const g = jit((x: Tensor) => x.add(small));
    g([0, 0]);
    small[0] = 9;
    expect(g([0, 0]).toArray()).toEqual([1, 2]);
  });

  test("keeps the variants used last, and makes a dropped one again", () => {
    const f = jit((x: Tensor) => x.sum());
    for (let n = 1; n <= 70; n++) expect(f(new Float64Array(n).fill(1)).item()).toBe(n);
    expect(f(Float64Array.of(5)).item()).toBe(5);
  });

  test("a result belongs to the caller: the next call does not change it", () => {
    const f = jit((x: Tensor) => exp(x));
    const first = f([0, 0]);
    f([1, 1]);
    expect(first.toArray()).toEqual([1, 1]);
  });

  test("a function that fails may be called again", () => {
    const f = jit((x: Tensor) => x.add([1, 2]));
    expect(() => f([1, 2, 3])).toThrow(/cannot combine \[3\] with \[2\]/);
    expect(f([1, 2]).toArray()).toEqual([2, 4]);
    expect(() => zeros([1])).toThrow(/outside a traced function/); // the trace that failed is over
  });

  test("a compiled function inside a traced one is refused", () => {
    const inner = jit((x: Tensor) => x.mul(2));
    // @ts-expect-error a tensor is no array, which the types say too
    expect(() => jit((x: Tensor) => inner(x))([1])).toThrow(/called inside a traced one/);
  });
});

describe("misuse", () => {
  const f = jit((x: Tensor) => x);
  test("ragged rows, text and nothing are refused by name", () => {
    expect(() => f([[1, 2], [3]])).toThrow(/rows differ[\s\S]*2 entries/);
    // @ts-expect-error text is no array
    expect(() => f("1")).toThrow(/argument 0 is the string "1"/);
    // @ts-expect-error nor is nothing
    expect(() => f(undefined)).toThrow(/argument 0 is undefined/);
    expect(() => f(Uint8Array.of(7))).toThrow(/bool array holds other numbers/);
    expect(() => f(new Int16Array(2))).toThrow(/cannot read a Int16Array/);
  });

  test("an unknown option is answered with the nearest known", () => {
    // @ts-expect-error a misspelt option
    expect(() => jit((x: Tensor) => x, { dtyp: "f32" })).toThrow(
      /unknown option "dtyp"[\s\S]*did you mean dtype\?/,
    );
    // @ts-expect-error a dtype that numbers do not take
    expect(() => jit((x: Tensor) => x, { dtype: "f16" })([1])).toThrow(/f16[\s\S]*f32 or f64/);
  });
});
