import type { SeriesBuckets } from "../records/buckets.ts";
import { listCheckpoints } from "../runs/checkpoint.ts";
import type { Run } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";
import type { RunReply, RunRow, SeriesHead } from "./protocol.ts";
import type { Packet } from "./wire.ts";

/** What a page is told of a series. Points need no more than their step and value. */
export function seriesPacket(
  run: string,
  name: string,
  { count, from, width, columns }: SeriesBuckets,
): Packet<SeriesHead> {
  const { step, first: value } = columns;
  return {
    head: { run, name, count, from, width },
    columns: width === 1 ? { step, value } : { ...columns },
  };
}

/**
 * What a page is told of a run.
 *
 * @param row - as the list has it
 * @param children - runs that went on from this one
 */
export function runReply(
  store: Store,
  run: Run,
  row: RunRow,
  children: readonly string[],
): RunReply {
  const { id, config, command, versions, revision, machine, cost, verdict } = run;
  return {
    run: row,
    // Casts: plain objects of the record, sent on as they are.
    verdict: verdict as Readonly<Record<string, unknown>> | undefined,
    ...{ config, command, versions, revision, machine: { ...machine } },
    cost: cost as Readonly<Record<string, unknown>> | undefined,
    series: store.seriesNames(id).map((name) => ({ name })),
    artefacts: store.artefacts.list(id),
    checkpoints: listCheckpoints(run.dir)
      .map(({ step }) => step)
      .reverse(),
    notes: store.notes.list(id),
    children,
  };
}
