import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { formatNumber, wordsOf } from "../../../src/cli/format.ts";
import type { PlacedCurve } from "../../../src/drawing/curveChart.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { lineStyle } from "../app/colours.ts";
import { useKeys } from "../app/keyboard.ts";
import type { PageProps } from "../app/pages.ts";
import { hrefTo, place, setSearch } from "../app/router.ts";
import { axesOf, axisLabel, clockOf, placeStep } from "../curves/abscissa.ts";
import { CurveControls } from "../curves/curveControls.tsx";
import { CurveFigure } from "../curves/curveFigure.tsx";
import { lineOf } from "../curves/series.ts";
import { curveSentence } from "../curves/summary.ts";
import { curveView } from "../curves/view.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { markOf, VerdictMark } from "../parts/verdictMark.tsx";
import { RunReader, type RunState } from "../run/runData.ts";
import { Section } from "../run/section.tsx";
import { figuresOf, statusLine, verdictLine, verdictOf } from "../run/verdictWords.ts";
import { CompareTable } from "./compareTable.tsx";
import { figureRows, settingAndSeedRows } from "./differences.ts";
import { OneChange } from "./oneChange.tsx";
import { PathBetween } from "./pathBetween.tsx";
import { SpectrumOverlay } from "./spectrumOverlay.tsx";
import "../figure/figure.css";
import "../run/run.css";
import "./compare.css";

/** Runs beside each other at most: more than this are a sweep. */
const MOST = 12;

/** Runs beside each other: `/compare?r=a,b,c`. */
export function ComparePage(_: PageProps): JSX.Element {
  const wanted = place.value.search.get("r") ?? "";
  const ids = useMemo(
    () =>
      [...new Set(wanted.split(",").filter((id) => /^[a-z0-9]{1,16}$/.test(id)))].slice(0, MOST),
    [wanted],
  );
  const readers = useReaders(ids);
  if (ids.length < 2) return <TooFew one={ids[0]} />;
  const loadings = readers.map((reader) => ({ id: reader.id, loading: reader.loading.value }));
  const states = loadings.flatMap(({ loading }) =>
    loading.kind === "ready" ? [loading.state] : [],
  );
  const failed = loadings.flatMap(({ id, loading }) =>
    loading.kind === "failed" ? [{ id, problem: loading.problem }] : [],
  );
  if (states.length + failed.length < ids.length) return <Skeleton of="the runs" height={700} />;
  return (
    <div class="page">
      <h1>
        {states.length < 2
          ? "Two runs are needed to compare"
          : `${states.length} runs beside each other`}
      </h1>
      {failed.map(({ id, problem }) => (
        <ProblemBox key={id} problem={problem} place={`run ${id}`} />
      ))}
      {states.length >= 2 ? (
        <Comparison states={states} />
      ) : (
        <p>
          Select others in the <a href={hrefTo("/")}>list</a> with Space, then press <kbd>C</kbd>.
        </p>
      )}
    </div>
  );
}

function useReaders(ids: readonly string[]): readonly RunReader[] {
  const readers = useMemo(() => ids.map((id) => new RunReader(id)), [ids]);
  useEffect(() => {
    for (const reader of readers) reader.open();
    return () => {
      for (const reader of readers) reader.close();
    };
  }, [readers]);
  return readers;
}

const TooFew = ({ one }: { readonly one: string | undefined }) => (
  <div class="empty">
    <h1>Two runs are needed to compare</h1>
    <p>
      {one === undefined ? "The link names none" : `The link names only ${one}`}. Select runs in the{" "}
      <a href={hrefTo("/")}>list</a> with Space, then press <kbd>C</kbd>.
    </p>
  </div>
);

