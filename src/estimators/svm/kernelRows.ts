import type { Vector } from "../../linalg/ask.ts";
import type { Kernel } from "./kernel.ts";
import type { Samples } from "./samples.ts";

/** The matrix K(x_i, x_k) + shift, row by row. */
export interface KernelRows {
  readonly size: number;
  /** Its diagonal. */
  readonly diagonal: Vector;
  /** Row i: good until `keep` others were asked for, at least two. */
  row(i: number): Vector;
}

/**
 * Rows that are computed when first asked for, and kept while there is room: the one not used for longest goes first.
 *
 * @param shift - added to each entry: 1 makes the bias one more penalized weight
 * @param megabytes - of kept rows
 */
export function kernelRows(
  samples: Samples,
  kernel: Kernel,
  shift: number,
  megabytes: number,
): KernelRows {
  const n = samples.squares.length;
  const { squares } = samples;
  const keep = Math.max(2, Math.min(n, Math.floor((megabytes * 2 ** 20) / (8 * n))));
  // A Map remembers the order in which keys came: the first is the oldest.
  const kept = new Map<number, Vector>();
  const one = new Float64Array(1);
  const diagonal = squares.map((square, i) => {
    one[0] = square;
    kernel.fromProducts(one, square, squares.subarray(i, i + 1));
    return one[0] + shift;
  });
  return {
    size: n,
    diagonal,
    row: (i) => {
      let row = kept.get(i);
      if (row !== undefined) {
        if (keep < n) {
          kept.delete(i);
          kept.set(i, row);
        }
        return row;
      }
      if (kept.size < keep) {
        row = new Float64Array(n);
      } else {
        const [oldest] = kept.keys();
        row = kept.get(oldest!)!;
        kept.delete(oldest!);
      }
      samples.products(i, row);
      kernel.fromProducts(row, squares[i]!, squares);
      if (shift !== 0) for (let k = 0; k < n; k++) row[k] = row[k]! + shift;
      row[i] = diagonal[i]!;
      kept.set(i, row);
      return row;
    },
  };
}
