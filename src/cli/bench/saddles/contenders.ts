import type { Tensor } from "../../../array/tensor.ts";
import { adam } from "../../../methods/rules/adam.ts";
import { chain } from "../../../methods/rules/chain.ts";
import { curvatureNoise } from "../../../methods/rules/curvatureNoise.ts";
import { gradientDescent } from "../../../methods/rules/gradientDescent.ts";
import { gradientNoise } from "../../../methods/rules/gradientNoise.ts";
import { heavyBall } from "../../../methods/rules/heavyBall.ts";
import { perturbedGradientDescent } from "../../../methods/rules/perturbedGradientDescent.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import { sgld } from "../../../methods/rules/sgld.ts";
import * as solvers from "../../../methods/solvers/registry.ts";
import type { Solver } from "../../../methods/solvers/solver.ts";
import { ruleSolver } from "../../../training/ruleSolver.ts";
import { readStart } from "../../../training/start.ts";
import { countedLooks, lookPrice } from "./countedLooks.ts";
import { type Contender, isSecondOrder, type Settings } from "./race.ts";

/** Steps that schedules would be planned for; none of the rules here has one. */
const plannedSteps = 20_000;

function byRule(
  name: string,
  rule: (settings: Settings, unknowns: number) => Rule,
  about: Omit<Contender, "name" | "make"> = {},
): Contender {
  return {
    name,
    ...about,
    make: (instance, seed, spend) =>
      ruleSolver(
        countedLooks(rule(instance.settings, instance.start.length), () => spend(lookPrice)),
        ([x]) => instance.f(x as Tensor), // the start below is one array
        readStart([...instance.start], "f64"),
        seed,
        plannedSteps,
      ),
  };
}

/** First-order rules, all with the instance's own step size. */
const rules: readonly Contender[] = [
  byRule("gradient descent", ({ stepSize }) => gradientDescent(stepSize) as Rule, {
    deterministic: true,
  }),
  byRule("heavy ball", ({ stepSize }) => heavyBall(stepSize) as Rule, { deterministic: true }),
  byRule("Adam", ({ stepSize }) => adam(stepSize / 5) as Rule, { deterministic: true }),
  // Its noise moves x in a step about as far as that of perturbed descent does.
  byRule(
    "annealed noise",
    ({ stepSize, radius }, n) =>
      chain(
        gradientNoise({ variance: (radius / stepSize) ** 2 / n }),
        gradientDescent(stepSize),
      ) as Rule,
  ),
  // So warm that at the minimum the value stays a hundred-thousandth of the depth above it.
  byRule(
    "SGLD",
    ({ stepSize, depth }, n) => sgld(stepSize, { temperature: (2e-5 * depth) / n }) as Rule,
  ),
  byRule(
    "perturbed descent",
    ({ stepSize, radius, gradientNorm }) =>
      perturbedGradientDescent(stepSize, { radius, gradientNorm, wait: 1 }) as Rule,
  ),
];

/** Noise by curvature: its products are whole ones, as there are no batches to take a part of. */
const noiseByCurvature = byRule(
  "curvature noise",
  ({ stepSize, radius }) => curvatureNoise(gradientDescent(stepSize), { radius }) as Rule,
);

/** The feedback from curvature around the very gradient steps of the rules above. */
const feedbackOnGradientSteps: Contender = {
  name: "curvature feedback, gradient steps",
  make: ({ settings: { stepSize, gradientNorm } }, seed) =>
    solvers.curvatureFeedback({ stepSize, gradientNorm, seed }) as Solver,
};

const smooth = new Set(["value", "gradient", "hvp", "hessian"]);

/** The registered solvers that need nothing but a smooth function and its derivatives, and how each is made. */
export function smoothSolvers(): readonly (readonly [name: string, make: () => Solver])[] {
  return Object.entries(solvers).flatMap(([name, given]) => {
    const make = given as () => Solver; // a registered solver can be made without arguments
    const { needs } = make();
    const fits = needs.every((need) => smooth.has(need)) && needs.includes("gradient");
    return fits ? [[name, make] as const] : [];
  });
}

/** L-BFGS, and every registered solver that asks for second derivatives of a smooth function. */
const registered: readonly Contender[] = smoothSolvers().flatMap(([name, make]) =>
  isSecondOrder(make()) || name === "lbfgs" ? [{ name, make: () => make() }] : [],
);

/** All that take part. */
export const contenders: readonly Contender[] = [
  ...rules,
  noiseByCurvature,
  feedbackOnGradientSteps,
  ...registered,
];
