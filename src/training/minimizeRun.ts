import { requireCount, requireInRange } from "../base/require.ts";
import { type LowerBound, withBound } from "../diagnosis/bound.ts";
import { type Classified, type ClassifyOptions, classify } from "../diagnosis/classify.ts";
import { lookBeyond, runaway } from "../diagnosis/outlook.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { type Ask, askGradient, type Request, type Vector } from "../linalg/ask.ts";
import { norm } from "../linalg/vector.ts";
import type { HeldSet } from "../methods/constraints/held.ts";
import type { Search } from "../methods/solvers/search.ts";
import type { Point, Solver, Step } from "../methods/solvers/solver.ts";
import { stoppingRule } from "../methods/solvers/stopping.ts";
import type { Listener } from "./events.ts";
import type { MinimizeOptions } from "./minimize.ts";
import type { Structured } from "./structure.ts";

/** Saddles left before giving up on finding a minimum. */
const maxSaddles = 50;

/** Where a run ended, before it is told in the form of its start. */
export interface Ended {
  readonly point: Point;
  readonly verdict: Verdict;
  readonly iterations: number;
  readonly saddlesLeft: number;
  readonly history: { value: number; gradientNorm: number; gradientEquivalents: number }[];
  /** The points of the history, where they are kept. */
  readonly path: readonly Vector[] | undefined;
  readonly search: Search | undefined;
  readonly verdictMilliseconds: number;
  /** What the last verdict's questions cost, in units of one gradient. */
  readonly verdictEquivalents: number;
}

/** The solver's loop: iterate until a criterion stops it, look at the point, leave it if it is a saddle. */
export class Run {
  readonly #solver: Solver;
  readonly #tolerance: number;
  readonly #maxIterations: number;
  readonly #maxEvaluations: number;
  readonly #escape: boolean;
  readonly #roundoff: number;
  readonly #seed: number;
  readonly #onEvent: Listener | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #set: HeldSet | undefined;
  /** Gradient-equivalents so far. */
  readonly #spent: () => number;
  readonly #bound: LowerBound | undefined;
  readonly #outlook: boolean;
  readonly #keepPath: boolean;

