import { isTensor } from "../array/graph.ts";
import { sqrt } from "../array/operations/elementwise.ts";
import { take } from "../array/operations/indexing.ts";
import { foldIn } from "../array/operations/random.ts";
import { sum } from "../array/operations/reduction.ts";
import { concat } from "../array/operations/shaping.ts";
import type { Aval } from "../array/primitives/primitive.ts";
import { finish, type Program, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { mapTree, tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { differentiate } from "../autodiff/grad.ts";
import { close, open, requireScalar } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { internal, NadirError } from "../base/errors.ts";
import { normalLike } from "../methods/rules/noise.ts";
import type { Rule, RuleStep } from "../methods/rules/rule.ts";
import { rateAt } from "../methods/schedules/schedule.ts";
import type { LoopLayout } from "../runtime/engine.ts";
import type { LossContext, LossReport } from "./problem.ts";
import { settlerOf } from "./settled.ts";
import { drawnLoss, layersAt } from "./stepLayers.ts";
import { type Outline, streams, type Values } from "./values.ts";

/** A loss over trees whose types the caller knows. */
export type AnyLoss = (
  params: Tree<Tensor>,
  batch: unknown,
  context: LossContext<unknown>,
) => Tensor | LossReport<unknown>;

/** Everything a training step is traced from. */
export interface StepSpec {
  readonly params: Outline;
  readonly ruleState: Outline;
  readonly state: Outline;
  readonly data: Values;
  /** Rows of one batch; 0 if there are no data. */
  readonly batchSize: number;
  readonly loss: AnyLoss;
  readonly rule: Rule;
  /** Steps planned, for schedules. */
  readonly total: number;
  /** What the learning rate is multiplied by since the last rollback or plateau. */
  readonly rateScale: number;
  /** The rate at each step in place of the rule's own: for a range test, and a schedule that begins anew. */
  readonly rate?: (index: Tensor) => Tensor;
  /** As `RuleStep.quiet`. Default false. */
  readonly quiet?: boolean;
  /** The standard deviation of the noise added to each entry of the gradient, on a plateau. Default 0. */
  readonly noise?: number;
  readonly dtype: "f32" | "f64";
}

/**
 * A traced step: one turn of a loop. Carried: params, rule state, model state, step number. Fixed: data,
 * key. Each: row numbers. Reports the loss, and nothing else: whatever is measured in every step is
 * paid for in every step, so metrics and gradient norms are measured between calls.
 */
export interface TracedStep {
  readonly program: Program;
  readonly layout: LoopLayout;
}

/** Traces one whole training step: batch, forward, backward, update. The result is the next carried values, then the loss. */
export function traceStep(spec: StepSpec): TracedStep {
  const { params, ruleState, state, data, batchSize, rule, dtype } = spec;
  const scalarI32: Aval = { shape: [], dtype: "i32" };
  const carried = [...params.arrays, ...ruleState.arrays, ...state.arrays, scalarI32];
  const fixed: Aval[] = [...data.arrays, { shape: [2], dtype: "i32" }];
  const each: Aval[] = data.arrays.length === 0 ? [] : [{ shape: [batchSize], dtype: "i32" }];
  const program = record(
    [...carried, ...fixed, ...each],
    (...inputs) => {
      const groups = [params, ruleState, state].map(({ arrays }) => arrays.length);
      const [weights, kept, recalled, [index] = [], rows, [root] = [], [picked] = []] = cut(
        inputs,
        [...groups, 1, data.arrays.length, 1, each.length],
      );
      if (index === undefined || root === undefined)
        throw internal("a training step without its inputs");
      const tree = close<Tree<Tensor>>(params.structure, weights!);
      const memory = close<Tree<Tensor>>(ruleState.structure, kept!);
      const remembered = close<unknown>(state.structure, recalled!);
      const batch = close<unknown>(
        data.structure,
        picked === undefined ? [] : rows!.map((leaf) => take(leaf, picked)),
      );
      const key = foldIn(foldIn(root, streams.steps), index);
      const partOf = (part: number): unknown => {
        const count = Math.max(1, Math.round(part * batchSize));
        if (picked === undefined || count >= batchSize) return batch;
        const some = picked.slice([0, count]);
        return close<unknown>(
          data.structure,
          rows!.map((leaf) => take(leaf, some)),
        );
      };
      const evaluate = (point: Tree<Tensor>, part = 1) =>
        differentiate(
          point,
          (p) =>
            evaluateLoss(spec.loss, p, partOf(part), {
              key: foldIn(key, 0),
              training: true,
              state: remembered,
            }),
          "fit",
        );
      const { value, gradient, aux } = evaluate(tree);
      const step: RuleStep = {
        index,
        total: spec.total,
        scale: scaleAt(spec, index),
        key: foldIn(key, 1),
        settles: settlerOf(rule, params) !== undefined,
        quiet: spec.quiet === true,
        gradientAt: (point, part) => evaluate(point, part).gradient,
        layers: ({ part, targets }) =>
          layersAt(tree, (at) => {
            const context = { key: foldIn(key, 0), training: true, state: remembered };
            return targets === "given"
              ? evaluateLoss(spec.loss, at, partOf(part), context).value
              : drawnLoss(spec.loss, at, partOf(part), context, foldIn(key, 3));
          }),
      };
      const given = disturbed(gradient, spec.noise ?? 0, foldIn(key, 2));
      const moved = rule.update(given, memory, tree, step);
      const scaled =
        rule.learningRate === undefined && spec.rateScale !== 1
          ? mapTree((u) => u.mul(spec.rateScale), moved.updates)
          : moved.updates;
      const next = moved.params ?? mapTree((p, u) => p.add(u), tree, scaled);
      return [
        ...tensorsOf(next),
        ...sameAvals(tensorsOf(moved.state), ruleState, `the state of ${rule.name}`),
        ...sameAvals(openState(aux.state, state, value), state, "the model's state"),
        index.add(1),
        value,
      ];
    },
    dtype,
  );
  return { program: finish(program), layout: { carried: carried.length, fixed: fixed.length } };
}

/** What the rule's own rate is multiplied by at a step. */
function scaleAt({ rate, rule, total, rateScale }: StepSpec, index: Tensor): number | Tensor {
  if (rate === undefined || rule.learningRate === undefined) return rateScale;
  return rate(index).div(rateAt(rule.learningRate, { index, total })).mul(rateScale);
}

/** A gradient with normal noise of this size on each entry. */
const disturbed = (gradient: Tree<Tensor>, noise: number, key: Tensor): Tree<Tensor> =>
  noise === 0
    ? gradient
    : mapTree((g, n) => g.add(n.mul(noise)), gradient, normalLike(key, gradient));

/** The loss and what else one evaluation yields, whichever form it was returned in. */
export function evaluateLoss(
  loss: AnyLoss,
  params: Tree<Tensor>,
  batch: unknown,
  context: LossContext<unknown>,
) {
  const result = loss(params, batch, context);
  if (isTensor(result))
    return { value: requireScalar("loss", result), aux: { state: undefined, metrics: {} } };
  if (typeof result !== "object" || result === null || !("loss" in result)) {
    throw new NadirError(
      "loss/scalar",
      `loss: the function returned ${result === undefined ? "nothing" : `a ${typeof result}`}`,
      {
        expected: "one number (a float tensor of shape []), or { loss, state, metrics }",
      },
    );
  }
  return {
    value: requireScalar("loss", result.loss),
    aux: { state: result.state, metrics: result.metrics ?? {} },
  };
}

/** A metric as a float scalar. @throws NadirError `loss/metric` if it is not one number */
export function scalarReport(name: string, metric: unknown): Tensor {
  if (isTensor(metric) && metric.size === 1) return metric.reshape([]).cast(metric.graph.floatType);
  throw new NadirError(
    "loss/metric",
    `metric "${name}" is ${isTensor(metric) ? `an array of shape [${metric.shape.join(", ")}]` : `a ${typeof metric}`}`,
    {
      expected: "one number: a tensor of shape []",
      hint: "end it with .mean()",
    },
  );
}

function openState(given: unknown, before: Outline, like: Tensor): readonly Tensor[] {
  if (given === undefined && before.arrays.length > 0) {
    throw new NadirError(
      "loss/state",
      "loss: the model has a state, and the loss did not return the next one",
      {
        expected: "{ loss, state }",
        hint: "const { output, state } = model.run(params, x, context); return { loss, state }",
      },
    );
  }
  return given === undefined ? [] : open(given, like.graph, "state").tensors;
}

/** Carried values must come back as they went in, or the next turn could not take them. */
export function sameAvals(
  tensors: readonly Tensor[],
  like: Outline,
  what: string,
): readonly Tensor[] {
  const show = (list: readonly Aval[]): string =>
    list.map(({ shape, dtype }) => `${dtype}[${shape.join(", ")}]`).join(" ");
  if (show(tensors) === show(like.arrays)) return tensors;
  throw new NadirError(
    "fit/state",
    `${what} changed from ${show(like.arrays)} to ${show(tensors)}`,
    { expected: "the same shapes and dtypes at each step" },
  );
}

/** ‖g‖₂ over all leaves together, and ‖g‖² of each, `[leaves]`. */
export function normsOf(gradient: Tree<Tensor>): {
  readonly norm: Tensor;
  readonly squares: Tensor;
} {
  const squares = tensorsOf(gradient).map((leaf) => sum(leaf.mul(leaf)));
  return {
    norm: sqrt(squares.reduce((total, part) => total.add(part))),
    squares: concat(squares.map((square) => square.reshape([1]))),
  };
}
