import type { TypedArray } from "../../array/dtype.ts";
import type { Shape } from "../../array/shape.ts";
import type { UnitEvidence } from "../../diagnosis/advice/evidence.ts";

/** Outputs this near to an end of their range, as a part of it, are saturated: the slope is below 6 % of the largest. */
const nearEnd = 0.015;
const ends = { tanh: [-1, 1], sigmoid: [0, 1] } as const;
/** What an output is without a signal. */
const middle = { relu: 0, tanh: 0, sigmoid: 0.5 } as const;

/**
 * What the outputs of a nonlinearity are like. A unit is an entry of the second axis; further axes are places that share it.
 *
 * @param outputs - `[rows, units, …]`
 * @param along - the derivative of the mean loss by each
 */
export function unitsOf(
  outputs: TypedArray,
  along: TypedArray,
  { rows, shape, op }: { rows: number; shape: Shape; op: UnitEvidence["op"] },
): Omit<UnitEvidence, "layer" | "op" | "beside"> {
  const units = shape[1]!;
  const places = outputs.length / (rows * units);
  const all = outputs.length;
  const rest = middle[op];
  let [square, saturated, dead, slope] = [0, 0, 0, 0];
  const peak = new Float64Array(units);
  const means = new Float64Array(units * places);
  const [low, high] = op === "relu" ? [Number.NEGATIVE_INFINITY, Infinity] : ends[op];
  const margin = op === "relu" ? 0 : nearEnd * (high - low);
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      for (let p = 0; p < places; p++) {
        const i = (row * units + unit) * places + p;
        const value = outputs[i]!;
        const size = Math.abs(value - rest);
        square += size * size;
        slope += along[i]! ** 2;
        if (op !== "relu" && (value < low + margin || value > high - margin)) saturated++;
        if (size > peak[unit]!) peak[unit] = size;
        means[unit * places + p] = means[unit * places + p]! + (value - rest) / rows;
      }
    }
  }
  for (const most of peak) if (most === 0) dead++;
  const common = means.reduce((sum, mean) => sum + mean * mean, 0) * rows;
  return {
    units,
    rms: Math.sqrt(square / all),
    dead: op === "relu" ? dead / units : 0,
    saturated: saturated / all,
    common: square === 0 ? 1 : common / square,
    // The mean loss divides by the rows.
    gradientRms: rows * Math.sqrt(slope / all),
  };
}
