import { NDArray } from "../array/ndarray.ts";
import { unflatten } from "../array/tree.ts";
import { NadirError } from "../base/errors.ts";
import type { TrainedLoss } from "../inspection/point.ts";
import { latestCheckpoint } from "../runs/checkpoint.ts";
import type { Run } from "../runs/run.ts";
import type { Snapshot } from "../training/snapshot.ts";
import { drawOrRead, streams, type Values } from "../training/values.ts";

/** Params and state of a run's last checkpoint; undefined where it has none. */
export function pointOfRun(
  run: Run,
  problem: TrainedLoss,
):
  | {
      readonly step: number;
      readonly place: { readonly at: unknown; readonly state?: unknown };
      /** What the checkpoint's run is told by. */
      readonly settings: Snapshot["settings"];
    }
  | undefined {
  const found = latestCheckpoint(run.dir);
  if (found === undefined) return undefined;
  const place = placeOf(found.tensors as Snapshot["tensors"], problem); // as they were saved from a snapshot
  const { settings = {} } = found.meta as { readonly settings?: Snapshot["settings"] }; // as runRecord.ts saves it
  return { step: found.step, place, settings };
}

/** Params and state that were saved, in the problem's own form. */
export const placeOf = (
  saved: Snapshot["tensors"],
  problem: TrainedLoss,
): { readonly at: unknown; readonly state?: unknown } => ({
  at: savedTree("params", problem.params, saved, problem),
  ...(problem.state === undefined
    ? {}
    : { state: savedTree("state", problem.state, saved, problem) }),
});

/** A tree of the problem's own, with the arrays that were saved. */
export function savedTree(
  name: "params" | "state",
  own: unknown,
  saved: Snapshot["tensors"],
  { seed = 0, dtype = "f32" }: TrainedLoss,
): unknown {
  const like: Values = drawOrRead(own, seed, streams[name], dtype, name);
  const arrays = like.paths.map((path, i) => {
    const full = path === "" ? name : `${name}.${path}`;
    const found = saved[full];
    if (found !== undefined && found.shape.join() === like.arrays[i]!.shape.join())
      return new NDArray(found.data, found.shape, found.dtype);
    throw new NadirError("inspect/run", `${full} is not in the checkpoint as the file has it`, {
      expected: `an array of shape [${like.arrays[i]!.shape.join(", ")}]`,
      hint: "the file has changed since the run: put it back, or train again",
    });
  });
  return unflatten(like.structure, arrays);
}
