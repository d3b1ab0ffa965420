import { describe, expect, test } from "vitest";
import { customDerivative } from "../array/operations/derivative.ts";
import { exp, sin, where } from "../array/operations/elementwise.ts";
import { sort } from "../array/operations/indexing.ts";
import { foldIn, key, uniform } from "../array/operations/random.ts";
import { logSumExp } from "../array/operations/reduction.ts";
import { concat } from "../array/operations/shaping.ts";
import type { Tensor } from "../array/tensor.ts";
import { jit } from "../runtime/jit.ts";
import { grad, hvp, jvp } from "./grad.ts";
import { vmap } from "./vmap.ts";

const rows = [
  [1, 2],
  [3, 4],
  [5, 6],
];

describe("vmap", () => {
  test("applies a function to each entry of a leading axis", () => {
    const f = jit((x: Tensor) => vmap((row: Tensor) => row.sum().mul(row))(x));
    expect(f(rows).toArray()).toEqual([
      [3, 6],
      [21, 28],
      [55, 66],
    ]);
  });

  test("what the function closes over is the same for all entries", () => {
    const f = jit((x: Tensor, w: Tensor) => vmap((row: Tensor) => row.mul(w).sum())(x));
    expect(f(rows, [10, 1]).toArray()).toEqual([12, 34, 56]);
    const constant = jit((x: Tensor, w: Tensor) => vmap((_row: Tensor) => w)(x));
    expect(constant(rows, [10, 1]).toArray()).toEqual([
      [10, 1],
      [10, 1],
      [10, 1],
    ]);
  });

  test("takes trees and gives trees, arguments one by one", () => {
    const f = (p: { a: Tensor }, b: Tensor) => ({ sum: p.a.sum().add(b), twice: [p.a.mul(2)] });
    const found = jit((p: { a: Tensor }, b: Tensor) => vmap(f)(p, b))({ a: rows }, [10, 20, 30]);
    expect(found.sum.toArray()).toEqual([13, 27, 41]);
    expect(found.twice[0]?.toArray()).toEqual([
      [2, 4],
      [6, 8],
      [10, 12],
    ]);
  });

  test("a gradient of each entry is not a gradient of the sum", () => {
    const loss = (w: Tensor, x: Tensor) => w.mul(x).sum().square();
    const each = jit((w: Tensor, x: Tensor) => vmap((row: Tensor) => grad(loss)(w, row))(x));
    // 2(w·x)x
    expect(each([1, 1], rows).toArray()).toEqual([
      [6, 12],
      [42, 56],
      [110, 132],
    ]);
  });

  test("grad of vmap, vmap of grad of vmap, hvp and jvp inside", () => {
    const f = (x: Tensor) => vmap((row: Tensor) => exp(row).sum())(x).sum();
    expect(jit(grad(f))([[0, 0]]).toArray()).toEqual([[1, 1]]);
    const deep = (x: Tensor) => vmap((m: Tensor) => grad(f)(m))(x);
    expect(jit(deep)([[[0, 0]], [[0, 0]]]).toArray()).toEqual([[[1, 1]], [[1, 1]]]);
    const cube = (x: Tensor) => x.mul(x).mul(x).sum();
    const curved = jit((x: Tensor) => vmap((row: Tensor) => hvp(cube, row, row))(x));
    expect(curved(rows).toArray()).toEqual(rows.map((row) => row.map((v) => 6 * v * v)));
    const pushed = jit((x: Tensor) => vmap((row: Tensor) => jvp(cube, row, row).tangent)(x));
    expect(pushed(rows).toArray()).toEqual(
      rows.map((row) => row.reduce((s, v) => s + 3 * v ** 3, 0)),
    );
  });

  test("vmap of vmap is a map over two axes", () => {
    const outer = jit((a: Tensor, b: Tensor) =>
      vmap((x: Tensor) => vmap((y: Tensor) => x.mul(10).add(y))(b))(a),
    );
    expect(outer([1, 2], [3, 4, 5]).toArray()).toEqual([
      [13, 14, 15],
      [23, 24, 25],
    ]);
  });

  test("composite operations go along", () => {
    const f = (row: Tensor) =>
      concat([sort(row.neg()), logSumExp(row).expandDims(0), where(row.greater(2), row, 0)]);
    const all = jit((x: Tensor) => vmap(f)(x))(rows);
    const each = rows.map((row) => jit(f)(row).toArray());
    expect(all.toArray()).toEqual(each);
  });

  test("custom derivatives go along, also with arguments that have none", () => {
    const twice = customDerivative(
      (x, w) => sin(x!).mul(w!),
      ([x], _value, cotangent) => [cotangent.mul(x!.mul(0).add(2)), undefined],
    );
    const f = jit((x: Tensor, w: Tensor) =>
      vmap((y: Tensor) => grad((z: Tensor) => twice(z, w).sum())(y))(x),
    );
    expect(f(rows, [5, 7]).toArray()).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    const outside = jit((x: Tensor) =>
      grad((y: Tensor) => vmap((row: Tensor) => twice(row, row).sum())(y).sum())(x),
    );
    expect(outside(rows).toArray()).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    // Each argument has its own derivative, or none.
    const apart = jit((x: Tensor, w: Tensor) =>
      grad((p: { x: Tensor; w: Tensor }) =>
        vmap((row: Tensor, by: Tensor) => twice(row, by).sum())(p.x, p.w).sum(),
      )({ x, w }),
    )(rows, rows);
    expect([apart.x.toArray(), apart.w.toArray()]).toEqual([
      rows.map(() => [2, 2]),
      rows.map(() => [0, 0]),
    ]);
  });

  test("random draws in each entry come from its own key", () => {
    const f = jit((i: Tensor) => vmap((n: Tensor) => uniform(foldIn(key(3), n), [2]))(i));
    const found = f(Int32Array.of(0, 1, 0)).toArray() as number[][]; // one row an entry
    expect(found[0]).toEqual(found[2]);
    expect(found[0]).not.toEqual(found[1]);
  });

  test("stacks of different lengths are refused, with both", () => {
    const f = (x: Tensor, y: Tensor) => vmap((a: Tensor, b: Tensor) => a.add(b))(x, y);
    expect(() => jit(f)([1, 2, 3], [1, 2])).toThrow(/vmap: .*3.*2/);
  });

  test("one entry, and no entry at all", () => {
    const f = jit((x: Tensor) =>
      vmap((row: Tensor) =>
        row
          .matmul([
            [1, 0],
            [1, 1],
          ])
          .sum(),
      )(x),
    );
    expect(f([[1, 2]]).toArray()).toEqual([5]);
    const none = jit((x: Tensor) => vmap((row: Tensor) => row.sum().mul(row))(x.slice([0, 0])))(
      rows,
    );
    expect(none.shape).toEqual([0, 2]);
    const draws = jit((i: Tensor) => vmap((n: Tensor) => uniform(foldIn(key(3), n), [2]))(i));
    expect(draws(new Int32Array(0)).shape).toEqual([0, 2]);
  });
});
