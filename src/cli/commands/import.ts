import { resolve } from "node:path";
import { NadirError } from "../../base/errors.ts";
import { type ImportedRun, readEventFiles } from "../../exchange/importEvents.ts";
import { readNadirFile } from "../../exchange/nadirFile.ts";
import type { KeptRun } from "../../runs/keptRun.ts";
import { packageVersion } from "../../runs/machine.ts";
import { newRunId } from "../../runs/runReference.ts";
import { openStore } from "../../runs/store.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatCount } from "../format.ts";

/** `nadir import PATH…`: runs from files that nadir exported, and from TensorBoard's. Nothing in them is executed. */
export const importCommand: Command = async ({ words, output, store, cwd, now }) => {
  // All is read before anything is written, and written as one change: a failure leaves nothing behind.
  const isOurs = (word: string): boolean => /\.nadir$/i.test(word);
  const files = words.filter(isOurs).map((word) => readNadirFile(resolve(cwd, word)));
  const whole = requireOnce(files.flat());
  const logs = words.flatMap((word) => (isOurs(word) ? [] : readEventFiles(resolve(cwd, word))));
  for (const { name, remarks } of logs) for (const line of remarks) output.note(`${name}: ${line}`);
  await using opened = await openStore(store);
  const known = new Map(opened.runs().map((run) => [run.config["digest"], run.id]));
  const fresh = logs.filter(({ digest }) => !known.has(digest));
  const kept = [...whole, ...fresh.map((log) => keptRunOf(log, now()))];
  const taken = opened.takeOver(kept);
  const results = [
    ...kept.map((run, i) => {
      const { id, isNew, was, parentKept } = taken[i]!; // one for each
      const renamed = isNew && was !== id && i < whole.length ? was : undefined;
      const points = isNew ? pointsOf(run) : 0;
      return { id, name: run.name, points, isNew, renamed, parentKept };
    }),
    ...logs.flatMap(({ digest, name }) => {
      const id = known.get(digest);
      const rest = { points: 0, isNew: false, renamed: undefined, parentKept: true };
      return id === undefined ? [] : [{ id, name, ...rest }];
    }),
  ];
  for (const { id, renamed, parentKept } of results) {
    if (renamed !== undefined)
      output.note(`${id} was ${renamed}, which another run is called here`);
    if (!parentKept)
      output.note(`${id}: the id of its parent is another run's here; it is left out`);
  }
  const lines = results.map(({ id, name, points, isNew }) =>
    isNew
      ? `${id}  ${name}  ${formatCount(points)} points`
      : `${id}  ${name}  is in the store already`,
  );
  output.result(lines.join("\n"), { schema: "nadir.import/1", runs: results });
  return exitCode.done;
};

/** @throws NadirError `import/twice` where two files hold a run of the same id */
function requireOnce(runs: readonly KeptRun[]): readonly KeptRun[] {
  const twice = runs.find(({ id }, i) => runs.findIndex((run) => run.id === id) < i);
  if (twice === undefined) return runs;
  throw new NadirError("import/twice", `two of the files hold a run ${twice.id}`, {
    hint: "import one file after the other: the second run then gets a new id",
  });
}

/** What TensorBoard's files of one folder tell, as a run. */
function keptRunOf(run: ImportedRun, now: number): KeptRun {
  const series = [...run.series].map(([tag, told]) => {
    const points = {
      steps: Float64Array.from(told.steps),
      values: Float64Array.from(told.values),
    };
    return [tag.replace(/\p{Surrogate}/gu, "�"), points] as const;
  });
  const lossName = ["loss", "train/loss", "loss/train", "train_loss", "training_loss"].find(
    (name) => series.some(([tag]) => tag.toLowerCase() === name),
  );
  const lastOf = (values: Float64Array): number => values.at(-1) ?? Number.NaN;
  const loss = series.find(([tag]) => tag.toLowerCase() === lossName);
  return {
    id: newRunId(),
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
    ...{ created: now, heartbeat: now, status: "ended" },
    loss: loss === undefined ? undefined : lastOf(loss[1].values),
    metrics: Object.fromEntries(
      series.filter((one) => one !== loss).map(([tag, { values }]) => [tag, lastOf(values)]),
    ),
    steps: series.reduce((most, [, { steps }]) => steps.reduce((a, b) => Math.max(a, b), most), 0),
    seconds: run.ended - run.started,
    ...{ tags: [], notes: [], events: [], artefacts: [], files: [] },
    series: new Map(series),
  };
}

const pointsOf = ({ series }: KeptRun): number =>
  [...series.values()].reduce((sum, { values }) => sum + values.length, 0);
