import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { avgPool, conv2d, maxPool } from "../../array/operations/convolution.ts";
import { finish, type Program, record } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { valueAndGrad } from "../../autodiff/grad.ts";
import { jsEngine } from "../js/engine.ts";
import { emitProgram } from "./emit.ts";
import { onnxEngine } from "./engine.ts";
import type { GraphBuilder } from "./graphBuilder.ts";
import { relativeDistance, runOn } from "./testing.ts";

type Operation = (...inputs: readonly Tensor[]) => readonly Tensor[];
type Shapes = readonly (readonly number[])[];

const programOf = (shapes: Shapes, f: Operation, dtype: "f32" | "f64" = "f32"): Program =>
  finish(
    record(
      shapes.map((shape) => ({ shape, dtype })),
      f,
    ),
  );

/** How often each operator is in the graph that a program becomes. */
function operators(graph: GraphBuilder): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { op } of graph.nodes) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

const noise = (shape: readonly number[], dtype: "f32" | "f64", seed: number): NDArray => {
  const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
    Math.sin(12.9898 * i + 78.233 * seed),
  );
  return NDArray.of(values, shape, dtype);
};

/** Runs on ONNX Runtime in f32, and compares with JavaScript in f64, relative to the largest element. */
async function expectSame(shapes: Shapes, f: Operation, tolerance = 1e-5): Promise<void> {
  const feeds = (dtype: "f32" | "f64"): NDArray[] =>
    shapes.map((shape, i) => noise(shape, dtype, i));
  const fast = await runOn(onnxEngine, programOf(shapes, f), feeds("f32"));
  const exact = await runOn(jsEngine, programOf(shapes, f, "f64"), feeds("f64"));
  fast.forEach((result, i) => {
    const wanted = NDArray.of(exact[i]!, exact[i]!.shape, "f32");
    expect(relativeDistance(result, wanted, "largest"), `output ${i}`).toBeLessThan(tolerance);
  });
}

describe("a product plus something", () => {
  const matrices = [
    [6, 4],
    [6, 3],
    [4, 3],
  ] as const;
  const momentum: Operation = (x, d, v) => [v!.mul(0.9).sub(x!.transpose().matmul(d!).mul(0.01))];
  const biases: Operation = (d, v) => [v!.mul(0.9).sub(d!.sum({ axis: 0 }).mul(0.01))];

  test("is one Gemm: the update of momentum", async () => {
    expect(operators(emitProgram(programOf(matrices, momentum)).graph)).toEqual({ Gemm: 1 });
    await expectSame(matrices, momentum);
  });

  test("is one Gemm and a reshape where the product is a sum of rows", async () => {
    const shapes = [[6, 3], [3]];
    expect(operators(emitProgram(programOf(shapes, biases)).graph)).toEqual({
      Gemm: 1,
      Reshape: 1,
    });
    await expectSame(shapes, biases);
  });

  test.for<[string, Operation]>([
    ["c − α·xy", (x, d, v) => [v!.sub(x!.transpose().matmul(d!).mul(3))]],
    ["α·xy − c", (x, d, v) => [x!.transpose().matmul(d!).mul(3).sub(v!)]],
    ["xy + γ·c", (x, d, v) => [x!.transpose().matmul(d!).add(v!.mul(-0.5))]],
    [
      "xy + a row",
      (x, d, v) => [
        x!
          .transpose()
          .matmul(d!)
          .add(v!.sum({ axis: 0 })),
      ],
    ],
    [
      "xy + a column",
      (x, d, v) => [
        x!
          .transpose()
          .matmul(d!)
          .add(v!.sum({ axis: 1, keepDims: true })),
      ],
    ],
    [
      "xy + itself",
      (x, d, v) => [x!.transpose().matmul(d!).mul(2).add(x!.transpose().matmul(d!)).add(v!)],
    ],
    [
      "xy that is read twice",
      (x, d, v) => {
        const product = x!.transpose().matmul(d!);
        return [product.add(v!), product];
      },
    ],
  ])("has the right value: %s", ([, f]) => expectSame(matrices, f));

  test("keeps factors that single precision would change out of a double Gemm", () => {
    const counts = operators(emitProgram(programOf(matrices, momentum, "f64")).graph);
    expect(counts).toMatchObject({ Mul: 2, Sub: 1 });
    const halves: Operation = (x, d, v) => [v!.mul(0.5).sub(x!.transpose().matmul(d!).mul(0.25))];
    expect(operators(emitProgram(programOf(matrices, halves, "f64")).graph)).toEqual({ Gemm: 1 });
  });
});

