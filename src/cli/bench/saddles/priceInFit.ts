import type { Tensor } from "../../../array/tensor.ts";
import { type LabelledBatch, mnist } from "../../../data/mnist.ts";
import { adam } from "../../../methods/rules/adam.ts";
import { curvatureNoise } from "../../../methods/rules/curvatureNoise.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import { dense } from "../../../models/layers/dense.ts";
import { crossEntropy } from "../../../models/losses/crossEntropy.ts";
import { relu, tanh } from "../../../models/overloads.ts";
import { sequential } from "../../../models/sequential.ts";
import { fit } from "../../../training/fit.ts";
import type { Snapshot } from "../../../training/snapshot.ts";
import type { Table } from "../experiment.ts";
import { countedLooks, lookPrice } from "./countedLooks.ts";
import { summarize } from "./statistics.ts";

/** Runs of each method, which take turns. */
const turns = 4;
const steps = 1000;
/** The part of a batch that a look takes, by default. */
const part = 1 / 4;

const methods: readonly (readonly [string, () => Rule])[] = [
  ["Adam", () => adam(1e-3)],
  ["curvature noise on Adam's steps", () => curvatureNoise(adam(1e-3)) as Rule],
];

/** What a look at the curvature left behind, in the rule's state. */
function lastLook({ tensors }: Snapshot): { wait: number; noise: number } | undefined {
  const held = (name: string): number | undefined =>
    Object.entries(tensors).find(([path]) => path.endsWith(name))?.[1].data[0];
  const [wait, noise] = [held("wait"), held("noise")];
  return wait === undefined || noise === undefined ? undefined : { wait, noise };
}

/** What watching the curvature costs in `fit`, where there is no saddle, beside Adam's steps without it: in one process, in turns. */
export async function priceInFit(report: (line: string) => void): Promise<Table> {
  const data = (await mnist()).train;
  const rows: (string | number | null)[][] = [];
  for (const [name, bend, batchSize] of [
    ["784-256-128-10, ReLU, batch 128", relu, 128],
    ["784-256-128-10, tanh, batch 32", tanh, 32],
  ] as const) {
    report(`price of watching: ${name}`);
    const model = sequential(dense(256), bend(), dense(128), bend(), dense(10));
    const params = model.init([784]);
    type Weights = ReturnType<typeof params>;
    const loss = (at: Weights, batch: LabelledBatch): Tensor =>
      crossEntropy(model.apply(at, batch.x), batch.label);
    const measured = methods.map(([method, make]) => ({
      ...{ method, make, milliseconds: [] as number[], loss: Number.NaN },
      looks: 0,
      look: undefined as ReturnType<typeof lastLook>,
    }));
    for (let turn = 0; turn <= turns; turn++) {
      for (const each of measured) {
        each.looks = 0;
        const method = countedLooks(each.make(), () => each.looks++);
        const shared = { params, loss, data, batchSize, steps, engine: "onnx", seed: 0 } as const;
        const run = await fit({
          ...{ ...shared, method },
          checkpoints: {
            everySeconds: Number.POSITIVE_INFINITY,
            save: (snapshot) => {
              each.look = lastLook(snapshot);
              return undefined;
            },
          },
        });
        each.loss = run.loss;
        // The first of all warms the process up.
        if (turn > 0) each.milliseconds.push((1000 * run.cost.seconds.train) / run.steps);
      }
    }
    const plain = measured[0]!.milliseconds;
    for (const { method, milliseconds, loss: end, look, looks } of measured) {
      const { low, median, high } = summarize(milliseconds);
      const ratio = summarize(milliseconds.map((took, i) => took / plain[i]!)).median;
      rows.push([
        ...[name, method, 1 + (looks * lookPrice * part) / steps, median, low, high, ratio, end],
        ...[looks, look?.wait ?? null, look?.noise ?? null],
      ]);
    }
  }
  return {
    title: `In fit, where there is no saddle to leave: ${steps} steps on the digits`,
    columns: [
      ...["network", "method", "gradients a step", "ms a step", "lower quartile", "upper"],
      ...["times Adam's", "loss", "looks", "wait for the next", "noise"],
    ],
    rows,
    show: (value, column) =>
      column > 7 ? String(value) : column === 7 ? value.toPrecision(3) : value.toFixed(2),
    note: `Medians of ${turns} runs in turns, compilation apart, looks at the curvature and the calls that end for them included; times Adam's: the median of the ratios, turn by turn.`,
  };
}
