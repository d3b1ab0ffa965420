import { type Shape, sizeOf } from "../array/shape.ts";
import type { Vector } from "../linalg/ask.ts";

/**
 * A direction made comparable with the params, filter by filter: d ← d·‖w‖/‖d‖ for each filter's weights w. A filter is
 * what one unit sees: a column of a matrix `[in, out]`, an entry of the first axis of a convolution's `[out, in, …]`.
 * Arrays of one axis or none (biases, batch norm's scale and shift) are not moved, unless there are no others: then
 * each is a filter.
 *
 * @see Li, Xu, Taylor, Studer & Goldstein (2018), Visualizing the loss landscape of neural nets, section 4
 */
export function filterNormalise(direction: Vector, x: Vector, shapes: readonly Shape[]): Vector {
  const out = new Float64Array(x.length);
  const hasFilters = shapes.some(({ length }) => length > 1);
  let start = 0;
  for (const shape of shapes) {
    const size = sizeOf(shape);
    if (shape.length > 1 || !hasFilters) {
      const [filters, length, across] =
        shape.length < 2
          ? [1, size, 1]
          : shape.length === 2
            ? [shape[1]!, shape[0]!, shape[1]!]
            : [shape[0]!, size / shape[0]!, 1];
      for (let filter = 0; filter < filters; filter++) {
        const first = start + (across === 1 ? filter * length : filter);
        rescale(out, direction, x, first, length, across);
      }
    }
    start += size;
  }
  return out;
}

function rescale(
  out: Vector,
  direction: Vector,
  x: Vector,
  first: number,
  length: number,
  stride: number,
): void {
  let [own, theirs] = [0, 0];
  for (let i = 0, k = first; i < length; i++, k += stride) {
    own += direction[k]! ** 2;
    theirs += x[k]! ** 2;
  }
  const factor = own > 0 ? Math.sqrt(theirs / own) : 0;
  for (let i = 0, k = first; i < length; i++, k += stride) out[k] = factor * direction[k]!;
}
