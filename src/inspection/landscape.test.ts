import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { filterNormalise } from "../diagnosis/filterNormalise.ts";
import { answerAsync, askValue } from "../linalg/ask.ts";
import { axpy, dot, norm } from "../linalg/vector.ts";
import { tanh } from "../models/layers/activations.ts";
import { dense } from "../models/layers/dense.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { sequential } from "../models/sequential.ts";
import { compositeLoss } from "../training/compositeLoss.ts";
import { dataset } from "../training/dataset.ts";
import { type LandscapeReport, landscape } from "./landscape.ts";
import { locate } from "./point.ts";
import { lossesOnSlice } from "./slice.ts";
import { Surface } from "./surface.ts";

const saddle = (x: Tensor) => x.square().mul([3, -1, 0.5]).sum().div(2);

describe("landscape of a network", () => {
  const model = sequential(dense(5), tanh(), dense(3));
  const x = Array.from({ length: 30 }, (_, i) => [Math.sin(i), Math.cos(2 * i), Math.sin(3 * i)]);
  const problem = {
    params: model.init([3]),
    loss: (params: never, batch: { x: Tensor; label: Tensor }) =>
      crossEntropy(model.apply(params, batch.x), batch.label),
    data: dataset({ x, label: Int32Array.from(x, (_, i) => i % 3) }),
  };
  const weights = (rows: number, columns: number, seed: number) =>
    Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) => Math.sin(seed + i * columns + j)),
    );
  const at = [
    { weight: weights(3, 5, 1), bias: Array<number>(5).fill(0.1) },
    {},
    { weight: weights(5, 3, 2), bias: [0.3, -0.2, 0] },
  ];

  test.for(["js", "onnx"] as const)(
    "every value is the loss at that very point, on the %s engine",
    async (engine) => {
      const dtype = engine === "js" ? "f64" : "f32";
      const report = await landscape(problem, { at, grid: 9, seed: 3, engine, dtype });
      expect(report.engine).toBe(engine);
      expect(report.values).toHaveLength(81);
      await using surface = await Surface.open(locate(problem, { at, engine, dtype }));
      const [first, second] = report.axes;
      for (const [i, j] of [
        [0, 0],
        [2, 7],
        [4, 4],
        [8, 1],
      ] as const) {
        const place = surface.x.slice();
        axpy(first!.coordinates[i]!, first!.direction, place);
        axpy(second!.coordinates[j]!, second!.direction, place);
        const value = await answerAsync(askValue(place), surface.oracle);
        expect(report.values[i * 9 + j]).toBeCloseTo(value, engine === "js" ? 12 : 5);
      }
      expect(report.values[4 * 9 + 4]).toBeCloseTo(report.loss, engine === "js" ? 12 : 6);
    },
  );

  test("random directions have each unit's own length, and leave biases where they are", async () => {
    const { axes } = await landscape(problem, { at, dimensions: 1, grid: 3 });
    const { direction } = axes[0]!;
    const { x: point } = await Surface.open(locate(problem, { at }));
    expect([...direction.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0]);
    const column = (v: Float64Array, unit: number) =>
      Math.hypot(...[0, 1, 2].map((row) => v[5 + row * 5 + unit]!));
    for (let unit = 0; unit < 5; unit++)
      expect(column(direction, unit)).toBeCloseTo(column(point, unit), 10);
  });

  test("shows a way of two points on a line, and a random direction across it", async () => {
    const report = await landscape((x: Tensor) => x.pow(2).sum(), {
      ...{ at: [1, 0, 0, 0], directions: "trajectory", trajectory: [[3, 0, 0, 0]], grid: 3 },
      dtype: "f64",
    });
    const [along, across] = report.axes.map(({ direction }) => direction);
    expect(Array.from(along!, Math.abs)).toEqual([1, 0, 0, 0]);
    expect(across![0]).toBeCloseTo(0, 12);
    expect(Math.hypot(...across!)).toBeCloseTo(1, 12);
    expect(Math.abs(report.trajectory![0]!.coordinates[0]!)).toBeCloseTo(2, 12);
    expect(report.axes[1]!.name).toBe("random, across it");
    const [from, , to] = report.axes[1]!.coordinates;
    expect(to! - from!).toBeGreaterThan(1); // as wide as the way is long, not as its rounding
  });

  test("shows a trajectory in the plane of its principal components", async () => {
    const shifted = (a: number, b: number) => [
      { ...at[0]!, bias: [0.1 + a, 0.1, 0.1, 0.1, 0.1] },
      {},
      { ...at[2]!, bias: [0.3, -0.2 + b, 0] },
    ];
    const trajectory = [shifted(3, 0.2), shifted(2, -0.3), shifted(1, 0.1), at];
    const report = await landscape(problem, {
      ...{ at, directions: "trajectory", trajectory, grid: 5, dtype: "f64" },
    });
    const [first, second] = report.axes;
    expect(dot(first!.direction, second!.direction)).toBeCloseTo(0, 12);
    expect(report.explained![0]! + report.explained![1]!).toBeCloseTo(1, 12);
    for (const [i, { coordinates, outside }] of report.trajectory!.entries()) {
      expect(outside).toBeCloseTo(0, 10);
      expect(Math.hypot(...coordinates)).toBeCloseTo(
        [Math.hypot(3, 0.2), Math.hypot(2, 0.3), Math.hypot(1, 0.1), 0][i]!,
        8,
      );
    }
    expect(Math.max(...first!.coordinates.map(Math.abs))).toBeGreaterThan(3);
  });
});

