import { abs, square } from "../../array/operations/elementwise.ts";
import { sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive } from "../schedules/schedule.ts";
import { requireStep } from "./chain.ts";
import { normOver, sumOver, times } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface SamOptions {
  /** ρ, how far uphill the gradient is taken, above 0. Default 0.05; adaptive 0.5. */
  readonly radius?: number | undefined;
}

/** Keeps a quotient from being 0/0 at a stationary point. */
const tiny = 1e-12;

/**
 * Sharpness-aware minimization: the rule inside is given the gradient at x + ρg/‖g‖, the worst point
 * nearby to first order, ‖g‖ over all params. The ascent sees the loss alone: decay or clipping
 * belongs into the rule.
 *
 * Price: a second gradient a step, on the same batch.
 *
 * @param rule - makes the step
 * @throws NadirError `rules/radius`, `rules/no-step`
 * @see Foret, Kleiner, Mobahi & Neyshabur (2021), Sharpness-aware minimization, eq. (3), algorithm 1
 */
export const sam = described(
  {
    name: "sam",
    kind: "transform",
    summary:
      "Gradients from a little uphill, so that the rule seeks params with low loss all around.",
    guarantee:
      "With rates and radius falling as 1/√t, gradients of smooth losses go to 0; a constant radius may stop short of it.",
    price: { gradients: 1, state: 0 },
    source: "Foret et al. (2021), algorithm 1; Andriushchenko & Flammarion (2022), theorem 2",
  },
  <S extends Tree<Tensor>>(rule: Rule<S>, options: SamOptions = {}): Rule<S> => {
    requireStep(rule);
    requireKnownOptions("sam", options, ["radius"]);
    const radius = requirePositive("rules/radius", options.radius ?? 0.05);
    return uphill(rule, "sam", (gradient) => {
      const size = normOver(gradient).add(tiny).reciprocal().mul(radius);
      return mapTree((g) => times(g, size), gradient);
    });
  },
);

/**
 * Adaptive SAM: the ball is measured in units of each param's own size, T = |x| + 0.01, so that
 * rescaling layers against each other changes nothing: the gradient is taken at x + ρT²g/‖Tg‖.
 *
 * Price: a second gradient a step, on the same batch.
 *
 * @param rule - makes the step
 * @throws NadirError `rules/radius`, `rules/no-step`
 * @see Kwon, Kim, Park & Choi (2021), ASAM, eq. (9), elementwise
 */
export const asam = described(
  {
    name: "asam",
    kind: "transform",
    summary: "Sharpness-aware minimization that does not depend on how layers are scaled.",
    guarantee: "None beyond sam's.",
    price: { gradients: 1, state: 0 },
    source: "Kwon, Kim, Park & Choi (2021), ASAM, algorithm 1, elementwise",
  },
  <S extends Tree<Tensor>>(rule: Rule<S>, options: SamOptions = {}): Rule<S> => {
    requireStep(rule);
    requireKnownOptions("asam", options, ["radius"]);
    const radius = requirePositive("rules/radius", options.radius ?? 0.5);
    return uphill(rule, "asam", (gradient, params) => {
      const scaled = mapTree((g, x) => g.mul(abs(x).add(0.01)), gradient, params);
      const norm = sumOver((leaf) => sum(square(leaf)), scaled).sqrt();
      const size = norm.add(tiny).reciprocal().mul(radius);
      return mapTree((s, x) => times(s.mul(abs(x).add(0.01)), size), scaled, params);
    });
  },
);

/** The rule with gradients taken at the params plus a climb. */
function uphill<S extends Tree<Tensor>>(
  rule: Rule<S>,
  name: string,
  climb: (gradient: Tree<Tensor>, params: Tree<Tensor>) => Tree<Tensor>,
): Rule<S> {
  return {
    ...rule,
    name: `${name}(${rule.name})`,
    update: (gradient, state, params, step) => {
      const up = mapTree((x, e) => x.add(e), params, climb(gradient, params));
      return rule.update(step.gradientAt(up), state, params, step);
    },
  };
}
