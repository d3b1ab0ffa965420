import { mnist } from "../../../data/mnist.ts";
import type { DenseColumns } from "../../../estimators/linear/design.ts";
import { normals, uniform } from "../random.ts";

/** Two classes, labelled −1 and 1. */
export interface Labelled {
  readonly x: DenseColumns;
  readonly y: Float64Array;
}

export interface Flipped extends Labelled {
  /** 1 where the label was turned over. */
  readonly flipped: Uint8Array;
}

/** Two half circles of radius 1 that reach into each other, with normal noise of deviation 0.15 in both directions. */
export function twoMoons(samples: number, seed: number): Labelled {
  const next = uniform(seed);
  const noise = normals(seed + 7919);
  const columns = new Float64Array(2 * samples);
  const y = new Float64Array(samples);
  for (let i = 0; i < samples; i++) {
    const angle = Math.PI * next();
    const lower = next() < 0.5;
    columns[i] = (lower ? 1 - Math.cos(angle) : Math.cos(angle)) + 0.15 * noise();
    columns[samples + i] = (lower ? 0.5 - Math.sin(angle) : Math.sin(angle)) + 0.15 * noise();
    y[i] = lower ? 1 : -1;
  }
  return { x: { samples, features: 2, columns }, y };
}

/** Each label turned over with this chance. */
export function withFlips({ x, y }: Labelled, chance: number, seed: number): Flipped {
  const next = uniform(seed);
  const flipped = Uint8Array.from(y, () => (next() < chance ? 1 : 0));
  return { x, y: y.map((label, i) => (flipped[i] === 1 ? -label : label)), flipped };
}

/** The digits 3 (−1) and 5 (1), split as `mnist()` splits them. */
export async function threesAndFives(): Promise<{
  readonly train: Labelled;
  readonly test: Labelled;
}> {
  const { train, test } = await mnist();
  const only = ({ arrays: { x, label } }: typeof train): Labelled => {
    const [pixels, digits] = [x.data, label.data];
    const rows = Array.from(digits.keys()).filter((i) => digits[i] === 3 || digits[i] === 5);
    const [samples, features] = [rows.length, pixels.length / digits.length];
    const columns = new Float64Array(samples * features);
    rows.forEach((from, i) => {
      for (let j = 0; j < features; j++)
        columns[j * samples + i] = Number(pixels[from * features + j]);
    });
    const y = Float64Array.from(rows, (from) => (digits[from] === 5 ? 1 : -1));
    return { x: { samples, features, columns }, y };
  };
  return { train: only(train), test: only(test) };
}
