import type { TypedArray } from "../array/dtype.ts";
import { keyData } from "../array/operations/random.ts";
import { partition } from "../array/partition.ts";
import { costOf, type Program } from "../array/program.ts";
import { sizeOf } from "../array/shape.ts";
import { NadirError } from "../base/errors.ts";
import type { AsyncOracle, Reply, Request, Vector } from "../linalg/ask.ts";
import type { Engine, EngineOptions, Executable } from "../runtime/engine.ts";
import { PreparedExecutable, sameValues } from "../runtime/prepared.ts";
import type { LossPrograms, Part } from "./lossPrograms.ts";
import { accumulate, hessianOf } from "./measure.ts";
import { chunks, pickRows, rowsOf, shapesOf } from "./rows.ts";
import type { Values } from "./values.ts";

/** What each kind of answer takes, in gradients over the same rows. */
const price: Readonly<Record<Part, number>> = { value: 1 / 3, gradient: 1, hvp: 2, gnvp: 2 };

/** A program compiled for batches of one shape. */
interface Compiled {
  readonly executable: Executable;
  readonly flops: number;
}

/** A program of products: what the point decides, and the rest. */
interface CompiledProduct {
  readonly prepare: Executable;
  readonly complete: Executable;
  readonly flops: number;
}

/** Rows that one call takes: the batch, and its share in the mean. */
interface Chunk {
  readonly batch: Values;
  readonly weight: number;
  readonly rows: number;
}

/** What was asked for so far: requests by kind (those of rows in parts of all), and their price. */
export interface Asked {
  readonly requests: Partial<Record<Request["kind"], number>>;
  /** All evaluations, in units of one gradient over all rows. */
  readonly passes: number;
  /** Rows gone through. */
  readonly rows: number;
  readonly flops: number;
}

/**
 * The mean loss over the rows of a data set as an objective of one flat vector, for solvers: on all rows,
 * a chunk at a time, or on the rows they name. The loss is evaluated in training mode, as in a rule's
 * step. It must be a function of params and batch alone, the mean over the batch's rows: `requireExact`
 * refuses one that draws random numbers.
 *
 * Programs are compiled when first needed, once for each number of rows.
 */
export class DataObjective {
  readonly #programs: LossPrograms;
  readonly #data: Values;
  readonly #engine: Engine;
  readonly #options: EngineOptions;
  readonly #key: TypedArray;
  readonly #compiled = new Map<string, Promise<Compiled>>();
  readonly #products = new Map<string, Promise<CompiledProduct>>();
  #picked: { readonly rows: Int32Array; readonly batch: Values } | undefined;
  #asked: Asked = { requests: {}, passes: 0, rows: 0, flops: 0 };

  constructor(
    programs: LossPrograms,
    data: Values,
    engine: Engine,
    options: EngineOptions & { readonly seed: number },
  ) {
    this.#programs = programs;
    this.#data = data;
    this.#engine = engine;
    this.#options = { threads: options.threads };
    this.#key = keyData(options.seed).data;
  }

  /** Rows of the data. */
  get rows(): number {
    return this.#data.arrays[0]?.shape[0] ?? 0;
  }

  get asked(): Asked {
    return this.#asked;
  }

