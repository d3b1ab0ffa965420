import type { TypedArray } from "../array/dtype.ts";
import { keyData } from "../array/operations/random.ts";
import { partition } from "../array/partition.ts";
import type { Aval } from "../array/primitives/primitive.ts";
import { costOf } from "../array/program.ts";
import { sizeOf } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { close } from "../autodiff/variables.ts";
import { vmap } from "../autodiff/vmap.ts";
import { cut } from "../base/cut.ts";
import { internal } from "../base/errors.ts";
import type { AsyncOracle, Reply, Request, Vector } from "../linalg/ask.ts";
import { chooseEngine } from "../runtime/choose.ts";
import type { Engine, Executable } from "../runtime/engine.ts";
import { PreparedExecutable } from "../runtime/prepared.ts";
import { accumulate } from "../training/measure.ts";
import { chunks, pickRows, rowsOf, shapesOf } from "../training/rows.ts";
import type { Values } from "../training/values.ts";
import { type Located, sampleOf } from "./point.ts";
import {
  lossOf,
  metricsOf,
  outputsOf,
  type Part,
  type Pieces,
  programOf,
  traceOf,
} from "./surfacePrograms.ts";
import { flatOf } from "./trees.ts";

/** Evaluations of one program on so many rows and points at most, for memory's sake. */
const rowsAtOnce = 20_000;
const pointsAtOnce = 64;

interface Compiled {
  readonly executable: Executable;
  readonly flops: number;
}

/** Rows that one call takes, and their share in the mean. */
interface Chunk {
  readonly values: Values;
  readonly weight: number;
}

/**
 * The loss of a located problem as a function of its params laid end to end, in eval mode: values, gradients,
 * products with the Hessian and the Gauss–Newton matrix, over all rows that were asked for, or some of them; and
 * values at many points of a line or a plane at once. Compiled when first needed; counts what it is asked for.
 */
export class Surface {
  readonly located: Located;
  /** The point, and the number of its entries. */
  readonly x: Vector;
  readonly size: number;
  /** Rows looked at, of those there are; 0 of a function. */
  readonly rows: number;
  readonly engine: Engine;
  readonly #data: Values;
  readonly #key: TypedArray;
  readonly #chunks: readonly Chunk[];
  readonly #state: readonly TypedArray[];
  readonly #compiled = new Map<string, Promise<Compiled>>();
  readonly #products = new Map<string, Promise<{ run: PreparedExecutable; flops: number }>>();
  #gradientFlops: number | undefined;
  /** As they were traced last. */
  #metricNames: readonly string[] = [];
  #outputShapes: readonly (readonly number[])[] = [];
  #flops = 0;

  private constructor(located: Located, data: Values, engine: Engine) {
    const { params, seed, state } = located;
    this.located = located;
    this.engine = engine;
    this.x = flatOf(params);
    this.size = this.x.length;
    this.rows = data.arrays[0]?.shape[0] ?? 0;
    this.#data = data;
    this.#key = keyData(seed).data;
    this.#chunks = chunksOf(data);
    this.#state = state.arrays.map((array) => array.data);
  }

  /**
   * @param rows - rows of the data to look at, drawn by the seed; left out: all
   * @throws NadirError `inspect/rows` for more than there are; as the loss does for what it refuses
   */
  static async open(located: Located, rows?: number, data = located.data): Promise<Surface> {
    const looked = sampleOf(data, located.seed, rows);
    const [{ values }] = chunksOf(looked) as [Chunk];
    const { engine } = await chooseEngine(
      located.engine,
      programOf(located, values, [], (pieces) => traceOf(located, "gradient", pieces)),
    );
    return new Surface(located, looked, engine);
  }

  /** What was asked for so far, in units of one gradient over the rows looked at: by floating-point operations. */
  get gradients(): number {
    return this.#flops / this.#flopsOfGradient();
  }

  /** Answers about the loss over the rows looked at; about some of them to `rows` requests. */
  readonly oracle: AsyncOracle = async (request: Request): Promise<Reply> => {
    switch (request.kind) {
      case "value":
        return this.#value(request.x, this.#state);
      case "gradient":
        return this.#gradient(request.x, this.#chunks);
      case "rows":
        return this.#gradient(request.x, chunksOf(pickRows(this.#data, request.rows)));
      case "row-count":
        return this.rows;
      case "hvp":
      case "gnvp":
        return this.#product(request.kind, request.x, request.direction);
      default:
        throw internal(`a question about a point asked for "${request.kind}"`);
    }
  };

