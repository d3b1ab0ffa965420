import { describe, expect, test } from "vitest";
import { grad, jvp } from "../../autodiff/grad.ts";
import { vmap } from "../../autodiff/vmap.ts";
import { NadirError } from "../../base/errors.ts";
import { jit } from "../../runtime/jit.ts";
import { NDArray } from "../ndarray.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import * as contraction from "./contraction.ts";
import * as convolution from "./convolution.ts";
import * as creation from "./creation.ts";
import { customDerivative } from "./derivative.ts";
import * as e from "./elementwise.ts";
import * as i from "./indexing.ts";
import * as r from "./reduction.ts";
import * as s from "./shaping.ts";

/** The error that a function of a tensor of this shape meets. */
function refusal(f: (x: Tensor) => unknown, shape: Shape = [2, 3], dtype: "f64" | "i32" = "f64") {
  try {
    jit((x: Tensor) => {
      f(x);
      return x;
    })(NDArray.zeros(shape, dtype));
  } catch (error) {
    if (error instanceof NadirError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("every refusal names the operation, what it was given and what it needs", () => {
  type Refusal = readonly [
    code: string,
    summary: string,
    expected: string,
    f: (x: Tensor) => unknown,
  ];
  // biome-ignore format: a table, one refusal a line
  const refusals: readonly Refusal[] = [
    ["add/shape", "add: cannot combine [2, 3] with [4]", "axis -1 has 3 and 4", (x) => x.add([1, 2, 3, 4])],
    ["mul/shape", "mul: cannot combine [3] with [2, 3, 2]", "equal or 1", (x) => x.at(0).mul(creation.zeros([2, 3, 2]))],
    ["where/shape", "where: cannot combine [2, 3] with [2]", "axis -1 has 3 and 2", (x) => e.where(x, x, [1, 2])],
    ["less/dtype", "less: cannot combine f64 with f32", "one float dtype", (x) => x.less(x.cast("f32"))],
    ["div/dtype", "div: cannot divide i32 by i32", "f32 or f64", (x) => x.cast("i32").div(2)],
    ["matmul/shape", "matmul: cannot multiply [2, 3] by [2, 3]", "last axis (3) to equal the right array's first (2)", (x) => x.matmul(x)],
    ["matmul/shape", "matmul: cannot multiply [2, 3] by []", "at least one axis each", (x) => x.matmul(x.at(0, 0))],
    ["matmul/shape", "matmul: cannot combine [2] with [3]", "equal or 1", (x) => contraction.matmul(creation.zeros([2, 2, 3]), creation.zeros([3, 3, 2]).add(x.at(0, 0)))],
    ["matmul/dtype", "matmul: cannot multiply f64 by f32", "one float dtype", (x) => x.matmul(x.cast("f32"))],
    ["dot/shape", "dot: vectors of length 2 and 3", "equal lengths", (x) => contraction.dot([1, 2], x.at(0))],
    ["einsum/spec", 'einsum: "ij,jk" does not describe 2 operand(s)', "letters for each axis", (x) => contraction.einsum("ij,jk", x, x)],
    ["einsum/spec", 'einsum: "ij->i" does not describe 2 operand(s)', "letters", (x) => contraction.einsum("ij->i", x, x)],
    ["einsum/spec", 'einsum: "ijk->i" names 3 axes of an operand of shape [2, 3]', "letters", (x) => contraction.einsum("ijk->i", x)],
    ["einsum/spec", 'einsum: "ij,ij->ii" has a result with unknown or repeated letters', "letters", (x) => contraction.einsum("ij,ij->ii", x, x)],
    ["einsum/spec", 'einsum: "ij,jk->ik" gives axis j the lengths 3 and 2', "letters", (x) => contraction.einsum("ij,jk->ik", x, x)],
    ["einsum/spec", 'einsum: "ii->i" repeats a letter in "ii"', "letters", (x) => contraction.einsum("ii->i", x)],
    ["reshape/shape", "reshape: cannot arrange [2, 3] as [4]", "6 elements", (x) => x.reshape([4])],
    ["reshape/shape", "reshape: cannot arrange [2, 3] as [-1, -1]", "at most one −1", (x) => x.reshape([-1, -1])],
    ["reshape/shape", "reshape: cannot arrange [2, 3] as [-1, 4]", "6 elements", (x) => x.reshape([-1, 4])],
    ["transpose/order", "transpose: [0, 0] does not order the axes of [2, 3]", "each axis from 0 to 1 once", (x) => x.transpose([0, 0])],
    ["transpose/axis", "transpose: there is no axis 2 in an array of rank 2", "from -2 to 1", (x) => x.transpose([0, 2])],
    ["broadcastTo/shape", "broadcastTo: cannot repeat [2, 3] to [3, 2]", "equal or 1", (x) => x.broadcastTo([3, 2])],
    ["sum/axis", "sum: there is no axis 2 in an array of rank 2", "from -2 to 1", (x) => x.sum({ axis: 2 })],
    ["mean/axis", "mean: there is no axis -3 in an array of rank 2", "from -2 to 1", (x) => x.mean({ axis: -3 })],
    ["variance/axis", "variance: axis repeated in [0, 0]", "each axis once", (x) => x.var({ axis: [0, 0] })],
    ["softmax/axis", "softmax: there is no axis 5 in an array of rank 2", "from -2 to 1", (x) => r.softmax(x, 5)],
    ["argMax/axis", "argMax: there is no axis 0.5 in an array of rank 2", "from -2 to 1", (x) => x.argMax(0.5)],
    ["argMin/axis", "argMin: there is no axis 2 in an array of rank 2", "from -2 to 1", (x) => r.argMin(x, 2)],
    ["std/axis", "std: there is no axis 2 in an array of rank 2", "from -2 to 1", (x) => x.std({ axis: 2 })],
    ["norm/axis", "norm: there is no axis 2 in an array of rank 2", "from -2 to 1", (x) => r.norm(x, { axis: 2 })],
    ["cumSum/axis", "cumSum: there is no axis 0 in an array of rank 0", "no axis: the array is a scalar", (x) => x.at(0, 0).cumSum()],
    ["max/empty", "max: no element along axes [0] of [0, 3]", "at least one element", (x) => x.slice([0, 0]).max({ axis: 0 })],
    ["min/empty", "min: no element along axes [0, 1] of [0, 3]", "at least one element", (x) => x.slice([0, 0]).min()],
    ["argMax/empty", "argMax: no element along axes [0] of [0]", "at least one element", (x) => x.slice([0, 0]).argMax()],
    ["at/index", "at: there is no element [2] in an array of shape [2, 3]", "from -2 to 1 on axis 0", (x) => x.at(2)],
    ["at/index", "at: there is no element [0, 0, 0] in an array of shape [2, 3]", "at most 2 positions", (x) => x.at(0, 0, 0)],
    ["slice/axis", "slice: 3 ranges for an array of shape [2, 3]", "at most 2", (x) => x.slice(null, null, null)],
    ["slice/range", "slice: [0, 2, -1] is not a range of axis 0", "a step of at least 1", (x) => x.slice([0, 2, -1])],
    ["squeeze/shape", "squeeze: axis [1] of [2, 3] cannot be dropped", "length 1", (x) => x.squeeze(1)],
    ["expandDims/axis", "expandDims: there is no axis 4 in an array of rank 3", "from -3 to 2", (x) => x.expandDims(4)],
    ["split/shape", "split: axis 1 of [2, 3] does not part into 2", "a divisor of 3", (x) => s.split(x, 2, 1)],
    ["split/shape", "split: axis 1 of [2, 3] does not part into 0", "a divisor of 3", (x) => s.split(x, 0, 1)],
    ["concat/shape", "concat: cannot join [2, 3] and [3, 2] along axis 0", "differ on that axis only", (x) => s.concat([x, x.transpose()])],
    ["concat/empty", "concat: nothing to join", "at least one array", () => s.concat([])],
    ["concat/dtype", "concat: cannot join f64 with i32", "one dtype", (x) => s.concat([x, x.cast("i32")])],
    ["stack/shape", "stack: cannot join [2, 3] and [3, 2] along a new axis", "equal shapes", (x) => s.stack([x, x.transpose()])],
    ["pad/widths", "pad: [[1,1]] does not pad an array of shape [2, 3]", "2 pairs", (x) => s.pad(x, [[1, 1]])],
    ["flip/axis", "flip: there is no axis 2 in an array of rank 2", "from -2 to 1", (x) => s.flip(x, 2)],
    ["take/dtype", "take: indices have dtype f64", "i32", (x) => x.take(x)],
    ["take/index", "take: the indices go from 0 to 2, along an axis of length 2", "0 to 1", (x) => x.take([0, 2])],
    ["take/index", "take: the indices go from -1 to -1, along an axis of length 3", "0 to 2", (x) => x.take(-1, 1)],
    ["take/dtype", "take: an index is 0.5", "whole numbers", (x) => x.take([0.5])],
    ["takeLast/shape", "takeLast: indices [3] for an array of shape [2, 3]", "indices of shape [2]", (x) => i.takeLast(x, [0, 1, 2])],
    ["takeLast/index", "takeLast: the indices go from 0 to 3, along an axis of length 3", "0 to 2", (x) => i.takeLast(x, [0, 3])],
    ["scatterAdd/shape", "scatterAdd: updates [2, 3] for indices [3]", "leading axes", (x) => i.scatterAdd([0, 1, 2], x, 4)],
    ["scatterAdd/index", "scatterAdd: the indices go from 0 to 4, along an axis of length 4", "0 to 3", (x) => i.scatterAdd([0, 4], x, 4)],
    ["topK/count", "topK: cannot take 4 of 3 elements", "from 1 to 3", (x) => i.topK(x, 4)],
    ["sort/axis", "sort: there is no axis 2 in an array of rank 2", "from -2 to 1", (x) => i.sort(x, { axis: 2 })],
    ["argSort/axis", "argSort: there is no axis 2 in an array of rank 2", "from -2 to 1", (x) => i.argSort(x, { axis: 2 })],
    ["conv2d/shape", "conv2d: the array has shape [2, 3]", "[batch, channels, height, width]", (x) => convolution.conv2d(x, x)],
    ["conv2d/shape", "conv2d: cannot convolve [1, 2, 3, 1] with filters [1, 1, 1, 1]", "[out, channels / groups, height, width]", (x) => convolution.conv2d(x.reshape([1, 2, 3, 1]), creation.ones([1, 1, 1, 1]))],
    ["conv2d/shape", "conv2d: a window of 4 does not fit an axis of 3 padded by 0 and 0", "at least as long", (x) => convolution.conv2d(x.reshape([1, 2, 3, 1]), creation.ones([1, 2, 4, 1]))],
    ["conv2d/stride", "conv2d: stride is 0", "at least 1", (x) => convolution.conv2d(x.reshape([1, 2, 3, 1]), creation.ones([1, 2, 1, 1]), { stride: 0 })],
    ["conv2d/groups", "conv2d: groups is 1.5", "at least 1", (x) => convolution.conv2d(x.reshape([1, 2, 3, 1]), creation.ones([1, 2, 1, 1]), { groups: 1.5 })],
    ["conv2d/dtype", "conv2d: cannot convolve f64 with f32", "one float dtype", (x) => convolution.conv2d(x.reshape([1, 2, 3, 1]), creation.ones([1, 2, 1, 1], "f32"))],
    ["maxPool/window", "maxPool: window is [1.5,1]", "at least 1", (x) => convolution.maxPool(x.reshape([1, 2, 3, 1]), [1.5, 1])],
    ["avgPool/shape", "avgPool: the array has shape [2, 3]", "[batch, channels, height, width]", (x) => convolution.avgPool(x, 2)],
    ["linspace/count", "count is 1", "at least 2", () => creation.linspace(0, 1, 1)],
    ["array/ragged", "array: rows differ: 1 entries on axis 1", "2 entries, as the first row has", (x) => x.add([[1, 2], [1]])],
    ["customDerivative/shape", "customDerivative: cotangent 0 has shape [3]", "the shape of argument 0, [2, 3]", (x) => grad((y: Tensor) => customDerivative( (z) => z!.sum(), ([z]) => [z!.at(0)], )(y), )(x)],
    ["grad/scalar", "grad: the function returned an array of shape [2, 3] and dtype f64", "one number", (x) => grad((y: Tensor) => y)(x)],
    ["grad/dtype", "grad: params.w has dtype i32", "f32 or f64", (x) => grad((p: { w: Tensor }) => p.w.sum().cast("f64"))({ w: x.cast("i32") })],
    ["jvp/shape", "jvp: given leaves of shapes [3]", "the structure it goes with: [2, 3]", (x) => jvp((y: Tensor) => y, x, x.at(0))],
    ["vmap/size", "vmap: leading axes of lengths 2, 3", "one length for all arguments", (x) => vmap((a: Tensor, b: Tensor) => a.sum().add(b.sum()))(x, x.transpose())],
  ];

  test.for(refusals)("%s: %s", ([code, summary, expected, f]) => {
    const error = refusal(f);
    expect(error.code).toBe(code);
    expect(error.summary).toContain(summary);
    expect(error.message).toContain(`expected: `);
    expect(error.message).toContain(expected);
    expect(error.at).toMatch(/errors\.test\.ts:\d+:\d+$/);
  });

  test("a product of matrices that lie the wrong way says how to turn them", () => {
    const error = refusal((x) => x.matmul(creation.zeros([10, 3])));
    expect(error.message).toContain("try: matmul(x, transpose(w))");
  });
});

describe("the line of a refusal", () => {
  const lineHere = (): number =>
    Number(/errors\.test\.ts:(\d+):/.exec(new Error("here").stack?.split("\n")[2] ?? "")?.[1]);
  const lineOf = (error: NadirError): number => Number(error.at?.split(":").at(-2));

  test("is the user's, in a function that nadir calls", () => {
    let line = 0;
    const error = refusal((x) => {
      line = lineHere() + 1;
      return x.add([1, 2]);
    });
    expect(lineOf(error)).toBe(line);
  });

  test("is the user's within a derivative within a derivative", () => {
    let line = 0;
    const inner = (y: Tensor): Tensor => {
      line = lineHere() + 1;
      return y.matmul(y).sum();
    };
    const error = refusal((x) => grad((y: Tensor) => grad(inner)(y).sum())(x));
    expect(lineOf(error)).toBe(line);
  });

  test("is that of the call, where a whole function is refused", () => {
    let line = 0;
    const error = refusal((x) => {
      line = lineHere() + 1;
      return grad((y: Tensor) => y)(x);
    });
    expect(lineOf(error)).toBe(line);
  });
});

test("a tensor kept from an earlier trace is refused", () => {
  let kept: Tensor | undefined;
  jit((x: Tensor) => {
    kept = x;
    return x;
  })([1]);
  const error = refusal((x) => x.add(kept ?? 0));
  expect(error.code).toBe("trace/leaked");
  expect(error.summary).toBe("add: a tensor of another function is used here");
});

describe("JavaScript's own operators", () => {
  // TypeScript refuses these as well; a loss written in JavaScript meets them here.
  // @ts-expect-error a tensor is no number
  const times = (x: Tensor) => x * 2;
  // @ts-expect-error
  const plus = (x: Tensor) => x + 1;
  // @ts-expect-error
  const below = (x: Tensor) => x < 1;
  // @ts-expect-error
  const sine = (x: Tensor) => Math.sin(x);
  const minus = (x: Tensor) => -x;

  test.for([times, plus, below, sine, minus])("refuse a tensor: %s", (f) => {
    const error = refusal(f);
    expect(error.code).toBe("trace/number");
    expect(error.message).toContain("a tensor (f64 [2, 3]) was used as a number");
    expect(error.message).toContain("try: x.mul(2) for x * 2");
    expect(error.at).toMatch(/errors\.test\.ts/);
  });

  test("name it in a text", () => {
    let text = "";
    jit((x: Tensor) => {
      text = `${x}`;
      return x;
    })([[1, 2]]);
    expect(text).toBe("Tensor f64 [1, 2]");
  });

  test("take a vector apart, but not a scalar", () => {
    const f = jit(([x, y]: Tensor) => x!.mul(10).add(y!));
    expect(f([1, 2]).item()).toBe(12);
    expect(
      f([
        [1, 2],
        [3, 4],
      ]).toArray(),
    ).toEqual([13, 24]);
    expect(refusal((x) => [...x.at(0, 0)]).summary).toContain(
      "at: there is no element [0] in an array of shape []",
    );
    expect(jit((x: Tensor) => [...x])([1, 2, 3]).map((part) => part.item())).toEqual([1, 2, 3]);
  });
});

test("operations without operands say that they belong into a traced function", () => {
  expect(() => creation.zeros([2])).toThrow(/full was called outside a traced function/);
  expect(() => e.sin(1)).toThrow(/sin was called outside a traced function[\s\S]*jit/);
});
