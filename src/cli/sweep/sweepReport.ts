import { importance } from "../../search/sweep/importance.ts";
import { lastValue } from "../../search/sweep/strategy.ts";
import {
  bestOf,
  doneOf,
  type Objective,
  type SweepRequest,
  type SweepTrial,
} from "../../search/sweep/sweepRecord.ts";
import type { Invocation } from "../command.ts";
import { formatCount, formatNumber, formatPercent, formatSeconds, formatTable } from "../format.ts";
import type { JsonResult, Output } from "../output.ts";
import { type SweepResult, written } from "./runSweep.ts";

/** Trials shown in the table. */
const SHOWN = 10;

/** Hears of trials, and says a line for each that ends. */
export function createSweepProgress(
  { output, now }: Invocation,
  request: SweepRequest,
  id: string,
): (trial: SweepTrial, all: readonly SweepTrial[]) => void {
  const began = now();
  const { shown, strategy, workers } = request;
  output.note(`${shown}  sweep ${id} · ${strategy} · ${formatCount(workers)} at a time`);
  return (trial, all) => {
    const last = trial.spans.at(-1);
    if (last === undefined) return;
    if (trial.status === "running" && last.outcome !== "lost") return;
    const state =
      trial.status === "failed"
        ? `failed: ${trial.why ?? ""}`
        : trial.status === "running"
          ? "was lost, and is tried again"
          : trial.status === "stopped"
            ? `stopped: ${trial.why ?? ""}`
            : told(trial);
    const isBest = bestOf(all)?.number === trial.number ? "  best so far" : "";
    const time = formatSeconds((now() - began) / 1000);
    output.note(`#${trial.number}  ${settingsOf(trial)}  ${state}${isBest}  (${time})`);
  };
}

function told(trial: SweepTrial): string {
  const { share = 1 } = trial.measured.at(-1) ?? {};
  const value = lastValue(trial);
  const words = Number.isFinite(value) ? formatNumber(Math.abs(value), 4) : "diverged";
  return share < 1 ? `${words} at ${formatPercent(share)}` : words;
}

const settingsOf = ({ settings }: SweepTrial): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${written(value)}`)
    .join(" ");

/** The sweep's end for a reader: the best trials, what mattered, and the command that repeats the best. */
export function renderSweep(
  { id, trials, objective, interrupted }: SweepResult,
  request: SweepRequest,
  { colors }: Output,
): string {
  const best = bestOf(trials);
  if (objective === undefined || best === undefined)
    return interrupted ? goOn(id) : `no training told anything: ${firstReason(trials)}`;
  const ranked = [...trials].sort(
    (a, b) => doneOf(b) - doneOf(a) || lastValue(a) - lastValue(b) || a.number - b.number,
  );
  const names = request.space.map(({ name }) => name);
  const rows = ranked
    .slice(0, SHOWN)
    .map((trial) => [
      trial.number === best.number ? colors.green("best") : "",
      trial.run ?? "",
      shownValue(trial, objective),
      doneOf(trial) < 1 ? formatPercent(doneOf(trial)) : "",
      ...names.map((name) => written(trial.settings[name] ?? null)),
      trial.status === "failed"
        ? (trial.why ?? "failed")
        : trial.status === "stopped"
          ? `stopped: ${trial.why ?? ""}`
          : "",
    ]);
  const heads = ["", "run", objective.metric, "trained", ...names, ""].map((head) =>
    colors.dim(head),
  );
  const told = heads.map((_, i) => i).filter((i) => rows.some((row) => row[i] !== ""));
  const counts = countsOf(trials);
  const matters = importance(request.space, trials);
  return [
    formatTable([heads, ...rows].map((row) => told.map((i) => row[i] ?? ""))),
    `  ${counts}${ranked.length > SHOWN ? `; the ${SHOWN} best are shown` : ""}`,
    ...(matters.length > 0
      ? [
          `  ${colors.dim("matters")}  ${matters.map(({ name, share }) => `${name} ${formatPercent(share)}`).join("  ")}`,
        ]
      : []),
    ...(best.run === undefined ? [] : [`  ${colors.dim("look")}     nadir show ${best.run}`]),
    ...(interrupted ? [`  ${goOn(id)}`] : []),
  ].join("\n");
}

const goOn = (id: string): string => `interrupted: nadir sweep --resume ${id} goes on`;

function countsOf(trials: readonly SweepTrial[]): string {
  const count = (what: (trial: SweepTrial) => boolean): number => trials.filter(what).length;
  const whole = count((trial) => doneOf(trial) >= 1);
  const early = count((trial) => trial.status === "waiting" && doneOf(trial) < 1);
  const stopped = count(({ status }) => status === "stopped");
  const failed = count(({ status }) => status === "failed");
  const again = trials
    .flatMap(({ spans }) => spans)
    .filter(({ outcome }) => outcome === "lost").length;
  return [
    `${formatCount(trials.length)} trials`,
    `${formatCount(whole)} trained whole`,
    ...(early > 0 ? [`${formatCount(early)} left early`] : []),
    ...(stopped > 0 ? [`${formatCount(stopped)} stopped early`] : []),
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(again > 0 ? [`${formatCount(again)} processes lost`] : []),
  ].join(", ");
}

const firstReason = (trials: readonly SweepTrial[]): string =>
  trials.find(({ why }) => why !== undefined)?.why ?? "all diverged";

function shownValue(trial: SweepTrial, { goal }: Objective): string {
  const value = lastValue(trial);
  if (trial.measured.length === 0) return "";
  return Number.isFinite(value) ? formatNumber(goal === "max" ? -value : value, 4) : "diverged";
}

/** The sweep's end for a program. Values are the metric's own; null for a training that diverged. */
export function sweepJson(
  { id, trials, objective, interrupted }: SweepResult,
  request: SweepRequest,
): JsonResult {
  const sign = objective?.goal === "max" ? -1 : 1;
  return {
    schema: "nadir.sweep/1",
    ...{ id, file: request.path, strategy: request.strategy, seed: request.seed, interrupted },
    ...{ objective, best: bestOf(trials)?.run },
    importance: importance(request.space, trials),
    trials: trials.map(({ measured, ...trial }) => ({
      ...trial,
      measured: measured.map(({ share, value }) => ({ share, value: sign * value })),
    })),
  };
}
