import type { JSX } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import { formatNumber, formatPercent, formatSeconds, wordsOf } from "../../../src/cli/format.ts";
import { drawChart } from "../../../src/drawing/chart.ts";
import { csvOfChart } from "../../../src/drawing/csv.ts";
import type { Style } from "../../../src/drawing/style.ts";
import { importance } from "../../../src/search/sweep/importance.ts";
import { lastValue } from "../../../src/search/sweep/strategy.ts";
import { bestOf, doneOf, type SweepTrial } from "../../../src/search/sweep/sweepRecord.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";
import { useKeys } from "../app/keyboard.ts";
import type { PageProps } from "../app/pages.ts";
import { hrefTo, navigate } from "../app/router.ts";
import { runs } from "../data/live.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { markOf, VerdictMark } from "../parts/verdictMark.tsx";
import { Section } from "../run/section.tsx";
import { AxisBrushes } from "./axisBrushes.tsx";
import { progressChart } from "./progressChart.ts";
import {
  type Brushes,
  parallelScene,
  passes,
  shownValue,
  sliceScene,
  trialAxes,
  workersScene,
} from "./scenes.ts";
import { useSweep } from "./sweepData.ts";
import "../figure/figure.css";
import "../run/run.css";
import "../compare/compare.css";
import "./sweep.css";

/** One sweep: what is best so far, how settings and values hang together, who did what. */
export function SweepPage({ params }: PageProps): JSX.Element {
  const id = params["id"] ?? "";
  const loading = useSweep(id);
  switch (loading.kind) {
    case "reading":
      return <Skeleton of={`sweep ${id}`} height={700} />;
    case "failed":
      return (
        <div class="page">
          <ProblemBox problem={loading.problem} place={`sweep ${id}`} />
        </div>
      );
    case "ready":
      return <SweepView reply={loading.reply} />;
  }
}

function SweepView({ reply }: { readonly reply: SweepReply }) {
  const { sweep, request, trials } = reply;
  const { objective, space } = request;
  const best = bestOf(trials);
  const axes = useMemo(() => trialAxes(space, trials, objective), [space, trials, objective]);
  const [brushes, setBrushes] = useState<Brushes>(new Map());
  const shown = trials.filter((trial) => passes(trial, axes, brushes));
  useKeys("Sweep", [
    {
      keys: "b",
      does: "open the best run",
      run: () => best?.run !== undefined && navigate(`/run/${best.run}`),
    },
  ]);
  return (
    <div class="page">
      <Head reply={reply} />
      {trials.length === 0 ? (
        <p class="quiet">No trial has begun yet.</p>
      ) : (
        <>
          <Section id="progress" title="Progress">
            <Progress reply={reply} />
          </Section>
          <Section id="settings" title="Settings and what they came to">
            <Parallel {...{ reply, axes, brushes, setBrushes }} best={best?.number} />
            <Matters reply={reply} />
          </Section>
          {space.length > 1 && (
            <Section id="slice" title="Two settings">
              <Slice {...{ reply, axes }} best={best?.number} />
            </Section>
          )}
          <Section id="trials" title="Trials" aside={`${shown.length} of ${trials.length}`}>
            <Trials {...{ reply, shown }} best={best?.number} />
          </Section>
          <Section id="workers" title="Workers">
            <Workers reply={reply} />
          </Section>
        </>
      )}
      <CopyLine label="to repeat it:" text={sweep.command} />
    </div>
  );
}

