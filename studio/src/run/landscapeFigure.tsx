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
import { type Place, PlaceLayer, placeByKey } from "./placeLayer.tsx";
import { Surface } from "./surface.tsx";

interface LandscapeProps {
  readonly run: string;
  readonly slice: LandscapeArtefact;
  /** The place that is asked about, on a plane. */
  readonly place: Place | undefined;
  readonly move: (place: Place) => void;
}

/** A slice as contours, a surface or a curve, with what a reader must know of it. */
export function Landscape({ run, slice, place, move }: LandscapeProps) {
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
            {...(!isLine && {
              overlay: (drawn: Drawn) => <PlaceLayer {...{ drawn, place, move }} />,
              onKey: (event: KeyboardEvent, drawn: Drawn) => {
                const [a = 0, b = 0] = slice.point ?? [];
                const next = placeByKey(event, drawn, place ?? [a, b]);
                if (next === undefined) return;
                move(next);
                event.preventDefault();
              },
            })}
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
