import { useRef } from "preact/hooks";
import { axisPlaces, type Brushes, type TrialAxis } from "./scenes.ts";

interface AxisBrushesProps {
  readonly axes: readonly TrialAxis[];
  readonly brushes: Brushes;
  readonly setBrushes: (brushes: Brushes) => void;
  readonly style: { readonly fontSize: number };
  readonly width: number;
  readonly height: number;
}

/** Strips over the axes that are dragged along to choose a span of each. */
export function AxisBrushes({ axes, brushes, setBrushes, style, width, height }: AxisBrushesProps) {
  const { x, top, bottom } = axisPlaces(axes.length, style.fontSize, width);
  const from = useRef<{ name: string; at: number } | undefined>(undefined);
  const partAt = (event: PointerEvent): number => {
    // The strip is as high as the axis.
    const { top: above, height: high } = (event.currentTarget as Element).getBoundingClientRect();
    return Math.min(1, Math.max(0, 1 - (event.clientY - above) / high));
  };
  const put = (name: string, span: readonly [number, number] | undefined): void => {
    const next = new Map(brushes);
    if (span === undefined) next.delete(name);
    else next.set(name, span);
    setBrushes(next);
  };
  return (
    <svg class="brushes" width={width} height={height} aria-hidden="true">
      {axes.map(({ name }, i) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut of the pointer; the table below has all trials
        <rect
          key={name}
          class="brush"
          x={(x[i] ?? 0) - 12}
          y={top}
          width={24}
          height={bottom - top}
          onPointerDown={(event) => {
            (event.currentTarget as Element).setPointerCapture(event.pointerId);
            from.current = { name, at: partAt(event) };
          }}
          onPointerMove={(event) => {
            const start = from.current;
            if (start?.name !== name) return;
            const at = partAt(event);
            if (Math.abs(at - start.at) < 0.01) return;
            put(name, [Math.min(start.at, at), Math.max(start.at, at)]);
          }}
          onPointerUp={() => {
            from.current = undefined;
          }}
          onDblClick={() => put(name, undefined)}
        />
      ))}
    </svg>
  );
}
