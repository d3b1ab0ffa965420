import { NadirError } from "../../base/errors.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import { lowerAlong } from "../../inspection/lowerAlong.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { Run } from "../../runs/run.ts";
import { openStore } from "../../runs/store.ts";
import type { TrainingProblem } from "../../training/defineTraining.ts";
import { pointOfRun } from "../runPoint.ts";
import type { TrainFlags } from "./trainFlags.ts";

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
 * A training that begins where its flags say: with the params of another run's last checkpoint, or beside the saddle where
 * that ended, at a lower point along the direction of negative curvature. The state of its model is that run's too; the method
 * begins anew.
 *
 * @throws NadirError `escape/…`, `inspect/run`, `store/unknown-run`
 */
export async function beginningAt(
  problem: TrainingProblem,
  { begin, escape: beside, side }: Pick<TrainFlags, "begin" | "escape" | "side">,
  store: string,
): Promise<TrainingProblem> {
  const reference = beside ?? begin;
  if (reference === undefined) return problem;
  await using opened = await openStore(store, { readOnly: true });
  const run = opened.run(reference);
  const direction = beside === undefined ? undefined : directionOf(run);
  const point = pointOfRun(run, problem);
  if (point === undefined) {
    throw new NadirError("inspect/run", `run ${run.id} has no checkpoint`, {
      expected: "a run that has saved its params",
      hint: "nadir train saves them every 10 s and at the end",
    });
  }
  const { place } = point;
  const rows = Math.min(problem.data.size, MOST_ROWS);
  const at =
    direction === undefined
      ? place.at
      : (await lowerAlong(problem, { ...place, direction, rows, side })).at;
  return { ...problem, params: at, ...("state" in place ? { state: place.state } : {}) };
}
