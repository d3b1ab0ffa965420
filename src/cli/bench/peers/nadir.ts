import { readFile } from "node:fs/promises";
import type { TypedArray } from "../../../array/dtype.ts";
import { NDArray } from "../../../array/ndarray.ts";
import { keyData } from "../../../array/operations/random.ts";
import { argMax } from "../../../array/operations/reduction.ts";
import { slice } from "../../../array/operations/shaping.ts";
import type { Aval } from "../../../array/primitives/primitive.ts";
import { finish, record } from "../../../array/program.ts";
import { sizeOf } from "../../../array/shape.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { hvp, valueAndGrad } from "../../../autodiff/grad.ts";
import { internal } from "../../../base/errors.ts";
import { mghProblems } from "../../../data/testFunctions/registry.ts";
import { adam } from "../../../methods/rules/adam.ts";
import { momentum } from "../../../methods/rules/momentum.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import { crossEntropy } from "../../../models/losses/crossEntropy.ts";
import { packageVersion } from "../../../runs/machine.ts";
import { chooseEngine } from "../../../runtime/choose.ts";
import { PreparedExecutable } from "../../../runtime/prepared.ts";
import { dataset } from "../../../training/dataset.ts";
import { fit } from "../../../training/fit.ts";
import { minimize } from "../../../training/minimize.ts";
import { type AnyLoss, traceStep } from "../../../training/step.ts";
import { evaluateTree, noValues, type Values } from "../../../training/values.ts";
import {
  type BenchCase,
  type CurvatureCase,
  type EpochsCase,
  type Network,
  type Optimizer,
  parametersOf,
  type StepCase,
} from "../case.ts";
import type { CaseFiles, Measurement, Runner } from "../measurement.ts";
import { summarize, type Timing, timeBlocks } from "../timing.ts";
import { logits } from "./network.ts";
import { serve } from "./serve.ts";

const threads = Number(process.env["NADIR_BENCH_THREADS"] ?? 2);

/** nadir itself, by the same functions that `fit` and `minimize` use. */
const runner: Runner = {
  versions: [`nadir ${packageVersion()}`],
  async measure({ case: benchCase, files, budgetMs }) {
    return [await measureCase(benchCase, files, budgetMs)];
  },
};

function measureCase(
  benchCase: BenchCase,
  files: CaseFiles,
  budgetMs: number,
): Promise<Measurement> {
  switch (benchCase.kind) {
    case "step":
      return step(benchCase, files, budgetMs);
    case "epochs":
      return epochs(benchCase, files);
    case "curvature":
      return curvature(benchCase, files, budgetMs);
    case "solve":
      return solve(benchCase.dimension, budgetMs);
    case "collection":
      return collection(budgetMs);
    case "profiles":
    case "sparse":
    case "svm":
      throw internal("experiments are nadir's own in the process of the command");
  }
}

const timed = ({ medianMs, spread }: Pick<Timing, "medianMs" | "spread">) => ({
  variant: "",
  medianMs,
  spread,
});

const ruleOf = ({ kind, learningRate }: Optimizer): Rule =>
  (kind === "adam" ? adam(learningRate) : momentum(learningRate, { momentum: 0.9 })) as Rule;

/** One call of a compiled loop, as `fit` makes them: the batch is gathered from resident rows in every step. */
async function step(
  { network, optimizer, batch }: StepCase,
  files: CaseFiles,
  budgetMs: number,
): Promise<Measurement> {
  const params = await readParams(network, files);
  const data = values([
    await readFloats(files.x, [batch, ...network.input]),
    await readLabels(files.labels),
  ]);
  const rule = ruleOf(optimizer);
  const ruleState = evaluateTree(
    (tree) => rule.init(tree as never),
    [params],
    "f32",
    "the rule's state",
  );
  const loss: AnyLoss = (tree, rows) => {
    const [x, label] = rows as readonly [Tensor, Tensor];
    return crossEntropy(logits(network.layers, tree as readonly Tensor[], x), label);
  };
  const { program, layout } = traceStep({
    params,
    ruleState,
    state: noValues,
    data,
    batchSize: batch,
    loss,
    rule,
    total: 1e6,
    rateScale: 1,
    dtype: "f32",
  });
  const { engine } = await chooseEngine("auto", program);
  const loop = await engine.compileLoop(program, layout, { threads });
  const fixed = [...data.arrays.map((array) => array.data), keyData(0).data];
  const rows = Int32Array.from({ length: batch }, (_, i) => i);
  const checks: number[] = [];
  let carried: TypedArray[] = [...params.arrays, ...ruleState.arrays].map((array) => array.data);
  carried.push(new Int32Array(1));
  let spare: readonly TypedArray[] | undefined;
  let first = true;
  const timing = await timeBlocks(async (count) => {
    const each = new Int32Array(count * batch);
    for (let turn = 0; turn < count; turn++) each.set(rows, turn * batch);
    // Two sets of arrays take turns, as in training.
    const result = await loop.run(count, carried, fixed, [each], spare);
    spare = first ? undefined : carried;
    first = false;
    carried = result.carried;
    if (checks.length < 2 && count === 1) checks.push(result.reports[0]![0]!);
  }, budgetMs);
  await loop.dispose();
  return { ...timed(timing), checks, note: `${engine.name} engine` };
}

