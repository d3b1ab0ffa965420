import type { OnnxAttribute } from "../../array/primitives/primitive.ts";
import { type OnnxDtype, onnxDtypes } from "./dtypes.ts";
import { GraphBuilder } from "./graphBuilder.ts";
import {
  type BlockedWriter,
  emitRowConv,
  emitRowConvFilterGradient,
  emitRowConvInputGradient,
  type RowConv,
} from "./rowConv.ts";

/** Runs a model of float32 inputs and outputs once; fails if ONNX Runtime cannot load it. */
export type RunOnce = (
  graph: GraphBuilder,
  feeds: Readonly<Record<string, readonly [data: Float32Array, shape: readonly number[]]>>,
) => Promise<readonly Float32Array[]>;

/**
 * The number of channels that ONNX Runtime's blocked kernels compute at once, or undefined if this
 * version, on this machine, has none or disagrees with its public operators.
 *
 * The kernels are not a public contract, so this asks them: it reorders a tensor whose elements are
 * their own positions, then computes all three products of a convolution both ways.
 */
export async function blockSize(run: RunOnce): Promise<number | undefined> {
  try {
    const block = await reorderedBlock(run);
    return block !== undefined && (await agrees(run, block)) ? block : undefined;
  } catch {
    // Not loading is the answer: an operator that this build does not have.
    return undefined;
  }
}

async function reorderedBlock(run: RunOnce): Promise<number | undefined> {
  const channels = 64;
  const graph = new GraphBuilder();
  const x = graph.input("x", "f32", [1, channels, 1, 2]);
  const y = graph.node("ReorderInput", [x], {}, { domain: "com.microsoft.nchwc" });
  graph.output(y, "f32", [1, channels, 1, 2]);
  const positions = Float32Array.from({ length: 2 * channels }, (_, i) => i);
  const [result] = await run(graph, { x: [positions, [1, channels, 1, 2]] });
  // The second pixel of the first channel, position 1, follows a whole block of first pixels.
  const block = result?.indexOf(1) ?? -1;
  const expected = positions.map((_, i) => {
    const [group, pixel, lane] = [
      Math.floor(i / (2 * block)),
      Math.floor(i / block) % 2,
      i % block,
    ];
    return 2 * (group * block + lane) + pixel;
  });
  const inBlocks = result?.every((value, i) => value === expected[i]) ?? false;
  return inBlocks && block > 1 ? block : undefined;
}

async function agrees(run: RunOnce, block: number): Promise<boolean> {
  for (const [channels, filters] of [
    [block, 2 * block],
    [1, block / 2],
  ] as const) {
    const conv: RowConv = {
      batch: block,
      height: 6,
      width: 6,
      channels,
      filters,
      kernel: [3, 3],
      stride: [1, 1],
      padding: [
        [1, 1],
        [1, 1],
      ],
      block,
    };
    const shapes = {
      x: [block, 6, 6, channels],
      w: [filters, channels, 3, 3],
      d: [block, 6, 6, filters],
    };
    const graph = new GraphBuilder();
    for (const [name, shape] of Object.entries(shapes)) graph.input(name, "f32", shape);
    const writer = blockedWriter(graph);
    const pads = { pads: [1, 1, 1, 1] };
    const first = (v: string): string => graph.node("Transpose", [v], { perm: [0, 3, 1, 2] });
    const last = (v: string): string => graph.node("Transpose", [v], { perm: [0, 2, 3, 1] });
    const swap = (v: string): string => graph.node("Transpose", [v], { perm: [1, 0, 2, 3] });
    const [x, d] = [first("x"), first("d")];
    const pairs = [
      [emitRowConv(writer, "x", "w", conv), last(graph.node("Conv", [x, "w"], pads))],
      [
        emitRowConvInputGradient(writer, "d", "w", conv),
        last(graph.node("ConvTranspose", [d, "w"], pads)),
      ],
      [
        emitRowConvFilterGradient(writer, "x", "d", conv),
        swap(graph.node("Conv", [swap(x), swap(d)], pads)),
      ],
    ] as const;
    for (const [fast, plain] of pairs) {
      const difference = graph.node("Abs", [graph.node("Sub", [fast, plain])]);
      graph.output(graph.node("ReduceMax", [difference], { keepdims: 0 }), "f32", []);
    }
    const feeds = Object.entries(shapes).map(([name, shape], seed) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
      for (let i = 0; i < data.length; i++) data[i] = (((i + seed) * 37) % 101) / 101 - 0.5;
      return [name, [data, shape]] as const;
    });
    // Sums of at most a few hundred products below 1/4: rounding stays far below 1e-3, mistakes do not.
    const differences = await run(graph, Object.fromEntries(feeds));
    if (differences.length !== 3 || !differences.every(([value]) => value! < 1e-3)) return false;
  }
  return true;
}

/** Lets the emitters write straight into a graph. */
export function blockedWriter(graph: GraphBuilder): BlockedWriter {
  const plain = (
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): Record<string, number | string | readonly number[]> =>
    Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        typeof value === "object" && "float" in value ? value.float : value,
      ]),
    );
  return {
    node: (op, inputs, attributes = {}, domain = "") =>
      graph.node(op, inputs.map(optional), plain(attributes), { domain }),
    nodes: (op, inputs, attributes, outputs) =>
      graph.nodeWithOutputs(op, inputs.map(optional), outputs, plain(attributes)),
    constant: (data, shape, dtype) => graph.constant(data, dtype, shape),
    ints: (values) => graph.integers(values),
    uint32: (value) => graph.scalar(value, "u32"),
    cast: (value, to: OnnxDtype) => graph.node("Cast", [value], { to: onnxDtypes[to].code }),
  };
}

const optional = (name: string): string | undefined => (name === "" ? undefined : name);
