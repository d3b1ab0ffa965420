import { NadirError } from "../../../base/errors.ts";
import { requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGradient, askLinearMinimum, type Vector } from "../../../linalg/ask.ts";
import { addScaled, dot } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Point, Solver, Step } from "../solver.ts";

export interface FrankWolfeOptions {
  /** `away` (default): also moves away from the worst point that x is made of. `plain`: only towards new ones. */
  readonly variant?: "away" | "plain";
}

/** A point of the set that x is made of, and its share. */
interface Atom {
  readonly x: Vector;
  weight: number;
}

export interface FrankWolfeState {
  /** x = Σ weight·atom; kept by the variant `away` alone. */
  atoms: Atom[];
  /** L of the last step: an estimate of the gradient's Lipschitz constant. */
  lipschitz: number;
}

/** Atoms with less than this share are dropped. */
const vanishing = 1e-14;

/**
 * Frank–Wolfe, or conditional gradients: moves towards the point s of the set that minimizes ⟨∇f, s⟩, or away from the
 * worst atom that x is made of, by the step that a quadratic bound with an L adapted on the way allows. Needs no
 * projection, and x is a mixture of few atoms.
 *
 * The gap ⟨∇f, x − s⟩ bounds f(x) − min f on convex problems, and its root the norm of the projected gradient on all:
 * the root is what the stopping rule sees.
 *
 * @throws NadirError `frankWolfe/variant`; `frankWolfe/unknown-option`
 * @see Frank & Wolfe (1956); Lacoste-Julien & Jaggi (2015), On the global linear convergence of Frank–Wolfe optimization
 *   variants, algorithm 1; Pedregosa, Negiar, Askari & Jaggi (2020), Linearly convergent Frank–Wolfe with backtracking
 *   line-search, algorithms 1 and 2
 */
export const frankWolfe = described(
  {
    name: "frankWolfe",
    kind: "solver",
    summary:
      "Towards the best corner of the set, or away from the worst it stands on: no projection.",
    guarantee:
      "No step raises the value. On convex problems the gap falls like 1/k, on polytopes and strongly convex functions linearly with away steps (theorem 1); on others the least gap like 1/√k.",
    price: {
      iteration:
        "one gradient and one linear minimum; one more gradient where the step was too long",
      memory: "3 vectors, and the atoms of x with away steps",
    },
    source:
      "Lacoste-Julien & Jaggi (2015), On the global linear convergence of Frank–Wolfe optimization variants, algorithm 1",
  },
  (options: FrankWolfeOptions = {}): Solver<FrankWolfeState> => {
    requireKnownOptions("frankWolfe", options, ["variant"]);
    const { variant = "away" } = options;
    if (variant !== "away" && variant !== "plain") {
      throw new NadirError("frankWolfe/variant", `frankWolfe: variant is ${String(variant)}`, {
        expected: '"away" or "plain"',
      });
    }
    return {
      kind: "solver",
      name: "frankWolfe",
      needs: ["gradient", "linear-minimum"],
      monotone: true,
      convexSetsOnly: true,
      init: ({ x }) => ({ atoms: [{ x, weight: 1 }], lipschitz: 0 }),
      step: (point, state) => conditionalStep(point, state, variant === "away"),
    };
  },
);

function* conditionalStep(
  point: Point,
  state: FrankWolfeState,
  mayLeave: boolean,
): Ask<Step<FrankWolfeState>> {
  const { x, gradient, value } = point;
  const corner = (yield* askLinearMinimum(gradient)).slice();
  const here = dot(gradient, x);
  const gap = here - dot(gradient, corner);
  const worst = mayLeave ? worstAtom(state.atoms, gradient) : undefined;
  const leaves =
    worst !== undefined && worst.weight < 1 && dot(gradient, worst.x) - here > gap
      ? worst
      : undefined;
  const direction =
    leaves === undefined ? corner.map((si, i) => si - x[i]!) : x.map((xi, i) => xi - leaves.x[i]!);
  const furthest = leaves === undefined ? 1 : leaves.weight / (1 - leaves.weight);
  const descent = -dot(gradient, direction);
  const drowned = gap <= 4 * Number.EPSILON * Math.max(Math.abs(value), Math.abs(here));
  if (!(descent > 0) || drowned) {
    const residual = Math.sqrt(Math.max(0, gap));
    return { point: { ...point, residual }, state, stepSize: 0, stalled: "rounding" };
  }
  const square = dot(direction, direction);
  state.lipschitz = 0.9 * (state.lipschitz || descent / (furthest * square));
  for (let trial = 0; trial < 80; trial++) {
    const model = descent / (state.lipschitz * square);
    const t = Math.min(model, furthest);
    const next = new Float64Array(x.length);
    if (t === 1 && leaves === undefined) next.set(corner);
    else addScaled(next, x, t, direction);
    const found = yield* askGradient(next);
    const bound = value - t * descent + 0.5 * t * t * state.lipschitz * square;
    if (found.value <= bound && found.value <= value) {
      if (mayLeave) share(state, corner, leaves, t);
      const nextCorner = yield* askLinearMinimum(found.gradient);
      const left = dot(found.gradient, next) - dot(found.gradient, nextCorner);
      const residual = Math.sqrt(Math.max(0, left));
      return { point: { x: next, ...found, residual }, state, stepSize: t * Math.sqrt(square) };
    }
    state.lipschitz *= 2;
  }
  return { point, state, stepSize: 0, stalled: "line-search" };
}

const worstAtom = (atoms: readonly Atom[], gradient: Vector): Atom | undefined => {
  let worst: Atom | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const atom of atoms) {
    const size = dot(gradient, atom.x);
    if (size > most) [worst, most] = [atom, size];
  }
  return worst;
};

/** The shares of x's atoms after a step of length t. */
function share(state: FrankWolfeState, corner: Vector, leaves: Atom | undefined, t: number): void {
  const { atoms } = state;
  if (leaves !== undefined) {
    for (const atom of atoms) atom.weight *= 1 + t;
    leaves.weight -= t;
  } else {
    for (const atom of atoms) atom.weight *= 1 - t;
    const own = atoms.find(({ x }) => x.every((xi, i) => xi === corner[i]));
    if (own === undefined) atoms.push({ x: corner, weight: t });
    else own.weight += t;
  }
  state.atoms = atoms.filter(({ weight }) => weight > vanishing);
}
