import { useMemo } from "preact/hooks";
import { formatCount, formatNumber, wordsOf } from "../../../src/cli/format.ts";
import { type RunSeries, runPanels, undrawnSeries } from "../../../src/drawing/runPanels.ts";
import { axesOf, axisLabel, clockOf, placeStep } from "../curves/abscissa.ts";
import { CurveControls } from "../curves/curveControls.tsx";
import { CurveFigure } from "../curves/curveFigure.tsx";
import { lineOf } from "../curves/series.ts";
import { curveSentence } from "../curves/summary.ts";
import { curveView } from "../curves/view.ts";
import { happenings } from "./happenings.ts";
import type { RunState } from "./runData.ts";

/** The run's curves, or why there are none. */
export function CurveSection({ state }: { readonly state: RunState }) {
  const { reply, series, events, damaged } = state;
  const { notes, run } = reply;
  const clock = useMemo(() => clockOf(reply, events), [reply, events]);
  const axes = axesOf(clock);
  const wanted = curveView.value.axis;
  const axis = axes.includes(wanted) ? wanted : "step";
  const place = useMemo(() => placeStep(axis, clock), [axis, clock]);
  const told = useMemo(
    () => ({
      series: [...series.values()].map((held) => {
        return { name: held.name, words: wordsOf(held.name), ...lineOf(held) };
      }),
      events: events.map(({ event }) => event),
      noted: notes.flatMap(({ step }) => (step === undefined ? [] : [step])),
    }),
    [series, events, notes],
  );
  const panels = useMemo(() => runPanels(told, place), [told, place]);
  const undrawn = useMemo(() => undrawnSeries(told), [told]);
  const said = useMemo(() => happenings(events, notes), [events, notes]);
  const [main] = panels;
  if (main === undefined || panels.every(({ curves }) => curves.length === 0)) {
    return <p class="quiet">{emptyWords(run.status, damaged.size)}</p>;
  }
  const shown = panels.filter(({ curves }) => curves.length > 0);
  const sentences = main.curves.map(({ name, logged }) =>
    curveSentence(name, logged, axis === "step" ? "steps" : axisLabel[axis]),
  );
  const rollbacks = said.filter(({ kind }) => kind === "rollback").length;
  const summary = [
    ...sentences,
    ...(rollbacks > 0 ? [`${formatCount(rollbacks)} rollbacks`] : []),
  ].join(". ");
  return (
    <>
      <CurveFigure
        name={`nadir-${run.id}-loss`}
        title={`Curves of ${run.name} ${run.id}`}
        summary={`${summary}.`}
        panels={shown}
        axis={axis}
        command={`nadir plot ${run.id} --out ${run.id}.svg`}
        saidAt={(at, reach) =>
          said
            .filter(({ step }) => Math.abs(place(step) - at) <= reach)
            .slice(0, 3)
            .map(({ text }) => text)
            .join(" · ")
        }
      >
        <CurveControls axes={axes} />
      </CurveFigure>
      {undrawn.length > 0 && (
        <p class="quiet">Too few points for a curve: {undrawn.map(pointsInWords).join(" · ")}.</p>
      )}
    </>
  );
}

const pointsInWords = ({ words, logged }: RunSeries): string =>
  `${words} ${logged.map(([step, value]) => `${formatNumber(value, 4)} at step ${formatCount(step)}`).join(", ")}`;

function emptyWords(status: RunState["reply"]["run"]["status"], damaged: number): string {
  if (damaged > 0) return "The curves cannot be read: see above.";
  if (status === "running") return "No step has been told yet: the curves begin with the first.";
  return "This run told no series: it ended before its first step, or was recorded without.";
}
