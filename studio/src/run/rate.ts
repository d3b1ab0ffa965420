import type { RunState } from "./runData.ts";

/** The learning rate that a run had last, by its series, its log or its settings; undefined for a solver. */
export function lastRate({ series, events, reply }: RunState): number | undefined {
  const told = series.get("learningRate");
  const recorded = told?.tail.at(-1)?.[1] ?? told?.view.last.at(-1);
  if (recorded !== undefined) return recorded;
  const progress = events.findLast(
    ({ event }) => event.kind === "progress" && event.learningRate !== undefined,
  )?.event;
  if (progress?.kind === "progress") return progress.learningRate;
  const { learningRate } = reply.run.settings;
  return typeof learningRate === "number" ? learningRate : undefined;
}
