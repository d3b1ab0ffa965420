import { fc, test as property } from "@fast-check/vitest";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { elementCount, fill, type OnnxData, type OnnxDtype, onnxDtypes } from "./dtypes.ts";
import { GraphBuilder } from "./graphBuilder.ts";
import { writeModel } from "./model.ts";

interface Fed {
  readonly data: OnnxData;
  readonly dtype: OnnxDtype;
  readonly shape: readonly number[];
}

/** Loads the model into ONNX Runtime and runs it: the reader that has to understand what is written. */
async function run(graph: GraphBuilder, feeds: Record<string, Fed> = {}): Promise<unknown[]> {
  const session = await InferenceSession.create(writeModel(graph), { logSeverityLevel: 4 });
  try {
    const fed = Object.entries(feeds).map(([name, { data, dtype, shape }]) => {
      // The dtype's own array type, checked by the constant's rule before it gets here.
      return [name, new Tensor(onnxDtypes[dtype].tensorType, data as Float32Array, shape)];
    });
    const results = await session.run(Object.fromEntries(fed));
    return graph.outputs.map(({ name }) => results[name]?.data);
  } finally {
    await session.release();
  }
}

const numbers = (...values: number[]): Float32Array => Float32Array.from(values);
const fed = (data: OnnxData, dtype: OnnxDtype, shape: readonly number[]): Fed => ({
  data,
  dtype,
  shape,
});

