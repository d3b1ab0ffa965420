import { NDArray } from "../array/ndarray.ts";
import { concat } from "../array/operations/shaping.ts";
import type { Tensor } from "../array/tensor.ts";
import { grad, jvp } from "../autodiff/grad.ts";
import { requireScalar } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { nearest, requireCount, requireInRange, requireKnownOptions } from "../base/require.ts";
import type { Vector } from "../linalg/ask.ts";
import { type Complex, eigenvalues } from "../linalg/eigenvalues.ts";
import { addScaled, allFinite, norm } from "../linalg/vector.ts";
import { jit } from "../runtime/jit.ts";

/** How two players step: see `minimax`. */
export type MinimaxMethod = (typeof minimaxMethods)[number];

const minimaxMethods = [
  "simultaneous",
  "alternating",
  "negativeMomentum",
  "extragradient",
  "optimistic",
  "consensus",
] as const;

/** Where the players of `minimax` start, and how they step. */
export interface MinimaxOptions {
  /** Where the minimizing player starts. */
  readonly x0: ArrayLike<number>;
  /** Where the maximizing player starts. */
  readonly y0: ArrayLike<number>;
  /** Default `extragradient`. */
  readonly method?: MinimaxMethod;
  /** h, above 0. Default 0.1. */
  readonly stepSize?: number;
  /** Steps at most, a count. Default 1000. */
  readonly iterations?: number;
  /** ‖(∂f/∂x, ∂f/∂y)‖₂ at which the end counts as stationary, at least 0. Default 1e-8. */
  readonly tolerance?: number;
  /** γ of consensus optimization, at least 0. Default 1. */
  readonly consensus?: number;
  /** β of negative momentum, in (−1, 0]. Default −0.5. */
  readonly momentum?: number;
}

/**
 * What kind of point a game ended at, by the eigenvalues of the field v = (−∂f/∂x, ∂f/∂y):
 * - `stable`: all real parts negative; small enough simultaneous steps return to it
 * - `unstable`: one is positive: players leave it whatever the size of their steps
 * - `centre`: none is positive, some are 0: players circle, and simultaneous steps spiral out
 * - `not-stationary`: the gradient is not within the tolerance; `diverged`: it is not finite
 */
export interface MinimaxVerdict {
  readonly kind: "stable" | "unstable" | "centre" | "not-stationary" | "diverged";
  readonly gradientNorm: number;
  /** Of the derivative of v at the end; empty where it diverged. */
  readonly eigenvalues: readonly Complex[];
  /** The largest |im λ|/|λ|: 0 where players go straight, 1 where they only circle. */
  readonly rotation: number;
  /** What the distance to the point is multiplied by in a step, by λ and h; undefined for methods of which it is not a function of these. */
  readonly factor: number | undefined;
  readonly evidence: readonly string[];
}

/** Where a game ended: the point of both players, f there, and what kind of point it is. */
export interface MinimaxResult {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly verdict: MinimaxVerdict;
}

const names = [
  "x0",
  "y0",
  "method",
  "stepSize",
  "iterations",
  "tolerance",
  "consensus",
  "momentum",
] as const;

/**
 * Looks for an equilibrium of min over x, max over y of f(x, y), by gradient steps of both players along v = (−∂f/∂x, ∂f/∂y):
 *
 *     simultaneous      z ← z + hv(z)
 *     alternating       x ← x − h∂ₓf(x, y), then y ← y + h∂ᵧf(x, y) with the new x
 *     negativeMomentum  alternating, each step plus β times the player's last, β < 0
 *     extragradient     z ← z + hv(z + hv(z))
 *     optimistic        z ← z + 2hv(z) − hv(z of the step before)
 *     consensus         z ← z + h(v − γ∇½‖v‖²)
 *
 * On the bilinear xy simultaneous steps spiral out at any h and alternating ones circle; the last four go in. Price a step: one gradient of both,
 * extragradient two, consensus three; the verdict a Jacobian and 10n³ multiplications.
 *
 * @param f - of two vectors, a scalar
 * @throws NadirError `minimax/…` for an option out of range, before any step
 * @see Korpelevich (1976) (extragradient); Daskalakis et al. (2018), Training GANs with optimism; Gidel et al. (2019), Negative momentum for
 * improved game dynamics; Mescheder, Nowozin & Geiger (2017), The numerics of GANs, eq. (11), and proposition 4 (eigenvalues)
 * @example minimax((x, y) => x.mul(y).sum(), { x0: [1], y0: [1] }).verdict.kind // "centre"
 */
