import { useCallback, useMemo, useState } from "preact/hooks";
import { formatCount, formatNumber } from "../../../src/cli/format.ts";
import { type Cells, cellScene } from "../../../src/drawing/cells.ts";
import type { DataPoint } from "../../../src/drawing/chart.ts";
import { csvOfCells } from "../../../src/drawing/csv.ts";
import {
  type HealthMeasure,
  healthCells,
  healthMeasures,
  healthSeries,
} from "../../../src/drawing/health.ts";
import { ratesOf } from "../../../src/drawing/runPanels.ts";
import type { Style } from "../../../src/drawing/style.ts";
import { lineOf } from "../curves/series.ts";
import { type Drawn, Figure } from "../figure/figure.tsx";
import type { RunState } from "./runData.ts";

type Layers = Readonly<Record<string, readonly DataPoint[]>>;

/** The series of health by measure, then by layer; in the order the measures are listed. */
function layersByMeasure({ series }: Pick<RunState, "series">): Map<HealthMeasure, Layers> {
  const found = new Map<HealthMeasure, Record<string, readonly DataPoint[]>>();
  for (const held of series.values()) {
    const named = healthSeries(held.name);
    if (named === undefined) continue;
    const layers = found.get(named.measure) ?? {};
    layers[named.layer] = lineOf(held).logged;
    found.set(named.measure, layers);
  }
  const order = Object.keys(healthMeasures);
  return new Map([...found].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

/** How each layer fared over time: a row of cells for each, for one measure at a time. */
export function HealthSection({ state }: { readonly state: RunState }) {
  const measures = useMemo(() => layersByMeasure(state), [state]);
  const [chosen, choose] = useState<HealthMeasure | undefined>(undefined);
  const rates = useMemo(() => {
    const kept = state.series.get("learningRate");
    const events = state.events.map(({ event }) => event);
    return ratesOf(kept && lineOf(kept).logged, events);
  }, [state]);
  const measure = chosen !== undefined && measures.has(chosen) ? chosen : worstOf(measures, rates);
  const layers = measure === undefined ? undefined : measures.get(measure);
  if (measure === undefined || layers === undefined) {
    return (
      <p class="quiet">
        No health was recorded for this run. Trainings of networks record it by layer; functions
        have no layers.
      </p>
    );
  }
  const cells = healthCells(measure, layers, rates);
  return (
    <>
      <fieldset class="controls" aria-label="What is shown of the layers">
        {[...measures.keys()].map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === measure}
            onClick={() => choose(one)}
          >
            {healthMeasures[one].words}
          </button>
        ))}
      </fieldset>
      <HealthFigure run={state.reply.run.id} cells={cells} />
    </>
  );
}

function HealthFigure({ run, cells }: { readonly run: string; readonly cells: Cells }) {
  const draw = useCallback(
    (style: Style, width: number): Drawn => ({ scene: cellScene(cells, style, width), panels: [] }),
    [cells],
  );
  return (
    <Figure
      name={`nadir-${run}-health`}
      title={`Health by layer: ${cells.title}`}
      summary={healthSentence(cells)}
      draw={draw}
      table={() => ({
        head: [cells.label, ...cells.rows.map(({ name }) => name)],
        rows: cells.at.map((at, i) => [at, ...cells.rows.map(({ values }) => values[i] ?? "")]),
      })}
      csv={() => csvOfCells(cells)}
      command={`nadir plot ${run} --kind health --out health.svg`}
    />
  );
}

/** The measure that is worst at the end, so that it is the one that is seen first. */
function worstOf(
  measures: ReadonlyMap<HealthMeasure, Layers>,
  rates: readonly DataPoint[],
): HealthMeasure | undefined {
  let [worst, most] = [[...measures.keys()][0], 0];
  for (const [measure, layers] of measures) {
    const last = healthCells(measure, layers, rates).rows.map(
      ({ severity }) => severity.at(-1) ?? 0,
    );
    const here = Math.max(...last.filter(Number.isFinite), 0);
    if (here > most) [worst, most] = [measure, here];
  }
  return worst;
}

const counted = (count: number, what: string): string =>
  `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;

/** What the cells come to, in one sentence. */
function healthSentence({ title, at, rows }: Cells): string {
  const last = rows.map(({ name, values, severity }) => ({
    ...{ name, value: values.at(-1) ?? Number.NaN, severity: severity.at(-1) ?? 0 },
  }));
  const bad = last.filter(({ severity }) => severity > 0.3).sort((a, b) => b.severity - a.severity);
  const [worst] = bad;
  const over = `${counted(rows.length, "layer")}, ${counted(at.length, "look")}`;
  if (worst === undefined) return `${title}: nothing out of the ordinary at the end (${over}).`;
  const others = bad.length > 1 ? `, and ${counted(bad.length - 1, "layer")} more` : "";
  return `${title}: layer ${worst.name} stands at ${formatNumber(worst.value)}${others} (${over}).`;
}
