import type { Drawn } from "../figure/figure.tsx";

/** A place of a slice: a coordinate along each axis. */
export type Place = readonly [a: number, b: number];

interface PlaceLayerProps {
  readonly drawn: Drawn;
  readonly place: Place | undefined;
  readonly move: (place: Place) => void;
}

/** Steps of the arrow keys across the picture; with Shift ten of them. */
const STEPS = 100;

/** Four digits of the axis's length: a place that is told is the place that is asked about. */
function rounded(at: number, [low, high]: readonly [number, number]): number {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(high - low)));
  return Math.min(high, Math.max(low, Number(at.toFixed(Math.min(15, digits)))));
}

/** The place that is a pixel of the picture; the nearest of its edge outside. */
function placeAt({ panels: [panel] }: Drawn, left: number, top: number): Place | undefined {
  if (panel === undefined) return undefined;
  const { box, x, y } = panel;
  const inside = (part: number): number => Math.min(1, Math.max(0, part));
  return [
    rounded(x.at(inside((left - box.left) / (box.right - box.left))), x.domain),
    rounded(y.at(inside((box.bottom - top) / (box.bottom - box.top))), y.domain),
  ];
}

/** The place that a key leads to; undefined for a key that is none of these. */
export function placeByKey(
  { key, shiftKey }: KeyboardEvent,
  { panels: [panel] }: Drawn,
  [a, b]: Place,
): Place | undefined {
  const by = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, 1],
    ArrowDown: [0, -1],
  }[key];
  if (by === undefined || panel === undefined) return undefined;
  const step = (shiftKey ? 10 : 1) / STEPS;
  const moved = (at: number, [low, high]: readonly [number, number], count = 0): number =>
    rounded(Math.min(high, Math.max(low, at + count * step * (high - low))), [low, high]);
  return [moved(a, panel.x.domain, by[0]), moved(b, panel.y.domain, by[1])];
}

/** A point over a slice, which a pointer drags. The arrow keys of the picture move it too. */
export function PlaceLayer({ drawn, place, move }: PlaceLayerProps) {
  const [panel] = drawn.panels;
  if (panel === undefined) return null;
  const { box, x, y } = panel;
  const drag = (event: PointerEvent): void => {
    if (event.buttons !== 1 || !(event.currentTarget instanceof Element)) return;
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const at = placeAt(drawn, event.clientX - left, event.clientY - top);
    if (at !== undefined) move(at);
  };
  return (
    // The arrow keys of the picture below do what the pointer does here.
    <div
      class="place-layer"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={drag}
    >
      {place !== undefined && (
        <div
          class="place-point"
          style={{
            left: box.left + x.place(place[0]) * (box.right - box.left),
            top: box.bottom - y.place(place[1]) * (box.bottom - box.top),
          }}
        />
      )}
    </div>
  );
}
