import { allocate, type TypedArray } from "../array/dtype.ts";
import { reshape, slice } from "../array/operations/shaping.ts";
import { partition } from "../array/partition.ts";
import { finish, type Program, programKey, record } from "../array/program.ts";
import { type Shape, sizeOf } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { hvp, valueAndGrad } from "../autodiff/grad.ts";
import { hessian } from "../autodiff/jacobian.ts";
import { requireScalar } from "../autodiff/variables.ts";
import type {
  AsyncSmoothOracle,
  Reply,
  SmoothOracle,
  SmoothRequest,
  Vector,
} from "../linalg/ask.ts";
import type { Engine, Executable } from "../runtime/engine.ts";
import { compileKernel, type Kernel } from "../runtime/js/compile.ts";
import { PreparedExecutable, sameValues } from "../runtime/prepared.ts";

import { type FlatProof, proveFlat } from "./curvatureProof.ts";

/** A scalar function of one flat vector, and how often its derivatives were asked for. */
export interface Objective {
  readonly size: number;
  readonly dtype: "f32" | "f64";
  readonly counts: { value: number; gradient: number; hvp: number; hessian: number };
}

type Part = SmoothRequest["kind"];

/** Programs and what they were compiled to, for one structure of function. */
class Compiled {
  readonly programs = new Map<Part, Program>();
  readonly kernels = new Map<Part, Kernel>();
  shared: SharedSweeps | undefined;
  proof: FlatProof | undefined;
}

/** Products at one point: what the point decides, computed once, and the rest. */
interface SharedSweeps {
  readonly prepare: Kernel;
  readonly complete: Kernel;
  readonly residuals: readonly TypedArray[];
  /** The point the residuals belong to; NaN before the first. */
  readonly point: Vector;
}

function shareSweeps(program: Program, size: number): SharedSweeps {
  const { prepare, complete } = partition(program, 1);
  return {
    prepare: compileKernel(prepare),
    complete: compileKernel(complete),
    residuals: prepare.outputs.map((output) => allocate(output.dtype, output.size)),
    point: new Float64Array(size).fill(Number.NaN),
  };
}

// Structurally equal functions share their compiled code, across calls and whatever closure they came
// from: every call traces the function again (so nothing stale is used), and compiles only what is new.
const cache = new Map<string, Compiled>();
const cacheLimit = 256;

/** How the leaves of the user's tree lie in the flat vector. */
export interface Layout {
  readonly shapes: readonly Shape[];
  readonly dtype: "f32" | "f64";
}

/** The leaves of a flat vector. */
export function unpack(flat: Tensor, shapes: readonly Shape[]): Tensor[] {
  let offset = 0;
  return shapes.map((shape) => {
    const start = offset;
    offset += sizeOf(shape);
    return reshape(slice(flat, [start, offset]), shape);
  });
}

/**
 * Traces a function of leaves as a function of one flat vector. Derivatives are traced and compiled
 * when they are first asked for.
 *
 * @throws NadirError where the function refuses its arguments, or does not return one float
 */
export class TracedObjective implements Objective {
  readonly size: number;
  readonly dtype: "f32" | "f64";
  readonly counts = { value: 0, gradient: 0, hvp: 0, hessian: 0 };
  readonly #flat: (x: Tensor) => Tensor;
  readonly #compiled: Compiled;

