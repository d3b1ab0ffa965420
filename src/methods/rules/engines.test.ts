import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { keyData } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf } from "../../array/tensorTree.ts";
import { flatten, type Tree, unflatten } from "../../array/tree.ts";
import { cut } from "../../base/cut.ts";
import { onBoth, programOf, relativeDistance } from "../../runtime/onnx/testing.ts";
import { clipByGlobalNorm } from "./clip.ts";
import { arraysOf, layersOf, numbersOf, problemFor, progressOf, samples } from "./testing.ts";

const isArray = (value: unknown): value is NDArray => value instanceof NDArray;

/** One dtype for all floats: an ONNX model has no more trouble with two, but a tolerance has. */
const inDtype = (tree: Tree<NDArray>, dtype: "f32" | "f64"): NDArray[] =>
  arraysOf(tree).map((array) =>
    array.dtype === "i32" ? array : NDArray.of(array, undefined, dtype),
  );

describe.for(["f32", "f64"] as const)("in %s both engines make the same step", (dtype) => {
  test.for(Object.entries(samples))("of %s", async ([name, rule]) => {
    const at = progressOf(rule, problemFor(name), 4, 10)[4]!;
    const paramsIn = flatten(at.params, isArray).structure;
    const stateIn = flatten(at.state, isArray).structure;
    const params = inDtype(at.params, dtype);
    const gradient = params.map((x, i) =>
      NDArray.of(
        Float64Array.from(x.data, (v) => Math.sin(7 * v + i)),
        x.shape,
        dtype,
      ),
    );
    const state = inDtype(at.state, dtype);
    const step = [new NDArray(Int32Array.of(4), [], "i32"), keyData(3)];
    const inputs = [...params, ...gradient, ...state, ...step];
    const program = programOf((...leaves) => {
      const parts = cut(leaves, [params.length, gradient.length, state.length, 1, 1]);
      const [x, g, memory] = [paramsIn, paramsIn, stateIn].map((structure, i) =>
        unflatten(structure, parts[i]!),
      ) as [Tree<Tensor>, Tree<Tensor>, Tree<Tensor>];
      const result = rule.update(g, memory, x, {
        index: parts[3]![0]!,
        total: 10,
        key: parts[4]![0]!,
        gradientAt: (point) => mapTree((p) => p.sin(), point),
        layers: () => layersOf(problemFor(name).loss, x),
      });
      return [...tensorsOf(result.updates), ...tensorsOf(result.state)];
    }, inputs);
    const [js, onnx] = await onBoth(program, inputs);
    js.forEach((array, i) => {
      const distance = relativeDistance(onnx[i]!, array, "largest");
      expect(distance, `output ${i}`).toBeLessThan(dtype === "f32" ? 2e-5 : 1e-11);
    });
    expect(numbersOf(js).every(Number.isFinite)).toBe(true);
  });
});

test("a NaN or overflowing norm is seen on both engines", async () => {
  const rule = clipByGlobalNorm(1);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
    const inputs = [NDArray.of([value, 0, 1], undefined, "f32")];
    const program = programOf((g) => {
      const step = { index: g!.sum().cast("i32"), total: 1, key: g!, gradientAt: () => g! };
      return tensorsOf(rule.update(g!, rule.init(g!), g!, step).updates);
    }, inputs);
    for (const [clipped] of await onBoth(program, inputs)) {
      expect(Array.from(clipped!.data)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    }
  }
});
