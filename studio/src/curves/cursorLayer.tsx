import { useRef, useState } from "preact/hooks";
import type { PlacedCurve } from "../../../src/drawing/curveChart.ts";
import { colourOf } from "../../../src/drawing/style.ts";
import type { Drawn } from "../figure/figure.tsx";
import { screenStyle } from "../figure/look.ts";
import { placeNear, valuesAt } from "./cursor.ts";
import { changeView } from "./view.ts";

interface CursorLayerProps {
  readonly drawn: Drawn;
  readonly places: readonly number[];
  readonly cursor: number | undefined;
  readonly setCursor: (place: number | undefined) => void;
  /** The curves of each panel. */
  readonly panelCurves: readonly (readonly PlacedCurve[])[];
}

/** Pixels that a pointer moves before it drags. */
const DRAG = 6;

/** The cursor over drawn charts: a line through all of them, a dot on each curve, and what a drag selects. */
export function CursorLayer({ drawn, places, cursor, setCursor, panelCurves }: CursorLayerProps) {
  const begun = useRef<number | undefined>(undefined);
  const [dragged, setDragged] = useState<readonly [number, number] | undefined>(undefined);
  const [first] = drawn.panels;
  const last = drawn.panels.at(-1);
  if (first === undefined || last === undefined) return null;
  const { box } = first;
  const within = (event: PointerEvent): number => {
    const place = event.currentTarget;
    const left = place instanceof Element ? place.getBoundingClientRect().left : 0;
    return Math.min(box.right, Math.max(box.left, event.clientX - left));
  };
  const move = (event: PointerEvent): void => {
    const at = within(event);
    if (begun.current !== undefined && Math.abs(at - begun.current) > DRAG) {
      setDragged([Math.min(at, begun.current), Math.max(at, begun.current)]);
    } else setCursor(placeNear(places, first, at));
  };
  const press = (event: PointerEvent): void => {
    if (event.button !== 0 || event.pointerType === "touch") return;
    begun.current = within(event);
    if (event.currentTarget instanceof Element)
      event.currentTarget.setPointerCapture(event.pointerId);
  };
  const release = (): void => {
    begun.current = undefined;
    if (dragged === undefined) return;
    const at = (pixel: number): number => first.x.at((pixel - box.left) / (box.right - box.left));
    changeView({ zoom: [at(dragged[0]), at(dragged[1])] });
    setDragged(undefined);
  };
  const pixel =
    cursor === undefined ? undefined : box.left + first.x.place(cursor) * (box.right - box.left);
  const height = last.box.bottom - box.top;
  const style = screenStyle.value;
  return (
    // The arrow keys of the picture below do what the pointer does here.
    // biome-ignore lint/a11y/noStaticElementInteractions: it is no control of its own
    <div
      class="cursor-layer"
      onPointerMove={move}
      onPointerDown={press}
      onPointerUp={release}
      onPointerLeave={() => begun.current === undefined && setCursor(undefined)}
      onDblClick={() => changeView({ zoom: undefined })}
    >
      {dragged !== undefined && (
        <div
          class="cursor-zoom"
          style={{ left: dragged[0], width: dragged[1] - dragged[0], top: box.top, height }}
        />
      )}
      {pixel !== undefined && cursor !== undefined && (
        <>
          <div class="cursor-line" style={{ left: pixel, top: box.top, height }} />
          {drawn.panels.flatMap((panel, i) =>
            valuesAt(panelCurves[i] ?? [], cursor).flatMap(({ name, value, index }) => {
              const part = panel.y.place(value);
              if (!(part >= 0 && part <= 1)) return [];
              const top = panel.box.bottom - part * (panel.box.bottom - panel.box.top);
              const colour = colourOf(style, panelCurves[i]?.[index]?.hue ?? index);
              const look = { left: pixel, top, background: colour };
              return [<div key={`${i} ${name}`} class="cursor-dot" style={look} />];
            }),
          )}
        </>
      )}
    </div>
  );
}
