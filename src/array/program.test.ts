import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { grad, hvp } from "../autodiff/grad.ts";
import { jit } from "../runtime/jit.ts";
import { currentGraph } from "./graph.ts";
import { stopGradient } from "./operations/derivative.ts";
import { exp, sin } from "./operations/elementwise.ts";
import { pad } from "./operations/shaping.ts";
import type { Aval } from "./primitives/primitive.ts";
import { costOf, finish, type Program, programKey, record } from "./program.ts";
import type { Tensor } from "./tensor.ts";

const vector: Aval = { shape: [3], dtype: "f64" };
const trace = (f: (...x: readonly Tensor[]) => readonly Tensor[], ...avals: readonly Aval[]) =>
  finish(record(avals.length === 0 ? [vector] : avals, f));
const opsOf = ({ nodes }: Program): string[] => nodes.map(({ op }) => op);

describe("a finished program", () => {
  test("holds each value once, and nothing that no output needs", () => {
    const program = trace((x) => {
      exp(x!); // not used
      return [sin(x!).mul(sin(x!.add(0)))];
    });
    expect(opsOf(program)).toEqual(["input", "sin", "mul"]);
  });

  test("has lost what only derivatives need", () => {
    const program = trace((x) => [grad((y: Tensor) => stopGradient(y).mul(y).sum())(x!)]);
    expect(opsOf(program)).toEqual(["input"]);
    expect(program.outputs[0]).toBe(program.inputs[0]);
  });

  test("shares the forward pass between a value, its gradient and its curvature", () => {
    const f = (x: Tensor) => sin(x).sum();
    const program = trace((x) => [f(x!), grad(f)(x!), hvp(f, x!, x!)]);
    expect(opsOf(program).filter((op) => op === "sin")).toHaveLength(1);
    expect(opsOf(program).filter((op) => op === "cos")).toHaveLength(1);
  });

  test("keeps inputs that are not used, and outputs that are inputs, constants or each other", () => {
    const f = (x?: Tensor): readonly Tensor[] => [x!, x!, currentGraph("test").full([2], 7, "i32")];
    const program = trace((x) => f(x), vector, { shape: [], dtype: "bool" });
    expect(program.inputs).toHaveLength(2);
    expect(program.outputs.map(({ op }) => op)).toEqual(["input", "input", "constant"]);
  });

  test("lists each node after those it uses", () => {
    const program = trace((x) => [hvp((y: Tensor) => exp(y.mul(y)).sum(), x!, x!)]);
    const seen = new Set<Tensor>();
    for (const node of program.nodes) {
      expect(node.inputs.every((input) => seen.has(input))).toBe(true);
      seen.add(node);
    }
  });
});

describe("algebra that is done while recording", () => {
  test.for<readonly [string, (x: Tensor, y: Tensor) => Tensor, readonly string[]]>([
    ["x + 0", (x) => x.add(0), ["input"]],
    ["x · 1", (x) => x.mul(1), ["input"]],
    ["x / 1", (x) => x.div(1), ["input"]],
    ["−−x", (x) => x.neg().neg(), ["input"]],
    ["x + (−y)", (x, y) => x.add(y.neg()), ["input", "input", "sub"]],
    ["(−x)(−y)", (x, y) => x.neg().mul(y.neg()), ["input", "input", "mul"]],
    ["x · y and y · x", (x, y) => x.mul(y).sub(y.mul(x)), ["input", "input", "mul", "sub"]],
    ["xᵀᵀ", (x) => x.reshape([3, 1]).transpose().transpose().reshape([3]), ["input"]],
    [
      "Σ of a number repeated",
      (x) => x.at(0).broadcastTo([5]).sum(),
      ["input", "constant", "slice", "reshape", "mul"],
    ],
    [
      "2 · 3 + x",
      (x) => x.add(currentGraph("test").full([], 2, "f64").mul(3)),
      ["input", "constant", "add"],
    ],
  ])("%s", ([, f, expected]) => {
    const program = trace((x, y) => [f(x!, y!)], vector, vector);
    expect(opsOf(program).sort()).toEqual([...expected].sort());
  });
});

