import { isTensor } from "../array/graph.ts";
import { cos, minimum } from "../array/operations/elementwise.ts";
import { foldIn, type Key, normal } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { mapTree } from "../array/tensorTree.ts";
import { flatten, type Tree, unflatten } from "../array/tree.ts";
import { assertNever } from "../base/assert.ts";
import { NadirError } from "../base/errors.ts";
import type { Remedy } from "../diagnosis/advice/finding.ts";
import { chain } from "../methods/rules/chain.ts";
import { clipByGlobalNorm } from "../methods/rules/clip.ts";
import type { Rule } from "../methods/rules/rule.ts";
import { rateValues } from "../methods/schedules/rateValue.ts";
import { rateAt } from "../methods/schedules/schedule.ts";
import { toFloat } from "../methods/schedules/span.ts";
import type { TrainingProblem } from "./defineTraining.ts";
import { batchSizeOf, plannedSteps } from "./plannedSteps.ts";
import { balancedRows, firstRows, standardized } from "./remedyData.ts";
import { drawOrRead, streams } from "./values.ts";

/**
 * A training with one change made to it, as a finding proposes it: all else stays as it is, the seed too.
 *
 * @throws NadirError `remedy/method` for a change of steps to a method that is no rule; `remedy/told` for what only the file can
 *   change; `remedy/data` for data that have no labels to balance by
 */
export function withRemedy(problem: TrainingProblem, remedy: Remedy): TrainingProblem {
  const rows = problem.data.size;
  const batchSize = batchSizeOf(problem);
  const epochs = problem.epochs ?? 10;
  const total = plannedSteps(problem);
  switch (remedy.kind) {
    case "rate":
      return { ...problem, method: atScale(ruleOf(problem), () => remedy.factor) };
    case "warm-up": {
      const over = Math.max(1, Math.round(remedy.part * total));
      const rise = (index: Tensor) => minimum(toFloat(index).add(1).div(over), 1);
      return { ...problem, method: atScale(ruleOf(problem), rise) };
    }
    case "schedule":
      return { ...problem, method: alongCosine(ruleOf(problem), total) };
    case "steps":
      return problem.steps === undefined
        ? { ...problem, epochs: epochs * remedy.factor }
        : { ...problem, steps: Math.round(problem.steps * remedy.factor) };
    case "batch-size":
      // As many steps as before: a batch is one gradient whatever its size.
      return withSteps(problem, total, { batchSize: Math.min(rows, Math.round(remedy.size)) });
    case "clip":
      return { ...problem, method: chain(clipByGlobalNorm(remedy.norm), ruleOf(problem)) };
    case "decay":
      return { ...problem, method: pulledLess(ruleOf(problem), remedy.factor) };
    case "redraw":
      return { ...problem, params: drawn(problem, 0, 1) };
    case "disturb":
      return { ...problem, params: drawn(problem, 1, remedy.part) };
    case "standardize":
      return { ...problem, ...standardized(problem) };
    case "shuffle":
      return { ...problem, shuffle: true };
    case "balance":
      return withSteps(problem, total, { data: balancedRows(problem.data), batchSize });
    case "early-stopping": {
      const { patience } = remedy;
      if (problem.validation !== undefined) return { ...problem, earlyStopping: { patience } };
      const kept = Math.floor(0.8 * rows);
      return withSteps(problem, total, {
        data: firstRows(problem.data, 0, kept),
        validation: firstRows(problem.data, kept, rows),
        batchSize: Math.min(batchSize, kept),
        earlyStopping: { patience },
      });
    }
    case "told":
      throw new NadirError("remedy/told", "this change is one that only the file can make", {
        expected: "a change of rates, steps, batches, the start or the data",
      });
    default:
      return assertNever(remedy);
  }
}

function withSteps(
  { epochs: _, ...problem }: TrainingProblem,
  steps: number,
  change: Partial<TrainingProblem>,
): TrainingProblem {
  return { ...problem, steps, ...change };
}

