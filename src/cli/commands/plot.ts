import { NadirError } from "../../base/errors.ts";
import { type Cells, cellScene } from "../../drawing/cells.ts";
import { chartScene, type DataPoint } from "../../drawing/chart.ts";
import { contourScene } from "../../drawing/contour.ts";
import { csvOfCells, csvOfChart, csvOfContours } from "../../drawing/csv.ts";
import type { CurveLook } from "../../drawing/curveChart.ts";
import {
  type HealthMeasure,
  healthCells,
  healthMeasures,
  healthSeries,
} from "../../drawing/health.ts";
import { type DrawnLandscape, landscapeChart, landscapeContours } from "../../drawing/landscape.ts";
import { pdfOf } from "../../drawing/pdf.ts";
import { type RunCurves, ratesOf, runPanels } from "../../drawing/runPanels.ts";
import type { Scene } from "../../drawing/scene.ts";
import { type DrawnSpectrum, spectraChart, spectrumChart } from "../../drawing/spectrum.ts";
import { type CurvePanel, stackedCharts, stackScene } from "../../drawing/stack.ts";
import { paper, paperWidth, plain, type Style } from "../../drawing/style.ts";
import { svgOf } from "../../drawing/svg.ts";
import type { Run } from "../../runs/run.ts";
import { openStore, type Store } from "../../runs/store.ts";
import { type Command, wordFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { wordsOf } from "../format.ts";
import { namedRuns } from "../namedRuns.ts";
import { writeOutputFile } from "../outputFile.ts";

const kinds = ["loss", "landscape", "spectrum", "health"] as const;
type PlotKind = (typeof kinds)[number];

/** A picture, and what it draws as comma-separated values. */
interface Figure {
  readonly scene: Scene;
  readonly csv: string;
}

/** `nadir plot RUN…`: a figure of runs as a file, drawn as the studio draws it. */
export const plot: Command = async ({ words, flags, output, store, now }) => {
  const kind = wordFlag(flags, "kind", kinds) ?? "loss";
  await using opened = await openStore(store, { readOnly: true });
  const runs = namedRuns(opened, words.length === 0 ? ["@"] : words, now()).map(({ id }) =>
    opened.run(id),
  );
  const look = flags["paper"] === true ? paper : { ...plain, titled: true };
  const width = flags["paper"] === true ? paperWidth : 720;
  const { scene, csv } = figures[kind](opened, runs, look, width);
  const ids = runs.map(({ id }) => id).join("-");
  const out = typeof flags["out"] === "string" ? flags["out"] : `${ids}-${kind}.svg`;
  writeOutputFile(out, [await fileOf(scene, out, output.note)]);
  const data = flags["data"] === true ? out.replace(/(\.(svg|pdf))?$/i, ".csv") : undefined;
  if (data !== undefined) writeOutputFile(data, [Buffer.from(csv)]);
  const files = [out, ...(data === undefined ? [] : [data])];
  const told = { runs: runs.map(({ id }) => id), kind, width: scene.width, height: scene.height };
  output.result(files.join("\n"), { schema: "nadir.plot/1", files, ...told });
  return exitCode.done;
};

/** The picture as the name's ending says: PDF, or SVG. */
async function fileOf(
  scene: Scene,
  out: string,
  note: (text: string) => void,
): Promise<Uint8Array> {
  if (!/\.pdf$/i.test(out)) return Buffer.from(svgOf(scene));
  const { bytes, missing } = await pdfOf(scene);
  if (missing.length > 0) {
    note(`${missing.join(" ")}: not in the fonts of a PDF, and a ? there; an SVG has every letter`);
  }
  return bytes;
}

type Draw = (store: Store, runs: readonly Run[], style: Style, width: number) => Figure;

const figures: Readonly<Record<PlotKind, Draw>> = {
  loss: (store, runs, style, width) => {
    const [only] = runs;
    const panels =
      runs.length === 1 && only !== undefined
        ? runPanels(curvesOf(store, only))
        : losses(store, runs);
    if (panels.length === 0) {
      throw new NadirError("plot/nothing", `${named(runs)} told no series`, {
        expected: "a run that has made a step",
      });
    }
    const { charts } = stackedCharts(panels, asFits, "step");
    const { scene } = stackScene(charts, style, width);
    return { scene, csv: charts.map(({ chart }) => csvOfChart(chart)).join("") };
  },
  landscape: (store, runs, style, width) => {
    const run = oneOf(runs, "landscape");
    const slice = measured<DrawnLandscape>(store, run, "landscape");
    const title = `Loss about ${run.name} ${run.id}`;
    if (slice.axes.length === 1) {
      const chart = { ...landscapeChart(slice, title), width, height: 0.6 * width };
      return { scene: chartScene([chart], 1, style), csv: csvOfChart(chart) };
    }
    const map = landscapeContours(slice, title);
    return { scene: contourScene(map, style, Math.min(width, 620)).scene, csv: csvOfContours(map) };
  },
  spectrum: (store, runs, style, width) => {
    const spectra = runs.map((run) => ({
      ...{ name: run.id, ...measured<DrawnSpectrum>(store, run, "spectrum") },
    }));
    const [first] = spectra;
    const drawn =
      runs.length === 1 && first !== undefined
        ? spectrumChart(first, style, {
            title: `Spectrum of ${first.name}`,
            rate: rateOf(store, runs[0]!),
          })
        : spectraChart(spectra, "Spectra");
    const chart = { ...drawn, width, height: 0.6 * width };
    return { scene: chartScene([chart], 1, style), csv: csvOfChart(chart) };
  },
  health: (store, runs, style, width) => {
    const cells = worstHealth(store, oneOf(runs, "health"));
    return { scene: cellScene(cells, style, width), csv: csvOfCells(cells) };
  },
};

const asFits: CurveLook = { logX: false, logY: undefined, smoothing: 0, zoom: undefined };

const named = (runs: readonly Run[]): string =>
  runs.length === 1 ? `run ${runs[0]?.id}` : `the runs ${runs.map(({ id }) => id).join(", ")}`;

function oneOf(runs: readonly Run[], kind: PlotKind): Run {
  const [run] = runs;
  if (run !== undefined && runs.length === 1) return run;
  throw new NadirError("plot/one", `a ${kind} of ${runs.length} runs`, { expected: "one run" });
}

/** What a command measured of a run and kept beside it; the newest. */
function measured<T>(store: Store, run: Run, kind: "landscape" | "spectrum"): T {
  const info = store.artefacts.list(run.id, { kind }).at(-1);
  if (info === undefined) {
    throw new NadirError("plot/not-measured", `the ${kind} of run ${run.id} was not measured yet`, {
      hint: `nadir ${kind} ${run.id}${kind === "spectrum" ? " --density" : ""}`,
    });
  }
  // Cast: what the command of that name wrote with --json.
  return JSON.parse(new TextDecoder().decode(store.artefacts.read(run.id, info.sha256).bytes)) as T;
}

function pointsOf(store: Store, run: Run, name: string): DataPoint[] {
  const { steps, values } = store.series(run.id, name);
  return Array.from(steps, (step, i) => [step, values[i]!] as const);
}

/** All that one run told, but for the health of its layers. */
function curvesOf(store: Store, run: Run): RunCurves {
  const names = store.seriesNames(run.id).filter((name) => !name.startsWith("health/"));
  const series = names.map((name) => {
    const points = pointsOf(store, run, name);
    return { name, words: wordsOf(name), line: points, logged: points };
  });
  const noted = store.notes.list(run.id).flatMap(({ step }) => (step === undefined ? [] : [step]));
  return { series, events: store.events(run.id).map(({ event }) => event), noted };
}

/** The losses of several runs in one chart. */
function losses(store: Store, runs: readonly Run[]): CurvePanel[] {
  const curves = runs.flatMap((run) => {
    if (!store.seriesNames(run.id).includes("loss")) return [];
    const points = pointsOf(store, run, "loss");
    return [{ name: `${run.name} ${run.id}`, line: points, logged: points }];
  });
  return curves.length === 0 ? [] : [{ label: "loss", curves, height: 320 }];
}

/** The last learning rate that a run told. */
function rateOf(store: Store, run: Run): number | undefined {
  const progress = store.events(run.id).findLast(({ event }) => event.kind === "progress")?.event;
  return progress?.kind === "progress" ? progress.learningRate : undefined;
}

/** The measure of health that is worst at the run's end. */
function worstHealth(store: Store, run: Run): Cells {
  const found = new Map<HealthMeasure, Record<string, readonly DataPoint[]>>();
  for (const name of store.seriesNames(run.id)) {
    const health = healthSeries(name);
    if (health === undefined) continue;
    const layers = found.get(health.measure) ?? {};
    layers[health.layer] = pointsOf(store, run, name);
    found.set(health.measure, layers);
  }
  const { series, events } = curvesOf(store, run);
  const rates = ratesOf(series.find(({ name }) => name === "learningRate")?.logged, events);
  const all = [...found].map(([measure, layers]) => healthCells(measure, layers, rates));
  const worst = ({ rows }: Cells): number =>
    Math.max(0, ...rows.map(({ severity }) => severity.at(-1) ?? 0).filter(Number.isFinite));
  const [first] = all;
  if (first === undefined) {
    throw new NadirError("plot/nothing", `no health was recorded of run ${run.id}`, {
      expected: `a training of a network: one with ${Object.values(healthMeasures)
        .map(({ words }) => words)
        .join(", ")}`,
    });
  }
  return all.reduce((best, cells) => (worst(cells) > worst(best) ? cells : best), first);
}
