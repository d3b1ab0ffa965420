import { minimum, sqrt, square } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative, requirePositive } from "../schedules/schedule.ts";
import { requireSpan, type Span, stepsOf, toFloat } from "../schedules/span.ts";
import { like, mapTrees, scalar, times } from "./leaves.ts";
import { fade } from "./moments.ts";
import type { Rule, RuleStep } from "./rule.ts";

export interface ScheduleFreeOptions {
  /** β, how near to the average gradients are taken, in (0, 1). Default 0.9. */
  readonly momentum?: number;
  /** Steps of a straight rise of the rate at the start; 0 for none. Default 0.03. */
  readonly warmup?: Span;
  /** λ, decoupled, taken at the point of the gradient, at least 0. Default 0. */
  readonly weightDecay?: number;
}

export interface ScheduleFreeAdamWOptions extends ScheduleFreeOptions {
  /** β₂, the part of the average of squares that is kept at a step, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** ε, above 0. Default 1e-8. */
  readonly epsilon?: number;
}

export type ScheduleFreeState = {
  /** z, where plain steps lead: like the params. */
  readonly base: Tree<Tensor>;
  /** Σγᵢ² of the rates so far. */
  readonly weight: Tensor;
  /** Σ β₂ᵗ⁻ⁱ gᵢ²: like the params; `{}` for plain steps. */
  readonly secondMoment: Tree<Tensor>;
  /** Σ β₂ᵗ⁻ⁱ. */
  readonly secondWeight: Tensor;
};

interface Settings {
  readonly name: string;
  readonly rate: number;
  readonly momentum: number;
  readonly warmup: Span;
  readonly weightDecay: number;
  /** Adam's scaling of the plain step, if it has any. */
  readonly scaling?: { readonly beta2: number; readonly epsilon: number } | undefined;
}

/**
 * Schedule-free SGD: gradients are taken at y = (1 − β)z + βx, plain steps are made by z ← z − γg, and
 * x is the mean of all z with weights γ². The params are y; the answer is x. No schedule is needed,
 * nor the length of the run.
 *
 * Price: one gradient a step, one tensor of state per tensor of params.
 *
 * @param learningRate - γ after the warm-up, in params per unit of gradient: a number
 * @throws NadirError `rules/learningRate`, `rules/momentum`, `rules/warmup`, `rules/weightDecay`
 * @see Defazio et al. (2024), The road less scheduled, eqs. (3) to (5)
 */
export const scheduleFreeSgd = described(
  {
    name: "scheduleFreeSgd",
    kind: "rule",
    summary: "SGD whose answer is an average that makes a falling rate needless.",
    guarantee: "On convex losses, for every β, the average is within O(1/√t) of the least loss.",
    price: { gradients: 1, state: 1 },
    source: "Defazio et al. (2024), The road less scheduled, eqs. (3) to (5), theorem 1",
  },
  (learningRate: number, options: ScheduleFreeOptions = {}): Rule<ScheduleFreeState> => {
    requireKnownOptions("scheduleFreeSgd", options, ["momentum", "warmup", "weightDecay"]);
    return scheduleFree({ name: "scheduleFreeSgd", ...read(learningRate, options) });
  },
);

/**
 * Schedule-free AdamW: as schedule-free SGD, with plain steps z ← z − γ(g/(√v̂ + ε) + λy).
 *
 * Price: one gradient a step, two tensors of state per tensor of params.
 *
 * @param learningRate - γ after the warm-up, in params: a number
 * @throws NadirError `rules/learningRate`, `rules/momentum`, `rules/warmup`, `rules/weightDecay`,
 *   `rules/beta2`, `rules/epsilon`
 * @see Defazio et al. (2024), The road less scheduled, algorithm 1
 */
