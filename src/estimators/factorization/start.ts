import { NadirError } from "../../base/errors.ts";
import { randomDirection } from "../../linalg/randomDirection.ts";
import type { Side } from "./objective.ts";

/** Factors to start from: given ones, copied, or normal draws of the scale (their size alone, if nonnegative). */
export function drawnSide(
  count: number,
  rank: number,
  how: {
    readonly scale: number;
    readonly seed: number;
    readonly stream: number;
    readonly nonnegative: boolean;
    readonly given: Float64Array | undefined;
  },
): Side {
  const size = count * rank;
  const { given, scale, seed, stream, nonnegative } = how;
  if (given !== undefined && given.length !== size) {
    throw new NadirError(
      "factorization/start",
      `start: ${given.length} numbers for ${count} rows of ${rank}`,
      {
        expected: `${size}`,
      },
    );
  }
  const bad = given?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (bad >= 0) {
    throw new NadirError("factorization/start", `start: number ${bad} is ${given?.[bad]}`, {
      expected: "finite numbers",
    });
  }
  // A uniform direction times √size has nearly independent normal entries.
  const length = scale * Math.sqrt(size);
  const drawn = given?.slice() ?? randomDirection(size, 2 * seed + stream).map((x) => x * length);
  return { factors: nonnegative ? drawn.map(Math.abs) : drawn, biases: new Float64Array(count) };
}
