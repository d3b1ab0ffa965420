import type { Overview } from "../../../src/records/overview.ts";
import { density, toneMap, type View } from "./raster.ts";
import { type RunTransfer, unpackRuns } from "./runTransfer.ts";

/** What the page says to the worker that draws many runs. */
export type RasterRequest =
  | {
      readonly kind: "runs";
      readonly set: RunTransfer;
      readonly drop: readonly string[];
    }
  | {
      readonly kind: "draw";
      readonly view: View;
      readonly across: number;
      readonly down: number;
      readonly colour: readonly [number, number, number];
      /** The runs to draw; all that were set by default. */
      readonly only?: readonly string[] | undefined;
    };

/** What it answers a `draw` with; only the newest is answered. */
export interface RasterReply {
  readonly view: View;
  readonly bitmap: ImageBitmap;
}

const runs = new Map<string, Overview>();
let wanted: Extract<RasterRequest, { kind: "draw" }> | undefined;
let busy = false;

addEventListener("message", ({ data }: MessageEvent<RasterRequest>) => {
  if (data.kind === "runs") {
    for (const id of data.drop) runs.delete(id);
    for (const [id, overview] of unpackRuns(data.set)) runs.set(id, overview);
    return;
  }
  wanted = data;
  if (!busy) setTimeout(draw);
  busy = true;
});

/** The newest wish; those that came while it was drawn are passed over but for the last. */
async function draw(): Promise<void> {
  while (wanted !== undefined) {
    const { view, across, down, colour, only } = wanted;
    wanted = undefined;
    const drawn =
      only === undefined
        ? runs.values()
        : only.map((id) => runs.get(id)).filter((run) => run !== undefined);
    const pixels = toneMap(density(drawn, view, across, down), across, down, colour);
    const bitmap = await createImageBitmap(new ImageData(pixels, across, down));
    postMessage({ view, bitmap } satisfies RasterReply, { transfer: [bitmap] });
  }
  busy = false;
}