describe("GraphBuilder", () => {
  test("float attributes keep their fraction, and their type when they have none", async () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "f32", [1, 2]);
    const w = graph.constant(numbers(1, 2, 3, 4), "f32", [2, 2]);
    const c = graph.constant(numbers(10, 20), "f32", [1, 2]);
    const y = graph.node("Gemm", [x, w, c], { alpha: 0.5, beta: 2, transB: 1 });
    graph.output(y, "f32", [1, 2]);
    const [result] = await run(graph, { x: fed(numbers(1, 1), "f32", [1, 2]) });
    expect(result).toEqual(numbers(21.5, 43.5));
  });

  test("an optional input that is left out stays out", async () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "f32", [3]);
    const y = graph.node("Clip", [x, undefined, graph.scalar(2, "f32")]);
    graph.output(y, "f32", [3]);
    const [result] = await run(graph, { x: fed(numbers(-9, 1, 5), "f32", [3]) });
    expect(result).toEqual(numbers(-9, 1, 2));
  });

  test("a node may have several outputs, and lists of integers are attributes", async () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "f32", [2, 3]);
    const t = graph.node("Transpose", [x], { perm: [1, 0] });
    const parts = graph.nodeWithOutputs("Split", [t, graph.integers([1, 2])], 2, { axis: 0 });
    graph.output(parts[0]!, "f32", [1, 2]);
    graph.output(parts[1]!, "f32", [2, 2]);
    const results = await run(graph, { x: fed(numbers(1, 2, 3, 4, 5, 6), "f32", [2, 3]) });
    expect(results).toEqual([numbers(1, 4), numbers(2, 5, 3, 6)]);
  });

  test("strings are attributes, and shapes may leave a size open", async () => {
    const graph = new GraphBuilder();
    const into = graph.input("into", "f32", [-1]);
    const at = graph.constant(fill("i64", [0, 0, 2]), "i64", [3, 1]);
    const what = graph.constant(numbers(1, 2, 4), "f32", [3]);
    const sum = graph.node("ScatterND", [into, at, what], { reduction: "add" });
    graph.output(sum, "f32", [-1]);
    const [result] = await run(graph, { into: fed(numbers(10, 20, 30), "f32", [3]) });
    expect(result).toEqual(numbers(13, 20, 34));
  });

  const dtypes = Object.keys(onnxDtypes).filter((name): name is OnnxDtype => name in onnxDtypes);
  test.for(dtypes)("constants and inputs of dtype %s come back as they went in", async (dtype) => {
    const values = dtype === "bool" ? [0, 1, 1] : [0, 1, 200];
    const graph = new GraphBuilder();
    graph.output(graph.constant(fill(dtype, values), dtype, [3]), dtype, [3]);
    graph.output(graph.input("x", dtype, [3, 1]), dtype, [3, 1]);
    const results = await run(graph, { x: fed(fill(dtype, values), dtype, [3, 1]) });
    expect(results).toEqual([fill(dtype, values), fill(dtype, values)]);
  });

  property.prop(
    [fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), fc.integer({ min: -9, max: 9 })],
    { numRuns: 40 },
  )("a constant of any shape keeps shape and values", async (shape, value) => {
    const graph = new GraphBuilder();
    const data = numbers(...Array.from({ length: elementCount(shape) }, (_, i) => value / (i + 1)));
    graph.output(graph.constant(data, "f32", shape), "f32", shape);
    expect(await run(graph)).toEqual([data]);
  });

  test("equal constants are written once, those of another dtype or shape are not", () => {
    const graph = new GraphBuilder();
    const inner = graph.subgraph();
    const one = graph.integers([1, 0]);
    expect(graph.integers([1, 0])).toBe(one);
    expect(inner.integers([1, 0])).toBe(one);
    expect(graph.constant(fill("i64", [1, 0]), "i64", [1, 2])).not.toBe(one);
    expect(graph.constant(fill("f64", [1, 0]), "f64", [2])).not.toBe(one);
    expect(graph.initializers).toHaveLength(3);
  });

  test("a subgraph sees the values around it, at any depth", async () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "f32", []);
    const positive = graph.node("Greater", [x, graph.scalar(0, "f32")]);
    const big = graph.node("Greater", [x, graph.scalar(10, "f32")]);
    const branch = (write: (body: GraphBuilder) => string): GraphBuilder => {
      const body = graph.subgraph();
      body.output(write(body), "f32", []);
      return body;
    };
    const yes = branch((outer) => {
      const deep = (op: string): GraphBuilder => {
        const body = outer.subgraph();
        body.output(body.node(op, [x]), "f32", []);
        return body;
      };
      return outer.node("If", [big], { then_branch: deep("Sqrt"), else_branch: deep("Identity") });
    });
    const no = branch((body) => body.node("Neg", [x]));
    const y = graph.node("If", [positive], { then_branch: yes, else_branch: no });
    graph.output(y, "f32", []);
    for (const [input, output] of [
      [-4, 4],
      [9, 9],
      [16, 4],
    ] as const) {
      expect(await run(graph, { x: fed(numbers(input), "f32", []) })).toEqual([numbers(output)]);
    }
  });

  test("a loop carries values, sees fixed ones, and stacks what each turn reports", async () => {
    const graph = new GraphBuilder();
    const turns = graph.input("turns", "i64", []);
    const start = graph.input("start", "f32", [2]);
    const fixed = graph.input("fixed", "f32", [2]);
    const rows = graph.input("rows", "f32", [-1, 2]);
    const body = graph.subgraph();
    const turn = body.input("turn", "i64", []);
    const going = body.input("going", "bool", []);
    const carried = body.input("carried", "f32", [2]);
    const row = body.node("Gather", [rows, turn], { axis: 0 });
    const next = body.node("Add", [body.node("Mul", [carried, fixed]), row]);
    body.output(going, "bool", []);
    body.output(next, "f32", [2]);
    body.output(next, "f32", [2]);
    const outputs = graph.nodeWithOutputs("Loop", [turns, undefined, start], 2, { body });
    graph.output(outputs[0]!, "f32", [2]);
    graph.output(outputs[1]!, "f32", [-1, 2]);
    const results = await run(graph, {
      turns: fed(fill("i64", [3]), "i64", []),
      start: fed(numbers(1, 1), "f32", [2]),
      fixed: fed(numbers(2, 0.5), "f32", [2]),
      rows: fed(numbers(1, 0, 0, 1, 1, 1), "f32", [3, 2]),
    });
    expect(results).toEqual([numbers(13, 1.625), numbers(3, 0.5, 6, 1.25, 13, 1.625)]);
  });

  test("a name longer than one length byte holds is read back whole", async () => {
    const graph = new GraphBuilder();
    const name = `${"é".repeat(70)}${"n".repeat(40_000)}`;
    const y = graph.node("Neg", [graph.input(name, "f32", [1])]);
    graph.output(y, "f32", [1]);
    expect(await run(graph, { [name]: fed(numbers(2), "f32", [1]) })).toEqual([numbers(-2)]);
  });

  test("a model larger than the first buffer is written whole", async () => {
    const graph = new GraphBuilder();
    const data = Float32Array.from({ length: 300_000 }, (_, i) => i);
    let x = graph.constant(data, "f32", [300_000]);
    for (let i = 0; i < 300; i++) x = graph.node("Add", [x, graph.scalar(i + 0.5, "f32")]);
    graph.output(graph.node("ReduceMax", [x], { keepdims: 0 }), "f32", []);
    expect(await run(graph)).toEqual([numbers(299_999 + (300 * 300) / 2)]);
  });

  test("misuse is an internal error that names the value", () => {
    const graph = new GraphBuilder();
    const x = graph.input("x", "f32", [2]);
    const inner = graph.subgraph();
    const hidden = inner.node("Neg", [x]);
    expect(() => graph.node("Neg", [hidden])).toThrow(`internal: Neg uses "${hidden}"`);
    expect(() => graph.output("y", "f32", [2])).toThrow('internal: an output uses "y"');
    expect(() => graph.input("x", "f32", [2])).toThrow('defines "x" twice');
    expect(() => graph.constant(numbers(1), "f64", [1])).toThrow("a f64 constant of shape [1]");
    expect(() => graph.constant(numbers(1), "f32", [2])).toThrow("of shape [2] made of 1");
    expect(() => writeModel(inner)).toThrow("internal: a subgraph is not a model");
    graph.node("Softmax", [x], { axis: 0.5 });
    expect(() => writeModel(graph)).toThrow("internal: the ONNX attribute axis is 0.5");
  });
});
