import { expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { matmul } from "../array/operations/contraction.ts";
import type { Tensor } from "../array/tensor.ts";
import { dense } from "../models/layers/dense.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { mse } from "../models/losses/regression.ts";
import { tanh } from "../models/overloads.ts";
import { sequential } from "../models/sequential.ts";
import { dataset } from "../training/dataset.ts";
import { disagreement } from "./disagreement.ts";

interface Linear {
  readonly w: Tensor;
}
interface Labelled {
  readonly x: Tensor;
  readonly label: Tensor;
}

// Rows are unit vectors: a member's logits on row i are row i of its w.
const rows = dataset({
  x: [
    [1, 0],
    [0, 1],
  ],
  label: Int32Array.of(0, 1),
});
const logits = ({ w }: Linear, { x }: Labelled) => matmul(x, w);
const linear = {
  params: {
    w: [
      [0, 0],
      [0, 0],
    ],
  },
  loss: (params: Linear, batch: Labelled) => crossEntropy(logits(params, batch), batch.label),
  data: rows,
  ...({ dtype: "f64", engine: "js" } as const),
};
const [a, b] = [Math.log(3), Math.log(9)];
const members = [
  {
    w: [
      [a, 0],
      [0, 0],
    ],
  },
  {
    w: [
      [0, 0],
      [0, b],
    ],
  },
  {
    w: [
      [0, 0],
      [0, 2 * b],
    ],
  },
];

test("of classifiers, by hand", async () => {
  const label = ({ label: own }: { label: NDArray }) => own;
  const report = await disagreement(linear, { members, logits, label });
  expect(report).toMatchObject({ set: "data", rows: 2, ofRows: 2, cost: { predictions: 6 } });
  const { pairs } = report;
  expect(pairs.map(({ first, second }) => [first, second])).toEqual([
    [0, 1],
    [0, 2],
    [1, 2],
  ]);
  // Row 0: (¾, ¼) and (½, ½). Row 1: (½, ½), a tie that names class 0, and (0.1, 0.9).
  const entropy = (...p: number[]) => -p.reduce((sum, v) => sum + v * Math.log2(v), 0);
  const js = (p: number, q: number) => {
    const m = (p + q) / 2;
    return Math.sqrt(entropy(m, 1 - m) - entropy(p, 1 - p) / 2 - entropy(q, 1 - q) / 2);
  };
  expect(pairs[0]).toMatchObject({ disagreement: 0.5, cosine: 0 });
  expect(pairs[0]?.totalVariation).toBeCloseTo((0.25 + 0.4) / 2, 12);
  expect(pairs[0]?.jensenShannon).toBeCloseTo((js(0.75, 0.5) + js(0.5, 0.1)) / 2, 12);
  expect(pairs[0]?.distance).toBeCloseTo(Math.hypot(a, b), 12);
  // The first has row 1 wrong, the second none: one row of two, over a mean error of a quarter.
  expect(pairs[0]?.correctness).toEqual({ oneRight: 0.5, perError: 2 });
  // Twice the logits: another point, in the same direction, with the same classes.
  expect(pairs[2]).toMatchObject({ disagreement: 0 });
  expect(pairs[2]?.cosine).toBeCloseTo(1, 12);
  expect(pairs[2]?.correctness).toEqual({ oneRight: 0, perError: undefined });
});

interface Point {
  readonly x: Tensor;
  readonly y: Tensor;
}
const line = {
  params: { w: [[0]], b: [0] },
  loss: (p: { w: Tensor; b: Tensor }, { x, y }: Point) => mse(matmul(x, p.w).add(p.b), y),
  data: dataset({ x: [[-1], [1]], y: [[0], [0]] }),
  test: dataset({ x: [[-2], [2]], y: [[0], [0]] }),
  ...({ dtype: "f64", engine: "js" } as const),
};
const values = (p: { w: Tensor; b: Tensor }, { x }: Point) => matmul(x, p.w).add(p.b);

test("of regressors, by hand, on test data where there is some", async () => {
  const lines = [
    { w: [[1]], b: [0] },
    { w: [[-1]], b: [0] },
    { w: [[1]], b: [2] },
  ];
  const { pairs, set } = await disagreement(line, { members: lines, values });
  expect(set).toBe("test");
  // f = (−2, 2) and −f: all of the difference that two of that variance can have.
  expect(pairs[0]).toMatchObject({ rms: 4, normalised: 2, distance: 2, cosine: -1 });
  // f and f + 2: mean 1, variance 4 + 1.
  expect(pairs[1]).toMatchObject({ rms: 2 });
  expect(pairs[1]?.normalised).toBeCloseTo(Math.sqrt(4 / 5), 12);
  const own = await disagreement(line, { members: lines, values, set: "data" });
  expect(own.pairs[0]).toMatchObject({ rms: 2, normalised: 2 });
});

test("weight distance does not see that hidden units were exchanged; predictions do", async () => {
  const model = sequential(dense(3), tanh(), dense(2));
  const problem = { ...linear, params: model.init([2]), loss: () => internalLoss() };
  const first = [
    {
      weight: [
        [1, 2, -1],
        [0.5, -1, 3],
      ],
      bias: [0.1, 0.2, 0.3],
    },
    {},
    {
      weight: [
        [1, -1],
        [2, 0],
        [0, 1],
      ],
      bias: [0, 0.5],
    },
  ];
  const turned = [
    {
      weight: [
        [-1, 1, 2],
        [3, 0.5, -1],
      ],
      bias: [0.3, 0.1, 0.2],
    },
    {},
    {
      weight: [
        [0, 1],
        [1, -1],
        [2, 0],
      ],
      bias: [0, 0.5],
    },
  ];
  const { pairs } = await disagreement(problem, {
    members: [first, turned],
    logits: (params, batch: Labelled) => model.apply(params as never, batch.x),
  });
  expect(pairs[0]?.distance).toBeGreaterThan(5);
  expect(pairs[0]?.cosine).toBeLessThan(0.5);
  expect(pairs[0]?.disagreement).toBe(0);
  expect(pairs[0]?.totalVariation).toBeCloseTo(0, 12);
});

const internalLoss = (): never => {
  throw new Error("disagreement has no need of the loss");
};

test("more rows than one call takes are put together in their order", async () => {
  const n = 2300;
  const x = NDArray.of(
    Array.from({ length: n }, (_, i) => [i]),
    undefined,
    "f64",
  );
  const long = { ...line, test: dataset({ x, y: x }) };
  const lines = [
    { w: [[1]], b: [0] },
    { w: [[1]], b: [0.5] },
    { w: [[2]], b: [0] },
  ];
  const { pairs, rows: seen } = await disagreement(long, { members: lines, values });
  expect(seen).toBe(n);
  expect(pairs[0]?.rms).toBeCloseTo(0.5, 12);
  // √(Σ i²/n) over 0 … n − 1.
  expect(pairs[1]?.rms).toBeCloseTo(Math.sqrt(((n - 1) * (2 * n - 1)) / 6), 8);
  const some = await disagreement(long, { members: lines, values, rows: 10 });
  expect([some.rows, some.ofRows]).toEqual([10, n]);
});

test("refuses what is no ensemble, and says which member", async () => {
  const ask = (options: object) => disagreement(linear, { members, logits, ...options } as never);
  await expect(ask({ members: members.slice(2) })).rejects.toThrow(/at least two/);
  await expect(ask({ members: [members[0], { w: [[1, 2]] }] })).rejects.toThrow(
    /members\[1\] has arrays \[1, 2\]/,
  );
  await expect(ask({ set: "test" })).rejects.toThrow(/no test data/);
  await expect(ask({ values: logits })).rejects.toThrow(/not told/);
  await expect(ask({ logits: ({ w }: Linear) => w.at(0) })).rejects.toThrow(/have shape \[2\]/);
  await expect(ask({ states: [1, 2, 3] })).rejects.toThrow(/the model has no state/);
  await expect(ask({ rows: 3 })).rejects.toThrow(/at most 2/);
  await expect(
    ask({ logits: (p: Linear, batch: Labelled) => logits(p, batch).log().mul(0) }),
  ).rejects.toThrow(/members\[0\] predicts numbers not finite/);
});
