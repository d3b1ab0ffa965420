import { NadirError } from "../../base/errors.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Vector } from "../../linalg/ask.ts";
import { type Design, type DesignMatrix, readDesign } from "../linear/design.ts";
import type { SampleOptions } from "../linear/sampleWeights.ts";
import type { DualSolver, Solved } from "./boxDual.ts";
import { concaveConvex, type RampSolved, rampBound } from "./concaveConvex.ts";
import type { Labels } from "./labels.ts";
import { dualOf, lossSum } from "./loss.ts";
import { requirePrice, type SvmSettings } from "./settings.ts";
import { convexStatement, rampStatement } from "./statement.ts";

/** A fitted support vector machine. */
export interface SvmFit {
  readonly C: number;
  /** yᵢαᵢ: the weight of each sample, `[samples]`. */
  readonly dual: Float64Array;
  /** Positions of the samples whose weight is not zero. */
  readonly supportVectors: readonly number[];
  /** w of a linear machine, `[features]`; undefined for a kernel machine. */
  readonly coefficients: Float64Array | undefined;
  readonly bias: number;
  /** ½‖w‖² + CΣℓ (and ½b², if the bias is penalized), losses by the weights of samples and classes. */
  readonly objective: number;
  /** Σℓ over the samples, by their weights. */
  readonly loss: number;
  /** Passes over the samples. */
  readonly sweeps: number;
  /** For a ramp loss: the objective at the hinge machine, then after each round of the convex–concave procedure. */
  readonly rounds: readonly number[] | undefined;
  /** For a ramp loss: positions of the samples whose loss is cut off, which have lost their weight. */
  readonly cutOff: readonly number[] | undefined;
  readonly verdict: Verdict;
  /** f(x) + b for new samples: positive on the side of the larger label. */
  decision(x: DesignMatrix): Float64Array;
  /** The label on whose side a sample lies. */
  predict(x: DesignMatrix): Float64Array;
}

/** Fits for growing C, each from where the last ended. */
export interface SvmPath {
  readonly Cs: readonly number[];
  readonly fits: readonly SvmFit[];
}

/** Eleven from 0.01 to 1000, evenly spread over their logarithms. */
export const usualPrices: readonly number[] = Array.from(
  { length: 11 },
  (_, k) => 10 ** (k / 2 - 2),
);

/** Which prices of errors a path visits. */
export interface SvmPathOptions extends SampleOptions {
  /** The prices to visit, above 0. Default eleven from 0.01 to 1000, evenly spread over their logarithms. */
  readonly Cs?: readonly number[];
}

/** Samples ready for fits: the dual solver, and how a solution is applied to new samples. */
export interface Machine {
  readonly solver: DualSolver;
  readonly labels: Labels;
  readonly settings: SvmSettings;
  /** w and b of a solution; w undefined where only the kernel knows it. */
  weights(solved: Solved): { readonly coefficients?: Float64Array; readonly bias: number };
  /** f(x) for new samples, without the bias. */
  project(a: Vector, coefficients: Float64Array | undefined): (design: Design) => Float64Array;
}

/** A fit, and its decision values for a design that was read. */
export interface Decided {
  readonly fit: SvmFit;
  decide(design: Design): Float64Array;
}

export function fitOne(machine: Machine): SvmFit {
  const { settings, solver } = machine;
  return fitAt(machine, settings.C, new Float64Array(solver.size)).decided.fit;
}

/** @throws NadirError `svm/Cs`, `svm/C` */
export function fitPath(
  machine: Machine,
  { Cs = usualPrices }: SvmPathOptions,
): { readonly path: SvmPath; readonly decided: readonly Decided[] } {
  const { settings } = machine;
  if (Cs.length === 0) {
    throw new NadirError("svm/Cs", "Cs is empty", { expected: "at least one price above 0" });
  }
  for (const C of Cs) requirePrice(C);
  const rising = [...Cs].sort((a, b) => a - b);
  const all: Decided[] = [];
  let start = new Float64Array(machine.solver.size);
  let last: number | undefined;
  for (const C of rising) {
    // All weights at the bound stay there; Σa = 0 stays too.
    if (last !== undefined && settings.startC === undefined)
      start = start.map((value) => (value * C) / last!);
    const { decided, convex } = fitAt(machine, C, start);
    all.push(decided);
    start = Float64Array.from(convex.a);
    last = C;
  }
  return { path: { Cs: rising, fits: all.map(({ fit }) => fit) }, decided: all };
}

/** A fit, and the convex machine on its way. */
function fitAt(
  machine: Machine,
  C: number,
  start: Vector,
): { readonly decided: Decided; readonly convex: Solved } {
  const { solver, labels, settings } = machine;
  const freeBias = settings.bias === "free";
  const shape = { squared: settings.loss === "squaredHinge", freeBias };
  const { cut, startC = C } = settings;
  const dual = dualOf(labels, startC, shape);
  const convex = solver.solve(dual, start, settings);
  if (cut === undefined) {
    const state = () => convexStatement({ solved: convex, dual, tolerance: settings.tolerance });
    return { convex, decided: fitOf(machine, C, convex, state) };
  }
  const solved = concaveConvex(solver, labels, C, cut, freeBias, convex, settings);
  const { dropped } = solved;
  const last = dualOf(labels, C, shape, { at: cut, dropped });
  const objective = solved.objectives.at(-1)!;
  const state = () =>
    rampStatement({
      ...{ solved, solver, C, at: cut, dual: last, tolerance: settings.tolerance },
      bound: () => rampBound(solver, labels, C, cut, freeBias, objective, settings),
    });
  return { convex, decided: fitOf(machine, C, solved, state) };
}

function fitOf(
  machine: Machine,
  C: number,
  solved: Solved | RampSolved,
  state: () => Verdict,
): Decided {
  const { labels, settings } = machine;
  const dual = Float64Array.from(solved.a);
  const decisions = solved.f.map((value) => value + solved.bias);
  const loss = lossSum(settings.loss, labels, decisions);
  const square = dual.reduce((sum, value, i) => sum + value * solved.f[i]!, 0);
  const { coefficients, bias } = machine.weights(solved);
  const project = machine.project(dual, coefficients);
  const decide = (design: Design): Float64Array => project(design).map((value) => value + bias);
  const decision = (x: DesignMatrix): Float64Array => decide(readDesign(x));
  const ramp = "dropped" in solved ? solved : undefined;
  let verdict: Verdict | undefined;
  const fit: SvmFit = {
    ...{ C, dual, coefficients, bias, loss, decision },
    supportVectors: positions(dual),
    objective: 0.5 * square + C * loss,
    sweeps: solved.sweeps,
    rounds: ramp?.objectives,
    cutOff: ramp === undefined ? undefined : positions(ramp.dropped),
    get verdict() {
      // Made when asked for: along a path most are never looked at.
      verdict ??= state();
      return verdict;
    },
    predict: (x) => decision(x).map((value) => labels.names[value > 0 ? 1 : 0]),
  };
  return { fit, decide };
}

function positions(values: ArrayLike<number>): readonly number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) found.push(i);
  return found;
}
