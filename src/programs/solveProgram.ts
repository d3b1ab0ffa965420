import type { Highs } from "highs";
import { NadirError } from "../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../base/require.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import type { Vector } from "../linalg/ask.ts";
import { cholesky } from "../linalg/cholesky.ts";
import { symmetricEigen } from "../linalg/symmetricEigen.ts";
import { normInf } from "../linalg/vector.ts";
import {
  checkOptimality,
  descentForEver,
  leastViolation,
  type Optimality,
  primalViolationOf,
  valueAt,
} from "./certificates.ts";
import { type HighsAnswer, loadHighs, runHighs } from "./highs.ts";
import { type Program, type ReadProgram, readProgram } from "./program.ts";
import { infeasible, notProved, optimal, provedByBranching, unbounded } from "./programVerdicts.ts";

/** How exactly, how long and from where `solveProgram` searches. */
export interface ProgramOptions {
  /**
   * How far rows, multipliers and the gap may be off and still count as met, relative to the numbers they are made of, in
   * (0, 1). Default 1e-8.
   */
  readonly tolerance?: number;
  /** Seconds after which the search ends with what it has. Default: none. */
  readonly timeLimit?: number;
  /** A point to begin from, for a program with whole numbers. */
  readonly start?: ArrayLike<number>;
}

/** A solved program. */
export interface ProgramSolution {
  /** The best point found; where the program is infeasible, the one that violates its constraints least. */
  readonly x: Vector;
  /** ½xᵀQx + cᵀx + constant there. */
  readonly value: number;
  /**
   * Of a program without whole numbers: how much the minimum rises for each unit by which a constraint's bound, or a bound of an unknown, is
   * raised. Qx + c = Aᵀy + z.
   */
  readonly duals: { readonly constraints: Vector; readonly bounds: Vector } | undefined;
  /** `global-minimum`, `infeasible` or `unbounded`, each with what proves it; or `not-stationary` where a limit came first. */
  readonly verdict: Verdict;
}

/**
 * Solves a linear, convex quadratic or mixed-integer linear program,
 *
 *     minimize  ½xᵀQx + cᵀx + constant   where  lower ≤ Ax ≤ upper,  lower ≤ x ≤ upper,  some x whole,
 *
 * by HiGHS (simplex, active sets, branch and cut). What it answers is checked here: a continuous program ends in
 * `global-minimum` only if the point meets the constraints, the multipliers have the right signs, and primal and dual value agree;
 * `infeasible` carries Farkas multipliers, `unbounded` a direction, both checked. Of whole numbers only the point is checked here: that nothing
 * lower exists is the word of HiGHS's branch and bound, and the verdict says so.
 *
 * @throws NadirError `programs/not-convex` for a Q that is not positive semidefinite, `programs/mixed-quadratic` for Q beside whole
 *   numbers, `programs/…` for numbers that are no program, `programs/missing` without the package highs,
 *   `programs/tolerance`, `programs/timeLimit`
 * @see Huangfu & Hall (2018), Parallelizing the dual revised simplex method; Boyd & Vandenberghe (2004), Convex Optimization, §4.3, §4.4, §5.8
 *
 * @example
 * const { x, value, duals } = await solveProgram({
 *   minimize: { linear: [-3, -5] },
 *   constraints: [{ coefficients: [1, 0], upper: 4 }, { coefficients: [0, 2], upper: 12 }, { coefficients: [3, 2], upper: 18 }],
 *   bounds: { lower: 0 },
 * });
 * // x: [2, 6], value: -36, duals.constraints: [0, -1.5, -1]
 */