  /** Answers about the mean over all rows, or about the rows that a request names. */
  oracle(): AsyncOracle {
    const chunked = [...chunks(this.rows)].map(([from, to]) => ({
      batch: rowsOf(this.#data, from, to),
      weight: (to - from) / this.rows,
      rows: to - from,
    }));
    return this.#oracleOn(chunked);
  }

  /** Answers about the mean over these rows alone. */
  oracleOn(rows: Int32Array): AsyncOracle {
    return this.#oracleOn(this.#chunksOf(rows));
  }

  #oracleOn(all: readonly Chunk[]): AsyncOracle {
    const whole = new Products(all);
    let some: { readonly rows: Int32Array; readonly products: Products } | undefined;
    const ask = async (request: Request): Promise<Reply> => {
      const { requests } = this.#asked;
      const part = request.kind === "rows" ? request.rows.length / this.rows : 1;
      const count = (requests[request.kind] ?? 0) + part;
      this.#asked = { ...this.#asked, requests: { ...requests, [request.kind]: count } };
      switch (request.kind) {
        case "value":
        case "gradient":
          return this.#evaluate(request.kind, request.x, all);
        case "rows":
          return this.#evaluate("gradient", request.x, this.#chunksOf(request.rows));
        case "row-count":
          return this.rows;
        case "hvp":
          return this.#product("hvp", request.x, request.direction, whole);
        case "gnvp": {
          const { x, direction, rows } = request;
          if (rows === undefined) return this.#product("gnvp", x, direction, whole);
          if (some === undefined || !sameValues(some.rows, rows))
            some = { rows: rows.slice(), products: new Products(this.#chunksOf(rows)) };
          return this.#product("gnvp", x, direction, some.products);
        }
        case "hessian":
          return hessianOf(request.x, (along) => this.#product("hvp", request.x, along, whole));
        default:
          throw new NadirError(
            "fit/needs",
            `the method asked for "${request.kind}", which a loss over data does not have`,
            { expected: "values, gradients, Hessian products, or gradients on rows" },
          );
      }
    };
    return ask;
  }

  async #evaluate(kind: "value" | "gradient", x: Vector, on: readonly Chunk[]): Promise<Reply> {
    const params = this.#split(x);
    let value = 0;
    const sum = new Float64Array(kind === "gradient" ? x.length : 0);
    for (const { batch, weight, rows } of on) {
      const { executable, flops } = await this.#get(kind, batch);
      const [loss, ...gradient] = await executable.run([
        ...params,
        ...batch.arrays.map(({ data }) => data),
        this.#key,
      ]);
      value += weight * loss![0]!;
      accumulate(sum, gradient, weight);
      this.#count(kind, rows, flops);
    }
    return kind === "gradient" ? { value, gradient: sum } : value;
  }

  async #product(
    kind: "hvp" | "gnvp",
    x: Vector,
    direction: Vector,
    products: Products,
  ): Promise<Vector> {
    const params = this.#split(x);
    const along = this.#split(direction);
    const sum = new Float64Array(x.length);
    for (const [i, { batch, weight, rows }] of products.chunks.entries()) {
      const { prepare, complete, flops } = await this.#getProduct(kind, batch);
      const prepared = products.get(kind, i, () => new PreparedExecutable(prepare, complete));
      const fixed = [...batch.arrays.map(({ data }) => data), this.#key];
      accumulate(sum, await prepared.run(params, fixed, along), weight);
      this.#count(kind, rows, flops);
    }
    return sum;
  }

  #count(kind: Part, rows: number, flops: number): void {
    this.#asked = {
      ...this.#asked,
      passes: this.#asked.passes + (price[kind] * rows) / this.rows,
      rows: this.#asked.rows + rows,
      flops: this.#asked.flops + flops,
    };
  }

  /** Goes on counting from where an earlier run stood. */
  countFrom(asked: Asked): void {
    this.#asked = asked;
  }

  #chunksOf(rows: Int32Array): readonly Chunk[] {
    // One batch is often asked about at several points in a row.
    if (this.#picked === undefined || !sameValues(this.#picked.rows, rows))
      this.#picked = { rows: rows.slice(), batch: pickRows(this.#data, rows) };
    const { batch } = this.#picked;
    return [...chunks(rows.length)].map(([from, to]) => ({
      batch: to - from === rows.length ? batch : rowsOf(batch, from, to),
      weight: (to - from) / rows.length,
      rows: to - from,
    }));
  }

  #get(kind: "value" | "gradient", batch: Values): Promise<Compiled> {
    const name = `${kind}:${shapesOf(batch)}`;
    let compiled = this.#compiled.get(name);
    if (compiled === undefined) {
      const program = this.#programs.of(kind, batch);
      compiled = this.#engine
        .compile(program, this.#options)
        .then((executable) => ({ executable, flops: costOf(program).flops }));
      this.#compiled.set(name, compiled);
    }
    return compiled;
  }

  #getProduct(kind: "hvp" | "gnvp", batch: Values): Promise<CompiledProduct> {
    const name = `${kind}:${shapesOf(batch)}`;
    let compiled = this.#products.get(name);
    if (compiled === undefined) {
      compiled = this.#compileProduct(this.#programs.of(kind, batch));
      this.#products.set(name, compiled);
    }
    return compiled;
  }

  async #compileProduct(program: Program): Promise<CompiledProduct> {
    // Known are params, rows and key; the direction comes last.
    const known = program.inputs.length - this.#programs.params.arrays.length;
    const { prepare, complete } = partition(program, known);
    return {
      prepare: await this.#engine.compile(prepare, this.#options),
      complete: await this.#engine.compile(complete, this.#options),
      flops: costOf(program).flops,
    };
  }

  #split(vector: Vector): TypedArray[] {
    let offset = 0;
    return this.#programs.params.arrays.map(({ shape, dtype }) => {
      const part = vector.subarray(offset, offset + sizeOf(shape));
      offset += part.length;
      return dtype === "f32" ? Float32Array.from(part) : part;
    });
  }

  async dispose(): Promise<void> {
    for (const compiled of this.#compiled.values()) await (await compiled).executable.dispose();
    for (const product of this.#products.values()) {
      const { prepare, complete } = await product;
      await prepare.dispose();
      await complete.dispose();
    }
    this.#compiled.clear();
    this.#products.clear();
  }
}

/** Products at one point over some chunks: each chunk keeps its own sweeps. */
class Products {
  readonly chunks: readonly Chunk[];
  readonly #prepared = new Map<string, PreparedExecutable>();

  constructor(chunks: readonly Chunk[]) {
    this.chunks = chunks;
  }

  get(kind: string, chunk: number, make: () => PreparedExecutable): PreparedExecutable {
    const name = `${kind}${chunk}`;
    const known = this.#prepared.get(name) ?? make();
    this.#prepared.set(name, known);
    return known;
  }
}
