import { fc, test as property } from "@fast-check/vitest";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { blockedWriter, blockSize, type RunOnce } from "./blockSize.ts";
import { GraphBuilder } from "./graphBuilder.ts";
import { writeModel } from "./model.ts";
import {
  emitRowConv,
  emitRowConvFilterGradient,
  emitRowConvInputGradient,
  outputSize,
  type RowConv,
  suitsRowConv,
} from "./rowConv.ts";

const run: RunOnce = async (graph, feeds) => {
  const options = { logSeverityLevel: 4 } as const;
  const session = await InferenceSession.create(writeModel(graph), options);
  try {
    const fed = Object.entries(feeds).map(([name, [data, shape]]) => {
      return [name, new Tensor("float32", data, shape)];
    });
    const results = await session.run(Object.fromEntries(fed));
    return graph.outputs.map(({ name }) => {
      const data = results[name]?.data;
      if (data instanceof Float32Array) return data;
      throw new Error(`${name} is not float32`);
    });
  } finally {
    await session.release();
  }
};

const noise = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * i + 78.233 * seed));

/** ⟨filters, Σ windows⟩ by the definition, channels last: all three products of one convolution. */
function byDefinition(conv: RowConv, x: Float32Array, w: Float32Array, d: Float32Array) {
  const { batch, height, width, channels, filters, kernel, stride, padding } = conv;
  const [h, wide] = outputSize(conv);
  const forward = new Float32Array(batch * h * wide * filters);
  const input = new Float32Array(x.length);
  const filter = new Float32Array(w.length);
  for (let n = 0; n < batch; n++)
    for (let oy = 0; oy < h; oy++)
      for (let ox = 0; ox < wide; ox++)
        for (let ky = 0; ky < kernel[0]; ky++)
          for (let kx = 0; kx < kernel[1]; kx++) {
            const y = oy * stride[0] + ky - padding[0][0];
            const z = ox * stride[1] + kx - padding[1][0];
            if (y < 0 || y >= height || z < 0 || z >= width) continue;
            for (let c = 0; c < channels; c++)
              for (let o = 0; o < filters; o++) {
                const i = ((n * height + y) * width + z) * channels + c;
                const f = ((o * channels + c) * kernel[0] + ky) * kernel[1] + kx;
                const out = ((n * h + oy) * wide + ox) * filters + o;
                forward[out]! += x[i]! * w[f]!;
                input[i]! += d[out]! * w[f]!;
                filter[f]! += d[out]! * x[i]!;
              }
          }
  return [forward, input, filter] as const;
}

async function byRows(conv: RowConv, x: Float32Array, w: Float32Array, d: Float32Array) {
  const { batch, height, width, channels, filters, kernel } = conv;
  const [h, wide] = outputSize(conv);
  const graph = new GraphBuilder();
  graph.input("x", "f32", [batch, height, width, channels]);
  graph.input("w", "f32", [filters, channels, ...kernel]);
  graph.input("d", "f32", [batch, h, wide, filters]);
  const writer = blockedWriter(graph);
  graph.output(emitRowConv(writer, "x", "w", conv), "f32", [batch, h, wide, filters]);
  const input = emitRowConvInputGradient(writer, "d", "w", conv);
  graph.output(input, "f32", [batch, height, width, channels]);
  const filter = emitRowConvFilterGradient(writer, "x", "d", conv);
  graph.output(filter, "f32", [filters, channels, ...kernel]);
  return run(graph, {
    x: [x, [batch, height, width, channels]],
    w: [w, [filters, channels, ...kernel]],
    d: [d, [batch, h, wide, filters]],
  });
}

const block = await blockSize(run);

