import type { TypedArray } from "../array/dtype.ts";
import { foldIn, keyData } from "../array/operations/random.ts";
import type { Aval } from "../array/primitives/primitive.ts";
import { finish, type Program, record } from "../array/program.ts";
import { sizeOf } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { differentiate, hvp } from "../autodiff/grad.ts";
import { close } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { internal } from "../base/errors.ts";
import type { AsyncSmoothOracle, Evaluation, Reply, SmoothRequest, Vector } from "../linalg/ask.ts";
import type { Engine, Executable } from "../runtime/engine.ts";
import { PreparedExecutable } from "../runtime/prepared.ts";
import { chunks, rowsOf, shapesOf } from "./rows.ts";
import { type AnyLoss, evaluateLoss, normsOf, scalarReport } from "./step.ts";
import { type Outline, streams, type Values } from "./values.ts";

/** The current values a measurement is made at. */
export interface Standing {
  readonly params: readonly TypedArray[];
  readonly state: readonly TypedArray[];
}

/** Means over a data set. */
export interface Measured {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a step would see. */
export interface Probe {
  readonly loss: number;
  readonly gradientNorm: number;
  /** ‖∇‖² of each param. */
  readonly gradientSquares: TypedArray;
}

/** Finds a node in the graph of a loss. */
type FindNode = (loss: Tensor) => Tensor;

/** The pieces a measurement traces. */
interface Pieces {
  readonly params: Tree<Tensor>;
  readonly state: unknown;
  readonly batch: unknown;
  readonly key: Tensor;
}

/**
 * Measurements of a loss between the calls that train it: on data sets, in eval mode; gradients and
 * Hessian-vector products for the verdict. Programs are compiled when first needed, once for each
 * number of rows.
 */
export class Measurements {
  readonly #engine: Engine;
  readonly #loss: AnyLoss;
  readonly #params: Outline;
  readonly #state: Outline;
  readonly #dtype: "f32" | "f64";
  readonly #key: TypedArray;
  readonly #executables = new Map<string, Promise<Executable>>();
  readonly #products: Promise<PreparedExecutable>[] = [];
  #metricNames: readonly string[] = [];

  constructor(
    engine: Engine,
    loss: AnyLoss,
    params: Outline,
    state: Outline,
    seed: number,
    dtype: "f32" | "f64",
  ) {
    this.#engine = engine;
    this.#loss = loss;
    this.#params = params;
    this.#state = state;
    this.#dtype = dtype;
    this.#key = keyData(seed).data;
  }

  /** Traces what `over` computes: a loss or metric that refuses these data says so, before any work. */
  check(data: Values): void {
    const parts = [...chunks(data.arrays[0]?.shape[0] ?? 0)].map(([from, to]) =>
      rowsOf(data, from, to),
    );
    const bySize = new Map(parts.map((part) => [shapesOf(part), part]));
    for (const part of bySize.values()) this.#program(part, this.#report, []);
  }

  readonly #report = ({ params, state, batch, key }: Pieces): readonly Tensor[] => {
    const context = { key, training: false, state };
    const { value, aux } = evaluateLoss(this.#loss, params, batch, context);
    this.#metricNames = Object.keys(aux.metrics);
    return [
      value,
      ...Object.entries(aux.metrics).map(([name, metric]) => scalarReport(name, metric)),
    ];
  };

  /** Mean loss and metrics over a data set, in eval mode. */
  async over(data: Values, at: Standing): Promise<Measured> {
    const rows = data.arrays[0]?.shape[0] ?? 0;
    let names: readonly string[] = [];
    let sums: number[] = [];
    for (const [from, to] of chunks(rows)) {
      const chunk = rowsOf(data, from, to);
      const executable = await this.#get(`measure:${shapesOf(chunk)}`, chunk, this.#report);
      names = this.#metricNames;
      const results = await executable.run([
        ...at.params,
        ...at.state,
        ...chunk.arrays.map(({ data: own }) => own),
        this.#key,
      ]);
      sums = results.map((result, i) => (sums[i] ?? 0) + result[0]! * (to - from));
    }
    const means = sums.map((sum) => sum / rows);
    return {
      loss: means[0]!,
      metrics: Object.fromEntries(names.map((name, i) => [name, means[i + 1]!])),
    };
  }

  /** Traces `nodes`: a loss without such a node says so, before any work. */
  checkNodes(data: Values, find: FindNode): void {
    this.#program(data, this.#found(find), []);
  }

