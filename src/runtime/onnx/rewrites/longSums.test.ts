import { expect, test } from "vitest";
import { NDArray } from "../../../array/ndarray.ts";
import { randomFrom, sampleArray } from "../../../array/testing.ts";
import { emitProgram } from "../emit.ts";
import { onBoth, programOf, relativeDistance } from "../testing.ts";

const cases: readonly (readonly [readonly number[], readonly number[] | undefined])[] = [
  [[1_000_000], undefined],
  [[3, 500, 700], undefined],
  [
    [3, 500, 700],
    [1, 2],
  ],
  [[2, 40_961], [1]],
];

test.for(cases)("the sum of %s over %s is right to the last digits", async ([shape, axes]) => {
  const x = sampleArray(randomFrom(1), shape, "f32", [0, 1]);
  const program = programOf(
    (a) => [a!.square().sum(axes === undefined ? {} : { axis: axes })],
    [x],
  );
  const pieces = emitProgram(program).graph.nodes.filter(({ op }) => op === "ReduceSum");
  expect(pieces.length).toBeGreaterThan(1);
  const [[js], [onnx]] = await onBoth(program, [x]);
  expect(relativeDistance(onnx!, js!, "element")).toBeLessThan(5e-7);
});

test("short sums, and those of elements that do not lie together, are left alone", () => {
  const short = new NDArray(new Float32Array(1024), [1024]);
  const apart = new NDArray(new Float32Array(65_536), [16_384, 1, 4]);
  const program = programOf((a, b) => [a!.sum(), b!.sum({ axis: 0 })], [short, apart]);
  const { nodes } = emitProgram(program).graph;
  expect(nodes.filter(({ op }) => op === "ReduceSum").length).toBe(2);
});