  /** What the loss tells of itself beside its value (accuracy …): means over the rows looked at. */
  async metrics(x: Vector): Promise<Readonly<Record<string, number>>> {
    const sums: Record<string, number> = {};
    for (const { values, weight } of this.#chunks) {
      const { executable, flops } = await this.#compile(
        `metrics:${shapesOf(values)}`,
        values,
        [],
        (pieces) => {
          const told = metricsOf(this.located, pieces);
          this.#metricNames = told.map(([name]) => name);
          return [lossOf(this.located, pieces)(pieces.params), ...told.map(([, metric]) => metric)];
        },
      );
      if (this.#metricNames.length === 0) return {};
      const inputs = [...this.split(x), ...this.#state, ...this.#fixed(values)];
      const [, ...means] = await executable.run(inputs);
      for (const [i, name] of this.#metricNames.entries())
        sums[name] = (sums[name] ?? 0) + weight * means[i]![0]!;
      this.#flops += flops;
    }
    return sums;
  }

  /**
   * What the model says of the first rows, a list of numbers each; undefined where it cannot be told apart from the loss, or says
   * something other than one array with a row for each.
   */
  async outputs(x: Vector, most: number): Promise<readonly (readonly number[])[] | undefined> {
    const rows = Math.min(most, this.rows);
    if (rows === 0 || this.located.parts === undefined) return undefined;
    const values = pickRows(
      this.#data,
      Int32Array.from({ length: rows }, (_, i) => i),
    );
    const { executable } = await this.#compile(
      `outputs:${shapesOf(values)}`,
      values,
      [],
      (pieces) => {
        const told = outputsOf(this.located, pieces);
        this.#outputShapes = told.map(({ shape }) => shape);
        return told;
      },
    );
    const [shape, ...others] = this.#outputShapes;
    if (shape?.[0] !== rows || shape.length > 2 || others.length > 0) return undefined;
    const [said] = await executable.run([...this.split(x), ...this.#state, ...this.#fixed(values)]);
    const width = shape[1] ?? 1;
    return Array.from({ length: rows }, (_, i) =>
      Array.from(said!.subarray(i * width, (i + 1) * width)),
    );
  }

  /** The value with a state of the model's that is not the located one. */
  valueWith(x: Vector, state: readonly TypedArray[]): Promise<number> {
    return this.#value(x, state);
  }

  async #value(x: Vector, state: readonly TypedArray[]): Promise<number> {
    let sum = 0;
    for (const { values, weight } of this.#chunks) {
      const { executable, flops } = await this.#get("value", values);
      const [loss] = await executable.run([...this.split(x), ...state, ...this.#fixed(values)]);
      sum += weight * loss![0]!;
      this.#flops += flops;
    }
    return sum;
  }

  async #gradient(x: Vector, on: readonly Chunk[]): Promise<Reply> {
    const gradient = new Float64Array(this.size);
    let value = 0;
    for (const { values, weight } of on) {
      const { executable, flops } = await this.#get("gradient", values);
      const inputs = [...this.split(x), ...this.#state, ...this.#fixed(values)];
      const [loss, ...parts] = await executable.run(inputs);
      value += weight * loss![0]!;
      accumulate(gradient, parts, weight);
      this.#flops += flops;
    }
    return { value, gradient };
  }

  async #product(kind: "hvp" | "gnvp", x: Vector, direction: Vector): Promise<Vector> {
    const sum = new Float64Array(this.size);
    const [params, along] = [this.split(x), this.split(direction)];
    for (const [i, { values, weight }] of this.#chunks.entries()) {
      const name = `${kind}:${i}`;
      let product = this.#products.get(name);
      if (product === undefined) {
        product = this.#compileProduct(kind, values);
        this.#products.set(name, product);
      }
      const { run, flops } = await product;
      accumulate(sum, await run.run(params, this.#fixedOf(i), along), weight);
      this.#flops += flops;
    }
    return sum;
  }

  readonly #fixedParts = new Map<number, readonly TypedArray[]>();

  /** State, rows and key of a chunk: the same arrays each time, by which kept sweeps are known. */
  #fixedOf(i: number): readonly TypedArray[] {
    const known = this.#fixedParts.get(i) ?? [
      ...this.#state,
      ...this.#fixed(this.#chunks[i]!.values),
    ];
    this.#fixedParts.set(i, known);
    return known;
  }

  readonly #fixed = (values: Values): TypedArray[] => [
    ...values.arrays.map(({ data }) => data),
    this.#key,
  ];

  /**
   * Values at origin + Σ coefficientsⱼ·directionⱼ for each row of coefficients, many rows in one call.
   *
   * @param coefficients - row-major `[points, directions]`
   */
  async values(
    origin: Vector,
    directions: readonly Vector[],
    coefficients: Float64Array,
  ): Promise<Float64Array> {
    const width = directions.length;
    const points = coefficients.length / width;
    const out = new Float64Array(points);
    const given = [this.split(origin), ...directions.map((direction) => this.split(direction))];
    for (const { values, weight } of this.#chunks) {
      const rows = values.arrays[0]?.shape[0] ?? 1;
      const most = Math.max(1, Math.min(pointsAtOnce, points, Math.floor(rowsAtOnce / rows)));
      const { executable, flops } = await this.#getPlane(values, width, most);
      for (let from = 0; from < points; from += most) {
        // The last call is filled up with its own first point, whose values are not used.
        const block = new Float64Array(most * width);
        for (let i = 0; i < most; i++) {
          const point = from + i < points ? from + i : from;
          block.set(coefficients.subarray(point * width, (point + 1) * width), i * width);
        }
        const typed = this.located.dtype === "f32" ? Float32Array.from(block) : block;
        const [losses] = await executable.run([
          ...given[0]!,
          ...this.#state,
          ...this.#fixed(values),
          ...given.slice(1).flat(),
          typed,
        ]);
        for (let i = 0; i < most && from + i < points; i++)
          out[from + i] = out[from + i]! + weight * losses![i]!;
        this.#flops += flops;
      }
    }
    return out;
  }

  #getPlane(values: Values, width: number, points: number): Promise<Compiled> {
    const { params, dtype } = this.located;
    const leaves = params.arrays.length;
    const extra: Aval[] = [
      ...Array.from({ length: width }, () => params.arrays).flat(),
      { shape: [points, width], dtype },
    ];
    return this.#compile(
      `plane:${width}:${points}:${shapesOf(values)}`,
      values,
      extra,
      (pieces) => {
        const directions = cut(pieces.rest.slice(0, -1), Array<number>(width).fill(leaves));
        const origin = tensorsOf(pieces.params);
        const at = (row: Tensor): Tensor => {
          const moved = origin.map((leaf, i) =>
            directions.reduce((sum, along, j) => sum.add(along[i]!.mul(row.at(j))), leaf),
          );
          return lossOf(this.located, pieces)(close<Tree<Tensor>>(params.structure, moved));
        };
        return [vmap(at)(pieces.rest[pieces.rest.length - 1]!)];
      },
    );
  }