/** The whole of `fit`, from its call to its verdict. */
async function epochs(
  { network, optimizer, batch, epochs: count }: EpochsCase,
  files: CaseFiles,
): Promise<Measurement> {
  const params = await readParams(network, files);
  const train = dataset({
    x: await readFloats(files.x, [-1, ...network.input]),
    label: await readLabels(files.labels),
  });
  const test = dataset({
    x: await readFloats(files.testX, [-1, ...network.input]),
    label: await readLabels(files.testLabels),
  });
  const run = (epochCount: number) =>
    fit({
      params: params.arrays,
      loss: (tree, rows: { readonly x: Tensor; readonly label: Tensor }) => {
        const z = logits(network.layers, tree, rows.x);
        return {
          loss: crossEntropy(z, rows.label),
          metrics: { accuracy: argMax(z, -1).equal(rows.label).mean() },
        };
      },
      data: train,
      test,
      method: ruleOf(optimizer),
      epochs: epochCount,
      batchSize: batch,
      threads,
    });
  await run(0.2); // warm-up, as for the others
  const begin = performance.now();
  const result = await run(count);
  const milliseconds = performance.now() - begin;
  return {
    ...timed(summarize([milliseconds])),
    accuracy: result.metrics["testAccuracy"] ?? Number.NaN,
    note: "one run, start to verdict",
  };
}

async function curvature(
  { network, batch, what, products }: CurvatureCase,
  files: CaseFiles,
  budgetMs: number,
): Promise<Measurement> {
  const params = await readParams(network, files);
  const data = values([
    await readFloats(files.x, [batch, ...network.input]),
    await readLabels(files.labels),
  ]);
  const lossOf = (x: Tensor, label: Tensor) => (tree: readonly Tensor[]) =>
    crossEntropy(logits(network.layers, tree, x), label);
  const count = params.arrays.length;
  const directions: readonly Aval[] = what === "gradient" ? [] : params.arrays;
  const program = finish(
    record([...params.arrays, ...data.arrays, ...directions], (...inputs) => {
      const weights = inputs.slice(0, count);
      const loss = lossOf(inputs[count]!, inputs[count + 1]!);
      if (what === "gradient") {
        const { value, gradient } = valueAndGrad(loss)(weights);
        return [value, ...gradient];
      }
      return [...hvp(loss, weights as readonly Tensor[], inputs.slice(count + 2))];
    }),
  );
  const { engine } = await chooseEngine("auto", program);
  const point = params.arrays.map((array) => array.data);
  const fixed = data.arrays.map((array) => array.data);
  let result: TypedArray[] = [];
  let timing: Timing;
  if (what === "kept-product") {
    const prepared = await PreparedExecutable.compile(engine, program, count + 2);
    // What the products share is computed once in every round, and counted.
    timing = await timeBlocks(async (rounds) => {
      for (let round = 0; round < rounds; round++) {
        prepared.forget();
        for (let i = 0; i < products; i++) result = await prepared.run(point, fixed, point);
      }
    }, budgetMs);
    timing = {
      ...timing,
      medianMs: timing.medianMs / products,
      spread: [timing.spread[0] / products, timing.spread[1] / products],
    };
    await prepared.dispose();
  } else {
    const executable = await engine.compile(program, { threads });
    const inputs = [...point, ...fixed, ...(what === "gradient" ? [] : point)];
    timing = await timeBlocks(async (rounds) => {
      for (let round = 0; round < rounds; round++) result = await executable.run(inputs);
    }, budgetMs);
    await executable.dispose();
  }
  const check = what === "gradient" ? result[0]![0]! : inner(point, result);
  return { ...timed(timing), checks: [check] };
}

