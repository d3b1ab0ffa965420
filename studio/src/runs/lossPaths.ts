import type { Overview } from "../../../src/records/overview.ts";
import { type Trace, trace, type View } from "./raster.ts";

/** A run's loss as it is drawn in one view. */
export interface LossPaths {
  readonly line: Path2D;
  /** Between the lowest and the highest of each bucket. */
  readonly reach: Path2D;
  /** Columns of values that are not finite. */
  readonly broken: readonly number[];
}

/** The paths of runs in one view: made when first drawn, and kept until the view is another. */
export class PathCache {
  #view: View | undefined;
  #size = "";
  #made = new WeakMap<Overview, LossPaths>();

  get(overview: Overview, view: View, across: number, down: number): LossPaths {
    const size = `${across} ${down}`;
    if (view !== this.#view || size !== this.#size) {
      [this.#view, this.#size] = [view, size];
      this.#made = new WeakMap();
    }
    let paths = this.#made.get(overview);
    if (paths === undefined) {
      const traced = trace(overview, view, across, down);
      paths = { line: lineOf(traced), reach: reachOf(traced), broken: traced.broken };
      this.#made.set(overview, paths);
    }
    return paths;
  }
}

/** Through the middle of each bucket's reach. */
function lineOf({ x, top, bottom }: Trace): Path2D {
  const path = new Path2D();
  let drawing = false;
  for (let i = 0; i < x.length; i++) {
    const y = (top[i]! + bottom[i]!) / 2;
    if (Number.isNaN(y)) drawing = false;
    else if (drawing) path.lineTo(x[i]!, y);
    else {
      path.moveTo(x[i]!, y);
      drawing = true;
    }
  }
  return path;
}

/** The area between the lowest and the highest of each bucket. */
function reachOf({ x, top, bottom }: Trace): Path2D {
  const path = new Path2D();
  const known = Array.from(x.keys()).filter((i) => !Number.isNaN(bottom[i]!));
  // The first lineTo of a path is a moveTo.
  for (const i of known) path.lineTo(x[i]!, top[i]!);
  for (const i of known.reverse()) path.lineTo(x[i]!, bottom[i]!);
  path.closePath();
  return path;
}