  /** A node of the loss, `[rows, …]`, over a data set in eval mode: flat, row after row. */
  async nodes(data: Values, at: Standing, name: string, find: FindNode): Promise<Float64Array> {
    const rows = data.arrays[0]?.shape[0] ?? 0;
    const parts: TypedArray[] = [];
    for (const [from, to] of chunks(rows)) {
      const chunk = rowsOf(data, from, to);
      const executable = await this.#get(`${name}:${shapesOf(chunk)}`, chunk, this.#found(find));
      const arrays = chunk.arrays.map(({ data: own }) => own);
      const [values] = await executable.run([...at.params, ...at.state, ...arrays, this.#key]);
      parts.push(values!);
    }
    const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      all.set(part, offset);
      offset += part.length;
    }
    return all;
  }

  readonly #found =
    (find: FindNode) =>
    ({ params, state, batch, key }: Pieces, ..._: Tensor[]): readonly Tensor[] => {
      const { value } = evaluateLoss(this.#loss, params, batch, { key, training: false, state });
      return [find(value)];
    };

  /** Loss, gradient norm and its square by param, of one batch in training mode: what the step at `index` sees. */
  async probe(batch: Values, at: Standing, index: number): Promise<Probe> {
    const executable = await this.prepareProbe(batch);
    const arrays = batch.arrays.map(({ data }) => data);
    const [loss, norm, squares] = await executable.run([
      ...at.params,
      ...at.state,
      ...arrays,
      this.#key,
      new Int32Array([index]),
    ]);
    return { loss: loss![0]!, gradientNorm: norm![0]!, gradientSquares: squares! };
  }

  /** Compiles `probe` for batches of this size: a loss that refuses them says so. */
  prepareProbe(batch: Values): Promise<Executable> {
    return this.#get(
      `probe:${shapesOf(batch)}`,
      batch,
      ({ params, state, batch: rows, key }, step) => {
        const context = {
          key: foldIn(foldIn(foldIn(key, streams.steps), step), 0),
          training: true,
          state,
        };
        const { value, gradient } = differentiate(
          params,
          (p) => evaluateLoss(this.#loss, p, rows, context),
          "fit",
        );
        const { norm, squares } = normsOf(gradient);
        return [value, norm, squares];
      },
      [{ shape: [], dtype: "i32" }],
    );
  }

  /** Mean loss over a data set, in eval mode, and its gradient laid end to end. */
  async gradient(data: Values, at: Standing): Promise<Evaluation> {
    const rows = data.arrays[0]?.shape[0] ?? 0;
    let value = 0;
    const gradient = new Float64Array(at.params.reduce((sum, { length }) => sum + length, 0));
    let results: TypedArray[] | undefined;
    for (const [from, to] of rows === 0 ? [[0, 1] as const] : chunks(rows)) {
      const weight = (to - from) / Math.max(1, rows);
      const chunk = rowsOf(data, from, to);
      const arrays = chunk.arrays.map(({ data: own }) => own);
      const executable = await this.#objective("gradient", chunk);
      // The arrays of one chunk's gradient take the next one's.
      results = await executable.run([...at.params, ...at.state, ...arrays, this.#key], results);
      const [loss, ...parts] = results;
      value += weight * loss![0]!;
      accumulate(gradient, parts, weight);
    }
    this.#engine.free(results ?? []);
    return { value, gradient };
  }

  /** The loss over a data set as an objective of one flat vector, in eval mode. Products at one point share its sweeps. */
  oracle(data: Values, at: Standing): AsyncSmoothOracle {
    const rows = data.arrays[0]?.shape[0] ?? 0;
    const parts = (rows === 0 ? [[0, 1] as const] : [...chunks(rows)]).map(([from, to]) => ({
      weight: (to - from) / Math.max(1, rows),
      chunk: rowsOf(data, from, to),
    }));
    const products = new Map<Values, Promise<PreparedExecutable>>();
    const ask = async (request: SmoothRequest): Promise<Reply> => {
      if (request.kind === "hessian")
        return hessianOf(request.x, async (direction) => {
          const product = await ask({ kind: "hvp", x: request.x, direction });
          return product as Vector; // an hvp request is answered by a vector: the protocol of linalg/ask.ts
        });
      const params = this.#split(request.x);
      let value = 0;
      const sum = new Float64Array(request.x.length);
      for (const { weight, chunk } of parts) {
        const fixed = [...at.state, ...chunk.arrays.map(({ data: own }) => own), this.#key];
        if (request.kind === "hvp") {
          let product = products.get(chunk);
          if (product === undefined) {
            product = this.#product(chunk);
            products.set(chunk, product);
          }
          const results = await (await product).run(params, fixed, this.#split(request.direction));
          accumulate(sum, results, weight);
          continue;
        }
        const executable = await this.#objective(request.kind, chunk);
        const [loss, ...gradient] = await executable.run([...params, ...fixed]);
        value += weight * loss![0]!;
        accumulate(sum, gradient, weight);
      }
      if (request.kind === "hvp") return sum;
      return request.kind === "gradient" ? { value, gradient: sum } : value;
    };
    return ask;
  }

  #objective(kind: "value" | "gradient", chunk: Values): Promise<Executable> {
    return this.#get(`${kind}:${shapesOf(chunk)}`, chunk, ({ params, state, batch, key }) => {
      const loss = this.#evalLoss(state, batch, key);
      if (kind === "value") return [loss(params)];
      const { value, gradient } = differentiate(
        params,
        (p) => ({ value: loss(p), aux: undefined }),
        "fit",
      );
      return [value, ...tensorsOf(gradient)];
    });
  }

  /** Hessian-vector products: known are params, state, rows and key; the direction comes last. */
  #product(chunk: Values): Promise<PreparedExecutable> {
    const trace = ({ params, state, batch, key }: Pieces, ...direction: Tensor[]) =>
      tensorsOf(
        hvp(
          this.#evalLoss(state, batch, key),
          params,
          close<Tree<Tensor>>(this.#params.structure, direction),
        ),
      );
    const program = this.#program(chunk, trace, this.#params.arrays);
    const compiled = PreparedExecutable.compile(
      this.#engine,
      program,
      program.inputs.length - this.#params.arrays.length,
    );
    this.#products.push(compiled);
    return compiled;
  }

  #evalLoss(state: unknown, batch: unknown, key: Tensor): (p: Tree<Tensor>) => Tensor {
    return (p) => evaluateLoss(this.#loss, p, batch, { key, training: false, state }).value;
  }

  /** The params laid end to end. */
  flat(params: readonly TypedArray[]): Vector {
    const vector = new Float64Array(params.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of params) {
      vector.set(part, offset);
      offset += part.length;
    }
    return vector;
  }

  #split(vector: Vector): TypedArray[] {
    let offset = 0;
    return this.#params.arrays.map(({ shape, dtype }) => {
      const part = vector.subarray(offset, offset + sizeOf(shape));
      offset += part.length;
      return dtype === "f32" ? Float32Array.from(part) : part;
    });
  }