describe("parts of a vector, padded and added up, as the gradients of slices are", () => {
  const ranges = fc
    .uniqueArray(fc.integer({ min: 1, max: 11 }), { maxLength: 6 })
    .map((cuts) => [0, ...cuts.sort((a, b) => a - b), 12])
    .chain((ends) => {
      const parts = ends.slice(1).map((end, i) => [ends[i]!, end] as const);
      return fc.shuffledSubarray(parts, { minLength: 1 });
    });
  const place = (x: Tensor, [from, to]: readonly [number, number]): Tensor =>
    pad(x.slice([from, to]).mul(from + 2), [[from, 12 - to]]);

  property.prop([ranges])("have the same sum however they are joined", (parts) => {
    const f = jit((x: Tensor) =>
      parts.map((part) => place(x, part)).reduce((sum, part) => sum.add(part), x),
    );
    const expected = Array.from({ length: 12 }, (_, i) => {
      const own = parts.find(([from, to]) => i >= from && i < to);
      return (i + 1) * (own === undefined ? 1 : own[0] + 3);
    });
    expect([...f(expected.map((_, i) => i + 1)).data]).toEqual(expected);
  });

  test("are one array where they lie side by side, in either order", () => {
    const order = [1, 0, 2, 4, 3];
    const program = trace(
      (x) => [
        order
          .map((k) =>
            place(
              x!,
              [
                [0, 2],
                [2, 5],
                [5, 6],
                [6, 10],
                [10, 12],
              ][k] as [number, number],
            ),
          )
          .reduce((sum, part) => sum.add(part)),
      ],
      { shape: [12], dtype: "f64" },
    );
    const ops = opsOf(program);
    expect(ops.filter((op) => op === "pad" || op === "add")).toEqual([]);
    expect(ops.filter((op) => op === "concat")).toHaveLength(1);
  });

  test("stay apart where they overlap, or lie along different axes", () => {
    const square: Aval = { shape: [2, 2], dtype: "f64" };
    const apart = trace((x) => {
      const row = pad(x!.slice([0, 1]), [
        [0, 1],
        [0, 0],
      ]);
      const column = pad(x!.slice(null, [1, 2]), [
        [0, 0],
        [1, 0],
      ]);
      return [row.add(column)];
    }, square);
    expect(opsOf(apart)).not.toContain("concat");
    const overlapping = trace((x) => [
      pad(x!.slice([0, 2]), [[0, 1]]).add(pad(x!.slice([1, 3]), [[1, 0]])),
    ]);
    expect(opsOf(overlapping)).not.toContain("concat");
  });
});

describe("programKey", () => {
  const big = new Float64Array(300).map((_, i) => i);
  const programs: readonly (readonly [string, () => Program])[] = [
    ["x + x", () => trace((x) => [x!.add(x!)])],
    ["x · x", () => trace((x) => [x!.mul(x!)])],
    ["x + x in f32", () => trace((x) => [x!.add(x!)], { shape: [3], dtype: "f32" })],
    ["sin x", () => trace((x) => [sin(x!)])],
    ["sin x in f32", () => trace((x) => [sin(x!)], { shape: [3], dtype: "f32" })],
    ["x + x, longer", () => trace((x) => [x!.add(x!)], { shape: [4], dtype: "f64" })],
    ["x + x, twice", () => trace((x) => [x!.add(x!), x!.add(x!)])],
    ["x + x, and x", () => trace((x) => [x!.add(x!), x!])],
    ["x, and x + x", () => trace((x) => [x!, x!.add(x!)])],
    ["x − y", () => trace((x, y) => [x!.sub(y!)], vector, vector)],
    ["y − x", () => trace((x, y) => [y!.sub(x!)], vector, vector)],
    ["x + x, y unused", () => trace((x) => [x!.add(x!)], vector, vector)],
    ["x + 1", () => trace((x) => [x!.add(1)])],
    ["x + 1.5", () => trace((x) => [x!.add(1.5)])],
    ["x · 0", () => trace((x) => [x!.mul(0)])],
    ["x · −0", () => trace((x) => [x!.mul(-0)])],
    ["x + [1, 2, 3]", () => trace((x) => [x!.add([1, 2, 3])])],
    ["x + [1, 2, 4]", () => trace((x) => [x!.add([1, 2, 4])])],
    ["Σ over axis 0", () => trace((x) => [x!.reshape([3, 1]).mul(2).sum({ axis: 1 })])],
    ["x + a long array", () => trace((x) => [x!.add(big)], { shape: [300], dtype: "f64" })],
    [
      "x + another long array",
      () => trace((x) => [x!.add(big.slice())], { shape: [300], dtype: "f64" }),
    ],
  ];

  test.for(programs)("is the same for %s, traced again", ([, make]) => {
    const [first, second] = [programKey(make()), programKey(make())];
    if (make === programs.at(-1)?.[1])
      expect(first).not.toBe(second); // a copy each time
    else expect(first).toBe(second);
  });

  test("differs between programs that differ", () => {
    const keys = programs.map(([, make]) => programKey(make()));
    expect(new Set(keys).size).toBe(programs.length);
  });

  test("does not depend on what was traced before, or on what was recorded and dropped", () => {
    const plain = trace((x) => [exp(x!).mul(2)]);
    const detour = trace((x) => {
      grad((y: Tensor) => sin(y).sum())(x!);
      return [exp(x!).mul(2)];
    });
    expect(programKey(detour)).toBe(programKey(plain));
  });
});

test("the cost of a product of matrices is 2mnk operations and its three arrays", () => {
  const matrix = (m: number, n: number): Aval => ({ shape: [m, n], dtype: "f32" });
  const program = trace((a, b) => [a!.matmul(b!)], matrix(4, 5), matrix(5, 6));
  expect(costOf(program)).toEqual({ flops: 2 * 4 * 5 * 6, bytes: 4 * (20 + 30 + 24) });
});