  /** The model's state after it has seen these rows in training mode. */
  async nextState(
    x: Vector,
    state: readonly TypedArray[],
    rows: Int32Array,
  ): Promise<readonly TypedArray[]> {
    const values = pickRows(this.#data, rows);
    const { executable, flops } = await this.#get("state", values);
    this.#flops += flops;
    return executable.run([...this.split(x), ...state, ...this.#fixed(values)]);
  }

  #get(part: Part, values: Values): Promise<Compiled> {
    return this.#compile(`${part}:${shapesOf(values)}`, values, [], (pieces) =>
      traceOf(this.located, part, pieces),
    );
  }

  #compile(
    name: string,
    values: Values,
    extra: readonly Aval[],
    trace: (pieces: Pieces) => readonly Tensor[],
  ): Promise<Compiled> {
    let compiled = this.#compiled.get(name);
    if (compiled === undefined) {
      const program = programOf(this.located, values, extra, trace);
      const { flops } = costOf(program);
      compiled = this.engine.compile(program).then((executable) => ({ executable, flops }));
      this.#compiled.set(name, compiled);
    }
    return compiled;
  }

  async #compileProduct(kind: "hvp" | "gnvp", values: Values) {
    const { params } = this.located;
    const program = programOf(this.located, values, params.arrays, (pieces) =>
      traceOf(this.located, kind, pieces),
    );
    const known = program.inputs.length - params.arrays.length;
    const { complete } = partition(program, known);
    // The sweeps that all products share are left out: they are done once.
    const { flops } = costOf(complete);
    return { run: await PreparedExecutable.compile(this.engine, program, known), flops };
  }

  #flopsOfGradient(): number {
    this.#gradientFlops ??= this.#chunks
      .map(({ values }) => {
        const trace = (pieces: Pieces) => traceOf(this.located, "gradient", pieces);
        return costOf(programOf(this.located, values, [], trace)).flops;
      })
      .reduce((sum, flops) => sum + flops, 0);
    return Math.max(1, this.#gradientFlops);
  }

  /** The leaves of a flat vector, as the engine takes them. */
  split(vector: Vector): TypedArray[] {
    let offset = 0;
    return this.located.params.arrays.map(({ shape, dtype }) => {
      const part = vector.subarray(offset, offset + sizeOf(shape));
      offset += part.length;
      return dtype === "f32" ? Float32Array.from(part) : part;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What failed to compile has told so where it was asked for, and holds nothing.
    const compiled = await Promise.allSettled(this.#compiled.values());
    for (const one of compiled)
      if (one.status === "fulfilled") await one.value.executable.dispose();
    const products = await Promise.allSettled(this.#products.values());
    for (const one of products) if (one.status === "fulfilled") await one.value.run.dispose();
    this.#compiled.clear();
    this.#products.clear();
  }
}

function chunksOf(data: Values): readonly Chunk[] {
  const rows = data.arrays[0]?.shape[0] ?? 0;
  if (rows === 0) return [{ values: data, weight: 1 }];
  return [...chunks(rows)].map(([from, to]) => ({
    values: rowsOf(data, from, to),
    weight: (to - from) / rows,
  }));
}
