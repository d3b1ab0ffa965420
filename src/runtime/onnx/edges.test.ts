import { describe, expect, test } from "vitest";
import { primitiveNames, primitiveOf } from "../../array/graph.ts";
import { NDArray } from "../../array/ndarray.ts";
import type { Attrs } from "../../array/primitives/primitive.ts";
import type { OpName } from "../../array/primitives/registry.ts";
import { applied } from "../../array/primitives/testing.ts";
import type { Shape } from "../../array/shape.ts";
import { refuse } from "./support.ts";
import { onBoth, programOf, relativeDistance } from "./testing.ts";

// Both engines at the ends of the number line, where libraries go their own ways.

const inf = Number.POSITIVE_INFINITY;
const nan = Number.NaN;

/** NaN, infinities, zeros, halves, the smallest and largest numbers, and where exp and its kin saturate. */
const edges = (dtype: "f32" | "f64"): number[] => {
  const positive = [
    ...[0, 0.1, 0.49999997, 0.5, 0.9, 0.999999, 1, 1.1, 1.5, 2.5, 3, 5, 9, 15, 20, 30, 50, 88, 90],
    ...[104, 710, 750, 1e5, 8388609.5, 16777217, 1e10, 1e-7, 1e-10, 1e-20],
    ...(dtype === "f32"
      ? [1e-38, 1e-42, 3.4028234663852886e38]
      : [1e-308, 5e-320, Number.MAX_VALUE, 2251799813685248.5]),
  ];
  return [nan, inf, -inf, ...positive, ...positive.map((x) => -x)];
};

const elementwise = primitiveNames.filter(
  (op) => primitiveOf(op).emitJs !== undefined && !["cast", "custom", "foldIn"].includes(op),
);

describe.for(["f32", "f64"] as const)("in %s", (dtype) => {
  const one = edges(dtype);
  const pairs = one.flatMap((a) => one.map((b) => [a, b] as const));
  const array = (values: readonly number[], type = dtype): NDArray =>
    NDArray.of(Float64Array.from(values), [values.length], type);
  const bools = (values: readonly number[]): NDArray =>
    new NDArray(
      Uint8Array.from(values, (x) => Number(x > 0)),
      [values.length],
    );

  test.for(elementwise)("%s is alike for numbers at the edges", async (op) => {
    const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
    const logical = op === "and" || op === "or" || op === "not";
    const inputs =
      primitiveOf(op).arity === 3
        ? [bools(b), array(a), array(b)]
        : [a, b]
            .slice(0, primitiveOf(op).arity === 2 ? 2 : 1)
            .map((values) => (logical ? bools(values) : array(values)));
    const program = programOf((...x) => [applied(op)(...x)], inputs);
    if (refuse(program) !== undefined) return;
    const [[js], [onnx]] = await onBoth(program, inputs);
    if (op === "pow") {
      // JavaScript's Math.pow(±1, ±∞) and (1, NaN) are NaN; C's, IEEE's and ONNX Runtime's are 1.
      js!.data.forEach((_, i) => {
        if (Math.abs(a[i]!) === 1 && !Number.isFinite(b[i]!)) onnx!.data[i] = js!.data[i]!;
      });
    }
    expect(relativeDistance(onnx!, js!, "element")).toBeLessThan(dtype === "f32" ? 1e-5 : 1e-12);
  });

  const cases: readonly (readonly [string, OpName, Attrs, Shape, readonly number[]])[] = [
    ["reduceMax, which NaN wins", "reduceMax", { axes: [1] }, [4, 3], [nan, 1, 2, 1, nan, 2, 1, 2, nan, -inf, -inf, -inf]], // biome-ignore format: one a line
    ["reduceMax of columns", "reduceMax", { axes: [0] }, [3, 3], [nan, 1, 2, 1, nan, 2, inf, 2, -inf]], // biome-ignore format: one a line
    ["argMax, which NaN never wins", "argMax", { axis: 1 }, [5, 3], [nan, 1, 2, 1, nan, 2, 1, 2, nan, -inf, -inf, -inf, nan, nan, nan]], // biome-ignore format: one a line
    ["argMax, the first of equals", "argMax", { axis: 0 }, [3, 2], [1, 0, 1, 2, 0, 2]],
    ["argSort, NaN last", "argSort", { descending: false }, [3, 5], [nan, 1, inf, 1, -inf, 5, nan, inf, nan, 1, inf, nan, inf, nan, 3]], // biome-ignore format: one a line
    ["argSort downwards, NaN last", "argSort", { descending: true }, [3, 5], [nan, 1, -inf, 1, inf, 5, nan, -inf, nan, 1, inf, nan, inf, nan, 3]], // biome-ignore format: one a line
    ["argSort, equals in order", "argSort", { descending: true }, [300], Array.from({ length: 300 }, (_, i) => (i * 7) % 11)], // biome-ignore format: one a line
    ["logSoftmax of large logits", "logSoftmax", {}, [3, 3], [1e30, 0, -1e30, 1000, 1000, -1000, -inf, 0, 1]], // biome-ignore format: one a line
    ["cumSum past infinity", "cumSum", { axis: 0, reverse: false }, [5], [1, inf, 2, -inf, 3]],
    ["cast to bool", "cast", { dtype: "bool" }, [5], [nan, inf, 0.3, -0, 1e-40]],
    ["cast to i32, towards zero", "cast", { dtype: "i32" }, [5], [1.9, -1.9, -0.5, 2147483000, -2147483648]], // biome-ignore format: one a line
    ["reduceSum of opposite infinities", "reduceSum", { axes: [0] }, [3, 2], [inf, 1, -inf, nan, 1, 2]], // biome-ignore format: one a line
  ];
  test.for(cases)("%s", async ([, op, attrs, shape, values]) => {
    const x = NDArray.of(Float64Array.from(values), shape, dtype);
    const [[js], [onnx]] = await onBoth(
      programOf((y) => [applied(op, attrs)(y!)], [x]),
      [x],
    );
    expect(relativeDistance(onnx!, js!, "element")).toBeLessThan(dtype === "f32" ? 1e-5 : 1e-12);
  });
});