test("curvature directions of a saddle are its steepest rise and its descent", async () => {
  const report = await landscape(saddle, { at: [0, 0, 0], directions: "curvature", grid: 5 });
  const [up, down] = report.axes;
  expect(Math.abs(up!.direction[0]!)).toBeCloseTo(1, 8);
  expect(Math.abs(down!.direction[1]!)).toBeCloseTo(1, 8);
  // Row-major: the first axis from −1 to 1 at the second's 0, and the other way round.
  expect(report.values[0 * 5 + 2]).toBeCloseTo(1.5, 8);
  expect(report.values[2 * 5 + 4]).toBeCloseTo(-0.5, 8);
});

test("the gradient's own direction comes first, and directions that are given are taken as they are", async () => {
  const along = await landscape(saddle, {
    at: [1, 0, 0],
    directions: "gradient",
    grid: 3,
    span: 1,
  });
  expect([...along.axes[0]!.direction]).toEqual([1, 0, 0].map((v) => expect.closeTo(v, 12)));
  expect(norm(along.axes[1]!.direction)).toBeCloseTo(1, 12);
  const line = await landscape(saddle, { at: [1, 0, 0], directions: [[-2, 0, 4]], grid: 3 });
  expect([...line.values]).toEqual([17.5, 1.5, 5.5].map((v) => expect.closeTo(v, 12)));
});

test("filters of a convolution are entries of its first axis", () => {
  const x = Float64Array.from({ length: 2 * 3 * 2 * 2 + 2 }, (_, i) => (i < 12 ? 1 : 2));
  const direction = Float64Array.from(x, (_, i) => 1 + (i % 4));
  const own = filterNormalise(direction, x, [[2, 3, 2, 2], [2]]);
  expect(norm(own.subarray(0, 12))).toBeCloseTo(Math.sqrt(12), 12);
  expect(norm(own.subarray(12, 24))).toBeCloseTo(Math.sqrt(48), 12);
  expect([...own.subarray(24)]).toEqual([0, 0]);
});

