import { concat, reshape } from "../array/operations/shaping.ts";
import { record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { hvp, vjp } from "../autodiff/grad.ts";
import { jacobian } from "../autodiff/jacobian.ts";
import { open, type Traced } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { requireKnownOptions } from "../base/require.ts";
import type { Features, Vector } from "../linalg/ask.ts";
import { lazily } from "./leastSquares.ts";
import { type Layout, unpack } from "./objective.ts";

/** Constraints given as functions of x, each an array, or a tree of arrays, of floats. */
export interface ConstraintFunctions<X> {
  readonly kind: "constraint-functions";
  /** c(x), each element of which is to be 0. */
  readonly equalities?: (x: Traced<X>) => unknown;
  /** d(x), each element of which is to be at most 0. */
  readonly inequalities?: (x: Traced<X>) => unknown;
}

/**
 * Constraints as functions of x, in the array language: c(x) = 0 and d(x) ≤ 0, element by element. Of a record of
 * arrays the keys name the constraints in the verdict: `inequalities: (x) => ({ budget: x.sum().sub(1) })`.
 *
 * @throws NadirError `constraints/empty` if neither is given; `constraints/unknown-option`
 * @example await minimize(f, { x0, constraint: constraints({ equalities: (x) => x.square().sum().sub(1) }) })
 */
export function constraints<X = readonly number[]>(
  given: Omit<ConstraintFunctions<X>, "kind">,
): ConstraintFunctions<X> {
  requireKnownOptions("constraints", given, ["equalities", "inequalities"]);
  if (given.equalities === undefined && given.inequalities === undefined) {
    throw new NadirError("constraints/empty", "constraints: there are none", {
      expected: "equalities: (x) => …, inequalities: (x) => …, or both",
    });
  }
  return { kind: "constraint-functions", ...given };
}

/** Both kinds of constraint functions of flat vectors, compiled when first asked for. */
export interface CompiledConstraints {
  /** c(x), then d(x). */
  values(x: Vector): Vector;
  /** Their gradients, row-major `[m, n]`. */
  jacobian(x: Vector): Vector;
  /** Jᵀm. */
  pullback(x: Vector, multipliers: Vector): Vector;
  /** Σ mᵢ∇²cᵢ(x)·direction. */
  product(x: Vector, multipliers: Vector, direction: Vector): Vector;
  readonly equalities: number;
  /** What each is called, as `budget ≤ 0`. */
  readonly names: readonly string[];
}

/** Traces constraint functions of leaves as functions of one flat vector. */
export function compileConstraints(
  given: {
    readonly [K in "equalities" | "inequalities"]:
      | ((leaves: readonly Tensor[]) => unknown)
      | undefined;
  },
  { shapes, dtype }: Layout,
  size: number,
): CompiledConstraints {
  const at = { shape: [size], dtype };
  let names: string[] = [];
  let equalities = 0;
  const flat = (x: Tensor): Tensor => {
    const leaves = unpack(x, shapes);
    const parts: Tensor[] = [];
    names = [];
    for (const kind of ["equalities", "inequalities"] as const) {
      const own = given[kind];
      if (own === undefined) continue;
      const { tensors, paths } = open(own(leaves), x.graph, kind);
      tensors.forEach((tensor, i) => {
        requireFloat(tensor, kind);
        const name = paths[i] || (kind === "equalities" ? "c" : "d");
        const sign = kind === "equalities" ? "= 0" : "≤ 0";
        for (let k = 0; k < tensor.size; k++) {
          names.push(tensor.shape.length === 0 ? `${name} ${sign}` : `${name}[${k}] ${sign}`);
        }
        parts.push(reshape(tensor, [tensor.size]));
      });
      if (kind === "equalities") equalities = names.length;
    }
    return concat(parts);
  };
  const program = record([at], (x) => [flat(x!)]); // counts and names them
  const m = { shape: [names.length], dtype };
  const values = lazily(() => program, dtype);
  const matrix = lazily(() => record([at], (x) => [jacobian(flat)(x!) as Tensor]), dtype); // of one array it is one array
  const pull = lazily(() => record([at, m], (x, own) => [vjp(flat, x!).pull(own!)]), dtype);
  const product = lazily(
    () => record([at, at, m], (x, v, own) => [hvp((p: Tensor) => flat(p).mul(own!).sum(), x!, v!)]),
    dtype,
  );
  return {
    values: (x) => values(x)[0]!,
    jacobian: (x) => matrix(x)[0]!,
    pullback: (x, multipliers) => pull(x, multipliers)[0]!,
    product: (x, multipliers, direction) => product(x, direction, multipliers)[0]!,
    equalities,
    names,
  };
}

/** Answers `constraints` and `constraint-pullback`. */
export function functionFeatures(own: CompiledConstraints): Features {
  return {
    constraints: ({ x }) => {
      const values = own.values(x);
      return {
        equalities: values.subarray(0, own.equalities),
        inequalities: values.subarray(own.equalities),
      };
    },
    "constraint-pullback": ({ x, multipliers }) => own.pullback(x, multipliers),
  };
}

function requireFloat(tensor: Tensor, kind: string): void {
  if (tensor.dtype === "f32" || tensor.dtype === "f64") return;
  throw new NadirError("constraints/dtype", `constraints: ${kind} are of dtype ${tensor.dtype}`, {
    expected: "floats, as x.sum().sub(1), and no comparison",
  });
}
