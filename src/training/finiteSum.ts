import type { Program } from "../array/program.ts";
import { sizeOf } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Traced } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { requireCount } from "../base/require.ts";
import type { AsyncOracle, Features, Vector } from "../linalg/ask.ts";
import type { Engine } from "../runtime/engine.ts";
import { DataObjective } from "./dataObjective.ts";
import type { Dataset } from "./dataset.ts";
import { type Counts, withFeaturesAsync } from "./features.ts";
import { requireIndices } from "./indices.ts";
import { LossPrograms, requireExact } from "./lossPrograms.ts";
import type { LossContext } from "./problem.ts";
import { chunks, rowsOf } from "./rows.ts";
import type { BatchesOf } from "./ruleSolver.ts";
import type { Start } from "./start.ts";
import { untypedLoss } from "./untyped.ts";
import { datasetValues, type Values } from "./values.ts";

/** A mean over rows of data to minimize, by the loss of a batch. */
export interface FiniteSum<X> {
  readonly kind: "finite-sum";
  readonly loss: (x: Traced<X>, batch: never, context: LossContext<undefined>) => Tensor;
  readonly data: { readonly arrays: unknown; readonly size: number };
  readonly batchSize: number | undefined;
}

export interface FiniteSumProblemOptions {
  /** Rows that a rule sees in each step; an iteration is a pass over the data. Left out: rules see all. */
  readonly batchSize?: number;
}

/**
 * A finite sum for `minimize`: f(x) = (1/n) Σᵢ ℓ(x, rowᵢ), the mean of a loss over the rows of a data set.
 * Solvers made for it (svrg, saga, sarah, spider) ask for the gradient on rows that they name; all others
 * see the mean over all. What is counted as an evaluation is one over all rows.
 *
 * @param loss - of x and a batch `[rows, …]`: the mean over the batch's rows, which is checked. A
 *   `compositeLoss` has Gauss–Newton products too
 * @throws NadirError `finiteSum/batchSize`; from `minimize` `finiteSum/mean`, `fit/random`, `data/labels`
 * @example await minimize(finiteSum((w, { x, y }) => mse(x.matmul(w), y), dataset({ x, y })), { x0: [0, 0], method: "svrg" })
 */
export function finiteSum<X, B>(
  loss: (x: Traced<X>, batch: B, context: LossContext<undefined>) => Tensor,
  data: Dataset<B>,
  { batchSize }: FiniteSumProblemOptions = {},
): FiniteSum<X> {
  if (batchSize !== undefined && requireCount("finiteSum/batchSize", batchSize) > data.size) {
    throw new NadirError("finiteSum/batchSize", `a batch of ${batchSize} from ${data.size} rows`, {
      expected: `at most ${data.size}`,
    });
  }
  // The loss is only ever called with batches of this very data set.
  return { kind: "finite-sum", loss: loss as FiniteSum<X>["loss"], data, batchSize };
}

/** A finite sum as `minimize` drives it: as a traced objective, but on any engine, and about rows too. */
export class SumObjective {
  readonly size: number;
  readonly programs: LossPrograms;
  readonly data: Values;
  readonly #batchSize: number | undefined;
  readonly #seed: number;
  readonly #chunk: Values;
  #objective: DataObjective | undefined;
  #extraPasses = 0;

  /** @throws NadirError `fit/random`, `data/labels` */
  constructor(given: FiniteSum<unknown>, start: Start, dtype: "f32" | "f64", seed: number) {
    const arrays = start.arrays;
    this.size = arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    this.data = datasetValues(given.data as Dataset<unknown>, "data", dtype);
    this.#batchSize = given.batchSize;
    const params = { arrays, paths: start.paths, structure: start.structure };
    this.programs = new LossPrograms(untypedLoss(given.loss), params, dtype);
    this.#seed = seed;
    const [[from, to] = [0, 0]] = chunks(given.data.size);
    this.#chunk = rowsOf(this.data, from, to);
    const keyAt = arrays.length + this.data.arrays.length;
    requireExact(this.programs.of("value", this.#chunk), keyAt, "minimize");
    requireIndices(this.program(), arrays.length, { data: this.data });
  }

  /** By which the engine is chosen. */
  program(): Program {
    return this.programs.of("gradient", this.#chunk);
  }

  get features(): { readonly [K in keyof Features]?: unknown } {
    return this.programs.features;
  }

  /** Answers about the sum and its rows, on any engine. */
  asyncOracle(engine: Engine): {
    readonly oracle: AsyncOracle;
    /** See `requireMean`. */
    check(x: Vector): Promise<void>;
    dispose(): Promise<void>;
  } {
    const objective = new DataObjective(this.programs, this.data, engine, { seed: this.#seed });
    this.#objective = objective;
    return {
      oracle: objective.oracle(),
      check: (x) => requireMean(objective, x),
      dispose: () => objective.dispose(),
    };
  }

  /** What a rule sees in each step. */
  get batches(): BatchesOf {
    const rows = this.data.arrays[0]!.shape[0]!;
    return {
      data: this.data,
      rows,
      batchSize: this.#batchSize ?? rows,
      loss: this.programs.loss,
      addPasses: (passes) => {
        this.#extraPasses += passes;
      },
    };
  }

  get counts(): Counts & Record<"value" | "gradient" | "hvp" | "hessian", number> {
    const { "row-count": _, ...requests } = this.#objective?.asked.requests ?? {};
    return { value: 0, gradient: 0, hvp: 0, hessian: 0, ...requests };
  }

  get gradientEquivalents(): number {
    return (this.#objective?.asked.passes ?? 0) + this.#extraPasses;
  }
}

/** Answers about the sum by one oracle, and about sets and the like by the problem's other features. */
export function sumOracle(sum: AsyncOracle, features: Features, counts: Counts): AsyncOracle {
  const others = withFeaturesAsync(sum, features, counts);
  return (request) => (request.kind in features ? others(request) : sum(request));
}

/**
 * Refuses a loss that is no mean over a batch's rows: of one row, and of that row twice, it must be the same.
 *
 * @throws NadirError `finiteSum/mean`
 */
export async function requireMean(objective: DataObjective, x: Vector): Promise<void> {
  const before = objective.asked;
  const [one, two] = [
    (await objective.oracleOn(Int32Array.of(0))({ kind: "value", x })) as number,
    (await objective.oracleOn(Int32Array.of(0, 0))({ kind: "value", x })) as number,
  ]; // a value request is answered by a number: the protocol of linalg/ask.ts
  objective.countFrom(before);
  const scale = Math.max(Math.abs(one), Math.abs(two), 1e-30);
  if (!(Math.abs(one - two) > 1e-3 * scale)) return;
  const show = (value: number): string => String(Number(value.toPrecision(4)));
  throw new NadirError(
    "finiteSum/mean",
    `the loss of row 0 is ${show(one)}, and of that row twice ${show(two)}`,
    {
      expected: "the mean over a batch's rows, which is the same for both",
      hint: "end it with .mean() in place of .sum()",
    },
  );
}