test.for([
  [
    "three directions",
    {
      directions: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    /along 3 directions/,
  ],
  [
    "twice the same direction",
    {
      directions: [
        [1, 0, 0],
        [2, 0, 0],
      ],
    },
    /span no plane/,
  ],
  [
    "a trajectory that is a point",
    { directions: "trajectory", trajectory: [[0, 0, 0]] },
    /at least 2/,
  ],
  ["a grid of ten billion places", { grid: 100_000 }, /too fine\n.*at most 1000 along each/],
  ["no gradient", { directions: "gradient" }, /no direction/],
  ["an unknown kind", { directions: "randm" }, /did you mean random/],
] as const)("refuses %s", async ([, options, message]) => {
  await expect(landscape(saddle, { at: [0, 0, 0], ...(options as object) })).rejects.toThrow(
    message,
  );
});

describe("a slice coarse to fine", () => {
  const bent = (x: Tensor) => x.square().mul([3, -1, 0.5]).sum().add(x.sin().sum());

  test.for([13, 21, 51])(
    "of %d lines has those of 11 and 21 among its own, each computed once",
    async (grid) => {
      const stages: LandscapeReport[] = [];
      const fine = await landscape(bent, {
        ...{ at: [0.3, 0.2, 0.1], grid, seed: 1 },
        onCoarser: (stage) => stages.push(stage),
      });
      const whole = await landscape(bent, { at: [0.3, 0.2, 0.1], grid, seed: 1 });
      expect(fine.values).toEqual(whole.values);
      expect(stages.map(({ axes }) => axes[0]?.coordinates.length)).toEqual(
        grid > 21 ? [11, 21] : [11],
      );
      // One evaluation a place, and one of the point itself: what a coarser grid had is not paid for again.
      expect(fine.cost.evaluations).toBe(grid * grid + 1);
      for (const { axes, values, cost } of stages) {
        const [a, b] = axes.map(({ coordinates }) => [...coordinates]);
        expect(cost.evaluations).toBe(a!.length * b!.length + 1);
        const [first, second] = fine.axes.map(({ coordinates }) => [...coordinates]);
        expect([a?.[0], a?.at(-1)]).toEqual([first?.[0], first?.at(-1)]);
        for (const [i, value] of values.entries()) {
          const [row, column] = [a![Math.floor(i / b!.length)]!, b![i % b!.length]!];
          expect(value).toBe(fine.values[first!.indexOf(row) * grid + second!.indexOf(column)]);
        }
      }
    },
  );

  test("through another point is parallel: the same directions, and the loss there", async () => {
    const [at, other] = [
      [0.3, 0.2, 0.1],
      [1, -1, 2],
    ];
    const here = await landscape(bent, { at, grid: 5, seed: 1 });
    const there = await landscape(bent, { at, grid: 5, seed: 1, through: { at: other } });
    expect(there.axes.map(({ direction }) => direction)).toEqual(
      here.axes.map(({ direction }) => direction),
    );
    const value = (x: readonly number[]) =>
      3 * x[0]! ** 2 -
      x[1]! ** 2 +
      0.5 * x[2]! ** 2 +
      x.reduce((sum, one) => sum + Math.sin(one), 0);
    expect(there.loss).toBeCloseTo(value(other), 12);
    // The grid is about the point, which lies at its middle.
    expect(there.values[2 * 5 + 2]).toBeCloseTo(value(other), 12);
    const [a, b] = there.axes.map(({ coordinates }) => coordinates[2]!);
    expect(there.point).toEqual([a, b]);
    const { places } = await lossesOnSlice(bent, { at, seed: 1, through: { at: other } }, [
      [a!, b!],
      [there.axes[0]!.coordinates[0]!, there.axes[1]!.coordinates[3]!],
    ]);
    expect(places[0]?.loss).toBeCloseTo(value(other), 12);
    expect(places[1]?.loss).toBeCloseTo(there.values[3]!, 12);
  });

  test("at a place the loss's metrics are told too, and the model's outputs where they can be told apart", async () => {
    const data = dataset({ x: [[1], [2], [3], [4]], y: [2, 4, 6, 9] });
    type Batch = { x: Tensor; y: Tensor };
    const outputs = ({ w }: { w: Tensor }, batch: Batch) => batch.x.mul(w);
    const squares = (said: Tensor, batch: Batch) => said.reshape([-1]).sub(batch.y).square().mean();
    const common = { params: { w: 2 }, data, dtype: "f64" as const, engine: "js" as const };
    const options = { at: { w: 2 }, directions: [{ w: 0.5 }] };
    const composite = { ...common, loss: compositeLoss(outputs, squares) };
    const apart = await lossesOnSlice<unknown>(composite, options, [[0], [1]]);
    expect(apart.places.map(({ loss, outputs }) => [loss, outputs])).toEqual([
      [0.25, [[2], [4], [6], [8]]],
      [1.125, [[2.5], [5], [7.5], [10]]],
    ]);
    const loss = (params: { w: Tensor }, batch: Batch) => ({
      loss: squares(outputs(params, batch), batch),
      metrics: { slope: params.w.mul(1) },
    });
    const whole = await lossesOnSlice<unknown>({ ...common, loss }, options, [[1]]);
    expect(whole.places).toEqual([{ coordinates: [1], loss: 1.125, metrics: { slope: 2.5 } }]);
  });

  test.for([[[]], [[[1]]], [[[1, Number.NaN]]]])("refuses places %j", async ([places]) => {
    await expect(lossesOnSlice(bent, { at: [1, 2, 3] }, places as number[][])).rejects.toThrow(
      /two numbers, one along each axis/,
    );
  });
});
