import { type Ask, askGradient, type Vector } from "../linalg/ask.ts";
import { addScaled, norm } from "../linalg/vector.ts";

export interface WorstRiseOptions {
  /** ρ: ‖u‖ ≤ ρ. */
  readonly radius: number;
  /** Stretches u entry by entry: the ball becomes an ellipsoid. Left out: all ones. */
  readonly stretch?: Vector | undefined;
  /** Where to start, in the space of u; a gradient's steps are tried from each. */
  readonly starts: readonly Vector[];
  /** Gradients from each start. */
  readonly steps: number;
}

/** How far a function rises within a ball. */
export interface WorstRise {
  /** The largest f(x + s∘u) − f(x) that was found: a lower bound of the largest that there is; at least 0. */
  readonly rise: number;
  readonly gradients: number;
}

/**
 * The largest rise of f within a ball, max over ‖u‖ ≤ ρ of f(x + s∘u) − f(x), sought by ascent on its surface:
 * u ← ρ·(s∘∇f)/‖s∘∇f‖, which for a convex quadratic is the power method and never falls. The best of all places
 * visited counts, so the answer is a lower bound; the first of them from the gradient is SAM's.
 *
 * Price: `steps` gradients for each start.
 *
 * @see Foret, Kleiner, Mobahi & Neyshabur (2021), Sharpness-aware minimization, eq. (2); with s = |x| Kwon, Kim,
 *   Park & Choi (2021), ASAM, eq. (3); Journée, Nesterov, Richtárik & Sepulchre (2010) for the ascent
 */
export function* worstRise(
  x: Vector,
  value: number,
  { radius, stretch, starts, steps }: WorstRiseOptions,
): Ask<WorstRise> {
  let [rise, gradients] = [0, 0];
  const at = new Float64Array(x.length);
  for (const start of starts) {
    const length = norm(start);
    if (!(length > 0)) continue;
    let u = start.map((entry) => (radius * entry) / length);
    for (let step = 0; step < steps; step++) {
      addScaled(at, x, 1, stretched(u, stretch));
      const found = yield* askGradient(at);
      gradients++;
      // A place where f is not finite is no rise to be measured: Infinity would hide all others.
      if (Number.isFinite(found.value)) rise = Math.max(rise, found.value - value);
      const uphill = stretched(found.gradient, stretch);
      const size = norm(uphill);
      if (!(size > 0 && Number.isFinite(size))) break;
      u = uphill.map((entry) => (radius * entry) / size);
    }
  }
  return { rise, gradients };
}

const stretched = (v: Vector, stretch: Vector | undefined): Vector =>
  stretch === undefined ? v : v.map((entry, i) => entry * stretch[i]!);
