import { describe, expect, test, vi } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { take } from "../../array/operations/indexing.ts";
import { applied } from "../../array/primitives/testing.ts";
import { chooseEngine } from "../choose.ts";
import { onnxEngine } from "./engine.ts";
import { GraphBuilder } from "./graphBuilder.ts";
import { runtime } from "./node.ts";
import { openSession } from "./session.ts";
import { programOf } from "./testing.ts";

const x = NDArray.of(Float32Array.of(1, 2, 3));

describe("a session", () => {
  test("gives arrays that are the caller's to keep, small and large", async () => {
    for (const size of [3, 100_000]) {
      const given = NDArray.of(new Float32Array(size).fill(2));
      const program = programOf((a) => [a!.mul(3), a!], [given]);
      const executable = await onnxEngine.compile(program);
      const [first, same] = await executable.run([given.data]);
      await executable.run([new Float32Array(size).fill(5)]);
      await executable.dispose();
      expect([first![size - 1], same![0], first!.length]).toEqual([6, 2, size]);
      expect(same!.buffer).not.toBe(given.data.buffer);
    }
  });

  // Freed at once, a copy's pages are asked for anew by the next run: steps of 2 million params took five times as long.
  test.for([
    [4 * 2 ** 20, "left to garbage collection", false],
    [32 * 2 ** 20, "freed at once", true],
  ] as const)("what is handed out twice of %i bytes is %s", async ([bytes, , isFreed]) => {
    const given = NDArray.of(new Float32Array(bytes / 4).fill(2));
    const [executable, loop] = [
      await onnxEngine.compile(programOf((a) => [a!.mul(3)], [given])),
      await onnxEngine.compileLoop(
        programOf((a) => [a!.mul(3)], [given]),
        { carried: 1, fixed: 0 },
      ),
    ];
    const drop = vi.spyOn(runtime, "drop");
    try {
      const [tripled] = await executable.run([given.data]);
      expect(tripled!.at(-1)).toBe(6);
      expect(drop.mock.calls.length > 0).toBe(isFreed);
      drop.mockClear();
      await loop.run(2, [given.data], [], []);
      expect(drop.mock.calls.length > 0).toBe(isFreed);
    } finally {
      drop.mockRestore();
      await executable.dispose();
      await loop.dispose();
    }
  });

  test("refuses to run once it is disposed; disposing again does no harm", async () => {
    const executable = await onnxEngine.compile(programOf((a) => [a!.mul(2)], [x]));
    await executable.dispose();
    await executable.dispose();
    await expect(executable.run([x.data])).rejects.toMatchObject({ code: "engine/disposed" });
  });

  test("says which index is out of range", async () => {
    const rows = NDArray.of(Int32Array.of(0, 7));
    for (const f of [
      programOf((a, i) => [take(a!, i!)], [x, rows]),
      programOf(
        (a, i) => [applied("scatterAdd", { axis: 0, length: 3 })(i!, a!.slice([0, 2]))],
        [x, rows],
      ),
    ]) {
      const executable = await onnxEngine.compile(f);
      await expect(executable.run([x.data, rows.data])).rejects.toMatchObject({
        code: "engine/index",
        summary: "an index is 7, outside its axis",
        advice: { expected: "a whole number from 0 to 2" },
      });
      await executable.dispose();
    }
  });

  test("says so of an index in a loop", async () => {
    const program = programOf((a, i) => [take(a!, i!)], [x, NDArray.of(Int32Array.of(0, 1, 2))]);
    const loop = await onnxEngine.compileLoop(program, { carried: 1, fixed: 0 });
    const rows = Int32Array.of(0, 1, 2, 0, -9, 2);
    await expect(loop.run(2, [x.data], [], [rows])).rejects.toMatchObject({ code: "engine/index" });
    await loop.dispose();
  });

  test("calls a model that ONNX Runtime refuses a bug, and names the node", async () => {
    const graph = new GraphBuilder();
    graph.output(
      graph.node("Sqrt", [graph.input("x", "bool", [2])], {}, { label: "sqrt" }),
      "bool",
      [2],
    );
    await expect(openSession({ graph, mostThreads: 1 }, {})).rejects.toThrow(
      /^internal: ONNX Runtime refuses a model: .*Sqrt.*sqrt_0/,
    );
  });

  test("calls an array of the wrong length or type a bug", async () => {
    const executable = await onnxEngine.compile(programOf((a) => [a!.mul(2)], [x]));
    await expect(executable.run([new Float32Array(2)])).rejects.toThrow(
      "in0 [3] was given 2 elements",
    );
    await expect(executable.run([new Int32Array(3)])).rejects.toThrow(
      "in0 of f32 was given a Int32Array",
    );
    await expect(executable.run([])).rejects.toThrow("in0 [3] was given nothing");
    await executable.dispose();
  });
});

test("an engine that cannot run a program says which operator it lacks", async () => {
  const program = programOf((a) => [a!.cast("f64").erf()], [x]);
  const missing = "ONNX Runtime's operator Erf (for erf) has no f64 kernel";
  await expect(onnxEngine.compile(program)).rejects.toMatchObject({
    code: "engine/unsupported",
    summary: `engine "onnx": ${missing}`,
  });
  await expect(chooseEngine("onnx", program)).rejects.toMatchObject({ code: "engine/unsupported" });
});

test("a chain of 20,000 operations compiles and runs", async () => {
  const program = programOf(
    (a) => {
      let y = a!;
      for (let i = 0; i < 20_000; i++) y = i % 2 === 0 ? y.mul(a!) : y.cos();
      return [y];
    },
    [x],
  );
  expect(program.nodes.length).toBeGreaterThan(20_000);
  const executable = await onnxEngine.compile(program);
  const [y] = await executable.run([x.data]);
  await executable.dispose();
  x.data.forEach((factor, i) => {
    let expected = factor;
    for (let turn = 0; turn < 10_000; turn++) expected = Math.cos(expected * factor);
    if (factor === 1) expect(y![i]).toBeCloseTo(expected, 5); // others are chaotic
    expect(y![i]).toBeLessThanOrEqual(1);
  });
});
