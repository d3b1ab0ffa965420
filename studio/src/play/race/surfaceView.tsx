import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dark } from "../../app/theme.ts";
import type { RaceModel } from "./model.ts";
import { paletteNow } from "./palette.ts";
import type { Surface3d } from "./surface3d.ts";

/** The surface with the trails on it: dragged or turned with the arrow keys. */
export function SurfaceView({ race }: { readonly race: RaceModel }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<Surface3d | undefined>(undefined);
  const state = useSignal<"loading" | "there" | "none">("loading");
  useEffect(() => {
    const stops: (() => void)[] = [];
    let gone = false;
    void import("./surface3d.ts").then(({ openSurface }) => {
      if (gone || canvas.current === null) return;
      const place = canvas.current;
      const opened = openSurface(place);
      surface.current = opened;
      state.value = opened === undefined ? "none" : "there";
      if (opened === undefined) return;
      const fit = (): void => opened.fit(place.clientWidth, place.clientHeight);
      const sizes = new ResizeObserver(fit);
      sizes.observe(place);
      stops.push(
        () => sizes.disconnect(),
        effect(() => {
          void dark.value;
          const grid = race.grid.value;
          if (grid === undefined) return;
          opened.setGround(grid, race.settings.value.levels, paletteNow());
          opened.setTrails(race.finishes.peek(), race.clock.peek());
        }),
        effect(() => opened.setTrails(race.finishes.value, race.clock.value)),
        () => opened.dispose(),
      );
    });
    return () => {
      gone = true;
      for (const stop of stops) stop();
    };
  }, [race]);
  return (
    <div class="play-map play-surface">
      <button
        type="button"
        class="play-picture play-canvas"
        aria-label="The surface with the trails. Arrow keys turn it, plus and minus zoom, 3 goes back to the map."
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          if (event.currentTarget.hasPointerCapture(event.pointerId))
            surface.current?.turn(-event.movementX / 160, event.movementY / 160);
        }}
        onWheel={(event) => {
          event.preventDefault();
          surface.current?.zoom(event.deltaY > 0 ? 1.08 : 1 / 1.08);
        }}
        onKeyDown={(event) => {
          const [a, b] = turns[event.key] ?? [0, 0];
          const factor = event.key === "+" ? 1 / 1.1 : event.key === "-" ? 1.1 : 1;
          if (a === 0 && b === 0 && factor === 1) return;
          event.preventDefault();
          surface.current?.turn(a, b);
          surface.current?.zoom(factor);
        }}
      >
        <canvas ref={canvas} class="play-canvas" />
      </button>
      {state.value === "none" ? (
        <p class="play-note" role="status">
          There is no WebGL here, which the surface needs: press 3 for the map.
        </p>
      ) : null}
    </div>
  );
}

const turns: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-0.12, 0],
  ArrowRight: [0.12, 0],
  ArrowUp: [0, 0.08],
  ArrowDown: [0, -0.08],
};
