import { useCallback, useState } from "preact/hooks";
import { formatCount, formatNumber, formatSeconds } from "../../../src/cli/format.ts";
import { drawChart } from "../../../src/drawing/chart.ts";
import { type Contours, contourScene } from "../../../src/drawing/contour.ts";
import { csvOfChart, csvOfContours } from "../../../src/drawing/csv.ts";
import {
  type LandscapeArtefact,
  landscapeChart,
  landscapeContours,
  landscapeWarnings,
} from "../../../src/drawing/landscape.ts";
import type { Style } from "../../../src/drawing/style.ts";
import { useKeys } from "../app/keyboard.ts";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { screenStyle } from "../figure/look.ts";
import { ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { newestOf, useArtefact } from "./artefacts.ts";
import { Measure } from "./measureButton.tsx";
import type { RunState } from "./runData.ts";
import { Surface } from "./surface.tsx";

const planes = ["curvature", "trajectory", "random", "gradient"] as const;
type Plane = (typeof planes)[number];

const meanings: Readonly<Record<Plane, string>> = {
  random: "two random directions, each filter as long as its weights",
  curvature: "the directions of largest and smallest curvature",
  gradient: "the gradient, and the largest curvature",
  trajectory: "the plane that holds most of the way the training took",
};

/** The loss around where the run stands: the chosen plane, or a button that computes it. */
export function LandscapeSection({ state }: { readonly state: RunState }) {
  const { reply } = state;
  const { run, artefacts } = reply;
  const kept = artefacts.filter(({ kind }) => kind === "landscape");
  const [chosen, choose] = useState<string | undefined>(undefined);
  const [plane, setPlane] = useState<Plane>("curvature");
  const info = kept.find(({ sha256 }) => sha256 === chosen) ?? newestOf(kept, "landscape");
  const read = useArtefact<LandscapeArtefact>(run.id, info);
  return (
    <>
      {kept.length > 1 && (
        <label class="controls">
          slice{" "}
          <select
            value={info?.sha256}
            onChange={({ currentTarget }) => choose(currentTarget.value)}
          >
            {kept.map(({ sha256, name }) => (
              <option key={sha256} value={sha256}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {read.kind === "reading" && <Skeleton of="the landscape" height={420} />}
      {read.kind === "failed" && <ProblemBox problem={read.problem} place="the landscape" />}
      {read.kind === "ready" && <Landscape run={run.id} slice={read.value} />}
      {run.status !== "running" && (
        <>
          <label class="controls">
            plane{" "}
            <select
              value={plane}
              onChange={({ currentTarget }) =>
                // The options are these words.
                setPlane(currentTarget.value as Plane)
              }
            >
              {planes.map((one) => (
                <option key={one} value={one}>
                  {one}: {meanings[one]}
                </option>
              ))}
            </select>
          </label>
          <Measure
            run={run.id}
            kind="landscape"
            flags={{ plane, grid: 25 }}
            label={info === undefined ? "Compute the landscape" : "Compute another"}
            cost="25² = 625 evaluations over the training rows, each a third of a gradient"
          />
        </>
      )}
      {run.status === "running" && info === undefined && (
        <p class="quiet">
          A slice is computed at the run's end, or at a checkpoint once it has stopped.
        </p>
      )}
    </>
  );
}

function Landscape({ run, slice }: { readonly run: string; readonly slice: LandscapeArtefact }) {
  const [solid, setSolid] = useState(false);
  useKeys("Landscape", [
    { keys: "3", does: "the landscape in three dimensions", run: () => setSolid(!solid) },
  ]);
  const isLine = slice.axes.length === 1;
  const draw = useCallback(
    (style: Style, width: number): Drawn => {
      if (isLine) {
        const chart = landscapeChart(slice, "");
        const frame = { left: 0, top: 0, width, height: 320 };
        const { marks, panel } = drawChart(chart, frame, style);
        const scene = { width, height: 320, paper: style.paper, fontSize: style.fontSize, marks };
        return { scene, panels: [panel] };
      }
      const { scene, panel } = contourScene(mapOf(slice, style), style, Math.min(width, 620));
      return { scene, panels: [panel] };
    },
    [slice, isLine],
  );
  const [first, second] = slice.axes;
  const lowest = slice.values.reduce<number>(
    (best, value) => Math.min(best, value ?? best),
    slice.loss,
  );
  const below = slice.loss - lowest;
  const summary = [
    `The loss is ${formatNumber(slice.loss, 4)} at ${slice.at}`,
    below > 0
      ? `${formatNumber(lowest, 4)} at the lowest place of the slice: ${formatNumber(below, 2)} lies below the point`
      : "no place of the slice is lower",
    `${formatCount(slice.cost.evaluations)} evaluations, ${formatSeconds(slice.cost.seconds)}`,
  ].join("; ");
  return (
    <>
      {!isLine && (
        <button type="button" aria-pressed={solid} onClick={() => setSolid(!solid)}>
          {solid ? "Contours" : "In three dimensions"} <kbd>3</kbd>
        </button>
      )}
      {solid && !isLine && <Surface slice={slice} close={() => setSolid(false)} />}
      <div class="landscape">
        {!(solid && !isLine) && (
          <Figure
            name={`nadir-${run}-landscape`}
            title={`Loss landscape of ${run}: ${slice.axes.map(({ name }) => name).join(" × ")}`}
            summary={`${summary}.`}
            draw={draw}
            table={() => ({
              head: [first?.name ?? "", ...(second === undefined ? [] : [second.name]), "loss"],
              rows: slice.values.map((value, i) => {
                const rows = second?.coordinates.length ?? 1;
                const at = first?.coordinates[Math.floor(i / rows)] ?? Number.NaN;
                const beside = second?.coordinates[i % rows];
                return [at, ...(beside === undefined ? [] : [beside]), value ?? Number.NaN];
              }),
            })}
            csv={() =>
              isLine ? csvOfChart(landscapeChart(slice, "")) : csvOfContours(mapOf(slice))
            }
            command={`nadir plot ${run} --kind landscape --out landscape.svg`}
          />
        )}
        <ul class="quiet warnings">
          {landscapeWarnings(slice).map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
          {slice.explained !== undefined && (
            <li>
              of the way the training took,{" "}
              {formatNumber(100 * slice.explained.reduce((a, b) => a + b, 0), 3)} % lies in this
              plane
            </li>
          )}
        </ul>
      </div>
    </>
  );
}

/** On the screen the warnings stand below as text; in a file they are on the picture. */
const mapOf = (slice: LandscapeArtefact, style?: Style): Contours => {
  const map = landscapeContours(slice, "");
  return style === screenStyle.peek() ? { ...map, warnings: [] } : map;
};
