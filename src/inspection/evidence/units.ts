import type { TypedArray } from "../../array/dtype.ts";
import { type Shape, sizeOf } from "../../array/shape.ts";
import type { UnitEvidence } from "../../diagnosis/advice/evidence.ts";
import { saturationMargin, unitAxis } from "../../diagnosis/units.ts";

const ends = { tanh: [-1, 1], sigmoid: [0, 1] } as const;
/** What an output is without a signal. */
const middle = { relu: 0, tanh: 0, sigmoid: 0.5 } as const;

/**
 * What the outputs of a nonlinearity are like. Units stand along `unitAxis`; all other axes but the rows' are places that share them.
 *
 * @param outputs - `[rows, …]`
 * @param along - the derivative of the mean loss by each
 */
export function unitsOf(
  outputs: TypedArray,
  along: TypedArray,
  { rows, shape, op }: { rows: number; shape: Shape; op: UnitEvidence["op"] },
): Omit<UnitEvidence, "layer" | "op" | "beside"> {
  const axis = unitAxis(shape);
  const units = shape[axis]!;
  const places = sizeOf(shape.slice(1)) / units;
  /** Entries from one unit to the next at the same place. */
  const stride = sizeOf(shape.slice(axis + 1));
  const all = outputs.length;
  const rest = middle[op];
  let [square, saturated, dead, slope] = [0, 0, 0, 0];
  const peak = new Float64Array(units);
  const means = new Float64Array(units * places);
  const [low, high] = op === "relu" ? [Number.NEGATIVE_INFINITY, Infinity] : ends[op];
  const margin = op === "relu" ? 0 : saturationMargin * (high - low);
  for (let row = 0; row < rows; row++) {
    for (let at = 0; at < units * places; at++) {
      const i = row * units * places + at;
      const unit = Math.floor(at / stride) % units;
      const value = outputs[i]!;
      const size = Math.abs(value - rest);
      square += size * size;
      slope += along[i]! ** 2;
      if (op !== "relu" && (value < low + margin || value > high - margin)) saturated++;
      if (size > peak[unit]!) peak[unit] = size;
      means[at] = means[at]! + (value - rest) / rows;
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
