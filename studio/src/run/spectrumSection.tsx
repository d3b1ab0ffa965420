import { useCallback, useState } from "preact/hooks";
import { formatCount, formatNumber, formatSeconds } from "../../../src/cli/format.ts";
import { drawChart } from "../../../src/drawing/chart.ts";
import { csvOfChart } from "../../../src/drawing/csv.ts";
import { type SpectrumArtefact, spectrumChart } from "../../../src/drawing/spectrum.ts";
import type { Style } from "../../../src/drawing/style.ts";
import { earlierVerdicts } from "../../../src/records/earlierVerdicts.ts";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { screenStyle } from "../figure/look.ts";
import { ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { newestOf, type Read } from "./artefacts.ts";
import { Decide } from "./decide.tsx";
import { Measure } from "./measureButton.tsx";
import { lastRate } from "./rate.ts";
import { RowsOfData } from "./rowsOfData.tsx";
import type { RunState } from "./runData.ts";

interface SpectrumSectionProps {
  readonly state: RunState;
  readonly read: Read<SpectrumArtefact>;
  readonly choose: (sha256: string) => void;
}

/** The eigenvalues of the Hessian where the run stands, or a button that computes them. */
export function SpectrumSection({ state, read, choose }: SpectrumSectionProps) {
  const { run, artefacts } = state.reply;
  const kept = artefacts.filter(({ kind }) => kind === "spectrum");
  const [rows, setRows] = useState(0);
  return (
    <>
      {kept.length > 1 && (
        <label class="controls">
          measured{" "}
          <select
            value={read.kind === "ready" ? read.info.sha256 : newestOf(kept, "spectrum")?.sha256}
            onChange={({ currentTarget }) => choose(currentTarget.value)}
          >
            {kept.map(({ sha256, name, created }) => (
              <option key={sha256} value={sha256}>
                {new Date(created).toLocaleString()} {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {read.kind === "reading" && <Skeleton of="the spectrum" height={320} />}
      {read.kind === "failed" && <ProblemBox problem={read.problem} place="the spectrum" />}
      {read.kind === "ready" && (
        <Spectrum run={run.id} report={read.value} rate={lastRate(state)} method={run.method} />
      )}
      {run.status !== "running" && read.kind !== "reading" && (
        <Decide
          reply={state.reply}
          earlier={earlierVerdicts(state.events)}
          newest={read.kind === "ready" ? read.value : undefined}
        />
      )}
      {run.status === "running" ? (
        read.kind === "none" && (
          <p class="quiet">The spectrum is measured at the run's end, or once it has stopped.</p>
        )
      ) : (
        <>
          <div class="controls">
            <RowsOfData rows={rows} choose={setRows} />
          </div>
          <Measure
            run={run.id}
            kind="spectrum"
            flags={{ density: true, ...(rows > 0 && { rows }) }}
            label={read.kind === "none" ? "Measure the spectrum" : "Measure again"}
            cost="some 400 products with the Hessian, each about two gradients over the rows"
          />
        </>
      )}
    </>
  );
}

interface SpectrumProps {
  readonly run: string;
  readonly report: SpectrumArtefact;
  readonly rate: number | undefined;
  readonly method: string;
}

function Spectrum({ run, report, rate, method }: SpectrumProps) {
  const draw = useCallback(
    (style: Style, width: number): Drawn => {
      const chart = spectrumChart(report, style, { rate });
      const frame = { left: 0, top: 0, width, height: 320 };
      const { marks, panel } = drawChart(chart, frame, style);
      const scene = { width, height: 320, paper: style.paper, fontSize: style.fontSize, marks };
      return { scene, panels: [panel] };
    },
    [report, rate],
  );
  const { largest, smallest, outliers, density } = report;
  const [top, bottom] = [largest[0], smallest[0]];
  const negative = smallest.filter(({ value, error }) => value < -error).length;
  const summary = [
    ...(top === undefined
      ? []
      : [`largest ${formatNumber(top.value, 4)} ± ${formatNumber(top.error, 2)}`]),
    ...(bottom === undefined
      ? []
      : [`smallest ${formatNumber(bottom.value, 4)} ± ${formatNumber(bottom.error, 2)}`]),
    negative === 0
      ? "none of those known is negative beyond its error"
      : `${negative} of those known negative: the loss descends there`,
    `${formatCount(outliers.count)} outliers`,
  ].join("; ");
  const rows: [string, number, number][] = [
    ...largest.map(({ value, error }): [string, number, number] => ["eigenvalue", value, error]),
    ...[...smallest]
      .reverse()
      .map(({ value, error }): [string, number, number] => ["eigenvalue", value, error]),
    ...(density?.at ?? []).map((at, i): [string, number, number] => [
      `density at ${formatNumber(at)}`,
      density?.density[i] ?? Number.NaN,
      density?.standardError[i] ?? Number.NaN,
    ]),
  ];
  return (
    <>
      <Figure
        name={`nadir-${run}-spectrum`}
        title={`Spectrum of ${run}`}
        summary={`Eigenvalues of the ${report.matrix === "hessian" ? "Hessian" : "Gauss–Newton matrix"} of order ${formatCount(report.size)}: ${summary}.`}
        draw={draw}
        table={() => ({ head: ["", "value", "error"], rows })}
        csv={() => csvOfChart(spectrumChart(report, screenStyle.peek(), { rate }))}
        command={`nadir plot ${run} --kind spectrum --out spectrum.svg`}
      />
      <p>{stableWords(top?.value, rate, method)}</p>
      <p class="quiet">
        {report.at}
        {report.rows > 0 &&
          `, on ${formatCount(report.rows)} of ${formatCount(report.ofRows)} rows`}
        {" · "}
        {outliers.rule} · {formatCount(report.cost.products)} products,{" "}
        {formatSeconds(report.cost.seconds)}
      </p>
    </>
  );
}

/** Where plain gradient descent is stable, and where this run's rate lies. */
function stableWords(top: number | undefined, rate: number | undefined, method: string): string {
  if (top === undefined || !(top > 0)) return "";
  const bound = 2 / top;
  const stable = `Gradient descent is stable here below a rate of 2/λmax = ${formatNumber(bound)}`;
  if (rate === undefined) return `${stable}.`;
  const where = `this run's last rate was ${formatNumber(rate)}, ${rate < bound ? "within" : "beyond"} it`;
  const scaled =
    method === "sgd" || method === "gradientDescent" || method === ""
      ? ""
      : ` (${method} scales its steps, so that the bound is not its own)`;
  return `${stable}; ${where}${scaled}.`;
}