function Head({ reply }: { readonly reply: SweepReply }) {
  const { sweep, request, trials } = reply;
  const { objective } = request;
  const best = bestOf(trials);
  const row = best?.run === undefined ? undefined : runs.value.get(best.run);
  const count = (what: (trial: SweepTrial) => boolean): number => trials.filter(what).length;
  const running = count(({ status }) => status === "running");
  const failed = count(({ status }) => status === "failed");
  const facts: readonly (readonly [string, string])[] = [
    ["status", sweep.status],
    ["strategy", request.strategy],
    ["trials", `${trials.length}${request.trials === undefined ? "" : ` of ${request.trials}`}`],
    ["running", String(running)],
    ["failed", String(failed)],
    ["workers", String(request.workers)],
    ["seed", String(request.seed)],
  ];
  return (
    <header>
      <h1>
        Sweep {sweep.name} <span class="quiet">{sweep.id}</span>
      </h1>
      {best === undefined ? (
        <p>No trial has told anything yet.</p>
      ) : (
        <p class="run-verdict">
          {row !== undefined && <VerdictMark kind={markOf(row)} word />} best so far:{" "}
          {wordsOf(objective?.metric ?? "value")} {formatNumber(shownValue(best, objective), 4)}
          {" by "}
          {best.run === undefined ? (
            `trial ${best.number}`
          ) : (
            <a href={hrefTo(`/run/${best.run}`)}>{best.run}</a>
          )}
          {", "}
          {settingsOf(best)}
        </p>
      )}
      {(sweep.status === "interrupted" || sweep.status === "crashed") && (
        <CopyLine label="to go on:" text={`nadir sweep --resume ${sweep.id}`} />
      )}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

const settingsOf = ({ settings }: SweepTrial): string =>
  Object.entries(settings)
    .map(
      ([name, value]) =>
        `${wordsOf(name)} ${typeof value === "number" ? formatNumber(value) : String(value)}`,
    )
    .join(", ");

function Progress({ reply }: { readonly reply: SweepReply }) {
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
      command={`nadir sweep --resume ${sweep.id} --json`}
    />
  );
}

type Axes = ReturnType<typeof trialAxes>;

function Parallel({
  reply,
  axes,
  brushes,
  setBrushes,
  best,
}: {
  readonly reply: SweepReply;
  readonly axes: Axes;
  readonly brushes: Brushes;
  readonly setBrushes: (brushes: Brushes) => void;
  readonly best: number | undefined;
}) {
  const { sweep, trials, request } = reply;
  const draw = useCallback(
    (style: Style, width: number): Drawn => ({
      scene: parallelScene(axes, trials, { brushes, best, style, width }),
      panels: [],
    }),
    [axes, trials, brushes, best],
  );
  const passing = trials.filter((trial) => passes(trial, axes, brushes)).length;
  const names = axes.map(({ name }) => wordsOf(name));
  return (
    <Figure
      name={`nadir-sweep-${sweep.id}-settings`}
      title={`Sweep ${sweep.name}: settings and values`}
      summary={`${passing} of ${trials.length} trials over ${names.join(", ")}; the best is red, the darker the better.`}
      draw={draw}
      table={() => ({
        head: ["trial", ...names],
        rows: trials.map((trial) => [
          trial.number,
          ...request.space.map(({ name }) => cell(trial.settings[name])),
          shownValue(trial, request.objective),
        ]),
      })}
      csv={() => csvOfTrials(reply)}
      command={`nadir sweep --resume ${sweep.id} --json`}
      overlay={({ scene }) => {
        const style = { fontSize: scene.fontSize };
        return (
          <AxisBrushes
            {...{ axes, brushes, setBrushes, style }}
            width={scene.width}
            height={scene.height}
          />
        );
      }}
    >
      <p class="quiet">
        Drag along an axis to see only the trials within; double-click takes it back.{" "}
        {brushes.size > 0 && (
          <button type="button" onClick={() => setBrushes(new Map())}>
            All trials
          </button>
        )}
      </p>
    </Figure>
  );
}

function Matters({ reply }: { readonly reply: SweepReply }) {
  const { space } = reply.request;
  const bars = useMemo(() => importance(space, reply.trials), [space, reply.trials]);
  if (bars.length === 0)
    return (
      <p class="quiet">What matters is told from eight whole trainings with different values on.</p>
    );
  return (
    <dl class="matters" aria-label="What each setting alone explains of the values' variance">
      {bars.map(({ name, share }) => (
        <div key={name}>
          <dt>{wordsOf(name)}</dt>
          <dd>
            <meter min={0} max={1} value={share}>
              {formatPercent(share)}
            </meter>{" "}
            {formatPercent(share)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Slice({
  reply,
  axes,
  best,
}: {
  readonly reply: SweepReply;
  readonly axes: Axes;
  readonly best: number | undefined;
}) {
  const { sweep, trials, request } = reply;
  const [across, setAcross] = useState(0);
  const [up, setUp] = useState(1);
  const pair = [axes[across], axes[up]] as const;
  const draw = useCallback(
    (style: Style, width: number): Drawn => {
      const [x, y] = pair;
      if (x === undefined || y === undefined) throw new Error("an axis that there is not");
      return { scene: sliceScene([x, y], trials, { best, style, width }), panels: [] };
    },
    [pair[0], pair[1], trials, best],
  );
  const names = request.space.map(({ name }) => wordsOf(name));
  const choice = (label: string, chosen: number, choose: (i: number) => void) => (
    <label>
      {label}{" "}
      <select value={chosen} onChange={({ currentTarget }) => choose(Number(currentTarget.value))}>
        {names.map((name, i) => (
          <option key={name} value={i}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Figure
      name={`nadir-sweep-${sweep.id}-slice`}
      title={`${names[across]} and ${names[up]}`}
      summary={`Each dot is a trial over ${names[across]} and ${names[up]}: the darker, the better; hollow ones failed or were left early.`}
      draw={draw}
      table={() => ({
        head: [names[across] ?? "", names[up] ?? "", request.objective?.metric ?? "value"],
        rows: trials.map((trial) => [
          cell(trial.settings[request.space[across]?.name ?? ""]),
          cell(trial.settings[request.space[up]?.name ?? ""]),
          shownValue(trial, request.objective),
        ]),
      })}
      csv={() => csvOfTrials(reply)}
      command={`nadir sweep --resume ${sweep.id} --json`}
    >
      <div class="controls">
        {choice("across", across, setAcross)} {choice("up", up, setUp)}
      </div>
    </Figure>
  );
}

function Workers({ reply }: { readonly reply: SweepReply }) {
  const { sweep, trials } = reply;
  const draw = useCallback(
    (style: Style, width: number): Drawn => ({
      scene: workersScene(trials, { now: sweep.created, style, width }),
      panels: [],
    }),
    [trials, sweep.created],
  );
  const spans = trials.flatMap(({ number, spans: own }) =>
    own.map((span) => ({ number, ...span })),
  );
  const lost = spans.filter(({ outcome }) => outcome === "lost").length;
  return (
    <Figure
      name={`nadir-sweep-${sweep.id}-workers`}
      title={`Sweep ${sweep.name}: who trained what, when`}
      summary={`${spans.length} trainings${lost > 0 ? `, of which ${lost} were lost with their processes` : ", none lost"}.`}
      draw={draw}
      table={() => ({
        head: ["trial", "worker", "began (s)", "took (s)", "outcome"],
        rows: spans.map(({ number, worker, began, ended, outcome }) => [
          ...[number, worker + 1, (began - sweep.created) / 1000, (ended - began) / 1000],
          outcome,
        ]),
      })}
      csv={() => csvOfTrials(reply)}
      command={`nadir sweep --resume ${sweep.id} --json`}
    />
  );
}

function Trials({
  reply,
  shown,
  best,
}: {
  readonly reply: SweepReply;
  readonly shown: readonly SweepTrial[];
  readonly best: number | undefined;
}) {
  const { space, objective } = reply.request;
  const ranked = [...shown].sort(
    (a, b) => doneOf(b) - doneOf(a) || lastValue(a) - lastValue(b) || a.number - b.number,
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="compare-scroll" tabIndex={0} aria-label="Trials">
      <table class="compare-table">
        <caption class="only-read">Trials, the best first</caption>
        <thead>
          <tr>
            {[
              "trial",
              "run",
              objective?.metric ?? "value",
              "trained",
              ...space.map(({ name }) => name),
              "time",
              "what came of it",
            ].map((head) => (
              <th key={head} scope="col">
                {wordsOf(head)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ranked.map((trial) => (
            <tr key={trial.number} class={trial.number === best ? "differs" : ""}>
              <th scope="row">{trial.number}</th>
              <td>
                {trial.run === undefined ? (
                  ""
                ) : (
                  <a href={hrefTo(`/run/${trial.run}`)}>{trial.run}</a>
                )}
              </td>
              <td>{trial.measured.length === 0 ? "" : told(shownValue(trial, objective))}</td>
              <td>{doneOf(trial) === 0 ? "" : formatPercent(doneOf(trial))}</td>
              {space.map(({ name }) => (
                <td key={name}>{cell(trial.settings[name])}</td>
              ))}
              <td>{timeOf(trial)}</td>
              <td>{outcomeOf(trial)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const told = (value: number): string =>
  Number.isFinite(value) ? formatNumber(value, 4) : "diverged";

const timeOf = ({ spans }: SweepTrial): string =>
  spans.length === 0
    ? ""
    : formatSeconds(spans.reduce((sum, { began, ended }) => sum + ended - began, 0) / 1000);

function outcomeOf(trial: SweepTrial): string {
  const { status, why, spans } = trial;
  const lost = spans.filter(({ outcome }) => outcome === "lost").length;
  const retries = lost > 0 ? ` (lost ${lost}×)` : "";
  if (status === "failed") return `failed: ${why ?? ""}${retries}`;
  if (status === "running") return `running${retries}`;
  return `${doneOf(trial) < 1 ? "left early" : "done"}${retries}`;
}

const cell = (value: unknown): string =>
  typeof value === "number"
    ? formatNumber(value, 4)
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

/** All trials, whatever the picture shows of them. */
function csvOfTrials({ trials, request }: SweepReply): string {
  const names = request.space.map(({ name }) => name);
  const quoted = (value: unknown): string => {
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = trials.map((trial) =>
    [
      ...[trial.number, trial.run ?? "", trial.status, doneOf(trial)],
      ...names.map((name) => trial.settings[name]),
      String(shownValue(trial, request.objective)),
    ].map(quoted),
  );
  const head = [
    "trial",
    "run",
    "status",
    "trained",
    ...names,
    request.objective?.metric ?? "value",
  ];
  return [head, ...rows].map((row) => `${row.join(",")}\n`).join("");
}
