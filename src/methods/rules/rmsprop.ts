import { maximum, sqrt, square } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requirePositive, requireRate } from "../schedules/schedule.ts";
import { times } from "./leaves.ts";
import { fade } from "./moments.ts";
import type { Rule } from "./rule.ts";

export interface RmspropOptions {
  /** α, the part of the average of squares that is kept at a step, in [0, 1). Default 0.99. */
  readonly decay?: number;
  /** ε, above 0. Default 1e-8. */
  readonly epsilon?: number;
  /** "outside": √v + ε, as in PyTorch; "inside": √(v + ε), as in TensorFlow. Default "outside". */
  readonly epsilonPlace?: "outside" | "inside";
  /** Divides by the standard deviation: v − m² in place of v. Default false. */
  readonly centred?: boolean;
  /** μ, the part of the velocity that is kept, in [0, 1). Default 0. */
  readonly momentum?: number;
}

export type RmspropState = {
  /** Σ αᵗ⁻ⁱ gᵢ², the average v over 1 − α: like the params. */
  readonly secondMoment: Tree<Tensor>;
  /** Σ αᵗ⁻ⁱ gᵢ, the average m over 1 − α; `{}` unless centred. */
  readonly firstMoment: Tree<Tensor>;
  /** A fading sum of steps; `{}` without momentum. */
  readonly velocity: Tree<Tensor>;
};

/**
 * RMSProp: v ← αv + (1 − α)g², d = g/(√v + ε), then x ← x − ηd; with momentum b ← μb + d and
 * x ← x − ηb; centred, v − m² in place of v, where m ← αm + (1 − α)g.
 *
 * Price: one gradient a step; a tensor of state per tensor of params, one more for each of centring
 * and momentum.
 *
 * @param learningRate - η, in params: a number or a schedule
 * @throws NadirError `rules/learningRate`, `rules/decay`, `rules/epsilon`, `rules/momentum`
 * @see Tieleman & Hinton (2012), Lecture 6.5, rmsprop; Graves (2013), Generating sequences, eqs. (38) to (41)
 */
export const rmsprop = described(
  {
    name: "rmsprop",
    kind: "rule",
    summary: "Gradients over a running root mean square of themselves, coordinate by coordinate.",
    guarantee:
      "None with constant settings: it may cycle, or leave the best point of a convex loss when α is small.",
    price: { gradients: 1, state: 1 },
    source: "Tieleman & Hinton (2012), Lecture 6.5; Graves (2013), eqs. (38) to (41)",
  },
  (learningRate: LearningRate, options: RmspropOptions = {}): Rule<RmspropState> => {
    requireRate("rules/learningRate", learningRate);
    const known = ["decay", "epsilon", "epsilonPlace", "centred", "momentum"];
    requireKnownOptions("rmsprop", options, known);
    const { centred = false } = options;
    const decay = requireInRange("rules/decay", options.decay ?? 0.99, [0, 1]);
    const momentum = requireInRange("rules/momentum", options.momentum ?? 0, [0, 1]);
    const epsilon = requirePositive("rules/epsilon", options.epsilon ?? 1e-8);
    const inside = (options.epsilonPlace ?? "outside") === "inside";
    // Moments are kept as fading sums: v = (1 − α)V, so the root of 1 − α moves to the rate and to ε.
    const rest = 1 - decay;
    const shift = inside ? epsilon / rest : epsilon / Math.sqrt(rest);
    return {
      kind: "rule",
      name: "rmsprop",
      joinable: true,
      learningRate,
      init: (params) => ({
        secondMoment: zerosLike(params),
        firstMoment: centred ? zerosLike(params) : {},
        velocity: momentum === 0 ? {} : zerosLike(params),
      }),
      update: (gradient, state, _params, step) => {
        const down = rateAt(learningRate, step).mul(-1 / Math.sqrt(rest));
        const secondMoment = mapTree(
          (v, g) => fade(v, decay, square(g)),
          state.secondMoment,
          gradient,
        );
        const firstMoment = centred
          ? mapTree((m, g) => fade(m, decay, g), state.firstMoment, gradient)
          : state.firstMoment;
        const spread = centred
          ? // Rounding may take v below m² where all gradients were equal.
            mapTree((v, m) => maximum(v.sub(square(m).mul(rest)), 0), secondMoment, firstMoment)
          : secondMoment;
        const scaled = mapTree(
          (g, v) => g.div(inside ? sqrt(v.add(shift)) : sqrt(v).add(shift)),
          gradient,
          spread,
        );
        const velocity =
          momentum === 0
            ? state.velocity
            : mapTree((b, d) => fade(b, momentum, d), state.velocity, scaled);
        const along = momentum === 0 ? scaled : velocity;
        const updates = mapTree((d) => times(d, down), along);
        return { updates, state: { secondMoment, firstMoment, velocity } };
      },
    };
  },
);
