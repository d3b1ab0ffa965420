import type { Program } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Features } from "../linalg/ask.ts";
import { augmentedLagrangian } from "../methods/solvers/constrained/augmentedLagrangian.ts";
import { projectedGradient } from "../methods/solvers/constrained/projectedGradient.ts";
import { svrg } from "../methods/solvers/finiteSum/svrg.ts";
import { levenbergMarquardt } from "../methods/solvers/leastSquares/levenbergMarquardt.ts";
import { proximalGradient } from "../methods/solvers/proximal/proximalGradient.ts";
import { bfgs } from "../methods/solvers/quasiNewton/bfgs.ts";
import { lbfgs } from "../methods/solvers/quasiNewton/lbfgs.ts";
import { lbfgsb } from "../methods/solvers/quasiNewton/lbfgsb.ts";
import { trustRegion } from "../methods/solvers/secondOrder/trustRegion.ts";
import type { Solver } from "../methods/solvers/solver.ts";

/** What the choice of a method depends on. */
export interface ProblemTraits {
  /** Number of unknowns. */
  readonly size: number;
  readonly dtype: "f32" | "f64";
  /** What the problem answers beside values and derivatives. */
  readonly features: { readonly [K in keyof Features]?: unknown };
  /** The set to stay in, by its name; undefined without one. */
  readonly set?: string | undefined;
  /** How many rows a finite sum has. */
  readonly rows?: number | undefined;
  /** The function's operations that make its gradient jump: see `kinksOf`. */
  readonly kinks: readonly string[];
}

/** A method, and in a sentence why it is the one. */
export interface ChosenMethod {
  readonly solver: Solver;
  readonly why: string;
}

/** Unknowns up to which a Hessian is computed whole, and up to which products with it are worth their price. */
const denseUpTo = 64;
const secondOrderUpTo = 10_000;
/** Unknowns up to which an n×n matrix is kept. */
const matrixUpTo = 500;
/** Rows from which a method that steps on a few of them beats one that asks for all. */
const manyRows = 50_000;

/**
 * `method: "auto"`: chooses by structure first (constraints, a penalty, bounds, sets, sums of squares, sums over many rows), then by
 * smoothness, arithmetic and size.
 *
 * It does not run anything: what it cannot see in the traced program (conditioning, noise, many minima) it does
 * not know.
 */
export function chooseMethod(problem: ProblemTraits): ChosenMethod {
  const { size, dtype, features, set, rows, kinks } = problem;
  const of = (solver: unknown, why: string): ChosenMethod => ({
    solver: solver as Solver, // each solver's state is its own
    why,
  });
  const unknowns = `${size.toLocaleString("en")} unknown${size === 1 ? "" : "s"}`;
  if ("constraints" in features) {
    return of(
      augmentedLagrangian(),
      "there are constraint functions: a sequence of problems without them, with multipliers",
    );
  }
  if ("prox" in features) {
    return of(proximalGradient(), "there is a penalty with a prox: a gradient step, then the prox");
  }
  if ("bounds" in features) {
    return of(lbfgsb(), `${set ?? "the constraint"} is a box: L-BFGS-B works on the free unknowns`);
  }
  if (set !== undefined) {
    return of(projectedGradient(), `${set} is a set with a projection, and no box`);
  }
  if ("residuals" in features) {
    return of(
      levenbergMarquardt(),
      "a sum of squares, given by its terms: their Jacobian is worth a Hessian",
    );
  }
  if (rows !== undefined && rows >= manyRows) {
    return of(
      svrg(),
      `a sum over ${rows.toLocaleString("en")} rows: many steps on a few rows each for one pass over all`,
    );
  }
  if (kinks.length > 0) {
    const found = `the function has kinks (${kinks.join(", ")}), so second derivatives mislead`;
    return size <= matrixUpTo
      ? of(bfgs({ lineSearch: "hagerZhang" }), `${found}: BFGS with weak Wolfe conditions`)
      : of(
          lbfgs({ lineSearch: "hagerZhang" }),
          `${found}, and ${unknowns} are too many for a matrix: L-BFGS with weak Wolfe conditions`,
        );
  }
  if (size <= denseUpTo) {
    return of(trustRegion(), `smooth, ${unknowns}: the whole Hessian is cheap, and shows saddles`);
  }
  if (dtype === "f32") {
    return of(lbfgs(), `smooth, ${unknowns} in single precision: gradients alone`);
  }
  if (size <= secondOrderUpTo) {
    return of(trustRegion(), `smooth, ${unknowns}: Hessian products, which also show saddles`);
  }
  return of(lbfgs(), `smooth, ${unknowns}: one gradient an iteration, and no products`);
}

/** What in a gradient jumps, and what in the function it is the derivative of. */
const jumps: ReadonlyMap<string, string> = new Map([
  ["sign", "abs"],
  ["step", "relu"],
  ["maxPoolGradient", "maxPool"],
  ...["floor", "ceil", "round"].map((op) => [op, op] as const),
]);

/**
 * What makes the derivative of a function jump, by the program of its value and gradient: the names of the
 * operations, each once. Huber's loss has a maximum in it and a gradient that does not jump; the logarithm of a
 * sum of exponentials takes a maximum out first, which its gradient does not see. So the gradient is asked.
 */
export function kinksOf({ nodes }: Program): readonly string[] {
  const ops = new Set<string>(nodes.map(({ op }) => op));
  const found = [...ops].flatMap((op) => jumps.get(op) ?? []);
  // The derivative of a maximum compares its operands; that of a largest element compares all with it.
  if (ops.has("less")) found.push(...["maximum", "minimum"].filter((op) => ops.has(op)));
  const comparesWithLargest = nodes.some(
    ({ op, inputs }) =>
      op === "equal" && inputs.some((input) => sourceOf(input).op === "reduceMax"),
  );
  return comparesWithLargest ? [...found, "max"] : found;
}

/** What an array is the same numbers as, in another shape. */
function sourceOf(node: Tensor): Tensor {
  let source = node;
  while (source.op === "reshape" || source.op === "broadcastTo") source = source.inputs[0]!;
  return source;
}
