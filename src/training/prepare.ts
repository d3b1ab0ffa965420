import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange } from "../base/require.ts";
import { type ConstraintOption, type HeldSet, holdParams } from "../methods/constraints/held.ts";
import { holdPenalties } from "../methods/penalties/held.ts";
import { requireStep } from "../methods/rules/chain.ts";
import { projected } from "../methods/rules/projected.ts";
import type { Rule } from "../methods/rules/rule.ts";
import { chooseEngine } from "../runtime/choose.ts";
import type { FitOptions } from "./fit.ts";
import { requireIndices } from "./indices.ts";
import { Measurements } from "./measure.ts";
import { DataOrder } from "./order.ts";
import { penaltySet, penaltyWithin } from "./penaltySet.ts";
import type { Plan } from "./plan.ts";
import { traceStep } from "./step.ts";
import { untypedLoss } from "./untyped.ts";
import {
  datasetValues,
  drawOrRead,
  evaluateTree,
  noValues,
  streams,
  type Values,
} from "./values.ts";
import { requireHealth } from "./watch/health.ts";
import { requireSuspects } from "./watch/labelWatch.ts";
import { readPlateau } from "./watch/plateauOption.ts";

/** Checks what `fit` was given with a rule, and traces the step. Computes nothing. */
export async function prepare<P, B, S>(
  options: FitOptions<P, B, S>,
): Promise<{ plan: Plan; total: number }> {
  const { dtype = "f32", seed = 0, constraint } = options;
  let { method } = options;
  if (method?.kind !== "rule") {
    throw new NadirError(
      "fit/method",
      `fit: method is ${method === undefined ? "missing" : `"${String((method as { name?: unknown }).name ?? method)}"`}`,
      {
        expected: "a rule, such as adam(1e-3), or a solver, such as lbfgs()",
        hint:
          typeof method === "string"
            ? 'a method is a function: import it from "nadir" and call it; nadir methods lists their names'
            : undefined,
      },
    );
  }
  requireStep(method);
  if (constraint !== undefined) method = projected(method, constraint);
  const rule = method;
  requireHealth(options.health);
  requireSuspects(options.suspects);
  const data = datasetValues(options.data, "data", dtype);
  const rows = options.data?.size ?? 0;
  const batchSize = requireCount("fit/batchSize", options.batchSize ?? Math.min(128, rows));
  if (batchSize > rows) {
    throw new NadirError("fit/batchSize", `fit: a batch of ${batchSize} from ${rows} rows`, {
      expected: `at most ${rows}`,
      hint: `batchSize: ${rows}`,
    });
  }
  const epochs =
    options.steps === undefined
      ? requireInRange("fit/epochs", options.epochs ?? 10, [0, Number.POSITIVE_INFINITY], {
          open: true,
        })
      : (options.steps * batchSize) / rows;
  const total = requireCount("fit/steps", options.steps ?? Math.ceil((epochs * rows) / batchSize));
  const loss = untypedLoss(options.loss);
  if (options.params === undefined)
    throw new NadirError("fit/params", "fit: params are missing", {
      expected: "arrays to be trained",
      hint: "params: model.init([features])",
    });
  const params = drawOrRead(options.params, seed, streams.params, dtype, "params");
  if (params.arrays.length === 0)
    throw new NadirError("params/empty", "fit: params hold no array", {
      expected: "at least one array to be trained",
    });
  if (params.arrays.every(({ size }) => size === 0))
    throw new NadirError("params/empty", "fit: params hold no number", {
      expected: "at least one number to be trained",
    });
  const state =
    options.state === undefined
      ? noValues
      : drawOrRead(options.state, seed, streams.state, dtype, "state");
  const ruleState = evaluateTree(
    (tree) => rule.init(tree as never),
    [params],
    dtype,
    "the rule's state",
  );
  const spec = {
    params,
    ruleState,
    state,
    data,
    batchSize,
    loss,
    rule,
    total,
    rateScale: 1,
    dtype,
  };
  const validation =
    options.validation === undefined
      ? undefined
      : datasetValues(options.validation, "validation", dtype);
  const test = options.test === undefined ? undefined : datasetValues(options.test, "test", dtype);
  const step = traceStep(spec);
  requireIndices(step.program, step.layout.carried, { data, validation, test });
  const { engine, why } = await chooseEngine(options.engine ?? "auto", step.program);
  const measurements = new Measurements(engine, loss, params, state, seed, dtype);
  requireWhole(measurements, data, { rows, batchSize });
  for (const held of [validation, test]) if (held !== undefined) measurements.check(held);
  const shuffle = options.shuffle ?? true;
  const set = setOf(rule, constraint, params);
  const plan: Plan = {
    spec,
    step,
    params,
    ruleState,
    state,
    data,
    rows,
    epochs,
    engine,
    engineWhy: why(),
    measurements,
    seed,
    total,
    set,
    plateau: readPlateau(options.onPlateau, rule, { total, constrained: set !== undefined }),
    order: new DataOrder(rows, seed, shuffle),
    shuffle,
    validation,
    test,
    given: new Set(
      [
        ...(typeof options.params === "function" ? [] : params.arrays),
        ...(typeof options.state === "function" ? [] : state.arrays),
      ].map((array) => array.data),
    ),
  };
  return { plan, total };
}

/**
 * The verdict is on the mean loss over all rows, which is measured on many at once: a loss that is written for the
 * rows of one batch says so before it trains, not after.
 */
function requireWhole(
  measurements: Measurements,
  data: Values,
  { rows, batchSize }: { readonly rows: number; readonly batchSize: number },
): void {
  if (rows === batchSize) return;
  try {
    measurements.check(data);
  } catch (error) {
    const why = error instanceof NadirError ? error.summary : String(error);
    throw new NadirError(
      "fit/rows",
      `fit: the loss takes batches of ${batchSize} rows, and not all ${rows}: ${why}`,
      {
        expected: "a mean over however many rows it is given: the verdict is on all of them",
        hint: "let shapes follow the batch: y.reshape([y.shape[0], 1]), not y.reshape([128, 1])",
        cause: error,
      },
    );
  }
}

/** What verdicts judge beside the loss: the set that params stay in, the penalty that the rule's steps minimize, or both. */
function setOf(
  { penaltiesOn }: Rule,
  constraint: ConstraintOption | undefined,
  { arrays, paths }: Values,
): HeldSet | undefined {
  const shapes = arrays.map(({ shape }) => shape);
  const set = constraint === undefined ? undefined : holdParams(constraint, { shapes, paths });
  const owners = penaltiesOn?.(paths);
  if (!owners?.some((penalty) => penalty !== undefined)) return set;
  const penalty = penaltySet(holdPenalties(owners, shapes));
  return set === undefined ? penalty : penaltyWithin(penalty, set);
}
