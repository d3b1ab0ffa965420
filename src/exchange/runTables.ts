import type { RunSummary } from "../runs/run.ts";
import type { Series } from "../runs/seriesReader.ts";
import { type Cell, type Column, type Table, tableOf } from "./table.ts";

/** A run with what it measured. */
export interface MeasuredRun {
  readonly run: RunSummary;
  readonly series: ReadonlyMap<string, Series>;
}

/** A row for each run: what it is, how it ended, its metrics and settings (nested ones as `a.b`). */
export function runsTable(runs: readonly RunSummary[]): Table {
  return tableOf(
    runs.map((run) => ({
      ...{ id: run.id, name: run.name, created: new Date(run.created).toISOString() },
      ...{ status: run.status, verdict: run.verdictKind, loss: run.loss },
      ...{ gradientNorm: run.gradientNorm, steps: run.steps, seconds: run.seconds, seed: run.seed },
      ...{ parent: run.parent, command: run.command },
      ...flat("metrics", run.metrics ?? {}),
      ...flat("config", run.config),
    })),
  );
}

/**
 * A row for each step at which a run measured something, and a column for each series; nothing where a series
 * has no point. A series with several points at one step takes as many rows.
 */
export function seriesTable(runs: readonly MeasuredRun[]): Table {
  const names = [...new Set(runs.flatMap(({ series }) => [...series.keys()]))];
  const ids: string[] = [];
  const steps: number[] = [];
  const columns = new Map<string, Cell[]>(names.map((name) => [name, []]));
  for (const { run, series } of runs) {
    const from = ids.length;
    const rowOf = rowsByStep([...series.values()]);
    for (const [step, rows] of rowOf.rows) {
      for (let i = 0; i < rows.count; i++) {
        ids[from + rows.first + i] = run.id;
        steps[from + rows.first + i] = step;
      }
    }
    for (const [name, cells] of columns) {
      for (let row = cells.length; row < from + rowOf.count; row++) cells.push(undefined);
      const one = series.get(name);
      if (one !== undefined) place(one, (row, value) => (cells[from + row] = value), rowOf.rows);
    }
  }
  const numbers = [...columns].map(([name, cells]): Column => ({ name, kind: "number", cells }));
  return {
    rows: ids.length,
    columns: [
      { name: "run", kind: "text", cells: ids },
      { name: "step", kind: "number", cells: steps },
      ...numbers,
    ],
  };
}

interface StepRows {
  first: number;
  count: number;
}

/** Which rows belong to each step: as many as the series with the most points there has. */
function rowsByStep(series: readonly Series[]): { rows: Map<number, StepRows>; count: number } {
  const counts = new Map<number, number>();
  for (const { steps } of series) {
    const own = new Map<number, number>();
    for (const step of steps) own.set(step, (own.get(step) ?? 0) + 1);
    for (const [step, count] of own) counts.set(step, Math.max(count, counts.get(step) ?? 0));
  }
  const rows = new Map<number, StepRows>();
  let first = 0;
  for (const [step, count] of [...counts].sort(([a], [b]) => a - b)) {
    rows.set(step, { first, count });
    first += count;
  }
  return { rows, count: first };
}

function place(
  { steps, values }: Series,
  put: (row: number, value: number) => void,
  rows: ReadonlyMap<number, StepRows>,
): void {
  const seen = new Map<number, number>();
  steps.forEach((step, i) => {
    const nth = seen.get(step) ?? 0;
    seen.set(step, nth + 1);
    const value = values[i];
    const first = rows.get(step)?.first;
    if (value !== undefined && first !== undefined) put(first + nth, value);
  });
}

/** Nested plain data as cells named by their paths. */
function flat(prefix: string, value: unknown): Record<string, Cell> {
  if (value === undefined || value === null) return {};
  if (typeof value === "number" || typeof value === "string") return { [prefix]: value };
  if (typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value))
    return Object.assign(
      {},
      ...Object.entries(value).map(([key, inner]) => flat(`${prefix}.${key}`, inner)),
    );
  return { [prefix]: ArrayBuffer.isView(value) ? `[${value}]` : JSON.stringify(value) };
}
