import type { TypedArray } from "../../array/dtype.ts";
import { where } from "../../array/operations/elementwise.ts";
import { keyData } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import { zerosLike } from "../../array/tensorTree.ts";
import type { TrialEvidence } from "../../diagnosis/advice/evidence.ts";
import type { Rule } from "../../methods/rules/rule.ts";
import type { FitOptions } from "../../training/fit.ts";
import { prepare } from "../../training/prepare.ts";
import { pickRows } from "../../training/rows.ts";

/** What trials start from. */
export interface TrialOptions {
  /** The largest rate of the run's schedule, which factors are of, and its step. */
  readonly peak: { readonly rate: number; readonly step: number };
  readonly factors: readonly number[];
  readonly steps: number;
  /** Steps that the run itself had, for its schedule. */
  readonly planned: number;
  /** Rows that the loss is measured on. */
  readonly rows: number;
  readonly kind: TrialEvidence["kind"];
}

/**
 * Some steps from the params given, at each of some constant rates, with a young state of the rule: what the loss would do
 * if just that were changed. One compiled step serves all rates.
 */
export async function tryRates(
  options: FitOptions<unknown, unknown, unknown>,
  trial: TrialOptions,
): Promise<TrialEvidence[]> {
  const { method } = options;
  const { peak, factors, steps, planned, rows, kind } = trial;
  if (method.kind !== "rule" || method.learningRate === undefined) return [];
  const { epochs: _, earlyStopping: __, ...kept } = options;
  const { plan } = await prepare({
    ...{ ...kept, method: atRates(method, trial), steps: planned },
    ...(kind === "no-dropout" ? { loss: asMeasured(options.loss) } : {}),
  });
  const { batchSize } = plan.spec;
  const loop = await plan.engine.compileLoop(plan.step.program, plan.step.layout, {
    threads: options.threads,
  });
  const fixed = [...plan.data.arrays.map(({ data }) => data), keyData(plan.seed).data];
  const carried = [...plan.params.arrays, ...plan.ruleState.arrays, ...plan.state.arrays].map(
    ({ data }) => data,
  );
  const sample = pickRows(plan.data, plan.order.rows(0, Math.min(rows, plan.rows)));
  const held = plan.validation ?? plan.test;
  const measure = async (values: readonly TypedArray[]) => {
    const at = {
      params: values.slice(0, plan.params.arrays.length),
      state: plan.state.arrays.length === 0 ? [] : values.slice(-plan.state.arrays.length),
    };
    const own = await plan.measurements.over(sample, at);
    return {
      loss: own.loss,
      heldOut: held === undefined ? undefined : (await plan.measurements.over(held, at)).loss,
    };
  };
  try {
    const before = await measure(carried);
    const found: TrialEvidence[] = [];
    for (const [i, factor] of factors.entries()) {
      const each = [plan.order.rows(i * steps * batchSize, steps * batchSize)];
      const result = await loop.run(steps, [...carried, Int32Array.of(i * steps)], fixed, each);
      const after = await measure(result.carried.slice(0, -1));
      found.push({
        ...{ kind, factor, rate: factor * peak.rate, steps },
        ...{ before: before.loss, after: after.loss },
        ...(before.heldOut === undefined || after.heldOut === undefined
          ? {}
          : { heldOut: { before: before.heldOut, after: after.heldOut } }),
      });
    }
    return found;
  } finally {
    await loop.dispose();
    await plan.measurements.dispose();
  }
}

/**
 * The rule at one rate after another, each for as many steps, whatever its schedule says: it is asked for its step where the
 * schedule has its largest rate.
 */
const atRates = (rule: Rule, { peak, planned, factors, steps, kind }: TrialOptions): Rule => ({
  ...rule,
  learningRate: undefined,
  update: (gradient, state, params, step) => {
    const { graph } = step.index;
    const factor = factors.reduceRight<Tensor>(
      (later, own, i) => where(step.index.less((i + 1) * steps), own, later),
      graph.full([], 1, graph.floatType),
    );
    const index = graph.full([], peak.step, "i32");
    // As if params were 0: what pulls them there, which is proportional to them, is gone.
    const at = kind === "no-decay" ? zerosLike(params) : params;
    return rule.update(gradient, state, at, { ...step, index, total: planned, scale: factor });
  },
});

/** A loss that is trained as it is measured: without dropout, with running statistics. */
const asMeasured =
  (loss: FitOptions<unknown, unknown, unknown>["loss"]): typeof loss =>
  (params, batch, context) =>
    loss(params, batch, { ...context, training: false });
