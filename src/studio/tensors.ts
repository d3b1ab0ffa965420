import { NadirError } from "../base/errors.ts";
import { summarizeTensor } from "../records/tensorSummary.ts";
import { listCheckpoints, readTensors } from "../runs/checkpoint.ts";
import type { Run } from "../runs/run.ts";
import type { SavedTensor } from "../runs/safetensors.ts";
import type { TensorReply, TensorsReply } from "./protocol.ts";

/** Names of params in a checkpoint; those of a rule's state and of a model's are others. */
const isParam = (name: string): boolean => name === "params" || name.startsWith("params.");
const pathOf = (name: string): string => (name === "params" ? name : name.slice("params.".length));

/**
 * The params of a checkpoint that a run has kept. A page names a run and a step: the file is found among the run's own.
 *
 * @param step - left out: the newest
 * @throws NadirError `studio/missing-checkpoint`, `checkpoint/damaged`
 */
function paramsOf({ id, dir }: Run, step: number | undefined) {
  const kept = listCheckpoints(dir);
  const found = step === undefined ? kept[0] : kept.find((one) => one.step === step);
  if (found === undefined) {
    const which = step === undefined ? "no checkpoint" : `no checkpoint of step ${step}`;
    throw new NadirError("studio/missing-checkpoint", `run ${id} has ${which}`, {
      expected:
        kept.length === 0
          ? "a training, which saves its params every 10 s and at its end"
          : `one of ${kept.map((one) => one.step).join(", ")}`,
    });
  }
  const { tensors } = readTensors(found.file);
  return { step: found.step, params: Object.entries(tensors).filter(([name]) => isParam(name)) };
}

/** Which params there are, each with its norm: NaN where a value is, so that the list shows it. */
export const tensorsReply = (run: Run, wanted: number | undefined): TensorsReply =>
  listed(paramsOf(run, wanted));

type Params = ReturnType<typeof paramsOf>;

/**
 * All that can be told of the newest checkpoint that a run has kept, in one reading.
 *
 * @throws NadirError as above
 */
export function newestTensors(run: Run): {
  readonly list: TensorsReply;
  readonly each: readonly TensorReply[];
} {
  const found = paramsOf(run, undefined);
  const each = found.params.map(([name, tensor]) => summary(found.step, pathOf(name), tensor));
  return { list: listed(found), each };
}

const summary = (step: number, path: string, { dtype, data, shape }: SavedTensor): TensorReply => ({
  ...{ step, path, dtype, ...summarizeTensor(data, shape) },
});

function listed({ step, params }: Params): TensorsReply {
  return {
    step,
    tensors: params.map(([name, { shape, dtype, data }]) => {
      let squares = 0;
      for (const value of data) squares += value * value;
      return { path: pathOf(name), shape, dtype, norm: Math.sqrt(squares) };
    }),
  };
}

/**
 * One of them, summarized.
 *
 * @throws NadirError `studio/unknown-tensor`; and as above
 */
export function tensorReply(run: Run, path: string, wanted: number | undefined): TensorReply {
  const { step, params } = paramsOf(run, wanted);
  const [, found] = params.find(([name]) => pathOf(name) === path) ?? [];
  if (found === undefined) {
    const given = JSON.stringify(path.slice(0, 100));
    throw new NadirError("studio/unknown-tensor", `the checkpoint has no params ${given}`);
  }
  return summary(step, path, found);
}
