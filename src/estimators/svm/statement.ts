import type { Verdict } from "../../diagnosis/verdict.ts";
import { format } from "../../diagnosis/words.ts";
import type { BoxDual, DualSolver, Solved } from "./boxDual.ts";
import { clearance, type RampSolved } from "./concaveConvex.ts";

/** What a verdict on a machine is made from. */
interface Facts {
  readonly solved: Solved;
  readonly dual: BoxDual;
  readonly tolerance: number;
}

/** A convex machine: a global minimum with its certificate, or where the budget ended. */
export function convexStatement({ solved, dual, tolerance }: Facts): Verdict {
  const { a, primal, gap } = solved;
  const measured = { gradientNorm: relative(solved), tolerance };
  if (!(measured.gradientNorm <= tolerance)) return unfinished(solved, tolerance);
  const { bound, inside } = countOf(a, dual);
  return {
    kind: "global-minimum",
    ...measured,
    primal,
    dual: primal - gap,
    gap,
    evidence: [
      "the problem is convex, and a feasible point of its dual bounds it from below",
      `nothing lower than ${below(primal - gap)} exists; this is ${format(gap)} more, ${format(measured.gradientNorm)} of it (tolerance ${format(tolerance)})`,
      `${inside + bound} of ${a.length} samples are support vectors, ${bound} of them at their bound`,
    ],
    advice: ["nothing lower exists: if the machine disappoints, change C, the kernel or the loss"],
  };
}

interface RampFacts extends Facts {
  readonly solved: RampSolved;
  readonly solver: DualSolver;
  readonly C: number;
  /** The margin at which the loss is cut off. */
  readonly at: number;
  /** The least value that any point might have. */
  bound(): number;
}

/**
 * A ramp-loss machine. Where no sample's margin is at the cut, the concave part of the objective is linear around the
 * point, and the point is a global minimum of what is left: a local minimum. Else a critical point, no more.
 */
export function rampStatement(facts: RampFacts): Verdict {
  const { solved, solver, dual, tolerance, at } = facts;
  const { a, gap, objectives, dropped, critical } = solved;
  const objective = objectives.at(-1)!;
  const gradientNorm = gap / Math.max(Math.abs(objective), Number.MIN_VALUE);
  const measured = { gradientNorm, tolerance };
  if (!(relative(solved) <= tolerance)) return unfinished(solved, tolerance);
  const cut = dropped.reduce((sum, one) => sum + one, 0);
  const rounds = objectives.length - 1;
  const evidence = [
    `${rounds} ${rounds === 1 ? "round" : "rounds"} of the convex–concave procedure took the objective from ${format(objectives[0]!, 7)} to ${format(objective, 7)}; ${cut} of ${a.length} losses are cut off`,
  ];
  if (!critical) {
    return {
      kind: "not-stationary",
      why: "stopped",
      ...measured,
      evidence: [
        ...evidence,
        "a sample's margin crosses the cut from round to round, at the same value",
      ],
      advice: ["move the cut s a little, or lower the tolerance"],
    };
  }
  evidence.push(
    `at the last tangent of the concave part the point is a global minimum, with a duality gap of ${format(gap)}`,
  );
  const bound = facts.bound();
  const advice = [
    "a lower point may exist elsewhere: compare other starts, or the hinge loss, whose minimum is certified",
  ];
  if (objective - bound <= tolerance * Math.abs(objective)) {
    return {
      kind: "global-minimum",
      ...measured,
      primal: objective,
      dual: bound,
      gap: Math.max(0, objective - bound),
      evidence: [
        ...evidence,
        `hinges below the ramp prove that nothing is lower than ${below(bound)}`,
      ],
      advice: ["nothing lower exists, although the loss is not convex"],
    };
  }
  evidence.push(
    `hinges below the ramp prove that nothing is lower than ${below(bound)}: the global minimum lies between that and ${format(objective, 7)}`,
  );
  const { distance, reach } = clearance(solver, dual.signs, at, solved);
  if (!(distance > reach)) {
    evidence.push(
      `the margin of a sample is ${format(distance)} from the cut: too near to tell the two sides apart`,
    );
    return { kind: "stationary", ...measured, evidence, advice };
  }
  const { inside } = countOf(a, dual);
  evidence.push(
    `while no decision value moves by ${format(distance)} no margin crosses the cut, and the objective is this convex problem: a local minimum`,
  );
  if (dual.freeBias && inside === 0) {
    return {
      ...{ kind: "degenerate", ...measured, nearZeroEigenvalues: 1, smallestEigenvalue: 0 },
      ...{ eigenvalueError: 0, advice },
      evidence: [...evidence, "the bias may move a little at the same value"],
    };
  }
  return {
    ...{ kind: "local-minimum", ...measured, smallestEigenvalue: 1, eigenvalueError: 0, advice },
    evidence: [
      ...evidence,
      `in the norm of w the objective rises from it at least as ½‖Δw‖²${dual.freeBias ? ", whatever the bias" : ""}`,
    ],
  };
}

/** A lower bound for sentences: never rounded up. */
const below = (value: number): string => format(value - 5e-7 * Math.abs(value), 7);

const relative = ({ primal, gap }: Solved): number =>
  gap / Math.max(Math.abs(primal), Number.MIN_VALUE);

function unfinished(solved: Solved, tolerance: number): Verdict {
  return {
    kind: "not-stationary",
    why: "budget",
    gradientNorm: relative(solved),
    tolerance,
    evidence: [
      `the duality gap is ${format(solved.gap)}, ${format(relative(solved))} of the value ${format(solved.primal)}, above the tolerance ${format(tolerance)}`,
    ],
    advice: ["allow more sweeps (maxSweeps), bring features to one scale, or take a smaller C"],
  };
}

/** Support vectors inside of their boxes, and at the bound that is not zero. */
function countOf(a: Float64Array, { low, high }: BoxDual): { bound: number; inside: number } {
  let [bound, inside] = [0, 0];
  a.forEach((value, i) => {
    if (value === 0) return;
    if (value === low[i] || value === high[i]) bound++;
    else inside++;
  });
  return { bound, inside };
}