describe("sums over rows", () => {
  test("of large matrices are products with ones", async () => {
    const shapes = [[300, 20]];
    const f: Operation = (x) => [x!.sum({ axis: 0 })];
    expect(operators(emitProgram(programOf(shapes, f)).graph)).toEqual({ MatMul: 1 });
    await expectSame(shapes, f);
  });
});

describe("the derivative of a relu", () => {
  test("is exact at zero, at infinities and at the smallest normal number", async () => {
    const f: Operation = (x) => [valueAndGrad((y: Tensor) => y.relu().sum())(x!).gradient];
    const program = programOf([[8]], f);
    const edges = [0, -0, 1.1754943508222875e-38, -1e-38, 3e38, -3e38, Infinity, -Infinity];
    const [gradient] = await runOn(onnxEngine, program, [NDArray.of(edges, [8], "f32")]);
    expect(Array.from(gradient!.data)).toEqual([0, 0, 1, 0, 1, 0, 1, 0]);
  });
});

describe("images, with blocked kernels", () => {
  const along = (values: Tensor): Tensor => values.reshape([values.size, 1, 1]);
  const axes = { axis: [0, 2, 3] } as const;
  const normalised = (x: Tensor, scale: Tensor, shift: Tensor): Tensor => {
    const centred = x.sub(along(x.mean(axes)));
    const variance = centred.square().mean(axes);
    return centred.mul(along(scale.div(variance.add(1e-2).sqrt()))).add(along(shift));
  };
  /** The value and all gradients of a scalar function of its inputs. */
  const withGradients =
    (f: (...inputs: readonly Tensor[]) => Tensor): Operation =>
    (...inputs) => {
      const { value, gradient } = valueAndGrad((params: readonly Tensor[]) => f(...params))(inputs);
      return [value, ...gradient];
    };

  test("a convolution, its bias and its relu are one node", () => {
    const shapes = [[2, 3, 6, 6], [16, 3, 3, 3], [16]];
    const f: Operation = (x, w, b) => [conv2d(x!, w!, { padding: "same" }).add(along(b!)).relu()];
    const counts = operators(emitProgram(programOf(shapes, f), 16).graph);
    expect(counts).toMatchObject({ Conv: 1 });
    expect(counts).not.toHaveProperty("Relu");
    expect(counts).not.toHaveProperty("Add");
  });

  test.for([
    { channels: 16, filters: "a whole block" },
    { channels: 4, filters: "several pixels a block" },
  ])(
    "a channelwise scale, shift, residual and relu are one node: $filters",
    async ({ channels }) => {
      const shapes = [[2, channels, 8, 8], [channels, channels, 1, 1], [channels], [channels]];
      const convolved = (f: (y: Tensor, s: Tensor, t: Tensor) => Tensor): Operation => {
        return (x, w, s, t) => [f(conv2d(x!, w!), along(s!), along(t!))];
      };
      const forms = [
        convolved((y, s, t) => y.mul(s).add(t).add(y.square()).relu()),
        convolved((y, s, t) => y.square().add(y.mul(s).add(t)).relu()),
        convolved((y, s) => y.mul(s).add(y.square())),
        convolved((y, s, t) => y.mul(s).add(t)),
      ];
      for (const f of forms) {
        const counts = operators(emitProgram(programOf(shapes, f), 16).graph);
        expect(counts).toMatchObject({ Conv: 2 });
        expect(counts).not.toHaveProperty("Add");
        expect(counts).not.toHaveProperty("Relu");
        await expectSame(shapes, f);
      }
    },
  );

  test("a product that is read elsewhere too is left alone", async () => {
    const shapes = [[2, 16, 4, 4], [16, 16, 1, 1], [16], [16]];
    const f: Operation = (x, w, s, t) => {
      const product = conv2d(x!, w!).mul(along(s!));
      return [product.add(along(t!)), product];
    };
    expect(operators(emitProgram(programOf(shapes, f), 16).graph)).toMatchObject({
      Conv: 1,
      Add: 1,
    });
    await expectSame(shapes, f);
  });

  test("sums over pixels, and over negated ones, are products with ones", async () => {
    const shapes = [
      [8, 3, 8, 8],
      [16, 3, 3, 3],
    ];
    const f: Operation = (x, w) => {
      const y = conv2d(x!, w!, { padding: "same" });
      return [y.sum(axes), y.neg().sum(axes), y.sum({ axis: [2, 3] })];
    };
    const counts = operators(emitProgram(programOf(shapes, f), 16).graph);
    expect(counts).not.toHaveProperty("ReduceSum");
    await expectSame(shapes, f);
  });

  test("elementwise operations between convolutions leave the order of axes as it is", () => {
    const shapes = [[2, 16, 6, 6], [16, 16, 3, 3], [16]];
    const f: Operation = (x, w, b) => {
      const conv = (y: Tensor): Tensor => conv2d(y, w!, { padding: "same" });
      return [conv(conv(x!).mul(along(b!)).tanh().add(x!))];
    };
    const images = emitProgram(programOf(shapes, f), 16).graph.nodes.filter(
      ({ op, attributes }) => op === "Transpose" && String(attributes["perm"]).length === 7,
    );
    // In once, out once; the filters are arranged by a transpose of their own.
    const perms = images.map(({ attributes }) => String(attributes["perm"]));
    expect(perms.filter((perm) => perm === "0,2,3,1" || perm === "0,3,1,2")).toHaveLength(2);
  });

  test.for([
    { name: "windows side by side", filters: 8, size: 8, stride: 1, pool: 2 },
    { name: "filters that fill no block", filters: 6, size: 9, stride: 1, pool: 3 },
    { name: "strides", filters: 16, size: 12, stride: 2, pool: 2 },
    { name: "several blocks", filters: 32, size: 6, stride: 1, pool: 2 },
  ])("a small network has the right gradients: $name", ({ filters, size, stride, pool }) =>
    expectSame(
      [[4, 2, size, size], [filters, 2, 3, 3], [filters], [16, filters, 3, 3], [16], [16, 5]],
      withGradients((x, w, b, v, c, u) => {
        const first = conv2d(x!, w!, { padding: "same", stride }).add(along(b!)).relu();
        const pooled = maxPool(first, pool);
        const second = normalised(conv2d(pooled, v!, { padding: "same" }), c!, c!);
        const logits = second
          .relu()
          .mean({ axis: [2, 3] })
          .matmul(u!);
        return logits.mul(logits).sum();
      }),
      1e-4,
    ),
  );

  test("a residual block has the right gradients", () =>
    expectSame(
      [[4, 16, 6, 6], [16, 16, 3, 3], [16], [16]],
      withGradients((x, w, scale, shift) => {
        const conv = (y: Tensor): Tensor =>
          normalised(conv2d(y, w!, { padding: "same" }), scale!, shift!);
        const y = x!.add(conv(conv(x!).relu())).relu();
        return avgPool(y, 2).mul(y.mean()).sum();
      }),
      1e-4,
    ));

  test("tied maxima share a cotangent equally", async () => {
    const f: Operation = (x, w) => {
      const { gradient } = valueAndGrad((y: Tensor) => maxPool(conv2d(y, w!), 2).sum())(x!);
      return [gradient];
    };
    const program = programOf(
      [
        [1, 1, 4, 4],
        [16, 1, 1, 1],
      ],
      f,
    );
    const flat = NDArray.of(new Array<number>(16).fill(1), [1, 1, 4, 4], "f32");
    const filters = NDArray.of(new Array<number>(16).fill(1), [16, 1, 1, 1], "f32");
    const [gradient] = await runOn(onnxEngine, program, [flat, filters]);
    expect(Array.from(gradient!.data)).toEqual(new Array<number>(16).fill(4));
  });
});