export const scheduleFreeAdamW = described(
  {
    name: "scheduleFreeAdamW",
    kind: "rule",
    summary: "AdamW whose answer is an average that makes a falling rate needless.",
    guarantee: "None of its own beyond the average's, for convex losses.",
    price: { gradients: 1, state: 2 },
    source: "Defazio et al. (2024), The road less scheduled, algorithm 1",
  },
  (learningRate: number, options: ScheduleFreeAdamWOptions = {}): Rule<ScheduleFreeState> => {
    const known = ["momentum", "warmup", "weightDecay", "beta2", "epsilon"];
    requireKnownOptions("scheduleFreeAdamW", options, known);
    const scaling = {
      beta2: requireInRange("rules/beta2", options.beta2 ?? 0.999, [0, 1]),
      epsilon: requirePositive("rules/epsilon", options.epsilon ?? 1e-8),
    };
    return scheduleFree({ name: "scheduleFreeAdamW", ...read(learningRate, options), scaling });
  },
);

function read(learningRate: number, options: ScheduleFreeOptions): Omit<Settings, "name"> {
  const { warmup = 0.03 } = options;
  return {
    rate: requirePositive("rules/learningRate", learningRate),
    momentum: requireInRange("rules/momentum", options.momentum ?? 0.9, [0, 1], { open: true }),
    warmup: warmup === 0 ? 0 : requireSpan("rules/warmup", warmup),
    weightDecay: requireNonNegative("rules/weightDecay", options.weightDecay ?? 0),
  };
}

function scheduleFree(settings: Settings): Rule<ScheduleFreeState> {
  const { name, rate, momentum, warmup, weightDecay, scaling } = settings;
  const rateOf = ({ index, total, scale = 1 }: RuleStep): Tensor => {
    const full = scalar(rate).mul(scale);
    if (warmup === 0) return full;
    const steps = stepsOf("rules/warmup", warmup, total);
    return minimum(toFloat(index.add(1)).mul(1 / steps), 1).mul(full);
  };
  const averageOf = (y: Tensor, z: Tensor): Tensor => y.sub(z.mul(1 - momentum)).mul(1 / momentum);
  return {
    kind: "rule",
    name,
    joinable: true,
    learningRate: rate,
    init: (params) => ({
      base: params,
      weight: scalar(0),
      secondMoment: scaling === undefined ? {} : zerosLike(params),
      secondWeight: scalar(0),
    }),
    answer: (params, { base }) => mapTree(averageOf, params, base),
    update: (gradient, state, params, step) => {
      const now = rateOf(step);
      const weight = state.weight.add(square(now));
      const share = square(now).div(weight);
      const scaled = scaling === undefined ? undefined : scale(gradient, state, scaling);
      const down = now.neg();
      const base = mapTree(
        (z, d, y) => z.add(times(weightDecay === 0 ? d : d.add(y.mul(weightDecay)), down)),
        state.base,
        scaled?.direction ?? gradient,
        params,
      );
      const updates = mapTree(
        (y, before, z) => {
          const x = averageOf(y, before);
          const average = x.add(times(z.sub(x), share));
          return z.add(average.sub(z).mul(momentum)).sub(y);
        },
        params,
        state.base,
        base,
      );
      const { secondMoment, secondWeight } = scaled ?? state;
      return { updates, state: { base, weight, secondMoment, secondWeight } };
    },
  };
}

/** g/(√v̂ + ε), with v kept as a fading sum and its weight apart. */
function scale(
  gradient: Tree<Tensor>,
  state: ScheduleFreeState,
  { beta2, epsilon }: { readonly beta2: number; readonly epsilon: number },
) {
  const secondWeight = fade(state.secondWeight, beta2, 1);
  const root = sqrt(secondWeight);
  const trees = mapTrees(
    (g, before) => {
      const v = fade(before, beta2, square(g));
      const direction = times(g, root).div(sqrt(v).add(like(root.mul(epsilon), v)));
      return { direction, secondMoment: v };
    },
    gradient,
    state.secondMoment,
  );
  return { ...trees, secondWeight };
}
