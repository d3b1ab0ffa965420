import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { concat } from "../../array/operations/shaping.ts";
import { applied } from "../../array/primitives/testing.ts";
import type { Shape } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { randomFrom, sampleArray } from "../../array/testing.ts";
import { emitProgram } from "./emit.ts";
import { onnxEngine } from "./engine.ts";
import { sameBits } from "./sameBits.ts";
import { openSession } from "./session.ts";
import { hashOf, programOf, runOn } from "./testing.ts";

/** x·y or xᵀ·y, as a program with arrays to call it with. */
function product([m, n, k]: readonly [number, number, number], transposed = false) {
  const next = randomFrom(m * n + k);
  const inputs = [transposed ? [k, m] : [m, k], [k, n]].map((shape: Shape) =>
    sampleArray(next, shape, "f32"),
  );
  const contract = {
    lhsContract: [transposed ? 0 : 1],
    rhsContract: [0],
    lhsBatch: [],
    rhsBatch: [],
  };
  return { program: programOf((x, y) => [applied("dot", contract)(x!, y!)], inputs), inputs };
}

/** What a program gives on just this many threads, whatever they do to its bits. */
async function onThreads(
  { program, inputs }: ReturnType<typeof product>,
  threads: number,
): Promise<string> {
  const emitted = emitProgram(program);
  const session = await openSession({ ...emitted, mostThreads: threads }, { threads });
  const result = new Float32Array(program.outputs[0]!.size);
  const arrays = inputs.map(({ data }) => data);
  await session.run(emitted.inputs, arrays, emitted.outputs, [result]);
  await session.dispose();
  return hashOf([{ data: result }]);
}

const shapes: readonly (readonly [number, number, number])[] = [
  [128, 256, 784],
  [32, 64, 784],
  [64, 128, 129],
  [64, 128, 128],
  [100, 150, 200],
  [20, 40, 300],
  [1, 100, 500],
  [256, 128, 784],
  [120, 600, 300],
];

describe("the number of threads that give the bits of one", () => {
  test.for(shapes)("is what it says for a product of %s × %s, summed over %s", async (shape) => {
    const given = product(shape);
    const { mostThreads, swapped } = sameBits(given.program);
    expect(swapped.size).toBe(0);
    const one = await onThreads(given, 1);
    expect(await onThreads(given, mostThreads)).toBe(one);
    if (mostThreads < 8) expect(await onThreads(given, mostThreads + 1)).not.toBe(one);
  });

  test("is any if the first operand is transposed", async () => {
    const given = product([64, 128, 784], true);
    expect(sameBits(given.program).mostThreads).toBe(8);
    expect(await onThreads(given, 8)).toBe(await onThreads(given, 1));
  });
});

test("a small product does not keep a large program from its threads", async () => {
  const next = randomFrom(1);
  const [x, w, v] = [
    sampleArray(next, [1500, 300], "f32"),
    sampleArray(next, [300, 200], "f32"),
    sampleArray(next, [300, 40], "f32"),
  ];
  const program = programOf(
    (a, b, c) => [a!.matmul(b!), a!.slice([0, 20]).matmul(c!).add(1)],
    [x!, w!, v!],
  );
  const { mostThreads, swapped } = sameBits(program);
  expect([mostThreads, swapped.size]).toEqual([8, 1]);
  const inputs: NDArray[] = [x!, w!, v!];
  const hashes = new Set<string>();
  for (const threads of [1, 2, 3, 4, 8])
    hashes.add(hashOf(await runOn(onnxEngine, program, inputs, { threads })));
  expect(hashes.size).toBe(1);
});

describe.for(["f32", "f64"] as const)(
  "in %s, any number of threads gives the same bits",
  (dtype) => {
    const next = randomFrom(5);
    const [x, w] = [
      sampleArray(next, [1003, 333], dtype, [0.01, 3]),
      sampleArray(next, [333, 1], dtype),
    ];
    const cases: readonly (readonly [string, (a: Tensor, b: Tensor) => Tensor])[] = [
      ["logarithms", (a) => a.log()],
      ["log1p", (a) => a.log1p()],
      ["exponentials", (a) => a.exp()],
      ["sigmoids", (a) => a.sigmoid()],
      ["softplus", (a) => a.softplus()],
      ["hyperbolic tangents", (a) => a.tanh()],
      ["powers", (a) => a.pow(1.7)],
      ["sines", (a) => a.sin()],
      ["logSoftmax", (a) => applied("logSoftmax")(a)],
      ["sums", (a) => concat([a.sum({ axis: 0 }), a.sum({ axis: 1 }), a.sum().reshape([1])])],
      ["a matrix times a column", (a, b) => a.matmul(b).add(1)],
      ["a matrix times a vector", (a, b) => a.matmul(b.reshape([333]))],
      ["a transposed matrix times a column", (a, b) => a.transpose().matmul(a.matmul(b))],
      ["running sums", (a) => a.cumSum(0)],
    ];
    test.for(cases)("of %s", async ([, f]) => {
      const program = programOf((a, b) => [f(a!, b!)], [x, w]);
      const hashes = new Set<string>();
      for (const threads of [1, 2, 3, 4])
        hashes.add(hashOf(await runOn(onnxEngine, program, [x, w], { threads })));
      expect(hashes.size).toBe(1);
    });
  },
);

test("sums into few places are the same on any number of threads, and lose nothing", async () => {
  const rows = 40_000;
  for (const width of [1, 8]) {
    const next = randomFrom(width);
    const indices = sampleArray(next, [rows], "i32", [0, 50]);
    const updates = sampleArray(next, [rows, width], "i32", [-9, 10]);
    const inputs = [indices, NDArray.of(updates, updates.shape, "f32")];
    const scatter = applied("scatterAdd", { axis: 0, length: 50 });
    const program = programOf((i, u) => [scatter(i!, u!)], inputs);
    const expected = new Float32Array(50 * width);
    indices.data.forEach((to, row) => {
      for (let i = 0; i < width; i++)
        expected[to * width + i] = expected[to * width + i]! + updates.data[row * width + i]!;
    });
    for (const threads of [1, 2, 4]) {
      const [found] = await runOn(onnxEngine, program, inputs, { threads });
      expect(found!.data).toEqual(expected);
    }
  }
});
