import { NadirError } from "../../../base/errors.ts";
import { requireKnownOptions } from "../../../base/require.ts";
import type { Ask, Vector } from "../../../linalg/ask.ts";
import { distance, norm, scaled } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import {
  chooseLineSearch,
  type LineSearchSettings,
  lineSearchOptions,
} from "../lineSearches/choose.ts";
import { type LineSearch, stallOf } from "../lineSearches/lineSearch.ts";
import type { Point, Solver, Step } from "../solver.ts";

/** Which of the two step sizes: the longer, the shorter, by turns, or the shorter where they differ much. */
export type BarzilaiBorweinStep = "bb1" | "bb2" | "alternating" | "adaptive";

const steps: readonly BarzilaiBorweinStep[] = ["bb1", "bb2", "alternating", "adaptive"];

export interface BarzilaiBorweinOptions extends LineSearchSettings {
  /**
   * `bb1`: sᵀs/sᵀy. `bb2`: sᵀy/yᵀy, which is shorter. `alternating`: by turns. `adaptive` (default): `bb2`
   * where it is less than half of `bb1`, else `bb1`.
   */
  readonly step?: BarzilaiBorweinStep;
}

export interface BarzilaiBorweinState {
  readonly direction: Vector;
  /** The next step size; 0 before the first step. */
  length: number;
  iteration: number;
  /** Steps along which sᵀy ≤ 0: the step size ‖s‖/‖y‖ took its place. */
  negativeCurvature: number;
  readonly search: unknown;
}

const shortest = 1e-30;
const longest = 1e30;
/** κ of the adaptive choice. */
const adaptiveBelow = 0.5;

/**
 * Barzilai and Borwein's gradient method: x ← x − t∇f(x), with t so that t⁻¹I or tI fits the last change of
 * the gradient best: t = sᵀs/sᵀy or sᵀy/yᵀy with s = x⁺ − x, y = ∇f⁺ − ∇f. Raydan's safeguard, by default
 * the non-monotone line search of Grippo, Lampariello and Lucidi over 10 values, makes it global.
 *
 * Guarantee: no value above the start's; on smooth functions with bounded level set ∇f → 0. R-linear on convex
 * quadratics, in practice as fast as conjugate gradients with much less care. It is not monotone.
 * Price: one gradient an iteration, rarely a value more; two vectors.
 *
 * @throws NadirError `barzilaiBorwein/step`; what the line search refuses; `barzilaiBorwein/unknown-option`
 * @see Barzilai & Borwein (1988), Two-point step size gradient methods, eqs. (5), (6); Raydan (1997), The
 * Barzilai and Borwein gradient method for the large scale unconstrained minimization problem, algorithm GBB;
 * Zhou, Gao & Dai (2006), Gradient methods with adaptive step-sizes, eq. (2.3); Dai, Al-Baali & Yang (2015), A
 * positive Barzilai–Borwein-like stepsize, eq. (1.9)
 */
export const barzilaiBorwein = described(
  {
    name: "barzilaiBorwein",
    kind: "solver",
    summary:
      "Along the negative gradient, as far as the last change of the gradient says; single steps may rise.",
    guarantee:
      "No value is above the start's, though single steps may rise; on smooth functions with a bounded level set the gradient goes to 0. R-linear on convex quadratics.",
    price: { iteration: "one gradient an iteration, rarely values more", memory: "two vectors" },
    source:
      "Barzilai & Borwein (1988), Two-point step size gradient methods, eqs. (5), (6); Raydan (1997), The Barzilai and Borwein gradient method for the large scale unconstrained minimization problem; Zhou, Gao & Dai (2006), Gradient methods with adaptive step-sizes, eq. (2.3)",
  },
  (options: BarzilaiBorweinOptions = {}): Solver<BarzilaiBorweinState> => {
    requireKnownOptions("barzilaiBorwein", options, ["step", ...lineSearchOptions]);
    const { step = "adaptive" } = options;
    if (!steps.includes(step)) {
      throw new NadirError("barzilaiBorwein/step", `step is ${String(step)}`, {
        expected: `one of ${steps.join(", ")}`,
      });
    }
    const lineSearch = chooseLineSearch("barzilaiBorwein", options, { lineSearch: "nonmonotone" });
    return {
      kind: "solver",
      name: "barzilaiBorwein",
      needs: lineSearch.needs,
      monotone: lineSearch.monotone,
      init: (start) => ({
        direction: new Float64Array(start.x.length),
        length: 0,
        iteration: 0,
        negativeCurvature: 0,
        search: lineSearch.init(start),
      }),
      step: (point, state) => move(point, state, lineSearch, step),
    };
  },
);

function* move(
  point: Point,
  state: BarzilaiBorweinState,
  lineSearch: LineSearch,
  rule: BarzilaiBorweinStep,
): Ask<Step<BarzilaiBorweinState>> {
  scaled(state.direction, -1, point.gradient);
  const size = norm(point.gradient);
  const slope = -size * size;
  const first = state.length > 0 ? state.length : Math.min(1, 1 / size);
  const found = yield* lineSearch.search(point, state.direction, slope, first, state.search);
  if (found.point === undefined) {
    return { point, state, stepSize: 0, stalled: stallOf(slope, point.value) };
  }
  state.iteration++;
  const next = nextLength(point, found.point, rule, state.iteration);
  if (next.negative) state.negativeCurvature++;
  state.length = next.length;
  return { point: found.point, state, stepSize: distance(found.point.x, point.x) };
}

/** The step size from the last step's s and y. */
export function nextLength(
  from: Pick<Point, "x" | "gradient">,
  to: Pick<Point, "x" | "gradient">,
  rule: BarzilaiBorweinStep,
  iteration: number,
): { length: number; negative: boolean } {
  let [ss, sy, yy] = [0, 0, 0];
  for (let i = 0; i < from.x.length; i++) {
    const s = to.x[i]! - from.x[i]!;
    const y = to.gradient[i]! - from.gradient[i]!;
    ss += s * s;
    sy += s * y;
    yy += y * y;
  }
  const limited = (length: number): number =>
    Number.isNaN(length) ? 1 : Math.min(Math.max(length, shortest), longest);
  // Their geometric mean is defined where the curvature along s is not positive.
  if (!(sy > 0)) return { length: limited(Math.sqrt(ss / yy)), negative: true };
  const [long, short] = [ss / sy, sy / yy];
  const isShort = {
    bb1: false,
    bb2: true,
    alternating: iteration % 2 === 0,
    adaptive: short < adaptiveBelow * long,
  }[rule];
  return { length: limited(isShort ? short : long), negative: false };
}
