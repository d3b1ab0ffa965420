import { NadirError } from "../base/errors.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { lowerAlong, type Side } from "../inspection/lowerAlong.ts";
import type { Vector } from "../linalg/ask.ts";
import type { Run } from "../runs/run.ts";
import { openStore } from "../runs/store.ts";
import type { TrainingProblem } from "../training/defineTraining.ts";
import { pointOfRun } from "./runPoint.ts";

/** Rows that are looked at for the lower point: it need not be the lowest of all. */
const MOST_ROWS = 4096;

/**
 * The direction in which the loss curves downwards where a run ended.
 *
 * @throws NadirError `escape/no-saddle` if its verdict names none
 */
export function directionOf(run: Run): Vector {
  const verdict: Verdict | undefined = run.verdict;
  if (verdict?.kind === "saddle") return verdict.direction;
  throw new NadirError("escape/no-saddle", `run ${run.id} did not end at a saddle`, {
    expected: `a run whose verdict is saddle, not ${run.verdictKind ?? run.status}`,
    hint:
      run.config["task"] === "train"
        ? `nadir diagnose ${run.id} --fix, which tries what it suffers from`
        : `nadir show ${run.id}`,
  });
}

/**
 * A training that begins beside the saddle where a run of it ended: at a lower point along the direction of negative
 * curvature.
 *
 * @param reference - the run's id
 * @param side - the way to go; by default the lower one of both
 * @throws NadirError `escape/…`, `store/unknown-run`
 */
export async function besideSaddle(
  problem: TrainingProblem,
  reference: string,
  store: string,
  side?: Side,
): Promise<TrainingProblem> {
  await using opened = await openStore(store, { readOnly: true });
  const run = opened.run(reference);
  const direction = directionOf(run);
  const point = pointOfRun(run, problem);
  if (point === undefined) {
    throw new NadirError("inspect/run", `run ${run.id} has no checkpoint`, {
      expected: "a run that has saved its params",
      hint: "nadir train saves them every 10 s and at the end",
    });
  }
  const rows = Math.min(problem.data.size, MOST_ROWS);
  const { at } = await lowerAlong(problem, { ...point.place, direction, rows, side });
  return {
    ...problem,
    params: at,
    ...("state" in point.place ? { state: point.place.state } : {}),
  };
}
