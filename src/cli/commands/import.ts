import { resolve } from "node:path";
import { type ImportedRun, readEventFiles } from "../../exchange/importEvents.ts";
import { packageVersion } from "../../runs/machine.ts";
import { openStore, type Store } from "../../runs/store.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatCount } from "../format.ts";

/** `nadir import PATH…`: runs from TensorBoard event files. Nothing that they came from is executed. */
export const importCommand: Command = async ({ words, output, store, cwd }) => {
  // All is read before the first run is written: a wrong file leaves nothing behind.
  const found = words.flatMap((word) => readEventFiles(resolve(cwd, word)));
  for (const { name, remarks } of found)
    for (const line of remarks) output.note(`${name}: ${line}`);
  await using opened = await openStore(store);
  const known = new Map(opened.runs().map((run) => [run.config["digest"], run.id]));
  const results = found.map((run) => {
    const there = known.get(run.digest);
    if (there !== undefined) return { id: there, name: run.name, points: 0, isNew: false };
    return { id: keep(opened, run), name: run.name, points: pointsOf(run), isNew: true };
  });
  const lines = results.map(({ id, name, points, isNew }) =>
    isNew
      ? `${id}  ${name}  ${formatCount(points)} points`
      : `${id}  ${name}  is in the store already`,
  );
  output.result(lines.join("\n"), { schema: "nadir.import/1", runs: results });
  return exitCode.done;
};

function keep(store: Store, run: ImportedRun): string {
  const series = [...run.series];
  const lossName = ["loss", "train/loss", "loss/train", "train_loss", "training_loss"].find(
    (name) => series.some(([tag]) => tag.toLowerCase() === name),
  );
  const lastOf = (values: readonly number[]): number => values.at(-1) ?? Number.NaN;
  const steps = series.reduce(
    (most, [, told]) => told.steps.reduce((a, b) => Math.max(a, b), most),
    0,
  );
  const writer = store.createRun({
    name: run.name.replace(/[\p{Control}\p{Surrogate}]/gu, "�"),
    command: `nadir import ${run.files.join(" ")}`,
    config: {
      task: "imported",
      from: "tensorboard",
      digest: run.digest,
      started: new Date(run.started * 1000).toISOString(),
    },
    versions: { nadir: packageVersion() },
    machine: { cpu: "not told by the event file", cores: 0, memory: 0, node: "", platform: "" },
  });
  for (const [tag, { steps: at, values }] of series) {
    writer.event({
      kind: "progress",
      step: at.at(-1) ?? 0,
      loss: lastOf(values),
      gradientNorm: Number.NaN,
      series: { steps: at, values: { [tag]: values } },
    });
  }
  const loss = series.find(([tag]) => tag.toLowerCase() === lossName);
  writer.end({
    status: "ended",
    loss: loss === undefined ? undefined : lastOf(loss[1].values),
    metrics: Object.fromEntries(
      series.filter((one) => one !== loss).map(([tag, { values }]) => [tag, lastOf(values)]),
    ),
    steps,
    seconds: run.ended - run.started,
  });
  return writer.id;
}

const pointsOf = ({ series }: ImportedRun): number =>
  [...series.values()].reduce((sum, { values }) => sum + values.length, 0);
