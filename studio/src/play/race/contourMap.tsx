import { computed, effect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dark } from "../../app/theme.ts";
import { VerdictMark } from "../../parts/verdictMark.tsx";
import { ticks } from "../parts/ticks.ts";
import { drawGround, drawTrails } from "./drawMap.ts";
import { heightsOf } from "./heights.ts";
import { isIn, moved, type RaceModel, roundedTo, zoomed } from "./model.ts";
import { paletteNow } from "./palette.ts";

/** The map: the ground by height, the trails on it, marks where they ended, and the start, which can be moved. */
export function ContourMap({ race }: { readonly race: RaceModel }): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const ground = useRef<HTMLCanvasElement>(null);
  const trails = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const [box, below, above] = [frame.current!, ground.current!, trails.current!]; // drawn before effects run
    const drawBelow = (): void => {
      const grid = race.grid.peek();
      if (grid !== undefined)
        drawGround(below, heightsOf(grid, race.settings.peek().levels), paletteNow());
    };
    const drawAbove = (): void => {
      const { view } = race.settings.peek();
      drawTrails(above, race.finishes.peek(), race.clock.peek(), view, paletteNow());
    };
    const fit = (): void => {
      const { width, height } = box.getBoundingClientRect();
      const dense = Math.min(2, devicePixelRatio);
      for (const canvas of [below, above]) {
        canvas.width = Math.max(1, Math.round(width * dense));
        canvas.height = Math.max(1, Math.round(height * dense));
      }
      drawBelow();
      drawAbove();
    };
    const sizes = new ResizeObserver(fit);
    sizes.observe(box);
    const levels = computed(() => race.settings.value.levels);
    const stops = [
      effect(() => {
        void dark.value;
        void race.grid.value;
        void levels.value;
        drawBelow();
      }),
      effect(() => {
        void dark.value;
        void race.clock.value;
        void race.finishes.value;
        void race.settings.value;
        drawAbove();
      }),
    ];
    return () => {
      sizes.disconnect();
      for (const stop of stops) stop();
    };
  }, [race]);
  const { view } = race.settings.value;
  const toStart = (x: number, y: number): void => {
    const box = frame.current!.getBoundingClientRect();
    const [left, right, bottom, top] = view;
    const [u, v] = [(x - box.left) / box.width, 1 - (y - box.top) / box.height];
    race.set({
      start: roundedTo(view, [
        left + clampToUnit(u) * (right - left),
        bottom + clampToUnit(v) * (top - bottom),
      ]),
    });
  };
  return (
    <div
      class="play-map"
      ref={frame}
      onWheel={(event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        race.set({ view: zoomed(view, event.deltaY > 0 ? 1.15 : 1 / 1.15) });
      }}
    >
      <canvas ref={ground} class="play-canvas" />
      <canvas
        ref={trails}
        class="play-canvas"
        role="img"
        aria-label={summaryOf(race)}
        onPointerDown={(event) => {
          if (event.button === 0) toStart(event.clientX, event.clientY);
        }}
      />
      <Axes view={view} />
      <Ends race={race} />
      <StartHandle race={race} toStart={toStart} />
    </div>
  );
}

const clampToUnit = (u: number): number => Math.min(1, Math.max(0, u));

/** Where a point stands on the map, in percent of its sides from the left and from above. */
function placeOn(
  [left, right, bottom, top]: readonly [number, number, number, number],
  x: number,
  y: number,
): { readonly left: string; readonly top: string } {
  return {
    left: `${(100 * (x - left)) / (right - left)}%`,
    top: `${100 - (100 * (y - bottom)) / (top - bottom)}%`,
  };
}

function StartHandle({
  race,
  toStart,
}: {
  readonly race: RaceModel;
  readonly toStart: (x: number, y: number) => void;
}): JSX.Element {
  const { view, start } = race.settings.value;
  const [x, y] = start;
  return (
    <button
      type="button"
      class="play-start"
      style={placeOn(view, x, y)}
      aria-label={`Start at x ${x}, y ${y}. Arrow keys move it, with Shift further.`}
      title="The start: drag it, or move it with the arrow keys"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.focus();
        event.preventDefault();
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId))
          toStart(event.clientX, event.clientY);
      }}
      onKeyDown={(event) => {
        const step = event.shiftKey ? 0.1 : 0.01;
        const [dx, dy] = arrows[event.key] ?? [0, 0];
        if (dx === 0 && dy === 0) return;
        event.preventDefault();
        event.stopPropagation();
        const [left, right, bottom, top] = view;
        const to = [x + dx * step * (right - left), y + dy * step * (top - bottom)] as const;
        race.set({ start: roundedTo(view, to) });
      }}
    />
  );
}

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** A mark where each racer that has come in ended. */
function Ends({ race }: { readonly race: RaceModel }): JSX.Element {
  const { view } = race.settings.value;
  const clock = race.clock.value;
  return (
    <>
      {race.finishes.value.map((finish, i) => {
        if (!isIn(finish, clock)) return null;
        const [x, y] = finish.path.subarray(-2);
        const [left, right, bottom, top] = view;
        if (!(x! >= left && x! <= right && y! >= bottom && y! <= top)) return null;
        // Those that end at one point stand around it.
        const turn = (i * 2 * Math.PI) / 6;
        const shift = `translate(${16 * Math.cos(turn) - 10}px, ${16 * Math.sin(turn) - 10}px)`;
        return (
          <span
            key={i}
            class="play-end"
            style={{
              ...placeOn(view, x!, y!),
              transform: shift,
              borderColor: `var(--series-${i})`,
            }}
          >
            <VerdictMark kind={finish.verdict.kind} size={12} />
          </span>
        );
      })}
    </>
  );
}

/** A few numbers along the lower and the left side. */
function Axes({ view }: { readonly view: readonly [number, number, number, number] }): JSX.Element {
  const [left, right, bottom, top] = view;
  return (
    <div class="play-axes" aria-hidden="true">
      {ticks(left, right).map((x) => (
        <span key={`x${x}`} class="play-tick-x" style={placeOn(view, x, bottom)}>
          {x}
        </span>
      ))}
      {ticks(bottom, top).map((y) => (
        <span key={`y${y}`} class="play-tick-y" style={placeOn(view, left, y)}>
          {y}
        </span>
      ))}
    </div>
  );
}

/** The picture in words. */
function summaryOf(race: RaceModel): string {
  const { view, start, racers } = race.settings.value;
  const [left, right, bottom, top] = view;
  const ends = race.finishes.value.flatMap((finish, i) =>
    finish === undefined ? [] : [`${racers[i]?.method ?? ""}: ${finish.verdict.kind}`],
  );
  return `Contour map, x from ${left} to ${right}, y from ${bottom} to ${top}; ${racers.length} trails from (${start.join(", ")}). ${ends.join("; ")}`;
}

/** Zooms and pans by keys and buttons. */
export const viewActions = (race: RaceModel) => {
  const change = (to: (view: Parameters<typeof zoomed>[0]) => Parameters<typeof zoomed>[0]) => () =>
    race.set({ view: to(race.settings.peek().view) });
  return {
    in: change((view) => zoomed(view, 1 / 1.4)),
    out: change((view) => zoomed(view, 1.4)),
    left: change((view) => moved(view, -0.2, 0)),
    right: change((view) => moved(view, 0.2, 0)),
    up: change((view) => moved(view, 0, 0.2)),
    down: change((view) => moved(view, 0, -0.2)),
  };
};