function inner(a: readonly TypedArray[], b: readonly TypedArray[]): number {
  let sum = 0;
  a.forEach((left, i) => {
    const right = b[i]!;
    for (let j = 0; j < left.length; j++) sum += left[j]! * right[j]!;
  });
  return sum;
}

/**
 * Runs until code of many small functions is as fast as V8 makes it, which takes some thousand calls: until
 * a quarter of the budget is no faster than the one before, eight budgets at most. Peers in Python have no such time.
 */
async function settle(run: (count: number) => Promise<void>, budgetMs: number): Promise<void> {
  let before = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 32; round++) {
    const begin = performance.now();
    let count = 0;
    for (; performance.now() - begin < budgetMs / 4; count++) await run(1);
    const each = (performance.now() - begin) / count;
    if (each > 0.97 * before) return;
    before = each;
  }
}

/** The extended Rosenbrock function, from the call of `minimize` to its verdict. */
async function solve(dimension: number, budgetMs: number): Promise<Measurement> {
  const f = (x: Tensor): Tensor => {
    if (dimension === 2) {
      const [a, b] = [x.at(0), x.at(1)];
      return b.sub(a.square()).square().mul(100).add(a.neg().add(1).square());
    }
    const [odd, even] = [slice(x, [0, null, 2]), slice(x, [1, null, 2])];
    return even.sub(odd.square()).square().mul(100).add(odd.neg().add(1).square()).sum();
  };
  const x0 = Float64Array.from({ length: dimension }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
  let last: Awaited<ReturnType<typeof run>> | undefined;
  const run = () => minimize(f, { x0, method: "lbfgs" });
  const solveTimes = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) last = await run();
  };
  await settle(solveTimes, budgetMs);
  const timing = await timeBlocks(solveTimes, budgetMs);
  if (last === undefined) throw internal("nothing was solved");
  const { value, gradient, hessian } = last.evaluations;
  return {
    ...timed(timing),
    evaluations: { value, gradient, hessian },
    note: `with verdict: ${last.verdict.kind}`,
  };
}

/** The classical problems by the default solver, each from the call of `minimize` to its verdict. */
async function collection(budgetMs: number): Promise<Measurement> {
  let ends: Record<string, number> = {};
  let evaluations = { value: 0, gradient: 0, hessian: 0 };
  const round = async (): Promise<void> => {
    ends = {};
    evaluations = { value: 0, gradient: 0, hessian: 0 };
    for (const { key, f, start } of mghProblems) {
      const result = await minimize(f, { x0: start });
      ends[key] = result.value;
      for (const kind of ["value", "gradient", "hessian"] as const)
        evaluations[kind] += result.evaluations[kind];
    }
  };
  const begin = performance.now();
  await round();
  const cold = (performance.now() - begin) / mghProblems.length;
  const timing = await timeBlocks(async (count) => {
    for (let i = 0; i < count; i++) await round();
  }, budgetMs);
  return {
    ...timed(timing),
    ends,
    evaluations,
    note: `with verdicts; first round, compilation and all: ${cold.toFixed(1)} ms a problem`,
  };
}

const values = (arrays: readonly NDArray[]): Values => ({
  arrays,
  paths: arrays.map((_, i) => String(i)),
  structure: { kind: "list", items: arrays.map(() => ({ kind: "leaf" })) },
});

async function bytes(file: string | undefined): Promise<ArrayBuffer> {
  if (file === undefined) throw internal("a case with a network came without its files");
  return new Uint8Array(await readFile(file)).buffer; // a copy, so that it is aligned
}

async function readFloats(file: string | undefined, shape: readonly number[]): Promise<NDArray> {
  const data = new Float32Array(await bytes(file));
  const known = sizeOf(shape.filter((length) => length !== -1));
  return new NDArray(
    data,
    shape.map((length) => (length === -1 ? data.length / known : length)),
    "f32",
  );
}

async function readLabels(file: string | undefined): Promise<NDArray> {
  const data = new Int32Array(await bytes(file));
  return new NDArray(data, [data.length], "i32");
}

async function readParams(network: Network, files: CaseFiles): Promise<Values> {
  const flat = new Float32Array(await bytes(files.params));
  let at = 0;
  return values(
    parametersOf(network.layers).map(({ shape }) => {
      const part = flat.slice(at, at + sizeOf(shape));
      at += part.length;
      return new NDArray(part, shape, "f32");
    }),
  );
}

await serve(async () => runner);
