import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mnist } from "../../data/mnist.ts";
import { randomStream, uniform } from "../../linalg/random.ts";
import { adam } from "../../methods/rules/adam.ts";
import { relu } from "../../models/layers/activations.ts";
import { batchNorm } from "../../models/layers/batchNorm.ts";
import { conv2d } from "../../models/layers/conv2d.ts";
import { dense } from "../../models/layers/dense.ts";
import { flatten, unflatten } from "../../models/layers/flatten.ts";
import { maxPool } from "../../models/layers/pooling.ts";
import { residual } from "../../models/layers/residual.ts";
import { crossEntropy } from "../../models/losses/crossEntropy.ts";
import { sequential } from "../../models/sequential.ts";
import { type Dataset, dataset } from "../../training/dataset.ts";
import { fit } from "../../training/fit.ts";
import type { LossContext } from "../../training/problem.ts";
import type { Experiment, Table } from "./experiment.ts";
import { median } from "./median.ts";

type Model = ReturnType<typeof sequential>;
type Batch = { readonly x: Tensor; readonly label: Tensor };

interface Timed {
  readonly id: string;
  readonly model: Model;
  readonly width: number;
  readonly batchSize: number;
  readonly steps: number;
}

const pictures = unflatten([1, 28, 28]);
const timed: readonly Timed[] = [
  {
    ...{ id: "2-32-32-2, batch 32", width: 2, batchSize: 32, steps: 20_000 },
    model: sequential(dense(32), relu(), dense(32), relu(), dense(2)) as Model,
  },
  {
    ...{ id: "784-256-128-10, batch 128", width: 784, batchSize: 128, steps: 1500 },
    model: sequential(dense(256), relu(), dense(128), relu(), dense(10)) as Model,
  },
  {
    ...{ id: "conv net 8-16-128-10, batch 128", width: 784, batchSize: 128, steps: 200 },
    model: sequential(
      ...[pictures, conv2d(8, 5, { padding: "same" }), relu(), maxPool(2)],
      ...[conv2d(16, 5, { padding: "same" }), relu(), maxPool(2)],
      ...[flatten(), dense(128), relu(), dense(10)],
    ) as Model,
  },
  {
    ...{ id: "residual net 8, batch norm, batch 64", width: 784, batchSize: 64, steps: 200 },
    model: sequential(
      ...[pictures, conv2d(8, 3, { padding: "same", stride: 2 }), batchNorm(), relu()],
      ...[residual(conv2d(8, 3, { padding: "same" }), batchNorm(), relu()), flatten(), dense(10)],
    ) as Model,
  },
];

/**
 * Milliseconds a step from the first call's end to the last's, so that what is done once (compilation, the look at the start and at the
 * end) is left out; and the steps between two looks.
 */
async function timeSteps(
  { model, width, batchSize, steps }: Timed,
  data: Dataset<Batch>,
  health: boolean,
) {
  let [first, last] = [
    { at: 0, step: 0 },
    { at: 0, step: 0 },
  ];
  const run = await fit<unknown, Batch, unknown>({
    params: model.init([width]),
    state: model.state([width]),
    loss: (params, batch, context: LossContext<unknown>) => {
      const { output, state } = model.run(params as never, batch.x, context as never);
      return { loss: crossEntropy(output, batch.label), state };
    },
    ...{ data, method: adam(1e-3), batchSize, steps, health, onPlateau: { patience: steps } },
    onEvent: ({ kind, step }: { kind: string; step?: number }) => {
      if (kind !== "progress" || step === undefined) return;
      last = { at: performance.now(), step };
      if (first.step === 0) first = last;
    },
  });
  const looks = run.health.map(({ step }) => step).filter((step) => step > 0 && step < steps);
  return { ms: (last.at - first.at) / (last.step - first.step), looks };
}

