import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askValue, type Vector } from "../../../linalg/ask.ts";
import { distance } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Point, Solver, Step } from "../solver.ts";

export interface NelderMeadOptions {
  /** The first simplex's edge along unknown i is this times max(1, |xᵢ|). Default 0.1. */
  readonly initialStep?: number;
  /** Times that a fresh simplex is put around the best point once the last has come to rest. Default 5. */
  readonly restarts?: number;
}

export interface NelderMeadState {
  /** The vertices, the best first, row by row: (n + 1) × n. */
  readonly simplex: Vector;
  readonly values: Vector;
  /** Room for the points of an iteration. */
  readonly centre: Vector;
  readonly reflected: Vector;
  readonly tried: Vector;
  /** The size at which a simplex is at rest. */
  readonly smallest: number;
  /** Whether the vertices have been evaluated. */
  built: boolean;
  /** Fresh simplices so far, and the best value when the last was made. */
  restarted: number;
  before: number;
  /** Iterations since the best value last fell. */
  idle: number;
}

/** Iterations for each unknown without a lower best value after which a simplex counts as degenerate. */
const patience = 50;
/** A simplex whose values differ by no more than this many roundings cannot tell its vertices apart. */
const roundings = 4;

/**
 * Nelder and Mead's simplex, with the factors of Gao and Han for its size: reflection 1, expansion 1 + 2/n,
 * contraction ¾ − 1/(2n), shrinkage 1 − 1/n. Once it has come to rest, or stagnates, a fresh simplex is put
 * around the best point, as long as the last one has gained something.
 *
 * Guarantee: the best value never rises. None of convergence: it can come to rest at points that are not
 * stationary (McKinnon 1998), which restarts make rare and the verdict's gradient would show. It depends on f
 * only through comparisons, so any increasing function of f gives the same path. For up to ten or twenty unknowns.
 * Price: one or two values an iteration, n + 1 at the start and n for a shrinkage; n² + 3n numbers.
 *
 * @throws NadirError `nelderMead/initialStep` unless above 0; `nelderMead/restarts`; `nelderMead/unknown-option`
 * @see Nelder & Mead (1965), A simplex method for function minimization; Gao & Han (2012), Implementing the
 * Nelder–Mead simplex algorithm with adaptive parameters, eq. (4.1); Lagarias et al. (1998), §2, for ties; Kelley
 * (1999), Detection and remediation of stagnation in the Nelder–Mead algorithm
 */
export const nelderMead = described(
  {
    name: "nelderMead",
    kind: "solver",
    summary:
      "A simplex that reflects, stretches and shrinks by comparing values; restarted where it comes to rest.",
    guarantee:
      "The best value never rises. It can come to rest where the gradient is not 0, which restarts make rare and the verdict shows. For up to ten or twenty unknowns.",
    price: {
      iteration: "one or two values an iteration; n + 1 for each simplex",
      memory: "n² + 3n numbers",
    },
    source:
      "Nelder & Mead (1965), A simplex method for function minimization; Gao & Han (2012), Implementing the Nelder–Mead simplex algorithm with adaptive parameters, eq. (4.1); Kelley (1999), Detection and remediation of stagnation in the Nelder–Mead algorithm",
  },
  (options: NelderMeadOptions = {}): Solver<NelderMeadState> => {
    requireKnownOptions("nelderMead", options, ["initialStep", "restarts"]);
    const edge = requireInRange(
      "nelderMead/initialStep",
      options.initialStep ?? 0.1,
      [0, Number.POSITIVE_INFINITY],
      { open: true },
    );
    const restarts = requireCount("nelderMead/restarts", options.restarts ?? 5, 0);
    return {
      kind: "solver",
      name: "nelderMead",
      needs: ["value"],
      monotone: true,
      init: ({ x, value }, context = {}) => ({
        smallest: context.tolerance ?? 1e-8,
        simplex: new Float64Array((x.length + 1) * x.length),
        values: new Float64Array(x.length + 1),
        ...{ centre: x.slice(), reflected: x.slice(), tried: x.slice() },
        built: false,
        restarted: 0,
        before: value,
        idle: 0,
      }),
      step: (point, state) => simplexStep(point, state, edge, restarts),
    };
  },
);