function Comparison({ states }: { readonly states: readonly RunState[] }) {
  const [all, setAll] = useState(false);
  const rows = states.map(({ reply }) => reply.run);
  const baseline = place.value.search.get("baseline") ?? undefined;
  const settings = settingAndSeedRows(rows);
  const same = settings.filter(({ differs }) => !differs).length;
  useKeys("Compare", [
    { keys: "d", does: "differences only, or all settings", run: () => setAll(!all) },
  ]);
  return (
    <>
      <Baseline runs={rows} baseline={baseline} />
      <OneChange states={states} baseline={baseline} />
      <Section id="verdicts" title="Where they ended">
        <Verdicts states={states} />
        <CompareTable
          caption="What the runs came to"
          runs={rows}
          rows={figureRows(rows)}
          baseline={baseline}
        />
      </Section>
      <Section id="curve" title="Curves">
        <Curves states={states} />
      </Section>
      <Section
        id="settings"
        title="Settings"
        aside={
          all ? `all ${settings.length}` : `different: ${settings.length - same}, the same: ${same}`
        }
      >
        <button type="button" aria-pressed={!all} onClick={() => setAll(!all)}>
          Differences only <kbd>d</kbd>
        </button>
        {same === settings.length && <p>No setting differs: these runs did the same.</p>}
        <CompareTable
          caption="Settings"
          runs={rows}
          rows={all ? settings : settings.filter(({ differs }) => differs)}
        />
        <Sources states={states} />
      </Section>
      <Section id="spectrum" title="Spectra">
        <SpectrumOverlay states={states} />
      </Section>
      <Section id="path" title="Path between two ends">
        <PathBetween states={states} />
      </Section>
    </>
  );
}

/** The run that the others are told against. */
const Baseline = ({
  runs,
  baseline,
}: {
  readonly runs: readonly RunRow[];
  readonly baseline: string | undefined;
}) => (
  <fieldset class="controls" aria-label="Baseline: numbers become differences from its">
    <span class="quiet">baseline</span>
    <button
      type="button"
      aria-pressed={baseline === undefined}
      onClick={() => setSearch({ baseline: undefined })}
    >
      none
    </button>
    {runs.map(({ id }) => (
      <button
        key={id}
        type="button"
        aria-pressed={baseline === id}
        onClick={() => setSearch({ baseline: id })}
      >
        {id}
      </button>
    ))}
  </fieldset>
);

const Verdicts = ({ states }: { readonly states: readonly RunState[] }) => (
  <ul class="verdicts">
    {states.map(({ reply }) => {
      const verdict = verdictOf(reply);
      const { run } = reply;
      return (
        <li key={run.id}>
          <p>
            <a href={hrefTo(`/run/${run.id}`)}>
              {run.name} {run.id}
            </a>
          </p>
          <p>
            <VerdictMark kind={markOf(run)} size={20} />{" "}
            {verdict === undefined ? statusLine(reply) : verdictLine(verdict, run.loss)}
          </p>
          {verdict !== undefined && <p class="quiet figures">{figuresOf(verdict).join(" · ")}</p>}
        </li>
      );
    })}
  </ul>
);

/** The code and the machine, where they were not the same. */
function Sources({ states }: { readonly states: readonly RunState[] }) {
  const revisions = new Set(states.map(({ reply }) => reply.revision ?? "none recorded"));
  if (revisions.size === 1) {
    const [only = ""] = revisions;
    return (
      <p class="quiet">
        {only === "none recorded"
          ? "No revision of the code was recorded: they did not run in a git repository."
          : `All ran the code as of ${only}.`}
      </p>
    );
  }
  const known = [...revisions].filter((revision) => revision !== "none recorded");
  const file = states[0]?.reply.run.file ?? "";
  const [first = "", second = ""] = known.map((revision) => revision.replace(/\W.*$/, ""));
  return (
    <>
      <p>
        The code was not the same:{" "}
        {states
          .map(({ reply }) => `${reply.run.id} at ${reply.revision ?? "none recorded"}`)
          .join(", ")}
        .
      </p>
      {known.length > 1 && (
        <CopyLine label="what changed in it:" text={`git diff ${first} ${second} -- ${file}`} />
      )}
    </>
  );
}

