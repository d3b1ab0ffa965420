import type { Highs, Model, ModelData } from "highs";
import { NadirError } from "../base/errors.ts";
import type { Vector } from "../linalg/ask.ts";
import type { ReadProgram } from "./program.ts";

let loading: Promise<Highs> | undefined;

/**
 * HiGHS, in WebAssembly, loaded once and only when a program is to be solved.
 *
 * @throws NadirError `programs/missing` if the package is not there
 * @see Huangfu & Hall (2018), Parallelizing the dual revised simplex method
 */
export async function loadHighs(): Promise<Highs> {
  loading ??= load();
  try {
    return await loading;
  } catch (cause) {
    loading = undefined;
    throw new NadirError("programs/missing", "the package highs cannot be loaded", {
      expected: "highs, which solves linear programs, with its file highs.wasm beside it",
      hint: "npm install highs; in a page, an import map from highs to highs.mjs, with highs.wasm beside it",
      cause,
    });
  }
}

async function load(): Promise<Highs> {
  // A name that bundlers do not follow: HiGHS's script names modules of Node in branches for Node, which a bundle for a page has not.
  const name = "highs";
  // Its types are written for CommonJS, where the loader is the default of a default; as a module it is the default itself.
  const { default: start } = (await import(/* @vite-ignore */ name)) as {
    readonly default: () => Promise<Highs>;
  };
  return start();
}

/** How a run of HiGHS ended, in its own words. */
export type HighsEnd = "optimal" | "infeasible" | "unbounded" | "limit" | "failed";

export interface HighsAnswer {
  readonly end: HighsEnd;
  /** Undefined if it found no point. */
  readonly x: Vector | undefined;
  /** Multipliers of the rows, meaningful where a continuous program ended as optimal. */
  readonly y: Vector;
  /** No value below this exists, by its branch and bound; −∞ for a continuous program. */
  readonly bound: number;
  readonly nodes: number;
}

export interface HighsOptions {
  /** How far rows, bounds and reduced costs may be off. */
  readonly feasibility: number;
  /** Seconds. */
  readonly timeLimit: number;
  /** A point to begin from, whole numbers. */
  readonly start?: Vector | undefined;
  /** Default true. */
  readonly presolve?: boolean;
}

/** A program in the arrays that HiGHS reads. */
export function modelData(program: ReadProgram, linear: Vector = program.linear): ModelData {
  const { size, quadratic, rows, integer } = program;
  const kinds = new Int32Array(size);
  for (const j of integer) kinds[j] = 1;
  return {
    numCols: size,
    numRows: program.rowLower.length,
    offset: program.constant,
    colCost: linear,
    colLower: program.lower,
    colUpper: program.upper,
    rowLower: program.rowLower,
    rowUpper: program.rowUpper,
    matrix: {
      format: "csr",
      numRows: program.rowLower.length,
      numCols: size,
      ...rows,
    },
    ...(integer.length === 0 ? {} : { integrality: kinds }),
    ...(quadratic === undefined ? {} : { hessian: lowerTriangle(quadratic, size) }),
  };
}

function lowerTriangle(q: Vector, size: number): NonNullable<ModelData["hessian"]> {
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (let j = 0; j < size; j++) {
    for (let i = j; i < size; i++) {
      if (q[i * size + j] === 0) continue;
      indices.push(i);
      values.push(q[i * size + j]!);
    }
    starts.push(indices.length);
  }
  return { format: "triangular", dimension: size, starts, indices, values };
}

/** Runs HiGHS on a program. */
export function runHighs(
  highs: Highs,
  program: ReadProgram,
  { feasibility, timeLimit, start, presolve = true }: HighsOptions,
  linear?: Vector,
): HighsAnswer {
  return highs.withModel((model) => {
    configure(model, feasibility, timeLimit);
    if (!presolve) model.options.set("presolve", "off");
    model.passModel(modelData(program, linear));
    if (start !== undefined) model.setSolution({ colValue: start });
    return answerOf(model, program.integer.length > 0);
  });
}

/** Sets what all runs have in common: silence, tolerances, and bounds that are met to rounding. */
export function configure(model: Model, feasibility: number, timeLimit: number): void {
  const tolerance = Math.max(1e-10, feasibility);
  model.options.set({
    output_flag: false,
    primal_feasibility_tolerance: tolerance,
    dual_feasibility_tolerance: tolerance,
    mip_feasibility_tolerance: tolerance,
    mip_rel_gap: 0,
    mip_abs_gap: 1e-10,
    ...(Number.isFinite(timeLimit) ? { time_limit: timeLimit } : {}),
  });
}

/** Runs a model, and says what came out. */
export function answerOf(model: Model, mixed: boolean): HighsAnswer {
  let status: number;
  try {
    status = model.run().modelStatus;
  } catch {
    return { end: "failed", x: undefined, y: new Float64Array(0), bound: -Infinity, nodes: 0 };
  }
  const found = model.info.get("primal_solution_status") === 2;
  const { colValue, rowDual } = model.getSolution();
  return {
    end: endOf(status),
    x: found ? colValue : undefined,
    y: rowDual,
    bound: mixed ? Number(model.info.get("mip_dual_bound")) : -Infinity,
    nodes: mixed ? Number(model.info.get("mip_node_count")) : 0,
  };
}

/** HiGHS's numbers for model states; 6 is a model without rows and costs, whose every point is best. */
function endOf(status: number): HighsEnd {
  if (status === 7 || status === 6) return "optimal";
  if (status === 8) return "infeasible";
  if (status === 9 || status === 10) return "unbounded";
  return status >= 11 && status <= 17 && status !== 15 ? "limit" : "failed";
}