  #get(
    name: string,
    batch: Values,
    trace: (pieces: Pieces, ...extra: Tensor[]) => readonly Tensor[],
    extra: readonly Aval[] = [],
  ): Promise<Executable> {
    let executable = this.#executables.get(name);
    if (executable === undefined) {
      executable = this.#engine.compile(this.#program(batch, trace, extra));
      this.#executables.set(name, executable);
    }
    return executable;
  }

  #program(
    batch: Values,
    trace: (pieces: Pieces, ...extra: Tensor[]) => readonly Tensor[],
    extra: readonly Aval[],
  ): Program {
    const groups: readonly (readonly Aval[])[] = [
      this.#params.arrays,
      this.#state.arrays,
      batch.arrays,
      [{ shape: [2], dtype: "i32" }],
      extra,
    ];
    const recorded = record(
      groups.flat(),
      (...inputs) => {
        const [params, state, rows, [key] = [], rest] = cut(
          inputs,
          groups.map(({ length }) => length),
        );
        if (key === undefined) throw internal("a measurement without its key");
        const pieces: Pieces = {
          params: close(this.#params.structure, params!),
          state: close(this.#state.structure, state!),
          batch: close(batch.structure, rows!),
          key,
        };
        return trace(pieces, ...rest!);
      },
      this.#dtype,
    );
    return finish(recorded);
  }

  async dispose(): Promise<void> {
    for (const executable of this.#executables.values()) await (await executable).dispose();
    for (const product of this.#products) await (await product).dispose();
    this.#executables.clear();
    this.#products.length = 0;
  }
}

/** The whole Hessian, row-major: one product for each unknown, made symmetric to rounding. */
export async function hessianOf(
  x: Vector,
  product: (direction: Vector) => Promise<Vector>,
): Promise<Vector> {
  const n = x.length;
  const hessian = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const direction = new Float64Array(n);
    direction[i] = 1;
    hessian.set(await product(direction), i * n);
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (hessian[i * n + j]! + hessian[j * n + i]!) / 2;
      hessian[i * n + j] = mean;
      hessian[j * n + i] = mean;
    }
  }
  return hessian;
}

export function accumulate(sum: Float64Array, parts: readonly TypedArray[], weight: number): void {
  let offset = 0;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) sum[offset + i] = sum[offset + i]! + weight * part[i]!;
    offset += part.length;
  }
}
