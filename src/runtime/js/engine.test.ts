import { describe, expect, test } from "vitest";
import type { TypedArray } from "../../array/dtype.ts";
import { allocate } from "../../array/dtype.ts";
import { currentGraph } from "../../array/graph.ts";
import { tanh } from "../../array/operations/elementwise.ts";
import { argSort } from "../../array/operations/indexing.ts";
import { normal } from "../../array/operations/random.ts";
import type { Aval } from "../../array/primitives/primitive.ts";
import { finish, type Program, record } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { grad } from "../../autodiff/grad.ts";
import { compileKernel } from "./compile.ts";
import { jsEngine } from "./engine.ts";

const aval = (shape: readonly number[], dtype: Aval["dtype"] = "f64"): Aval => ({ shape, dtype });
const trace = (
  avals: readonly Aval[],
  f: (...x: readonly Tensor[]) => readonly Tensor[],
): Program => finish(record(avals, f));
const blank = (values: readonly Aval[]): TypedArray[] =>
  values.map(({ shape, dtype }) =>
    allocate(
      dtype,
      shape.reduce((a, b) => a * b, 1),
    ),
  );

describe("a compiled program", () => {
  test("gives outputs that are inputs, constants and each other", async () => {
    const program = trace([aval([2])], (x) => {
      const y = x!.mul(2);
      return [x!, y, y, currentGraph("test").full([3], 5, "i32"), y.at(0), x!];
    });
    const { run } = await jsEngine.compile(program);
    const x = Float64Array.of(1, 2);
    const found = await run([x]);
    expect(found.map((array) => Array.from(array))).toEqual([
      [1, 2],
      [2, 4],
      [2, 4],
      [5, 5, 5],
      [2],
      [1, 2],
    ]);
    expect(found[0]).not.toBe(x);
    expect(found[1]).not.toBe(found[2]);
  });

  test("keeps its results apart from call to call, and its inputs as they were", async () => {
    const { run } = await jsEngine.compile(trace([aval([20])], (x) => [x!.mul(x!).cumSum()]));
    const x = new Float64Array(20).fill(1);
    const [first] = await run([x]);
    const copy = first!.slice();
    await run([new Float64Array(20).fill(2)]);
    expect(first).toEqual(copy);
    expect(x).toEqual(new Float64Array(20).fill(1));
  });

  test("agrees with itself cut into functions", () => {
    // The same work twice: as it is, and among so many other nodes that the code is cut.
    const chain = (x: Tensor, turns: number): Tensor => {
      let y = x;
      for (let i = 0; i < turns; i++) y = tanh(y.mul(1 + i / 100).add(y.sum().mul(0.01)));
      return y;
    };
    const [short, long] = [20, 200].map((turns) =>
      trace([aval([3])], (x) => [chain(x!, 20), ...(turns > 20 ? [chain(x!, turns)] : [])]),
    );
    expect(short!.nodes.length).toBeLessThan(300);
    expect(long!.nodes.length).toBeGreaterThan(300);
    const [a, b, c] = [new Float64Array(3), new Float64Array(3), new Float64Array(3)];
    const x = Float64Array.of(0.1, -0.5, 2);
    compileKernel(short!)(x, a);
    compileKernel(long!)(x, b, c);
    expect(b).toEqual(a);
  });

  test.for([1, 3, 100])("may be a chain of thousands of operations, of %d elements", (size) => {
    const program = trace([aval([size])], (x) => {
      let y = x!;
      for (let i = 0; i < 5000; i++) y = y.mul(0.5).add(1);
      return [y];
    });
    const out = new Float64Array(size);
    compileKernel(program)(new Float64Array(size), out);
    expect(out).toEqual(new Float64Array(size).fill(2));
  });

  test("allocates nothing when it is called", () => {
    const program = trace(
      [aval([8, 40]), aval([40, 30], "f32"), aval([2], "i32"), aval([])],
      (x, w, k, s) => {
        const f = (p: Tensor) =>
          tanh(p.matmul(w!.cast("f64")))
            .square()
            .sum()
            .mul(s!);
        const loss = f(x!);
        const noise = normal(k!, [8, 40]);
        return [loss, grad(f)(x!), argSort(x!), x!.add(noise).sum({ axis: 0 }), s!.exp().add(loss)];
      },
    );
    const kernel = compileKernel(program);
    const inputs = blank(program.inputs);
    const outputs = blank(program.outputs);
    const [x, w, k, s] = inputs as [TypedArray, TypedArray, TypedArray, TypedArray];
    const [a, b, c, d, e] = outputs as [TypedArray, TypedArray, TypedArray, TypedArray, TypedArray];
    for (const array of inputs) array.fill(1);
    const grown = (calls: number): number => {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < calls; i++) kernel(x, w, k, s, a, b, c, d, e);
      return (process.memoryUsage().heapUsed - before) / calls;
    };
    grown(3000); // until V8 has compiled it
    // One boxed number would be 12 bytes a call; other threads of V8 may allocate in some rounds.
    expect(Math.min(...Array.from({ length: 8 }, () => Math.abs(grown(500))))).toBeLessThan(10);
  });

  test("sorts rows that hold NaN, and random numbers do not depend on the engine's state", () => {
    const program = trace([aval([3])], (x) => [argSort(x!)]);
    const out = new Int32Array(3);
    compileKernel(program)(Float64Array.of(Number.NaN, 2, 1), out);
    expect(Array.from(out)).toEqual([2, 1, 0]);
  });
});

