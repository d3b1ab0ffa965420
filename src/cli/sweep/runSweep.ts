import { NadirError } from "../../base/errors.ts";
import type { Run } from "../../runs/run.ts";
import type { Store } from "../../runs/store.ts";
import { stoppingBad } from "../../search/sweep/medianStopping.ts";
import { strategyFor } from "../../search/sweep/strategies.ts";
import {
  bestOf,
  type Objective,
  type SweepRequest,
  type SweepTrial,
} from "../../search/sweep/sweepRecord.ts";
import type { Setting } from "../../training/defineTraining.ts";
import type { Invocation } from "../command.ts";
import type { Interrupt } from "../interrupt.ts";
import { type Attempt, conduct } from "./conductor.ts";
import { chooseObjective, valueToMinimize } from "./objective.ts";
import { runTrial, type TrialEnd } from "./trialProcess.ts";

/** What a sweep found. */
export interface SweepResult {
  readonly id: string;
  readonly trials: readonly SweepTrial[];
  /** Undefined if no training has told anything. */
  readonly objective: Objective | undefined;
  readonly interrupted: boolean;
}

/**
 * Runs a sweep's trainings, each in a process of its own, and keeps in the store what came of each as it comes.
 *
 * @param before - trials done before, of a sweep that is gone on with
 * @throws NadirError `sweep/metric`, `sweep/…`, `store/…`
 */
export async function runSweep(
  { store: dir, cwd, env, now }: Invocation,
  store: Store,
  sweep: {
    readonly id: string;
    readonly request: SweepRequest;
    readonly before: readonly SweepTrial[];
  },
  interrupt: Interrupt,
  listen: (trial: SweepTrial, all: readonly SweepTrial[]) => void,
): Promise<SweepResult> {
  const { id, request, before } = sweep;
  const { space, seed, trials, levels, eta, smallest, workers } = request;
  const plain = strategyFor(request.strategy, space, { seed, trials, levels, eta, smallest });
  const strategy = request.stopBad === true ? stoppingBad(plain, request.strategy) : plain;
  let objective: Objective | undefined = request.objective;
  let wrong: unknown;
  const stop = new AbortController();
  interrupt.signal.addEventListener("abort", () => stop.abort());
  if (interrupt.signal.aborted) stop.abort();

  const attempt = async (trial: SweepTrial): Promise<Attempt> => {
    const known = trial.run ?? runOf(store, id, trial.number);
    const run = known === undefined ? undefined : await atRest(store, known, stop.signal);
    // It ended, and an earlier process of the sweep was gone before it could hear so.
    if (run?.status === "ended") return attemptOf(endOf(run), trial);
    const words =
      run === undefined
        ? trainWords(request, trial)
        : ["resume", run.id, "--pause", String(trial.share)];
    const order = { sweep: id, trial: trial.number, cwd, env, signal: stop.signal };
    const end = await runTrial({
      ...order,
      words: [...words, "--store", dir],
      patience: request.patience,
    });
    return attemptOf(end, trial);
  };
  const attemptOf = (end: TrialEnd, trial: SweepTrial): Attempt => {
    const run = runOf(store, id, trial.number);
    if (end.kind === "refused") return end;
    if (end.kind === "lost") return { ...end, run };
    if (end.kind === "stopped") return { ...end, run };
    try {
      if (objective === undefined) {
        objective = chooseObjective(end.report, request.metric, request.goal);
        store.sweeps.update(id, { settings: { ...request, objective } });
      }
    } catch (error) {
      if (!(error instanceof NadirError)) throw error;
      // Every other training would tell as little.
      wrong = error;
      stop.abort();
      return { kind: "stopped", run };
    }
    const value = valueToMinimize(end.report, objective, end.diverged);
    // A short training may be over before it can be paused: it is not compared as if it had been.
    const isOver = request.stopBad === true && end.report.status === "ended" && !end.diverged;
    return { kind: "told", run: end.report.id, value, share: isOver ? 1 : trial.share };
  };

  const all = await conduct({
    ...{ strategy, workers, before, attempt, signal: stop.signal, now },
    changed: (trial, others) => {
      store.sweeps.putTrial(id, trial.number, trial);
      store.sweeps.update(id, { bestRun: bestOf(others)?.run });
      listen(trial, others);
    },
  });
  if (wrong !== undefined) throw wrong;
  return { id, trials: all, objective, interrupted: interrupt.signal.aborted };
}

/** How long a training outlives its sweep at most: it saves, or is ended. */
const OUTLIVES_MS = 30_000;

/** A run once nobody trains it any more: one that an earlier process of the sweep began may be saving yet. */
async function atRest(store: Store, id: string, signal: AbortSignal): Promise<Run> {
  for (const end = Date.now() + OUTLIVES_MS; ; ) {
    const run = store.run(id);
    if (run.status !== "running" || signal.aborted || Date.now() > end) return run;
    await new Promise((done) => setTimeout(done, 250));
  }
}

/** What a training that has ended would have told. */
function endOf({ id, status, loss, metrics = {}, steps = 0, verdictKind }: Run): TrialEnd {
  const report = { id, status, loss, metrics, steps, verdict: verdictKind };
  return { kind: "told", report, diverged: verdictKind === "diverged" };
}

/** The newest run that a trial of a sweep has in the store. */
const runOf = (store: Store, sweep: string, trial: number): string | undefined =>
  store.runs({ sweep }).find(({ config }) => config["trial"] === trial)?.id;

function trainWords(request: SweepRequest, trial: SweepTrial): string[] {
  const { path, fixed, seed, steps, threads } = request;
  const settings = Object.entries(trial.settings).map(
    ([name, value]) => `${name}=${written(value)}`,
  );
  return [
    ...["train", path, ...fixed, ...settings],
    ...["--seed", String(seed), "--threads", String(threads)],
    ...(steps === undefined ? [] : ["--steps", String(steps)]),
    ...(trial.share < 1 ? ["--pause", String(trial.share)] : []),
  ];
}

/** A value as `key=value` takes it. */
export const written = (value: Setting): string =>
  typeof value === "string" && !/^[\d+.[{"-]|^(true|false|null)$/.test(value)
    ? value
    : JSON.stringify(value);