export function minimax(
  f: (x: Tensor, y: Tensor) => Tensor,
  options: MinimaxOptions,
): MinimaxResult {
  requireKnownOptions("minimax", options, names);
  const settings = read(options);
  const { n, start, method, stepSize } = settings;
  const split = (z: Tensor): readonly [Tensor, Tensor] => [z.slice([0, n]), z.slice([n, null])];
  const value = (z: Tensor): Tensor => requireScalar("minimax", f(...split(z)));
  const field = (z: Tensor): Tensor => {
    const [x, y] = split(grad(value)(z));
    return concat([x.neg(), y]);
  };
  const along = jit(field);
  const v = (z: Vector): Vector => Float64Array.from(along(array(z)).data);
  const pull = jit((z: Tensor) => grad((at: Tensor) => field(at).square().sum().mul(0.5))(z));
  const { length } = start;
  const plus = (z: Vector, t: number, direction: Vector): Vector => {
    const out = new Float64Array(length);
    addScaled(out, z, t, direction);
    return out;
  };
  /** A player's part of a direction, with zeros for the other. */
  const only = (direction: Vector, player: "x" | "y"): Vector =>
    direction.map((d, i) => (i < n === (player === "x") ? d : 0));

  let z = start;
  let now = v(z);
  let before = now;
  let velocity: Vector = new Float64Array(length);
  let iteration = 0;
  for (; iteration < settings.iterations; iteration++) {
    if (!allFinite(now) || norm(now) <= settings.tolerance) break;
    switch (method) {
      case "simultaneous":
        z = plus(z, stepSize, now);
        break;
      case "alternating":
      case "negativeMomentum": {
        const kept = method === "alternating" ? 0 : settings.momentum;
        const step = (direction: Vector, player: "x" | "y"): void => {
          const own = plus(
            only(velocity, player).map((d) => kept * d),
            stepSize,
            only(direction, player),
          );
          velocity = velocity.map((d, i) => (i < n === (player === "x") ? own[i]! : d));
          z = plus(z, 1, own);
        };
        step(now, "x");
        step(v(z), "y");
        break;
      }
      case "extragradient":
        z = plus(z, stepSize, v(plus(z, stepSize, now)));
        break;
      case "optimistic":
        z = plus(plus(z, 2 * stepSize, now), -stepSize, before);
        break;
      case "consensus": {
        const correction = Float64Array.from(pull(array(z)).data);
        z = plus(plus(z, stepSize, now), -stepSize * settings.consensus, correction);
      }
    }
    before = now;
    now = v(z);
  }
  const product = jit((at: Tensor, direction: Tensor) => jvp(field, at, direction).tangent);
  const jacobian = (): Vector => {
    const rows = new Float64Array(length * length);
    for (let j = 0; j < length; j++) {
      const unit = new Float64Array(length);
      unit[j] = 1;
      const { data } = product(array(z), array(unit));
      for (let i = 0; i < length; i++) rows[i * length + j] = data[i]!;
    }
    return rows;
  };
  const verdict = judge(now, jacobian, settings);
  const end = jit(value)(array(z)).item();
  return { x: z.slice(0, n), y: z.slice(n), value: end, iterations: iteration, verdict };
}

const array = (z: Vector): NDArray => new NDArray(z, [z.length]);

interface Settings {
  readonly n: number;
  readonly start: Vector;
  readonly method: MinimaxMethod;
  readonly stepSize: number;
  readonly iterations: number;
  readonly tolerance: number;
  readonly consensus: number;
  readonly momentum: number;
}