function* simplexStep(
  point: Point,
  state: NelderMeadState,
  edge: number,
  restarts: number,
): Ask<Step<NelderMeadState>> {
  const n = point.x.length;
  const { simplex, values } = state;
  if (state.built) {
    const best = values[0]!;
    yield* move(state, n);
    state.idle = values[0]! < best ? 0 : state.idle + 1;
  } else {
    yield* build(point.x, point.value, state, edge);
  }
  const value = values[0]!;
  // A vertex of equal value stays behind: then the best one is where it was.
  const x = value === point.value ? point.x : simplex.slice(0, n);
  const size = diameter(simplex, n);
  const spread = values[n]! - value;
  const isFlat = spread <= roundings * Number.EPSILON * Math.abs(value);
  const stepSize = x === point.x ? 0 : distance(x, point.x);
  const at = (residual: number): Point => ({ x, value, gradient: notKnown, residual });
  const isAtRest = isFlat || size <= state.smallest || state.idle > patience * n;
  const hasGained = state.restarted === 0 || value < state.before - 1e-12 * Math.abs(state.before);
  if (isAtRest && hasGained && state.restarted < restarts) {
    state.restarted++;
    state.before = value;
    state.built = false;
    state.idle = 0;
    return { point: at(edge), state, stepSize };
  }
  return isAtRest
    ? { point: at(size), state, stepSize, stalled: "rounding" }
    : { point: at(size), state, stepSize };
}

/** The gradient of a point: never asked for. */
const notKnown = new Float64Array(0);

/** A fresh simplex at x: a vertex along each axis. */
function* build(x: Vector, value: number, state: NelderMeadState, edge: number): Ask<void> {
  const n = x.length;
  const { simplex, values } = state;
  simplex.set(x, 0);
  values[0] = value;
  // By turns to the one and the other side, so that a second simplex is not the first again.
  const side = state.restarted % 2 === 0 ? 1 : -1;
  for (let i = 0; i < n; i++) {
    const vertex = x.slice();
    vertex[i] = x[i]! + side * edge * Math.max(1, Math.abs(x[i]!));
    place(state, i + 1, vertex, wall(yield* askValue(vertex)));
  }
  state.built = true;
}

/** f, or infinity where it is not finite. */
const wall = (value: number): number => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value);

/** Puts a vertex in its place among the first `count` ones, behind those of equal value; the last of them is lost. */
function place({ simplex, values }: NelderMeadState, count: number, x: Vector, f: number): void {
  const n = x.length;
  let at = count;
  while (at > 0 && f < values[at - 1]!) {
    values[at] = values[at - 1]!;
    for (let k = at * n; k < (at + 1) * n; k++) simplex[k] = simplex[k - n]!;
    at--;
  }
  values[at] = f;
  for (let i = 0; i < n; i++) simplex[at * n + i] = x[i]!;
}

/** out = centre + t(centre − worst). */
function beyond(out: Vector, t: number, { centre, simplex }: NelderMeadState): Vector {
  const n = centre.length;
  for (let i = 0; i < n; i++) {
    const ci = centre[i]!;
    out[i] = ci + t * (ci - simplex[n * n + i]!);
  }
  return out;
}

/** One iteration: reflection, expansion, contraction, or shrinkage. Few objects are made: on small problems they are its price. */
function* move(state: NelderMeadState, n: number): Ask<void> {
  const { simplex, values, centre, tried } = state;
  const m = Math.max(n, 2); // with one unknown the factors of two
  centre.fill(0);
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++) centre[i] = centre[i]! + simplex[k * n + i]! / n;
  const [best, secondWorst, worst] = [values[0]!, values[n - 1]!, values[n]!];
  const reflected = beyond(state.reflected, 1, state);
  const f = wall(yield* askValue(reflected));
  if (f < best) {
    const expanded = beyond(tried, 1 + 2 / m, state);
    const further = wall(yield* askValue(expanded));
    if (further < f) place(state, n, expanded, further);
    else place(state, n, reflected, f);
    return;
  }
  if (f < secondWorst) {
    place(state, n, reflected, f);
    return;
  }
  const contraction = 0.75 - 1 / (2 * m);
  const contracted = beyond(tried, f < worst ? contraction : -contraction, state);
  const closer = wall(yield* askValue(contracted));
  if (closer < Math.min(f, worst) || (f < worst && closer <= f)) {
    place(state, n, contracted, closer);
    return;
  }
  const shrinkage = 1 - 1 / m;
  const others: Vector[] = [];
  for (let k = 1; k <= n; k++) {
    others.push(
      Float64Array.from(
        { length: n },
        (_, i) => simplex[i]! + shrinkage * (simplex[k * n + i]! - simplex[i]!),
      ),
    );
  }
  for (const [k, vertex] of others.entries()) {
    place(state, k + 1, vertex, wall(yield* askValue(vertex)));
  }
}

/** The largest distance of a coordinate from the best vertex's, over max(1, |xᵢ|). */
function diameter(simplex: Vector, n: number): number {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const x = simplex[i]!;
    let off = 0;
    for (let k = n + i; k < simplex.length; k += n) off = Math.max(off, Math.abs(simplex[k]! - x));
    largest = Math.max(largest, off / Math.max(1, Math.abs(x)));
  }
  return largest;
}
