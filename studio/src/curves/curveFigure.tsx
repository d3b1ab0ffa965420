import type { ComponentChildren } from "preact";
import { useCallback, useMemo, useState } from "preact/hooks";
import { formatNumber } from "../../../src/cli/format.ts";
import { csvOfChart } from "../../../src/drawing/csv.ts";
import type { PlacedCurve } from "../../../src/drawing/curveChart.ts";
import { type CurvePanel, stackedCharts, stackScene } from "../../../src/drawing/stack.ts";
import type { Style } from "../../../src/drawing/style.ts";
import { Figure } from "../figure/figure.tsx";
import { type Abscissa, axisLabel } from "./abscissa.ts";
import { loggedPlaces, placeBeside, valuesAt } from "./cursor.ts";
import { CursorLayer } from "./cursorLayer.tsx";
import { changeView, curveView } from "./view.ts";

export interface CurveFigureProps {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly panels: readonly CurvePanel[];
  /** What the curves were placed on. */
  readonly axis: Abscissa;
  readonly command: string;
  /** What happened about a place of the axis, said beside the values there. */
  readonly saidAt?: (place: number, reach: number) => string;
  readonly children?: ComponentChildren;
}

/** Charts below each other over one axis, with one cursor: it rests on logged points only. */
export function CurveFigure(props: CurveFigureProps) {
  const { name, title, summary, panels, axis, command, saidAt, children } = props;
  const view = curveView.value;
  const [cursor, setCursor] = useState<number | undefined>(undefined);
  const curves = useMemo(() => panels.flatMap((panel) => panel.curves), [panels]);
  const places = useMemo(() => loggedPlaces(curves), [curves]);
  const { charts, domain } = useMemo(
    () => stackedCharts(panels, view, axisLabel[axis]),
    [panels, view, axis],
  );
  const draw = useCallback(
    (style: Style, width: number) => stackScene(charts, style, width),
    [charts],
  );
  const move = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (by !== undefined) setCursor(placeBeside(places, cursor, by, domain));
    else if (event.key === "Home") setCursor(placeBeside(places, undefined, 1, domain));
    else if (event.key === "End") setCursor(placeBeside(places, undefined, -1, domain));
    else if (event.key === "+" || event.key === "-") {
      changeView({ zoom: zoomed(domain, cursor, event.key === "+" ? 0.5 : 2) });
    } else if (event.key === "0") changeView({ zoom: undefined });
    else return;
    event.preventDefault();
  };
  const reach = (domain[1] - domain[0]) / 100;
  return (
    <Figure
      {...{ name, title, summary, draw, command }}
      table={() => tableOf(curves, places, axisLabel[axis])}
      csv={() => charts.map(({ chart }) => csvOfChart(chart)).join("")}
      onKey={move}
      overlay={(drawn) => (
        <CursorLayer
          {...{ drawn, places, cursor, setCursor }}
          panelCurves={panels.map((panel) => panel.curves)}
        />
      )}
    >
      {children}
      <p class="readout">
        {cursor === undefined
          ? "Point at the curves, or walk with ← and →. Drag to zoom, double-click for all."
          : [
              `${axisLabel[axis]} ${formatNumber(cursor, 5)}`,
              ...valuesAt(curves, cursor).map((at) => `${at.name} ${formatNumber(at.value, 4)}`),
              saidAt?.(cursor, reach) ?? "",
            ]
              .filter((part) => part !== "")
              .join(" · ")}
      </p>
    </Figure>
  );
}

/** A part of the axis about a place, shorter or longer. */
function zoomed(
  [from, to]: readonly [number, number],
  about: number | undefined,
  factor: number,
): readonly [number, number] {
  const middle = about ?? (from + to) / 2;
  return [middle - (middle - from) * factor, middle + (to - middle) * factor];
}

function tableOf(curves: readonly PlacedCurve[], places: readonly number[], axis: string) {
  const columns = curves.map(({ logged }) => new Map(logged));
  return {
    head: [axis, ...curves.map(({ name }) => name)],
    rows: places.map((place) => [place, ...columns.map((column) => column.get(place) ?? "")]),
  };
}
