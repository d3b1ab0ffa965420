import { useCallback, useMemo } from "preact/hooks";
import { formatNumber } from "../../../src/cli/format.ts";
import { drawChart } from "../../../src/drawing/chart.ts";
import { csvOfChart } from "../../../src/drawing/csv.ts";
import type { Style } from "../../../src/drawing/style.ts";
import { bestOf } from "../../../src/search/sweep/sweepRecord.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { progressChart } from "./progressChart.ts";
import { shownValue } from "./scenes.ts";
import { runsCommand } from "./trials.ts";

/** What each trial came to, and the best so far. */
export function Progress({ reply }: { readonly reply: SweepReply }) {
  const { sweep, request, trials } = reply;
  const chart = useMemo(() => progressChart(trials, request.objective), [trials, request]);
  const draw = useCallback(
    (style: Style, width: number): Drawn => {
      const height = 24 * style.fontSize;
      const { marks, panel } = drawChart(chart, { left: 0, top: 0, width, height }, style);
      const scene = { width, height, paper: style.paper, fontSize: style.fontSize, marks };
      return { scene, panels: [panel] };
    },
    [chart],
  );
  const best = bestOf(trials);
  const summary =
    best === undefined
      ? "No trial has told a number yet."
      : `The best of ${trials.length} trials is number ${best.number}, at ${formatNumber(shownValue(best, request.objective), 4)}.`;
  return (
    <Figure
      name={`nadir-sweep-${sweep.id}`}
      title={`Sweep ${sweep.name}: values by trial`}
      {...{ summary, draw }}
      table={() => ({
        head: ["trial", chart.y.label],
        rows: trials.map((trial) => [trial.number, shownValue(trial, request.objective)]),
      })}
      csv={() => csvOfChart(chart)}
      source={runsCommand(sweep)}
    />
  );
}
