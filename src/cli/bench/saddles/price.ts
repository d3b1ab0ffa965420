import { matmul } from "../../../array/operations/contraction.ts";
import { maximum } from "../../../array/operations/elementwise.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { answer, type Evaluation, type Oracle } from "../../../linalg/ask.ts";
import { norm } from "../../../linalg/vector.ts";
import { adam } from "../../../methods/rules/adam.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import {
  type CurvatureFeedbackState,
  curvatureFeedback,
} from "../../../methods/solvers/escape/curvatureFeedback.ts";
import { lbfgs } from "../../../methods/solvers/quasiNewton/lbfgs.ts";
import type { Point, Solver } from "../../../methods/solvers/solver.ts";
import { ruleSolver } from "../../../training/ruleSolver.ts";
import { readStart } from "../../../training/start.ts";
import type { Table } from "../experiment.ts";
import { uniform } from "../random.ts";
import { metered, oracleFor } from "./race.ts";

interface Place {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  readonly start: readonly number[];
  readonly stepSize: number;
}

const draws = (seed: number, count: number): number[] => {
  const next = uniform(seed);
  return Array.from({ length: count }, () => 2 * next() - 1);
};

/** Σ dᵢxᵢ²/2 with d from 1 to 100: no curvature is negative anywhere. */
const quadratic: Place = {
  name: "convex quadratic, n = 100",
  f: (x) =>
    x
      .square()
      .mul(Array.from({ length: 100 }, (_, i) => 0.5 * 100 ** (i / 99)))
      .sum(),
  start: draws(1, 100),
  stepSize: 1 / 100,
};

/** A regression by 16 rectified units on 64 points: its Hessian lacks all that the kinks hide. */
const rectified: Place = {
  name: "ReLU net 4-16-1, 64 rows",
  f: (x) => {
    const rows = Array.from({ length: 64 }, (_, i) => draws(100 + i, 4));
    const targets = rows.map(([a = 0, b = 0, c = 0]) => [Math.sin(3 * a) + b * c]);
    const hidden = matmul(rows, x.slice([0, 64]).reshape([4, 16])).add(x.slice([64, 80]));
    const output = matmul(maximum(hidden, 0), x.slice([80, 96]).reshape([16, 1])).add(
      x.slice([96]),
    );
    return output.sub(targets).square().mean();
  },
  start: draws(7, 97).map((z) => 0.7 * z),
  stepSize: 0.05,
};

/** Times each run is made: the first ones warm the code up, the quickest is reported. */
const turns = 8;

/** One run of a number of steps. */
function measure(oracle: Oracle, place: Place, solver: Solver, gradients: number) {
  const meter = metered(oracle, place.start.length);
  const x = Float64Array.from(place.start);
  // A gradient request is answered by an Evaluation: the protocol of linalg/ask.ts.
  let point: Point = { x, ...(meter.oracle({ kind: "gradient", x }) as Evaluation) };
  let state = solver.init(point);
  const began = performance.now();
  let steps = 0;
  for (; steps < gradients && norm(point.gradient) > 1e-9; steps++) {
    const step = answer(solver.step(point, state), meter.oracle);
    ({ point, state } = step);
    if (step.stalled !== undefined) break;
  }
  const microseconds = (1000 * (performance.now() - began)) / Math.max(1, steps);
  const done = solver.name === "curvatureFeedback" ? (state as CurvatureFeedbackState) : undefined; // its own state
  return {
    ...{ value: point.value, price: meter.spent() - 1, steps, microseconds },
    looks: done?.watch.looks ?? 0,
    escapes: done?.escapes ?? 0,
    noises: done?.noises ?? 0,
  };
}

/** What the feedback costs where there is no saddle, beside the same descent without it and beside Adam. */
export function priceAway(report: (line: string) => void): Table {
  report("away from saddles");
  const gradients = 1000;
  const rows = [quadratic, rectified].flatMap((place) => {
    const { f, start, stepSize } = place;
    const rule = (): Solver =>
      ruleSolver(
        adam(0.01) as Rule,
        ([x]) => f(x as Tensor), // the start is one array
        readStart([...start], "f64"),
        0,
        gradients,
      );
    const methods: readonly (readonly [string, () => Solver])[] = [
      ["Adam", rule],
      [
        "curvature feedback on Adam's steps",
        () => curvatureFeedback({ descent: rule() }) as Solver,
      ],
      ["L-BFGS", () => lbfgs() as Solver],
      ["curvature feedback on L-BFGS", () => curvatureFeedback() as Solver],
      ["curvature feedback on gradient steps", () => curvatureFeedback({ stepSize }) as Solver],
    ];
    const oracle = oracleFor(f, start.length);
    // All take turns, so that none is timed while the machine or the compiler is in another state.
    const rounds = Array.from({ length: turns }, () =>
      methods.map(([, make]) => measure(oracle, place, make(), gradients)),
    );
    return methods.map(([name], i) => {
      const { value, price, steps, looks, escapes, noises } = rounds[0]![i]!;
      const fastest = Math.min(...rounds.map((round) => round[i]!.microseconds));
      return [
        ...[place.name, name, steps, price / Math.max(1, steps), fastest, value],
        ...[looks, escapes, noises],
      ];
    });
  });
  return {
    title: `Where there is no saddle to leave: the price of watching, ${gradients} steps at most or ‖g‖ ≤ 1e-9`,
    columns: [
      "on",
      "method",
      "steps",
      "gradients a step",
      "µs a step",
      "value",
      "looks",
      "escapes",
      "noise",
    ],
    rows,
    show: (value, column) =>
      column === 3
        ? value.toFixed(2)
        : column === 4
          ? value.toFixed(1)
          : column === 5
            ? value.toExponential(2)
            : String(value),
    note: `Times: the quickest of ${turns} runs. The feedback does not help here, and is not meant to.`,
  };
}
