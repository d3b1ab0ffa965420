/** What a trial step told about the model's reach. */
export interface Trial {
  /** Actual over foreseen decrease; −∞ if the trial was not finite. */
  readonly ratio: number;
  /** ‖s‖. */
  readonly length: number;
  readonly onBoundary: boolean;
  /** f and ⟨∇f, s⟩ at x, and at x + s, where that is finite. */
  readonly value: number;
  readonly slope: number;
  readonly trialValue: number;
  readonly trialSlope: number;
}

/**
 * The first radius: the distance to the model's minimum along −∇f, ‖∇f‖³/∇fᵀH∇f. Without positive
 * curvature there is no such distance, and the step starts at the gradient's length, at least 1.
 *
 * @see Conn, Gould & Toint (2000), Trust-region methods, §17.2
 */
export function firstRadius(gradientNorm: number, curvature: number): number {
  const radius = gradientNorm ** 3 / curvature;
  return radius > 0 && Number.isFinite(radius) ? radius : Math.max(1, gradientNorm);
}

/**
 * A radius below which a step of this negative curvature would gain less than rounding: the one of a
 * region that shrank on the way to a saddle must not pass for a minimum's.
 */
export function leastRadiusAtSaddle(value: number, curvature: number): number {
  return Math.sqrt((2e-10 * Math.abs(value)) / -curvature);
}

/**
 * The next radius.
 *
 * A poor trial shrinks it to where the cubic through both values and slopes has its minimum, between
 * 0.1 and 0.75 of the step; a good one on the boundary doubles it, and one that was foreseen to three
 * digits multiplies it by ten, so that a saddle's quadratic surroundings are left in a few steps. The
 * constants minimize evaluations over the Moré–Garbow–Hillstrom problems from varied starts.
 */
export function nextRadius(radius: number, trial: Trial): number {
  const { ratio, length, onBoundary } = trial;
  if (!(ratio >= 0.25)) return length * (ratio === Number.NEGATIVE_INFINITY ? 0.25 : shrink(trial));
  if (!onBoundary) return radius;
  if (Math.abs(ratio - 1) < 1e-3) return Math.max(radius, 10 * length);
  return ratio > 0.75 ? Math.max(radius, 2 * length) : radius;
}

/** The minimizer on (0, 1) of the cubic along the step, within [0.1, 0.75]; 0.25 if it has none. */
function shrink({ value, slope, trialValue, trialSlope }: Trial): number {
  const theta = 3 * (value - trialValue) + slope + trialSlope;
  const square = theta * theta - slope * trialSlope;
  const root = Math.sqrt(Math.max(0, square));
  const t = 1 - (trialSlope + root - theta) / (trialSlope - slope + 2 * root);
  if (square >= 0 && t > 0 && t < 1) return Math.min(Math.max(t, 0.1), 0.75);
  const parabola = -slope / (2 * (trialValue - value - slope));
  return parabola > 0 && parabola < 1 ? Math.min(Math.max(parabola, 0.1), 0.75) : 0.25;
}
