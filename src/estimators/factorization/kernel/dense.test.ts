import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { cholesky, choleskySolve } from "../../../linalg/cholesky.ts";
import { numbersFrom } from "../../../linalg/testing.ts";
import { functionsOf, type WasmModule, webAssembly } from "../../../runtime/wasm/instance.ts";
import { moduleWriter } from "../../../runtime/wasm/module.ts";
import { defineDense } from "./dense.ts";

const modules = new Map<number, WasmModule>();

/** The functions for n, over two pages of memory, and room for what they work on. */
function denseOf(n: number) {
  let compiled = modules.get(n);
  if (compiled === undefined) {
    const module = moduleWriter();
    defineDense(module, n);
    compiled = new webAssembly.Module(module.bytes({ shared: false }));
    modules.set(n, compiled);
  }
  const memory = new webAssembly.Memory({ initial: 2 });
  const functions = functionsOf(compiled, memory);
  let end = 0;
  const take = (length: number) => {
    const view = new Float64Array(memory.buffer, end, length);
    end += 8 * length;
    return view;
  };
  return { functions, take };
}

const orders = fc.constantFrom(4, 8, 12, 32);

describe("dense kernels", () => {
  property.prop([orders, fc.integer({ min: 0, max: 30 }), fc.nat()])(
    "add products of rows to the upper triangle, exactly in the order of the rows",
    (n, count, seed) => {
      const next = numbersFrom(seed);
      const { functions, take } = denseOf(n);
      const [rows, scaled, a] = [take(n * count), take(n * count), take(n * n)];
      for (const numbers of [rows, scaled, a]) numbers.set(numbers.map(next));
      const expected = a.slice();
      for (let e = 0; e < count; e++)
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++)
            expected[i * n + j] = expected[i * n + j]! + scaled[e * n + i]! * rows[e * n + j]!;
      functions["addProducts"]!(rows.byteOffset, scaled.byteOffset, count, a.byteOffset);
      const upper = (matrix: Float64Array) =>
        matrix.filter((_, at) => at % n >= Math.floor(at / n));
      expect(upper(a)).toEqual(upper(expected));
    },
  );

  property.prop([orders, fc.nat()])("solve as a factorization by rows does", (n, seed) => {
    const next = numbersFrom(seed);
    const { functions, take } = denseOf(n);
    const [a, inverses, b, x] = [take(n * n), take(n), take(n), take(n)];
    const roots = Float64Array.from({ length: n * n }, next);
    for (let i = 0; i < n; i++) {
      b[i] = next();
      for (let j = 0; j < n; j++) {
        let sum = i === j ? 0.5 : 0;
        for (let k = 0; k < n; k++) sum += roots[k * n + i]! * roots[k * n + j]!;
        a[i * n + j] = sum;
      }
    }
    const l = new Float64Array(n * n);
    const wanted = new Float64Array(n);
    expect(cholesky(a, n, l)).toBe(true);
    choleskySolve(l, n, b, wanted);
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[i * n + j] = Number.NaN; // not read
    functions["factor"]!(a.byteOffset, inverses.byteOffset);
    functions["solve"]!(a.byteOffset, inverses.byteOffset, b.byteOffset, x.byteOffset);
    const size = Math.max(...wanted.map(Math.abs));
    const worst = Math.max(...x.map((value, i) => Math.abs(value - wanted[i]!)));
    expect(worst).toBeLessThan(1e-10 * (1 + size));
  });

  test("solve a singular system that has solutions, with one of them", () => {
    const { functions, take } = denseOf(8);
    const [a, inverses, b, x] = [take(64), take(8), take(8), take(8)];
    const rows = [1, 2, 3].map((seed) => Float64Array.from({ length: 8 }, numbersFrom(seed)));
    for (const row of rows)
      row.forEach((left, i) => {
        b[i] = b[i]! + left;
        row.forEach((right, j) => {
          a[8 * i + j] = a[8 * i + j]! + left * right;
        });
      });
    functions["factor"]!(a.byteOffset, inverses.byteOffset);
    functions["solve"]!(a.byteOffset, inverses.byteOffset, b.byteOffset, x.byteOffset);
    // Σ (1 − row·x)² is 0 where three rows meet eight unknowns.
    for (const row of rows)
      expect(row.reduce((sum, value, i) => sum + value * x[i]!, 0)).toBeCloseTo(1, 9);
  });
});