async function overhead(pairs: number, report: (line: string) => void): Promise<Table> {
  const digits: Dataset<Batch> = (await mnist()).train;
  const random = randomStream(1);
  const points = Float32Array.from({ length: 2048 }, () => 2 * uniform(random) - 1);
  const label = Int32Array.from({ length: 1024 }, (_, i) =>
    points[2 * i]! * points[2 * i + 1]! > 0 ? 1 : 0,
  );
  const plane: Dataset<Batch> = dataset({ x: new NDArray(points, [1024, 2]), label });
  const rows: (string | number)[][] = [];
  for (const one of timed) {
    report(`timing ${one.id}`);
    const data = one.width === 2 ? plane : digits;
    const ratios: number[] = [];
    const times: number[] = [];
    let every = Number.NaN;
    for (let pair = 0; pair <= pairs; pair++) {
      const order = pair % 2 === 0 ? [false, true] : [true, false];
      const ms: Record<string, number> = {};
      for (const on of order) {
        const found = await timeSteps(one, data, on);
        ms[String(on)] = found.ms;
        if (on) every = one.steps / (found.looks.length + 1);
      }
      if (pair === 0) continue; // warm-up
      ratios.push(ms["true"]! / ms["false"]! - 1);
      times.push(ms["false"]!);
    }
    const sorted = ratios.toSorted((a, b) => a - b);
    rows.push([one.id, median(times), median(ratios), sorted[0]!, sorted.at(-1)!, every]);
  }
  return {
    title: "What watching the health of layers adds to a step, at the default interval",
    columns: ["network", "step without", "added", "least", "most", "steps between looks"],
    rows,
    show: (value, column) =>
      column === 1
        ? `${value.toPrecision(3)} ms`
        : column < 5
          ? `${(100 * value).toFixed(1)} %`
          : value.toFixed(0),
    note: `Medians over ${pairs} pairs of trainings, one with and one without, in turn. Compilation and the looks at the start and at the end are left out.`,
  };
}

const labelled = 4000;

async function suspects(seeds: number, report: (line: string) => void): Promise<Table> {
  const { train } = await mnist();
  const { x, label } = train.arrays as { readonly x: NDArray; readonly label: NDArray };
  const rows: (string | number)[][] = [];
  for (const share of [0, 0.1, 0.2, 0.3, 0.4]) {
    report(`${100 * share} % of labels wrong`);
    const figures: number[][] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const random = randomStream(seed);
      const given = Int32Array.from(label.data.slice(0, labelled));
      const wrong = given.map((own, i) => {
        if (uniform(random) >= share) return 0;
        given[i] = (own + 1 + Math.floor(9 * uniform(random))) % 10;
        return 1;
      });
      const model = sequential(dense(128), relu(), dense(10));
      const run = await fit({
        params: model.init([784]),
        loss: (params: Parameters<typeof model.apply>[0], batch: Batch) =>
          crossEntropy(model.apply(params, batch.x), batch.label),
        data: dataset({
          x: new NDArray(x.data.slice(0, labelled * 784), [labelled, 784]),
          label: given,
        }),
        ...{ method: adam(1e-3), epochs: 10, seed, suspects: true },
      });
      figures.push(judge(run.suspects!, wrong));
    }
    rows.push([
      `${(100 * share).toFixed(0)} %`,
      ...figures[0]!.map((_, k) => median(figures.map((own) => own[k]!))),
    ]);
  }
  return {
    title: `Wrong labels among ${labelled} digits, found while 784-128-10 trains for 10 epochs`,
    columns: ["labels flipped", "said to be", "precision", "recall", "ranking's AUC"],
    rows,
    show: (value, column) =>
      Number.isNaN(value) ? "–" : column === 1 ? `${(100 * value).toFixed(1)} %` : value.toFixed(3),
    note: `Medians over ${seeds} seeds. The digits' own labels are not without faults: those count as found wrongly.`,
  };
}

/** The share that is said to be wrong, precision, recall, and the area under the ranking's curve. */
function judge(
  { ranking, suspects: found, rate }: NonNullable<Awaited<ReturnType<typeof fit>>["suspects"]>,
  wrong: Int32Array,
): number[] {
  const total = wrong.reduce((sum, one) => sum + one, 0);
  const hits = found.filter(({ row }) => wrong[row] === 1).length;
  let [right, area] = [0, 0];
  for (const row of ranking) {
    if (wrong[row] === 1) area += wrong.length - total - right;
    else right++;
  }
  return [rate, hits / found.length, hits / total, area / (total * (wrong.length - total))];
}

/** What it costs to watch layers while training, and how well wrong labels are found. */
export const health: Experiment = {
  name: "health",
  run: async ({ only, seeds = 5 }, report) => {
    const wants = (name: string): boolean => only === undefined || only.includes(name);
    return {
      tables: [
        ...(wants("overhead") ? [await overhead(seeds, report)] : []),
        ...(wants("labels") ? [await suspects(seeds, report)] : []),
      ],
    };
  },
};
