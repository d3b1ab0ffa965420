/** One setting of a method, and the range its slider has. */
export interface SettingRange {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly initial: number;
  /** `whole`: counts; `kept`: parts such as momentum, fine near 1. */
  readonly scale: "log" | "linear" | "whole" | "kept";
}

const rate = (initial: number, low = 1e-5, high = 1): SettingRange => ({
  ...{ name: "learningRate", low, high, initial, scale: "log" },
});
const kept = (name: string, initial: number, high = 0.999): SettingRange => ({
  ...{ name, low: 0, high, initial, scale: "kept" },
});
const whole = (name: string, initial: number, low: number, high: number): SettingRange => ({
  ...{ name, low, high, initial, scale: "whole" },
});
const log = (name: string, initial: number, low: number, high: number): SettingRange => ({
  ...{ name, low, high, initial, scale: "log" },
});
const linear = (name: string, initial: number, low: number, high: number): SettingRange => ({
  ...{ name, low, high, initial, scale: "linear" },
});
const moments = [kept("beta1", 0.9), kept("beta2", 0.999, 0.9999)];

/** The rules that race here, with what can be set: the first setting is the learning rate. */
export const rules = {
  gradientDescent: [rate(0.001)],
  sgd: [rate(0.001), kept("momentum", 0)],
  momentum: [rate(0.001), kept("momentum", 0.9)],
  heavyBall: [rate(0.001), kept("momentum", 0.9)],
  nesterov: [rate(0.001), kept("momentum", 0.9)],
  perturbedGradientDescent: [
    rate(0.001),
    log("radius", 0.01, 1e-4, 1),
    log("gradientNorm", 0.01, 1e-6, 1),
    whole("wait", 10, 0, 100),
  ],
  adagrad: [rate(0.5)],
  rmsprop: [rate(0.01), kept("decay", 0.99), kept("momentum", 0)],
  adadelta: [rate(1, 1e-3, 10), kept("decay", 0.9)],
  adam: [rate(0.05), ...moments],
  amsgrad: [rate(0.05), ...moments],
  adamax: [rate(0.05), ...moments],
  adamW: [rate(0.05), ...moments],
  nadam: [rate(0.05), ...moments],
  radam: [rate(0.05), ...moments],
  adaBelief: [rate(0.05), ...moments],
  lion: [rate(0.01), kept("beta1", 0.9), kept("beta2", 0.99)],
  rprop: [rate(0.01), linear("shrink", 0.5, 0.1, 0.9), linear("grow", 1.2, 1.05, 2)],
  prodigy: [rate(1, 1e-3, 10)],
  scheduleFreeSgd: [rate(0.001)],
} as const satisfies Readonly<Record<string, readonly SettingRange[]>>;

/** The solvers that race here: all that ask neither for a structure of the loss nor for bounds. */
export const solvers = {
  steepestDescent: [],
  barzilaiBorwein: [],
  conjugateGradient: [],
  cgDescent: [],
  lbfgs: [whole("memory", 10, 1, 30)],
  bfgs: [],
  dfp: [],
  sr1: [log("initialRadius", 1, 1e-3, 100)],
  newton: [linear("decrease", 1e-4, 1e-4, 0.4)],
  newtonCG: [],
  trustRegion: [log("initialRadius", 1, 1e-3, 100)],
  cubicRegularization: [log("initialSigma", 1, 1e-4, 1e3)],
  saddleFreeNewton: [],
  curvatureFeedback: [linear("budget", 0.15, 0, 1), linear("noise", 0.1, 0, 1)],
  nelderMead: [log("initialStep", 0.1, 1e-3, 2), whole("restarts", 5, 0, 20)],
  cmaes: [log("stepSize", 0.5, 1e-2, 10), whole("population", 6, 4, 60)],
  basinHopping: [whole("hops", 20, 1, 100), log("stepSize", 0.5, 1e-2, 10)],
  multiStart: [whole("starts", 10, 1, 50)],
} as const satisfies Readonly<Record<string, readonly SettingRange[]>>;

const settingsByName: ReadonlyMap<string, readonly SettingRange[]> = new Map(
  Object.entries({ ...rules, ...solvers }),
);

/** Every method that races here, rules first. */
export const methodNames: readonly string[] = [...settingsByName.keys()];

export const isMethod = (name: string): boolean => settingsByName.has(name);
export const isRule = (name: string): boolean => name in rules;

/** Rules with a (rate × second setting) map: the rate may be a schedule, and the second is a part that is kept. */
export const mappedMethods: readonly string[] = Object.entries(rules).flatMap(
  ([name, settings]) => {
    const [, second] = settings as readonly SettingRange[];
    return second?.scale === "kept" ? [name] : [];
  },
);

/** What can be set of a method. */
export const settingsOf = (name: string): readonly SettingRange[] => settingsByName.get(name) ?? [];

/** A method's settings: what was set, and the initial value of the rest. */
export const settingsWith = (
  name: string,
  set: Readonly<Record<string, number>>,
): Record<string, number> =>
  Object.fromEntries(settingsOf(name).map(({ name, initial }) => [name, set[name] ?? initial]));

/** Where a value stands on its slider, from 0 to 1. */
export function toSlider({ low, high, scale }: SettingRange, value: number): number {
  if (scale === "log") return Math.log(value / low) / Math.log(high / low);
  if (scale === "kept") return Math.log(1 - value) / Math.log(1 - high);
  return (value - low) / (high - low);
}

/** The value at a place of a slider, with as many digits as a slider is good for. */
export function fromSlider({ low, high, scale }: SettingRange, place: number): number {
  if (place <= 0) return low;
  if (place >= 1) return high;
  if (scale === "log") return digits(low * (high / low) ** place, 2);
  // As many digits as tell it from 1.
  if (scale === "kept") return digits(1 - digits((1 - high) ** place, 2), 6);
  const value = low + place * (high - low);
  return scale === "whole" ? Math.round(value) : digits(value, 3);
}

const digits = (value: number, count: number): number => Number(value.toPrecision(count));
