import { type Ask, askHvp, askValue, type Vector } from "../linalg/ask.ts";
import { lanczos } from "../linalg/lanczos.ts";
import { randomDirection } from "../linalg/randomDirection.ts";
import { addScaled, norm } from "../linalg/vector.ts";

/** Two points and their midpoint, where f lies above the chord: proof that f is not convex. */
export interface Witness {
  readonly x: Vector;
  readonly y: Vector;
  readonly valueAtX: number;
  readonly valueAtY: number;
  readonly valueAtMidpoint: number;
  /** f((x + y)/2) − (f(x) + f(y))/2, above 0. */
  readonly excess: number;
}

export interface WitnessOptions {
  /** Centres of the search tried. Default 48. */
  readonly centres?: number;
  readonly seed?: number;
}

/** How large an excess must be beside the values to be no rounding error. */
const margin = 1e-9;

/**
 * Looks for two points whose midpoint lies above the chord: around the start, the origin and random points,
 * along random directions and along that of the smallest curvature. Returns the clearest pair of the
 * first centre that has one; undefined says nothing of convexity.
 */
export function* findWitness(
  start: Vector,
  options: WitnessOptions = {},
): Ask<Witness | undefined> {
  const { centres = 48, seed = 0 } = options;
  const n = start.length;
  const spread = 1 + norm(start) / Math.sqrt(n);
  const origin = new Float64Array(n);
  const centre = new Float64Array(n);
  for (let k = 0; k < centres; k++) {
    const away = randomDirection(n, seed + 7 * k + 1);
    const reach = k < 2 ? 0 : spread * Math.sqrt(n) * 4 ** ((k % 12) / 2 - 3);
    addScaled(centre, k % 2 === 0 ? start : origin, reach, away);
    if (!Number.isFinite(yield* askValue(centre))) continue;
    const directions = [
      randomDirection(n, seed + 7 * k + 2),
      yield* bentDirection(centre, seed + k),
    ];
    let best: Witness | undefined;
    for (const direction of directions) {
      if (direction === undefined) continue;
      for (let power = -6; power <= 4; power++) {
        const found = yield* chord(centre, direction, spread * 3 ** power);
        if (found !== undefined && clarity(found) > clarity(best)) best = found;
      }
    }
    if (best !== undefined) return best;
  }
  return undefined;
}

/** The direction of the smallest curvature at a point, if derivatives are finite there. */
function* bentDirection(at: Vector, seed: number): Ask<Vector | undefined> {
  const probe = yield* askHvp(at, randomDirection(at.length, seed));
  if (!probe.every(Number.isFinite)) return undefined;
  const spectrum = yield* lanczos((v) => askHvp(at, v), at.length, {
    steps: Math.min(at.length, 12),
    tolerance: 1e-3,
    seed,
  });
  return spectrum.smallest.value < 0 ? spectrum.smallest.vector : undefined;
}

function* chord(middle: Vector, direction: Vector, length: number): Ask<Witness | undefined> {
  const x = new Float64Array(middle.length);
  const y = new Float64Array(middle.length);
  addScaled(x, middle, length, direction);
  addScaled(y, middle, -length, direction);
  const midpoint = x.map((value, i) => 0.5 * (value + y[i]!));
  const valueAtX = yield* askValue(x);
  const valueAtY = yield* askValue(y);
  const valueAtMidpoint = yield* askValue(midpoint);
  const excess = valueAtMidpoint - 0.5 * (valueAtX + valueAtY);
  const found = { x, y, valueAtX, valueAtY, valueAtMidpoint, excess };
  return Number.isFinite(excess) && clarity(found) > margin ? found : undefined;
}

/** The excess beside the values it is made of. */
function clarity(witness: Witness | undefined): number {
  if (witness === undefined) return 0;
  const { valueAtX, valueAtY, valueAtMidpoint, excess } = witness;
  return excess / (Math.abs(valueAtX) + Math.abs(valueAtY) + Math.abs(valueAtMidpoint));
}