describe("in i32", () => {
  const [most, least] = [2147483647, -2147483648];
  const whole = (...values: number[]): NDArray =>
    new NDArray(Int32Array.from(values), [values.length]);
  const dot = { lhsContract: [0], rhsContract: [0], lhsBatch: [], rhsBatch: [] };
  const cases: readonly (readonly [OpName, Attrs, ...NDArray[]])[] = [
    ["add", {}, whole(most, least, most), whole(1, -1, most)],
    ["sub", {}, whole(most, least, most), whole(-1, 1, least)],
    ["mul", {}, whole(most, least, 123456789, 65536), whole(most, -1, 987654321, 65536)],
    ["neg", {}, whole(least, most)],
    ["abs", {}, whole(least, most)],
    ["reduceSum", { axes: [0] }, whole(most, most, most, 5)],
    ["cumSum", { axis: 0, reverse: true }, whole(most, most, most, 5)],
    ["dot", dot, whole(most, 123456789, 7), whole(most, 987654321, 9)],
    ["scatterAdd", { axis: 0, length: 2 }, whole(0, 0, 1), whole(most, most, 3)],
    ["reduceMax", { axes: [0] }, whole(least, least)],
    ["argSort", { descending: true }, whole(least, most, least, most)],
    ["maximum", {}, whole(least, most), whole(most, 16777217)],
    ["less", {}, whole(least, most, 16777217), whole(most, least, 16777216)],
    ["cast", { dtype: "f32" }, whole(least, most, 16777217, -16777219)],
    ["sign", {}, whole(least, 0, most)],
  ];
  test.for(cases)("%s wraps and compares alike, bit for bit", async ([op, attrs, ...inputs]) => {
    const [[js], [onnx]] = await onBoth(
      programOf((...x) => [applied(op, attrs)(...x)], inputs),
      inputs,
    );
    expect(onnx).toEqual(js);
  });
});

test("keys and random numbers are the same bits on both engines, in both precisions", async () => {
  const key = new NDArray(Int32Array.of(-2147483648, 987654321), [2]);
  const datum = new NDArray(Int32Array.of(-7), []);
  const program = programOf(
    (k, d) => {
      const next = applied("foldIn")(k!, d!);
      const draw = (dtype: string) => applied("randomUniform", { shape: [70, 30], dtype })(next);
      return [next, draw("f32"), draw("f64")];
    },
    [key, datum],
  );
  const [js, onnx] = await onBoth(program, [key, datum]);
  expect(onnx).toEqual(js);
});