describe("a compiled loop", () => {
  // x ← r·x + b, reporting x and its sum; r is fixed, b differs by turn.
  const step = trace([aval([2]), aval([]), aval([2])], (x, r, b) => {
    const next = x!.mul(r!).add(b!);
    return [next, x!, next.sum()];
  });
  const layout = { carried: 1, fixed: 1 };

  test("carries values from turn to turn and stacks what each reports", async () => {
    const { run } = await jsEngine.compileLoop(step, layout);
    const start = Float64Array.of(1, 2);
    const each = Float64Array.of(0, 0, 1, 0, 0, 1);
    const { carried, reports } = await run(3, [start], [Float64Array.of(2)], [each]);
    expect(carried.map((array) => Array.from(array))).toEqual([[10, 17]]);
    expect(reports.map((array) => Array.from(array))).toEqual([
      [1, 2, 2, 4, 5, 8],
      [6, 13, 27],
    ]);
    expect(start).toEqual(Float64Array.of(1, 2));
  });

  test("of no turns gives back the start", async () => {
    const { run } = await jsEngine.compileLoop(step, layout);
    const { carried, reports } = await run(
      0,
      [Float64Array.of(1, 2)],
      [Float64Array.of(2)],
      [new Float64Array(0)],
    );
    expect(carried[0]).toEqual(Float64Array.of(1, 2));
    expect(reports.map(({ length }) => length)).toEqual([0, 0]);
  });

  test("lets carried values change places", async () => {
    const swap = trace([aval([1]), aval([1])], (a, b) => [b!, a!]);
    const { run } = await jsEngine.compileLoop(swap, { carried: 2, fixed: 0 });
    const { carried } = await run(3, [Float64Array.of(1), Float64Array.of(2)], [], []);
    expect(carried.map((array) => array[0])).toEqual([2, 1]);
  });

  test("is the same in one call or in several", async () => {
    const { run } = await jsEngine.compileLoop(step, layout);
    const each = Float64Array.from({ length: 20 }, (_, i) => Math.sin(i));
    const r = [Float64Array.of(0.9)];
    const whole = await run(10, [Float64Array.of(1, 2)], r, [each]);
    const first = await run(4, [Float64Array.of(1, 2)], r, [each.slice(0, 8)]);
    const second = await run(6, first.carried, r, [each.slice(8)]);
    expect(second.carried).toEqual(whole.carried);
    expect([...first.reports[1]!, ...second.reports[1]!]).toEqual([...whole.reports[1]!]);
  });
});