  constructor(f: (leaves: readonly Tensor[]) => unknown, { shapes, dtype }: Layout) {
    this.size = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
    this.dtype = dtype;
    this.#flat = (x) => requireScalar("minimize", f(unpack(x, shapes)));
    const trace = record([{ shape: [this.size], dtype }], (x) => [this.#flat(x!)]);
    // The key is that of the trace, not of the finished program: barriers and custom derivatives are
    // gone from that, and functions that differ in them have different gradients.
    const key = programKey(trace);
    let compiled = cache.get(key);
    if (compiled === undefined) {
      compiled = new Compiled();
      compiled.programs.set("value", finish(trace));
      if (cache.size >= cacheLimit) cache.delete(cache.keys().next().value ?? "");
      cache.set(key, compiled);
    }
    this.#compiled = compiled;
  }

  /** The program that answers a kind of request. */
  program(part: Part): Program {
    let program = this.#compiled.programs.get(part);
    if (program === undefined) {
      program = finish(this.#trace(part));
      this.#compiled.programs.set(part, program);
    }
    return program;
  }

  /** What is proved of how the function bends. */
  proof(): FlatProof {
    this.#compiled.proof ??= proveFlat(this.program("value"));
    return this.#compiled.proof;
  }

  #trace(part: Part): Program {
    const aval = { shape: [this.size], dtype: this.dtype };
    switch (part) {
      case "value":
        return record([aval], (x) => [this.#flat(x!)]);
      case "gradient":
        return record([aval], (x) => {
          const { value, gradient } = valueAndGrad(this.#flat)(x!);
          return [value, gradient];
        });
      case "hvp":
        return record([aval, aval], (x, direction) => [hvp(this.#flat, x!, direction!)]);
      case "hessian":
        return record([aval], (x) => [hessian(this.#flat)(x!) as Tensor]); // of one array it is one array
    }
  }

  #kernel(part: Part): Kernel {
    let kernel = this.#compiled.kernels.get(part);
    if (kernel === undefined) {
      kernel = compileKernel(this.program(part));
      this.#compiled.kernels.set(part, kernel);
    }
    return kernel;
  }

  /** Answers on the JavaScript engine, at once. */
  oracle(): SmoothOracle {
    const value = new Float64Array(1);
    const n = this.size;
    if (this.dtype === "f32") return this.#narrowOracle();
    return (request) => {
      this.counts[request.kind]++;
      if (request.kind === "hvp") return this.#product(request.x, request.direction);
      const kernel = this.#kernel(request.kind);
      switch (request.kind) {
        case "value":
          kernel(request.x, value);
          return value[0]!;
        case "gradient": {
          const gradient = new Float64Array(n);
          kernel(request.x, value, gradient);
          return { value: value[0]!, gradient };
        }
        case "hessian": {
          const matrix = new Float64Array(n * n);
          kernel(request.x, matrix);
          return matrix;
        }
      }
    };
  }

  /** A Hessian-vector product in f64; those at one point share its forward and backward sweep. */
  #product(x: Vector, direction: Vector): Vector {
    const shared = this.#shared();
    if (!sameValues(x, shared.point)) {
      shared.prepare(x, ...shared.residuals);
      shared.point.set(x);
    }
    const product = new Float64Array(this.size);
    shared.complete(...shared.residuals, direction, product);
    return product;
  }

  #shared(): SharedSweeps {
    this.#compiled.shared ??= shareSweeps(this.program("hvp"), this.size);
    return this.#compiled.shared;
  }

  #narrowOracle(): SmoothOracle {
    return (request) => {
      this.counts[request.kind]++;
      const program = this.program(request.kind);
      const outputs = program.outputs.map(({ dtype, size }) => allocate(dtype, size));
      this.#kernel(request.kind)(...narrow(request, "f32"), ...outputs);
      return widen(request.kind, outputs);
    };
  }

  /** Answers on any engine. Executables are compiled when first needed and freed by `dispose`. */
  asyncOracle(engine: Engine): { readonly oracle: AsyncSmoothOracle; dispose(): Promise<void> } {
    const executables = new Map<Part, Promise<Executable>>();
    let product: Promise<PreparedExecutable> | undefined;
    return {
      oracle: async (request) => {
        this.counts[request.kind]++;
        if (request.kind === "hvp") {
          product ??= PreparedExecutable.compile(engine, this.program("hvp"), 1);
          const [x, direction] = narrow(request, this.dtype);
          return widen("hvp", await (await product).run([x!], [], [direction!]));
        }
        let executable = executables.get(request.kind);
        if (executable === undefined) {
          executable = engine.compile(this.program(request.kind));
          executables.set(request.kind, executable);
        }
        return widen(request.kind, await (await executable).run(narrow(request, this.dtype)));
      },
      dispose: async () => {
        for (const executable of executables.values()) await (await executable).dispose();
        await (await product)?.dispose();
      },
    };
  }
}

function narrow(request: SmoothRequest, dtype: "f32" | "f64"): TypedArray[] {
  const vectors = request.kind === "hvp" ? [request.x, request.direction] : [request.x];
  return dtype === "f64" ? vectors : vectors.map((vector) => Float32Array.from(vector));
}

function widen(part: Part, outputs: readonly TypedArray[]): Reply {
  const vector = (data: TypedArray): Float64Array =>
    data instanceof Float64Array ? data : Float64Array.from(data);
  const [first, second] = outputs;
  if (part === "value") return first![0]!;
  return part === "gradient" ? { value: first![0]!, gradient: vector(second!) } : vector(first!);
}
