import type { JSX } from "preact";
import { type Chart, chartScene, type DataPoint, type Series } from "../../../src/drawing/chart.ts";
import { csvOfChart } from "../../../src/drawing/csv.ts";
import { paper, paperWidth, plain, type Style } from "../../../src/drawing/style.ts";
import type { Overview } from "../../../src/records/overview.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { ExportMenu } from "../figure/exportMenu.tsx";
import { markOf, markWord } from "../parts/verdictMark.tsx";
import { overviews } from "./overviews.ts";
import type { View } from "./raster.ts";
import { matching, selected } from "./state.ts";

/** Lines that a file of curves holds at most: as many as the screen draws as lines of their own. */
const MOST_LINES = 24;

/** Files of the two pictures of the list (`e`): the losses of what is selected, or of the first that are listed; and where all ended. */
export function ChartExport({ view }: { readonly view: View }): JSX.Element {
  const listed = matching.value.filter(({ id }) => overviews.value.has(id));
  const chosen = listed.filter(({ id }) => selected.value.includes(id));
  const rows = (chosen.length > 0 ? chosen : listed).slice(0, MOST_LINES);
  const losses = lossChart(rows, view);
  const ends = endChart(matching.value);
  const left = (chosen.length > 0 ? chosen : listed).length - rows.length;
  return (
    <>
      <h3>Loss by step</h3>
      {left > 0 ? (
        <p class="quiet">
          The first {rows.length} of {rows.length + left}: select those to be drawn.
        </p>
      ) : null}
      <ExportMenu
        name="losses"
        csv={() => csvOfChart(losses)}
        scenes={scenesOf(losses)}
        command={`nadir plot ${rows.map(({ id }) => id).join(" ")} --out losses.svg`}
      />
      <h3>Where they ended</h3>
      <ExportMenu
        name="ends"
        csv={() => csvOfChart(ends)}
        scenes={scenesOf(ends)}
        source="nadir export --table runs"
      />
    </>
  );
}

function scenesOf(chart: Chart) {
  const drawn = (style: Style, width: number) =>
    chartScene([{ ...chart, width, height: 0.6 * width }], 1, style);
  return { wide: () => drawn(plain, 720), paper: () => drawn(paper, paperWidth) };
}

/** As the screen has them: through the middle of each bucket's reach, which is the band about it. */
function lossChart(rows: readonly RunRow[], { x0, x1, y0, y1, logX, logY }: View): Chart {
  const series = rows.flatMap(({ id, name }): Series[] => {
    const overview = overviews.value.get(id);
    if (overview === undefined) return [];
    const { low, high } = overview;
    const steps = stepsOf(overview);
    const points = steps.map((step, i): DataPoint => [step, (low[i]! + high[i]!) / 2]);
    const wide =
      overview.width > 1 ? steps.map((step, i) => [step, low[i]!, high[i]!] as const) : [];
    return [{ name: `${name} ${id}`, points, ...(wide.length > 0 ? { band: wide } : {}) }];
  });
  const bounds = (log: boolean, low: number, high: number) =>
    log ? ([10 ** low, 10 ** high] as const) : ([low, high] as const);
  return {
    title: "Loss by step",
    x: { label: "step", scale: logX ? "log" : "linear", domain: bounds(logX, x0, x1) },
    y: { label: "loss", scale: logY ? "log" : "linear", domain: bounds(logY, y0, y1) },
    series,
    edgeMarks: true,
  };
}

/** The step in the middle of each bucket. */
function stepsOf({ count, width, firstStep, lastStep, low }: Overview): number[] {
  const stride = (lastStep - firstStep) / Math.max(1, count - 1);
  return Array.from(low, (_, i) => {
    const last = Math.min(count, (i + 1) * width) - 1;
    return firstStep + (stride * (i * width + last)) / 2;
  });
}

/** A dot for each run, by what kind of point it reached. */
function endChart(rows: readonly RunRow[]): Chart {
  const measured = rows.some(({ sharpness }) => sharpness !== undefined);
  const kinds = new Map<string, DataPoint[]>();
  for (const row of rows) {
    const upwards = measured ? row.sharpness : row.gradientNorm;
    if (row.loss === undefined || upwards === undefined) continue;
    if (!Number.isFinite(row.loss) || !Number.isFinite(upwards)) continue;
    const word = markWord(markOf(row));
    kinds.set(word, [...(kinds.get(word) ?? []), [row.loss, upwards]]);
  }
  const points = [...kinds.values()].flat();
  const scale = (at: 0 | 1) => (points.every((point) => point[at] > 0) ? "log" : "linear");
  return {
    title: "Where they ended",
    x: { label: "last loss", scale: scale(0) },
    y: { label: measured ? "sharpness" : "gradient norm", scale: scale(1) },
    series: [...kinds].map(([name, ends]) => ({ name, points: ends, as: "dots" })),
  };
}