function read(options: MinimaxOptions): Settings {
  const { method = "extragradient" } = options;
  if (!minimaxMethods.includes(method)) {
    const near = nearest(String(method), minimaxMethods);
    throw new NadirError("minimax/method", `minimax: there is no method "${String(method)}"`, {
      expected: `one of ${minimaxMethods.join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
  const [x, y] = [Float64Array.from(options.x0), Float64Array.from(options.y0)];
  if (x.length === 0 || y.length === 0 || !allFinite(x) || !allFinite(y)) {
    throw new NadirError("minimax/start", "minimax: x0 and y0 are where the two players start", {
      expected: "at least one finite number for each",
    });
  }
  const infinity = Number.POSITIVE_INFINITY;
  const positive = (name: string, value: number): number =>
    requireInRange(`minimax/${name}`, value, [0, infinity], { open: true });
  return {
    ...{ n: x.length, start: Float64Array.of(...x, ...y), method },
    stepSize: positive("stepSize", options.stepSize ?? 0.1),
    iterations: requireCount("minimax/iterations", options.iterations ?? 1000),
    tolerance: requireInRange("minimax/tolerance", options.tolerance ?? 1e-8, [0, infinity]),
    consensus: requireInRange("minimax/consensus", options.consensus ?? 1, [0, infinity]),
    momentum: requireInRange("minimax/momentum", options.momentum ?? -0.5, [-1, 0], {
      ...{ open: true, closed: true },
    }),
  };
}

/** Real parts below this part of the largest |λ| are 0 to rounding. */
const nothing = 1e-9;

function judge(
  now: Vector,
  jacobian: () => Vector,
  { tolerance, method, stepSize }: Settings,
): MinimaxVerdict {
  const gradientNorm = norm(now);
  if (!Number.isFinite(gradientNorm)) {
    const evidence = ["the gradient is not finite"];
    return {
      ...{ kind: "diverged", gradientNorm, eigenvalues: [] },
      ...{ rotation: Number.NaN, factor: undefined, evidence },
    };
  }
  const spectrum = eigenvalues(jacobian(), now.length);
  const sizes = spectrum.map(([re, im]) => Math.hypot(re, im));
  const largest = Math.max(...sizes);
  const highest = Math.max(...spectrum.map(([re]) => re));
  const rotation = Math.max(
    ...spectrum.map(([, im], i) => (sizes[i]! > nothing * largest ? Math.abs(im) / sizes[i]! : 0)),
  );
  const factor = factorOf(method, stepSize, spectrum);
  const show = (x: number): string => String(Number(x.toPrecision(3)));
  const evidence = [
    `the gradient norm is ${show(gradientNorm)}, for a tolerance of ${show(tolerance)}`,
    `the eigenvalues of the field have real parts up to ${show(highest)}; the largest of them has size ${show(largest)}`,
    ...(rotation > nothing
      ? [`players circle: imaginary parts are up to ${show(rotation)} of an eigenvalue's size`]
      : []),
    ...(factor === undefined
      ? []
      : [
          `a step of ${show(stepSize)} by the method ${method} multiplies distances here by up to ${show(factor)}`,
        ]),
  ];
  const kind =
    gradientNorm > tolerance
      ? "not-stationary"
      : highest > nothing * largest
        ? "unstable"
        : highest < -nothing * largest
          ? "stable"
          : "centre";
  return { kind, gradientNorm, eigenvalues: spectrum, rotation, factor, evidence };
}

/** The largest |μ| of a step's own map, where that is a function of hλ. */
function factorOf(
  method: MinimaxMethod,
  stepSize: number,
  spectrum: readonly Complex[],
): number | undefined {
  const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
  const size = ([re, im]: Complex): number => Math.hypot(re, im);
  const steps = spectrum.map(([re, im]): Complex => [stepSize * re, stepSize * im]);
  switch (method) {
    case "simultaneous":
      return Math.max(...steps.map(([re, im]) => Math.hypot(1 + re, im)));
    case "extragradient":
      return Math.max(
        ...steps.map((s) => {
          const square = times(s, s);
          return Math.hypot(1 + s[0] + square[0], s[1] + square[1]);
        }),
      );
    case "optimistic":
      // μ² − (1 + 2hλ)μ + hλ = 0.
      return Math.max(
        ...steps.map(([re, im]) => {
          const b: Complex = [1 + 2 * re, 2 * im];
          const [p, q] = times(b, b);
          const root = squareRoot([p - 4 * re, q - 4 * im]);
          return Math.max(
            size([(b[0] + root[0]) / 2, (b[1] + root[1]) / 2]),
            size([(b[0] - root[0]) / 2, (b[1] - root[1]) / 2]),
          );
        }),
      );
    default:
      return undefined;
  }
}

function squareRoot([re, im]: Complex): Complex {
  const length = Math.hypot(re, im);
  const half = Math.sqrt((length + re) / 2);
  const other = Math.sqrt(Math.max(0, (length - re) / 2));
  return [half, im < 0 ? -other : other];
}
