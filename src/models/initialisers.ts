import { full } from "../array/operations/creation.ts";
import { type Key, normal, uniform } from "../array/operations/random.ts";
import type { Shape } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { requireInRange } from "../base/require.ts";
import type { Activation } from "./layer.ts";

/** How many numbers enter a unit of a layer, and how many units each input reaches. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** How weights are drawn. A plain value; give one as the `init` of a layer. */
export interface Initialiser {
  readonly kind: "initialiser";
  readonly name: string;
  /** Standard deviation of the draws. */
  deviation(fans: Fans): number;
  /** Draws weights in the trace's float dtype. */
  draw(key: Key, shape: Shape, fans: Fans): Tensor;
}

/** √(variance of what enters / variance of what leaves) at unit variance: the scale that makes up for a nonlinearity. */
export const gains = {
  linear: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.SQRT2,
  selu: 3 / 4,
} as const;

/** The gain of a leaky relu: √(2 / (1 + slope²)). */
export const leakyReluGain = (slope: number): number => Math.sqrt(2 / (1 + slope * slope));

/** Scale of a draw beside that which the fans give. */
export interface GainOptions {
  /** Factor on every weight; see `gains`. Xavier's is 1 unless said, He's √2. */
  readonly gain?: number;
}

/** Which fan He's initialisers count. */
export interface HeOptions extends GainOptions {
  /** `in` keeps the variance of the signal, `out` that of the gradient. `in` unless said. */
  readonly fan?: "in" | "out";
}

type Deviation = (fans: Fans) => number;

const normalDraws = (name: string, deviation: Deviation): Initialiser => ({
  kind: "initialiser",
  name,
  deviation,
  draw: (key, shape, fans) => normal(key, shape).mul(deviation(fans)),
});

const uniformDraws = (name: string, deviation: Deviation): Initialiser => ({
  kind: "initialiser",
  name,
  deviation,
  draw: (key, shape, fans) => {
    const bound = Math.sqrt(3) * deviation(fans); // a uniform draw in [−b, b) has variance b²/3
    return uniform(key, shape, { low: -bound, high: bound });
  },
});

const gainOf = ({ gain }: GainOptions, usual: number): number =>
  requireInRange("initialiser/gain", gain ?? usual, [0, Number.POSITIVE_INFINITY], { open: true });

function xavier(options: GainOptions): Deviation {
  const gain = gainOf(options, 1);
  return ({ fanIn, fanOut }) => gain * Math.sqrt(2 / (fanIn + fanOut));
}

function he(options: HeOptions): Deviation {
  const gain = gainOf(options, Math.SQRT2);
  return ({ fanIn, fanOut }) => gain / Math.sqrt(options.fan === "out" ? fanOut : fanIn);
}

/**
 * Normal draws of variance gain² · 2 / (fanIn + fanOut), which keeps the variance of signals and
 * gradients where the nonlinearity is nearly linear (tanh of small numbers).
 *
 * @see Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, eq. (12)
 */
export const xavierNormal = (options: GainOptions = {}): Initialiser =>
  normalDraws("xavierNormal", xavier(options));

/** As `xavierNormal`, uniform in ±gain · √(6 / (fanIn + fanOut)). @see Glorot & Bengio (2010), eq. (16) */
export const xavierUniform = (options: GainOptions = {}): Initialiser =>
  uniformDraws("xavierUniform", xavier(options));

/**
 * Normal draws of variance gain² / fan, gain √2: relu halves the second moment, and this makes up for it.
 *
 * @see He, Zhang, Ren & Sun (2015), Delving deep into rectifiers, eqs. (10), (14)
 */
export const heNormal = (options: HeOptions = {}): Initialiser =>
  normalDraws("heNormal", he(options));

/** As `heNormal`, uniform in ±gain · √(3 / fan). */
export const heUniform = (options: HeOptions = {}): Initialiser =>
  uniformDraws("heUniform", he(options));

/** Normal draws of variance 1 / fanIn. @see LeCun, Bottou, Orr & Müller (1998), Efficient BackProp, eq. (16) */
export const leCunNormal = (): Initialiser => normalDraws("leCunNormal", he({ gain: 1 }));

/** As `leCunNormal`, uniform in ±√(3 / fanIn). */
export const leCunUniform = (): Initialiser => uniformDraws("leCunUniform", he({ gain: 1 }));

/** Normal draws of a given standard deviation, whatever the fans. @throws NadirError `initialiser/deviation` unless at least 0 */
export function normalInit(deviation: number): Initialiser {
  requireInRange("initialiser/deviation", deviation, [0, Number.POSITIVE_INFINITY]);
  return normalDraws("normalInit", () => deviation);
}

/** The same number everywhere: units that start equal stay equal, so for biases and last layers only. */
export const constantInit = (value: number): Initialiser => ({
  kind: "initialiser",
  name: `constantInit(${value})`,
  deviation: () => 0,
  draw: (_key, shape) => full(shape, value),
});

/** Zeros everywhere; see `constantInit`. */
export const zeroInit = (): Initialiser => constantInit(0);

/** What a layer draws by, unless told: He's before nonlinearities that cut off one side, else Xavier's. */
export function initialiserFor(follows: Activation): Initialiser {
  return isOneSided(follows) ? heNormal() : xavierNormal();
}

const isOneSided = (activation: Activation): boolean =>
  ["relu", "leakyRelu", "elu", "gelu", "silu"].includes(activation);

/**
 * The variance of an initialiser's draws over that of the fitting one. Growth before a bounded
 * nonlinearity does no harm to the signal and counts as 1, as do constants, which are chosen on purpose.
 */
export function varianceFactorOf(chosen: Initialiser | undefined, follows: Activation): number {
  const unit = { fanIn: 1, fanOut: 1 };
  const deviation = chosen?.deviation(unit) ?? 0;
  if (deviation === 0) return 1;
  const factor = (deviation / initialiserFor(follows).deviation(unit)) ** 2;
  const bounded = follows === "tanh" || follows === "sigmoid";
  return bounded ? Math.min(1, factor) : factor;
}
