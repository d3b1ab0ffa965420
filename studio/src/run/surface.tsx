import { useEffect, useRef, useState } from "preact/hooks";
import type { LandscapeArtefact } from "../../../src/drawing/landscape.ts";
import { dark } from "../app/theme.ts";
import type { SurfaceView } from "./surfaceScene.ts";

interface SurfaceProps {
  readonly slice: LandscapeArtefact;
  readonly close: () => void;
}

/** A plane of the loss in three dimensions, turned by dragging or by the arrow keys. Its code is loaded when it is asked for. */
export function Surface({ slice, close }: SurfaceProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const view = useRef<SurfaceView | undefined>(undefined);
  const [state, setState] = useState<"loading" | "drawn" | "impossible">("loading");
  const isDark = dark.value;
  useEffect(() => {
    let wanted = true;
    const draw = async (): Promise<void> => {
      const { drawSurface } = await import("./surfaceScene.ts");
      const place = canvas.current;
      if (!wanted || place === null) return;
      const made = drawSurface(place, slice, isDark);
      view.current = made;
      setState(made === undefined ? "impossible" : "drawn");
    };
    draw().catch(() => setState("impossible"));
    return () => {
      wanted = false;
      view.current?.dispose();
    };
  }, [slice, isDark]);
  const turn = (event: KeyboardEvent): void => {
    const by = {
      ArrowLeft: [-0.1, 0],
      ArrowRight: [0.1, 0],
      ArrowUp: [0, 0.1],
      ArrowDown: [0, -0.1],
    }[event.key];
    if (by === undefined || view.current === undefined) return;
    view.current.turn(by[0]!, by[1]!);
    event.preventDefault();
  };
  const drag = (event: PointerEvent): void => {
    if (event.buttons === 1) view.current?.turn(event.movementX / 150, event.movementY / 150);
  };
  return (
    <div class="surface">
      {state === "impossible" && (
        <p role="status">
          This browser draws no three dimensions (WebGL is missing): the contours show the same.{" "}
          <button type="button" onClick={close}>
            Contours
          </button>
        </p>
      )}
      <div
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys turn it
        tabIndex={0}
        aria-label="The same slice as a surface; the arrow keys turn it"
        onKeyDown={turn}
      >
        <canvas ref={canvas} class="surface-canvas" onPointerMove={drag} />
      </div>
    </div>
  );
}