/** Of more curves only the ends are told. */
const MOST_SENTENCES = 3;

function endsSentence(curves: readonly PlacedCurve[]): string {
  const ends = curves
    .flatMap(({ name, logged }) => {
      const last = logged.findLast(([, value]) => Number.isFinite(value));
      return last === undefined ? [] : [{ name, value: last[1] }];
    })
    .sort((a, b) => a.value - b.value);
  const [lowest, highest] = [ends[0], ends.at(-1)];
  if (lowest === undefined || highest === undefined) return "No curve has a finite value.";
  return `${curves.length} curves; at the end ${lowest.name} is lowest at ${formatNumber(lowest.value, 4)}, ${highest.name} highest at ${formatNumber(highest.value, 4)}.`;
}

function Curves({ states }: { readonly states: readonly RunState[] }) {
  const names = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { series } of states) {
      for (const name of series.keys()) {
        if (!name.startsWith("health/")) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
    }
    return [...counts].sort(
      ([a, n], [b, m]) => Number(b === "loss") - Number(a === "loss") || m - n,
    );
  }, [states]);
  const [chosen, choose] = useState("loss");
  const name = names.some(([one]) => one === chosen) ? chosen : names[0]?.[0];
  const clocks = useMemo(() => states.map(({ reply, events }) => clockOf(reply, events)), [states]);
  const axes = axesOf(clocks[0]!).filter((axis) =>
    clocks.every((clock) => axesOf(clock).includes(axis)),
  );
  const wanted = curveView.value.axis;
  const axis = axes.includes(wanted) ? wanted : "step";
  const panels = useMemo(() => {
    const hues = states.map(({ reply }) => lineStyle(reply.run.id).colour);
    // A pattern is for lines that a colour alone does not tell apart.
    const shared = new Set(hues.filter((hue, i) => hues.indexOf(hue) !== i));
    const curves = states.flatMap(({ reply, series }, i): PlacedCurve[] => {
      const held = name === undefined ? undefined : series.get(name);
      if (held === undefined) return [];
      const at = placeStep(axis, clocks[i]!);
      const { line, logged } = lineOf(held);
      const { colour, dash } = lineStyle(reply.run.id);
      return [
        {
          name: `${reply.run.name} ${reply.run.id}`,
          line: line.map(([step, value]) => [at(step), value]),
          logged: logged.map(([step, value]) => [at(step), value]),
          ...{ hue: colour, dashed: dash.length > 0 && shared.has(colour) },
        },
      ];
    });
    return [{ label: wordsOf(name ?? ""), curves, height: 320 }];
  }, [states, name, axis, clocks]);
  if (name === undefined || panels[0]!.curves.length === 0) {
    return <p class="quiet">None of these runs told a series.</p>;
  }
  const unit = axis === "step" ? "steps" : axisLabel[axis];
  const sentences = panels[0]!.curves.map((curve) => curveSentence(curve.name, curve.logged, unit));
  const summary =
    sentences.length > MOST_SENTENCES
      ? endsSentence(panels[0]!.curves)
      : `${sentences.join(". ")}.`;
  const ids = states.map(({ reply }) => reply.run.id);
  return (
    <CurveFigure
      name={`nadir-compare-${ids.join("-")}`}
      title={`${wordsOf(name)} of ${ids.join(", ")}`}
      summary={summary}
      panels={panels}
      axis={axis}
      command={`nadir plot ${ids.join(" ")} --out compare.svg`}
    >
      <label class="controls">
        series{" "}
        <select value={name} onChange={({ currentTarget }) => choose(currentTarget.value)}>
          {names.map(([one, count]) => (
            <option key={one} value={one}>
              {wordsOf(one)}
              {count < states.length ? ` (${formatNumber(count)} of ${states.length} runs)` : ""}
            </option>
          ))}
        </select>
      </label>
      <CurveControls axes={axes} />
    </CurveFigure>
  );
}
