import { formatNumber } from "../../../src/cli/format.ts";
import { commaSeparated } from "../../../src/drawing/csv.ts";
import { doneOf } from "../../../src/search/sweep/sweepRecord.ts";
import type { SweepReply, SweepRow } from "../../../src/studio/protocol.ts";
import { shownValue } from "./scenes.ts";

/** What writes the runs of a sweep, with their settings and what they came to. */
export const runsCommand = ({ id }: SweepRow): string => `nadir export sweep:${id} --table runs`;

/** A setting as a cell of a table shows it. */
export const cellOf = (value: unknown): string =>
  typeof value === "number" ? formatNumber(value, 4) : written(value);

/** A setting in full. */
const written = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "");

/** All trials, whatever the picture shows of them. */
export function csvOfTrials({ trials, request }: SweepReply): string {
  const names = request.space.map(({ name }) => name);
  const rows = trials.map((trial) => [
    ...[trial.number, trial.run ?? "", trial.status, doneOf(trial)],
    ...names.map((name) => written(trial.settings[name])),
    shownValue(trial, request.objective),
  ]);
  const head = [
    "trial",
    "run",
    "status",
    "trained",
    ...names,
    request.objective?.metric ?? "value",
  ];
  return commaSeparated([head, ...rows]);
}