export async function solveProgram(
  program: Program,
  options: ProgramOptions = {},
): Promise<ProgramSolution> {
  requireKnownOptions("programs", options, ["tolerance", "timeLimit", "start"]);
  const tolerance = requireInRange("programs/tolerance", options.tolerance ?? 1e-8, [0, 1], {
    open: true,
  });
  const infinity = Number.POSITIVE_INFINITY;
  const timeLimit = requireInRange(
    "programs/timeLimit",
    options.timeLimit ?? infinity,
    [0, infinity],
    {
      open: true,
    },
  );
  const read = readProgram(program);
  const start = options.start === undefined ? undefined : Float64Array.from(options.start);
  if (start !== undefined && start.length !== read.size) {
    throw new NadirError("programs/size", `start has ${start.length} numbers`, {
      expected: `${read.size}, one for each unknown`,
    });
  }
  requireConvex(read);
  const highs = await loadHighs();
  const effort = { feasibility: 0.01 * tolerance, timeLimit, start };
  const first = attempt(highs, read, runHighs(highs, read, effort), tolerance, timeLimit);
  if (first.verdict.kind !== "not-stationary" || first.verdict.why === "budget") return first;
  // What could not be confirmed is tried again without presolve.
  const again = runHighs(highs, read, { ...effort, presolve: false });
  return attempt(highs, read, again, tolerance, timeLimit);
}

function attempt(
  highs: Highs,
  program: ReadProgram,
  answer: HighsAnswer,
  tolerance: number,
  timeLimit: number,
): ProgramSolution {
  const solve = program.integer.length > 0 ? ofWholeNumbers : continuous;
  const found = solve(highs, program, answer, tolerance, timeLimit);
  if (found.verdict.kind !== "not-stationary" || answer.end === "limit") return found;
  return provedEnd(highs, program, timeLimit) ?? found;
}

/** @throws NadirError `programs/not-convex`, `programs/mixed-quadratic` */
function requireConvex({ quadratic, size, integer }: ReadProgram): void {
  if (quadratic === undefined) return;
  if (integer.length > 0) {
    throw new NadirError(
      "programs/mixed-quadratic",
      "the program has whole numbers and a quadratic part",
      {
        expected: "one of them: HiGHS solves mixed-integer programs that are linear",
        hint: "for sparse regression use bestSubset; else bound the quadratic part by linear cuts",
      },
    );
  }
  const most = normInf(quadratic);
  if (most === 0 || cholesky(quadratic, size, quadratic.slice(), 1e-10 * most)) return;
  const [smallest = 0] = symmetricEigen(quadratic, size).values;
  if (smallest >= -1e-9 * most) return;
  throw new NadirError(
    "programs/not-convex",
    `minimize.quadratic has the eigenvalue ${smallest.toPrecision(3)}`,
    {
      expected: "a positive semidefinite matrix: only then is every local minimum the global one",
      hint: "minimize() with a constraint finds local minima of any function",
    },
  );
}

/** Infeasible or unbounded, if that can be proved here. */
function provedEnd(
  highs: Highs,
  program: ReadProgram,
  timeLimit: number,
): ProgramSolution | undefined {
  const relaxed = leastViolation(highs, program, timeLimit);
  const at = (x: Vector, verdict: Verdict): ProgramSolution => ({
    ...{ x, value: valueAt(program, x), duals: undefined, verdict },
  });
  const isProof = relaxed.violation > 1e-9 && relaxed.error <= 1e-3 * relaxed.violation;
  if (isProof) return at(relaxed.x, infeasible(program, relaxed));
  let inside: Vector | undefined = relaxed.x;
  if (program.integer.length > 0) {
    // A point of whole numbers, whatever its value.
    const anywhere = { ...program, linear: new Float64Array(program.size) };
    const any = runHighs(highs, anywhere, { feasibility: 1e-9, timeLimit });
    if (any.end === "infeasible") return at(relaxed.x, infeasible(program, relaxed));
    inside = any.x;
  }
  const ray = descentForEver(highs, program, timeLimit);
  if (ray === undefined || inside === undefined) return undefined;
  if (primalViolationOf(program, inside) > 1e-9) return undefined;
  return at(inside, unbounded(program, inside, ray));
}

/** HiGHS adds ε‖x‖²/2 to a quadratic program. */
const regularization = 1e-7;