// Where the machine has no blocked kernels there is nothing to compare: nadir writes plain `Conv` there.
describe.runIf(block !== undefined)("row convolutions", () => {
  const count = fc.constantFrom(1, 2, 3, 4, 8, 16, 24, 32);
  const pads = fc.tuple(fc.nat(2), fc.nat(2));
  const pair = (least: number, most: number) =>
    fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }));
  property.prop(
    [
      fc.record({
        batch: fc.constantFrom(1, 3, 16, 32),
        size: pair(4, 9),
        channels: count,
        filters: count,
        kernel: pair(1, 4),
        stride: pair(1, 3),
        padding: fc.tuple(pads, pads),
      }),
    ],
    { numRuns: 60, seed: 5 },
  )(
    "output, image gradient and filter gradient are those of the definition",
    async ({ size, ...rest }) => {
      const conv: RowConv = { ...rest, height: size[0], width: size[1], block: block! };
      const { batch, height, width, channels, filters, kernel } = conv;
      const [h, wide] = outputSize(conv);
      const x = noise(batch * height * width * channels, 1);
      const w = noise(filters * channels * kernel[0] * kernel[1], 2);
      const d = noise(batch * h * wide * filters, 3);
      const expected = byDefinition(conv, x, w, d);
      const results = await byRows(conv, x, w, d);
      for (const [i, result] of results.entries()) {
        expect(result.length).toBe(expected[i]!.length);
        const scale = expected[i]!.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        for (const [j, value] of result.entries()) {
          if (Math.abs(value - expected[i]![j]!) > 1e-5 * scale)
            expect.fail(`product ${i}, element ${j}: ${value}, not ${expected[i]![j]}`);
        }
      }
    },
  );

  test.for([8, 16, 24])(
    "a bias and a relu are applied to the output of %i filters",
    async (filters) => {
      const conv: RowConv = {
        batch: 2,
        height: 5,
        width: 4,
        channels: 3,
        filters,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [
          [1, 1],
          [1, 1],
        ],
        block: block!,
      };
      const [x, w, b] = [noise(2 * 5 * 4 * 3, 1), noise(filters * 3 * 9, 2), noise(filters, 4)];
      const graph = new GraphBuilder();
      graph.input("x", "f32", [2, 5, 4, 3]);
      graph.input("w", "f32", [filters, 3, 3, 3]);
      graph.input("b", "f32", [filters]);
      const writer = blockedWriter(graph);
      const fused = emitRowConv(writer, "x", "w", conv, { bias: "b", relu: true });
      graph.output(fused, "f32", [2, 5, 4, filters]);
      const feeds = {
        x: [x, [2, 5, 4, 3]],
        w: [w, [filters, 3, 3, 3]],
        b: [b, [filters]],
      } as const;
      const [result] = await run(graph, feeds);
      const [plain] = byDefinition(conv, x, w, new Float32Array(2 * 5 * 4 * filters));
      const expected = plain.map((value, i) => Math.max(0, value + b[i % filters]!));
      for (const [i, value] of result!.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
    },
  );

  test("suit filters that fill at least half of a block", () => {
    const base = {
      batch: 8,
      height: 8,
      width: 8,
      channels: 3,
      kernel: [3, 3],
      stride: [1, 1],
      padding: [
        [1, 1],
        [1, 1],
      ],
    } as const;
    const suits = (filters: number, width = 8): boolean =>
      suitsRowConv({ ...base, width, filters, block: 16 }, "forward");
    expect([16, 32, 24, 8, 1, 4].map((filters) => suits(filters))).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
    // Pairs of pixels need an even row; then eight filters would be padded with eight of zeros.
    expect(suits(8, 7)).toBe(false);
    expect(suitsRowConv({ ...base, filters: 16, block: 16 }, "input")).toBe(false);
  });
});

describe("blockSize", () => {
  test("is undefined where the kernels do not load, or order channels another way", async () => {
    const refuses: RunOnce = () => Promise.reject(new Error("not a registered operator"));
    expect(await blockSize(refuses)).toBeUndefined();
    const asItCame: RunOnce = async (_graph, feeds) => [feeds["x"]![0]];
    expect(await blockSize(asItCame)).toBeUndefined();
  });

  test("is undefined where the kernels disagree with the public operators", async () => {
    const [good, wrong] = [new Float32Array(1), Float32Array.of(0.01)];
    const inBlocks = (x: Float32Array): Float32Array =>
      x.map((_, i) => 2 * (16 * Math.floor(i / 32) + (i % 16)) + (Math.floor(i / 16) % 2));
    const runs =
      (...differences: Float32Array[]): RunOnce =>
      async (graph, feeds) =>
        graph.outputs.length === 1 ? [inBlocks(feeds["x"]![0])] : differences;
    expect(await blockSize(runs(good, good, good))).toBe(16);
    expect(await blockSize(runs(good, wrong, good))).toBeUndefined();
  });
});