  constructor(
    solver: Solver,
    options: Omit<MinimizeOptions<unknown>, "x0">,
    dtype: "f32" | "f64",
    isRule: boolean,
    {
      set,
      bound,
      spent,
      roundoff,
    }: Pick<Structured, "set" | "bound"> & {
      readonly spent: () => number;
      /** How far derivatives are known, if not to the dtype's rounding. */
      readonly roundoff?: number | undefined;
    },
  ) {
    this.#set = set;
    this.#spent = spent;
    this.#bound = bound;
    this.#outlook = options.outlook ?? false;
    this.#keepPath = options.keepPath ?? false;
    this.#solver = solver;
    this.#tolerance = requireInRange(
      "minimize/tolerance",
      options.tolerance ?? (dtype === "f64" ? 1e-8 : 1e-4),
      [0, Number.POSITIVE_INFINITY],
    );
    this.#maxIterations = requireCount(
      "minimize/maxIterations",
      options.maxIterations ??
        (solver.endsByPlan === true ? Number.MAX_SAFE_INTEGER : isRule ? 10_000 : 1000),
      0,
    );
    this.#maxEvaluations = requireInRange(
      "minimize/maxEvaluations",
      options.maxEvaluations ?? Number.POSITIVE_INFINITY,
      [0, Number.POSITIVE_INFINITY],
      { open: true },
    );
    const isAuto = options.method === undefined || options.method === "auto";
    this.#escape =
      options.escapeSaddles ??
      (solver.endsByPlan !== true &&
        ((isAuto && set === undefined) ||
          solver.needs.some((need) => need === "hvp" || need === "hessian")));
    this.#roundoff = roundoff ?? (dtype === "f64" ? 2 ** -52 : 2 ** -23);
    this.#seed = options.seed ?? 0;
    this.#onEvent = options.onEvent;
    this.#signal = options.signal;
  }

  *solve(x0: Vector): Ask<Ended> {
    const history: Ended["history"] = [];
    const path: Vector[] | undefined = this.#keepPath ? [x0.slice()] : undefined;
    let { value, gradient } = yield* askGradient(x0);
    let point = this.#pointAt(x0, value, gradient);
    const start = point;
    let last = point;
    let iterations = 0;
    let saddlesLeft = 0;
    let verdictMilliseconds = 0;
    history.push({
      ...{ value: point.value, gradientNorm: point.residual ?? norm(gradient) },
      gradientEquivalents: this.#spent(),
    });
    const budget = { left: this.#maxEvaluations - 1 };
    const byPlan = this.#solver.endsByPlan === true;
    for (;;) {
      const stop = stoppingRule(point, {
        tolerance: this.#tolerance,
        maxIterations: this.#maxIterations,
        byPlan,
      });
      let state = this.#solver.init(point, {
        ...{ seed: this.#seed, tolerance: this.#tolerance, bounds: this.#set?.bounds },
      });
      let why = stop(point, iterations)?.criterion;
      while (
        why === undefined &&
        this.#signal?.aborted !== true &&
        (byPlan || Number.isFinite(point.value))
      ) {
        const asking = this.#solver.step(point, state);
        const step = budget.left === Infinity ? yield* asking : yield* within(budget, asking);
        if (step === undefined) {
          why = "iterations";
          break;
        }
        ({ point, state } = step);
        if (Number.isFinite(point.value)) last = point;
        iterations++;
        const gradientNorm = point.residual ?? norm(point.gradient);
        history.push({ value: point.value, gradientNorm, gradientEquivalents: this.#spent() });
        path?.push(point.x.slice());
        this.#tell(iterations, point.value, gradientNorm);
        why = stop(point, iterations, step.stalled)?.criterion;
      }
      const began = performance.now();
      const before = this.#spent();
      if (point.gradient.length < point.x.length) {
        ({ value, gradient } = yield* askGradient(point.x));
        point = this.#pointAt(point.x, value, gradient);
      }
      const otherwise =
        this.#signal?.aborted === true
          ? "stopped"
          : why === "iterations"
            ? "budget"
            : why === "rounding"
              ? "rounding"
              : why === "exhausted"
                ? "exhausted"
                : "line-search";
      const search = this.#solver.search?.(state);
      const { verdict, escape: beyond } = yield* this.#judge(
        { start, last, point },
        otherwise,
        search,
      );
      verdictMilliseconds += performance.now() - began;
      const leave =
        beyond !== undefined &&
        this.#escape &&
        why !== "iterations" &&
        saddlesLeft < maxSaddles &&
        this.#signal?.aborted !== true;
      if (!leave || verdict.kind !== "saddle")
        return {
          ...{ point, verdict, iterations, saddlesLeft, history, path, search },
          verdictMilliseconds,
          verdictEquivalents: this.#spent() - before,
        };
      saddlesLeft++;
      this.#onEvent?.({
        kind: "saddle-left",
        step: iterations,
        smallestEigenvalue: verdict.smallestEigenvalue,
        decrease: point.value - beyond.value,
      });
      ({ value, gradient } = yield* askGradient(beyond.x));
      point = this.#pointAt(beyond.x, value, gradient);
    }
  }

  /** What kind of point it is; and where the problem is a bare function, what lies beyond. */
  *#judge(
    { start, last, point }: { readonly start: Point; readonly last: Point; readonly point: Point },
    otherwise: ClassifyOptions["otherwise"],
    search: Search | undefined,
  ): Ask<Classified> {
    const classified = yield* classify(point, {
      tolerance: this.#tolerance,
      otherwise,
      roundoff: this.#roundoff,
      seed: this.#seed,
      set: this.#set,
    });
    const verdict = withSearch(classified.verdict, search);
    if (this.#bound !== undefined && this.#set?.violation === undefined) {
      const bounded = withBound(verdict, point.value, this.#bound);
      return bounded.kind === "global-minimum"
        ? { verdict: bounded }
        : { ...classified, verdict: bounded };
    }
    if (this.#set !== undefined) return { ...classified, verdict };
    const ranAway = yield* runaway(start, last, verdict);
    if (ranAway !== undefined) return { verdict: ranAway };
    if (!this.#outlook) return { ...classified, verdict };
    return { ...classified, verdict: yield* lookBeyond(point, verdict, this.#tolerance) };
  }

  /** Under a constraint the projected gradient measures how far from stationary a point is. */
  #pointAt(x: Vector, value: number, gradient: Vector): Point {
    if (this.#set === undefined) return { x, value, gradient };
    const slope = norm(this.#set.projectedGradient(x, gradient));
    const violation = this.#set.violation?.(x).size ?? 0;
    const whole = value + (this.#set.value?.(x) ?? 0);
    return { x, value: whole, gradient, residual: Math.max(slope, violation) };
  }

  #tell(step: number, loss: number, gradientNorm: number): void {
    this.#onEvent?.({
      kind: "progress",
      step,
      loss,
      gradientNorm,
      series: { steps: [step], values: { loss: [loss], gradientNorm: [gradientNorm] } },
    });
  }
}

/** A verdict whose evidence tells as well what was searched. It is a statement about a neighbourhood all the same. */
const withSearch = (verdict: Verdict, search: Search | undefined): Verdict =>
  search === undefined
    ? verdict
    : { ...verdict, evidence: [...verdict.evidence, ...search.evidence] };

/** A step as long as its questions can be paid; undefined if they cannot. */
function* within(
  budget: { left: number },
  asking: Ask<Step<unknown>>,
): Ask<Step<unknown> | undefined> {
  let turn = asking.next();
  while (!turn.done) {
    budget.left -= priceOf(turn.value);
    if (budget.left < 0) return undefined;
    turn = asking.next(yield turn.value);
  }
  return turn.value;
}

/** What an answer costs, in units of one gradient. What a problem's structure answers without the function is free. */
function priceOf(request: Request): number {
  switch (request.kind) {
    case "value":
    case "residuals":
      return 1 / 3;
    case "gradient":
      return 1;
    case "hvp":
    case "gnvp":
      return 2;
    case "jacobian":
      return request.x.length;
    case "hessian":
      return 2 * request.x.length;
    default:
      return 0;
  }
}
