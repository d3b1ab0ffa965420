import type { Penalty } from "../../methods/penalties/penalty.ts";
import { profileOf } from "./coordinateSweeps.ts";
import type { SideName, Workspace } from "./kernel/workspace.ts";

/**
 * How far a side is from a fixed point where no gradient exists: ‖·‖₂ over its coordinates of the least slope that any
 * subgradient leaves, counting at a bound only a slope that leads away from it.
 */
export function distanceFromFixedPoint(
  work: Workspace,
  side: SideName,
  rank: number,
  {
    penalty,
    nonnegative,
  }: { readonly penalty: Penalty | undefined; readonly nonnegative: boolean },
): number {
  const { n, normal } = work;
  const { factors, biases } = work[side];
  const profile = penalty === undefined ? undefined : profileOf(penalty);
  let square = 0;
  for (let row = 0; row < biases.length; row++) {
    work.runRow(side, "normal", row);
    const x = factors.slice(row * n, (row + 1) * n);
    if (n > rank) x[rank] = biases[row]!; // the feature 1 stands there, or a 0
    for (let j = 0; j < n; j++) {
      let slope = -normal.vector[j]!;
      for (let i = 0; i < n; i++) slope += normal.matrix[j * n + i]! * x[i]!;
      slope *= 2;
      const u = Math.abs(x[j]!);
      if (j < rank && profile !== undefined) {
        slope =
          u > 0 ? slope + Math.sign(x[j]!) * profile.slope(u) : beyond(slope, profile.slope(0));
      }
      if (j < rank && nonnegative && u === 0) slope = Math.min(0, slope);
      square += slope * slope;
    }
  }
  return Math.sqrt(square);
}

/** What is left of a slope at a kink that holds slopes of up to `most`. */
const beyond = (slope: number, most: number): number =>
  Math.abs(slope) <= most ? 0 : slope - Math.sign(slope) * most;