function continuous(
  highs: Highs,
  program: ReadProgram,
  first: HighsAnswer,
  tolerance: number,
  timeLimit: number,
): ProgramSolution {
  let answer = first;
  let { x } = answer;
  if (x === undefined) {
    const nowhere = new Float64Array(program.size);
    return { ...unsolved(program, nowhere, answer, timeLimit), x: nowhere };
  }
  let found = checkOptimality(program, x, answer.y);
  // Proximal point steps take ε out again: minimize f + (ε/2)‖v − x‖², which at its fixed point is f's own minimum.
  for (
    let step = 0;
    step < 20 && program.quadratic !== undefined && !isMet(found, tolerance);
    step++
  ) {
    const from = x;
    const linear = program.linear.map((c, j) => c - regularization * from[j]!);
    answer = runHighs(highs, program, { feasibility: 0.01 * tolerance, timeLimit }, linear);
    if (answer.end !== "optimal" || answer.x === undefined) break;
    x = answer.x;
    found = checkOptimality(program, x, answer.y);
  }
  const { primal: value, y, z } = found;
  const verdict = isMet(found, tolerance)
    ? optimal(found, tolerance)
    : unsolved(program, x, answer, timeLimit, found).verdict;
  // HiGHS writes a constraint that costs nothing as −0, too.
  const plain = (duals: Vector): Vector => duals.map((dual) => dual + 0);
  return { x, value, duals: { constraints: plain(y), bounds: plain(z) }, verdict };
}

const isMet = ({ primal, dual, primalViolation, dualViolation }: Optimality, tolerance: number) =>
  primalViolation <= tolerance &&
  dualViolation <= tolerance &&
  Math.abs(primal - dual) <= tolerance * Math.max(1, Math.abs(primal));

function unsolved(
  program: ReadProgram,
  x: Vector,
  answer: HighsAnswer,
  timeLimit: number,
  found?: Optimality,
): ProgramSolution {
  const verdict = notProved(answer, primalViolationOf(program, x), timeLimit, found);
  return { x, value: valueAt(program, x), duals: undefined, verdict };
}

function ofWholeNumbers(
  highs: Highs,
  program: ReadProgram,
  answer: HighsAnswer,
  tolerance: number,
  timeLimit: number,
): ProgramSolution {
  if (answer.x === undefined) {
    return unsolved(program, new Float64Array(program.size), answer, timeLimit);
  }
  const x = settled(highs, program, answer.x, timeLimit);
  const value = valueAt(program, x);
  const gap = value - answer.bound;
  const violation = primalViolationOf(program, x);
  const isDone =
    violation <= 10 * tolerance && gap <= Math.max(tolerance, 1e-9) * Math.max(1, Math.abs(value));
  if (!isDone) return unsolved(program, x, answer, timeLimit);
  const relaxed = { ...program, integer: [] };
  const root = runHighs(highs, relaxed, { feasibility: 1e-9, timeLimit });
  const checked = root.x === undefined ? undefined : checkOptimality(relaxed, root.x, root.y);
  const verdict = provedByBranching(value, answer, violation, tolerance, checked);
  return { x, value, duals: undefined, verdict };
}

/** Whole numbers made exactly whole, and the others optimal for them. */
function settled(highs: Highs, program: ReadProgram, x: Vector, timeLimit: number): Vector {
  const whole = x.slice();
  for (const j of program.integer) whole[j] = Math.round(whole[j]!);
  if (program.integer.length === program.size) return whole;
  const lower = program.lower.slice();
  const upper = program.upper.slice();
  for (const j of program.integer) {
    lower[j] = whole[j]!;
    upper[j] = whole[j]!;
  }
  const fixed = { ...program, lower, upper, integer: [] };
  const again = runHighs(highs, fixed, { feasibility: 1e-10, timeLimit });
  return again.end === "optimal" && again.x !== undefined ? again.x : whole;
}