function ruleOf({ method }: TrainingProblem): Rule {
  if (method.kind === "rule") return method;
  throw new NadirError("remedy/method", `${method.name} is no rule`, {
    expected: "a rule such as sgd or adam, whose steps have a rate",
  });
}

/** The rule with its rate, or where it has none its steps, times a factor that may depend on the step. */
const atScale = (rule: Rule, factor: (index: Tensor) => number | Tensor): Rule => ({
  ...rule,
  ...(rule.learningRate === undefined
    ? {}
    : {
        learningRate: {
          kind: "schedule",
          name: "scaled",
          at: (step) => rateAt(rule.learningRate!, step).mul(factor(step.index)),
        },
      }),
  update: (gradient, state, params, step) => {
    const own = factor(step.index);
    if (rule.learningRate !== undefined) {
      const { scale = 1 } = step;
      const both =
        typeof own === "number" && typeof scale === "number" ? own * scale : times(own, scale);
      return rule.update(gradient, state, params, { ...step, scale: both });
    }
    const moved = rule.update(gradient, state, params, step);
    return { ...moved, updates: mapTree((u) => u.mul(own), moved.updates) };
  },
});

const times = (a: number | Tensor, b: number | Tensor): Tensor =>
  isTensor(a) ? a.mul(b) : (b as Tensor).mul(a); // one of them is a tensor, as atScale has seen

/** The rule from its largest rate along half a cosine, over all steps. */
function alongCosine(rule: Rule, total: number): Rule {
  const { learningRate } = rule;
  if (learningRate === undefined) return rule;
  const places = Array.from({ length: 65 }, (_, i) => Math.floor((i * (total - 1)) / 64));
  const rates = rateValues(learningRate, places, total);
  const peak = places[rates.indexOf(Math.max(...rates))]!;
  const fall = (index: Tensor): Tensor =>
    cos(toFloat(index).mul(Math.PI / total))
      .add(1)
      .div(2);
  return {
    ...rule,
    learningRate: {
      kind: "schedule",
      name: "cosine",
      at: (step) => rateAt(Math.max(...rates), step).mul(fall(step.index)),
    },
    // The rule is asked where its own schedule is highest, and its rate there is scaled.
    update: (gradient, state, params, step) => {
      const { scale = 1, index } = step;
      const at = index.graph.full([], peak, "i32");
      return rule.update(gradient, state, params, {
        ...{ ...step, index: at, total },
        scale: fall(index).mul(scale),
      });
    },
  };
}

/** The rule as if params were a part of what they are: what pulls them to 0 in proportion to them pulls so much less. */
const pulledLess = (rule: Rule, factor: number): Rule => ({
  ...rule,
  update: (gradient, state, params, step) =>
    rule.update(
      gradient,
      state,
      mapTree((p) => p.mul(factor), params),
      step,
    ),
});

/** The params' own draw times `own`, plus normal draws of deviation √(2/fan in), matrices alone, times `part`; what else there is begins at 0 times `own`. */
function drawn({ params, seed = 0, dtype = "f32" }: TrainingProblem, own: number, part: number) {
  const like = drawOrRead(params, seed, streams.params, dtype, "params");
  return (key: Key): unknown => {
    const given: Tree<Tensor> =
      typeof params === "function"
        ? (params as (key: Key) => Tree<Tensor>)(key)
        : (unflatten(
            like.structure,
            like.arrays.map((array) => key.graph.constant(array)),
          ) as Tree<Tensor>);
    const { leaves, structure } = flatten(given, isTensor, "params");
    const next = leaves.map((leaf, i) => {
      const { shape } = leaf;
      if (shape.length < 2) return own === 0 ? leaf.mul(0) : leaf;
      const fanIn = shape.length === 2 ? shape[0]! : leaf.size / shape[0]!;
      const noise = normal(foldIn(key, 7919 + i), shape).mul(part * Math.sqrt(2 / fanIn));
      return own === 0 ? noise.cast(leaf.dtype) : leaf.add(noise);
    });
    return unflatten(structure, next);
  };
}
