import { isTensor } from "../../array/graph.ts";
import { where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { flatten, type Tree, unflatten } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { ownersOf } from "../paths.ts";
import type { Penalty } from "../penalties/penalty.ts";
import { rateValue } from "../schedules/rateValue.ts";
import { rateAt } from "../schedules/schedule.ts";
import { requireStep } from "./chain.ts";
import { like } from "./leaves.ts";
import type { Rule, Settle } from "./rule.ts";
import { requireSettling, settleInTurn } from "./settle.ts";

export interface ProximalOptions {
  /**
   * In which metric the prox is taken. `rule`: in that of the rule's step, one number for each element where the rule scales
   * elements apart (adam, adamW, amsgrad); `euclidean`: with the learning rate alone. Default `rule`.
   */
  readonly metric?: "rule" | "euclidean";
}

/** A penalty for all params, or one for each part of them by the patterns of `byPath`; what no pattern fits has none. */
export type Penalties = Penalty | Readonly<Record<string, Penalty>>;

/** Rules whose step is the learning rate times an average of gradients. */
const plain = ["gradientDescent", "heavyBall", "momentum", "nesterov", "sgd", "averagedSgd"];

/**
 * A rule's step, then the proximal operator of a penalty: x ← prox_{ηP}(x + update), so that entries become exactly zero,
 * which adding the penalty's gradient never does. After an adaptive rule, whose step for element i is ηᵢ times an average of gradients (adam:
 * ηᵢ = η/(√v̂ᵢ + ε)), the prox is taken with ηᵢ too, in the metric Σ(x − v)²/ηᵢ: then a fixed point is a stationary
 * point of loss + P, whatever the scales. Penalties of groups have no closed prox in such a metric.
 *
 * Price: one prox a step; no gradient, no state. The prox of `totalVariation`, of singular values, and of groups by lists of positions is no
 * formula: the host takes it, in double precision, and steps then go to the engine one by one.
 *
 * @param rule - makes the step; has a learning rate
 * @param penalties - on all params, or by path: `{ "**.weight": groupLasso(1e-3, { groups: "rows" }) }`
 * @throws NadirError `proximal/rate`, `proximal/metric`, `rules/no-step`; when it first sees params `proximal/pattern`, `penalties/metric`, `rules/settling`
 * @see Duchi & Singer (2009), Efficient online and batch learning using forward backward splitting, eq. (2), (3); Yun, Lozano & Yang (2021),
 *   Adaptive proximal gradient methods for structured neural networks, algorithm 1
 */
export const proximal = described(
  {
    name: "proximal",
    kind: "transform",
    summary: "A penalty's proximal operator after each step of a rule: exact zeros in training.",
    guarantee:
      "A fixed point is a stationary point of the loss plus the penalty; with plain gradients and rates below 1/L (and, for a weakly convex penalty, below its own bound) the sum falls at every step.",
    price: { gradients: 0, state: 0, note: "one prox" },
    source:
      "Duchi & Singer (2009), Efficient online and batch learning using forward backward splitting, eqs. (2), (3); Yun, Lozano & Yang (2021), Adaptive proximal gradient methods for structured neural networks, algorithm 1",
  },
  <S extends Tree<Tensor>>(
    rule: Rule<S>,
    penalties: Penalties,
    options: ProximalOptions = {},
  ): Rule<S> => {
    requireStep(rule);
    requireKnownOptions("proximal", options, ["metric"]);
    const { learningRate } = rule;
    if (learningRate === undefined) {
      throw new NadirError("proximal/rate", `proximal: ${rule.name} has no learning rate`, {
        expected: "a rule whose step is a rate times gradients: the prox needs the rate",
      });
    }
    const scaled = options.metric !== "euclidean" && rule.stepSizes !== undefined;
    if (!scaled && options.metric !== "euclidean" && !plain.includes(rule.name)) {
      throw new NadirError(
        "proximal/metric",
        `proximal: the step sizes of ${rule.name} are not known`,
        {
          expected: `adam, adamW, amsgrad, or one of ${plain.join(", ")}`,
          hint: 'proximal(rule, penalty, { metric: "euclidean" }) takes the learning rate for all',
        },
      );
    }
    const names = isPenalty(penalties)
      ? penalties.name
      : Object.entries(penalties)
          .map(([path, { name }]) => `${path}: ${name}`)
          .join(", ");
    return {
      kind: "rule",
      name: `proximal(${rule.name}, ${names})`,
      learningRate,
      init: rule.init,
      ...(rule.answer === undefined ? {} : { answer: rule.answer }),
      penaltiesOn: (paths) => penaltiesOf(paths, penalties),
      refresh: rule.refresh,
      settling: (params) => {
        const owners = penaltiesOf(params.paths, penalties);
        const hosted = owners.map((penalty, i) =>
          penalty === undefined || penalty.traced !== undefined
            ? undefined
            : (penalty.shaped?.(params.shapes[i]!) ?? penalty),
        );
        const own: Settle | undefined = hosted.every((penalty) => penalty === undefined)
          ? undefined
          : (values, { index, total, scale }) => {
              const size = scale * rateValue(learningRate, index, total);
              if (!(size > 0)) return values;
              return values.map((v, i) => hosted[i]?.prox(v, size) ?? v);
            };
        return settleInTurn([rule.settling?.(params), own]);
      },
      update: (gradient, state, params, step) => {
        const moved = rule.update(gradient, state, params, step);
        const { leaves, paths, structure } = flatten(params, isTensor, "params");
        const owners = penaltiesOf(paths, penalties);
        const updates = flatten(moved.updates, isTensor).leaves;
        const sizes = scaled
          ? flatten(rule.stepSizes!(moved.state, step), isTensor).leaves
          : undefined;
        const rate = rateAt(learningRate, step);
        const next = leaves.map((x, i) => {
          const penalty = owners[i];
          const update = updates[i]!;
          if (penalty === undefined) return update;
          if (penalty.traced === undefined) {
            if (scaled) throw noMetric(penalty.name);
            requireSettling(step, "proximal", `the prox of ${penalty.name}`);
            return update;
          }
          const size = sizes?.[i] ?? like(rate, x);
          // A rate of 0 (a schedule's first or last) leaves params alone; the prox needs a step above 0.
          const safe = size.maximum(1e-30);
          const after = penalty.traced(x.add(update), safe);
          return where(size.greater(0), after.sub(x), update);
        });
        return { updates: unflatten(structure, next), state: moved.state };
      },
    };
  },
);

const noMetric = (name: string): NadirError =>
  new NadirError("penalties/metric", `${name}: a step for each element`, {
    expected: "one step for all: its prox is known in no other metric",
    hint: 'proximal(rule, penalty, { metric: "euclidean" })',
  });

const isPenalty = (value: Penalties): value is Penalty => value.kind === "penalty";

/** The penalty of each path, if any. */
function penaltiesOf(
  paths: readonly string[],
  penalties: Penalties,
): readonly (Penalty | undefined)[] {
  if (isPenalty(penalties)) return paths.map(() => penalties);
  return ownersOf("proximal", paths, Object.keys(penalties)).map((name) =>
    name === undefined ? undefined : penalties[name],
  );
}
