import { linspace } from "../../../array/operations/creation.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { internal } from "../../../base/errors.ts";
import { findTestFunction } from "../../../data/testFunctions/registry.ts";
import { box } from "../../../methods/constraints/box.ts";
import * as rules from "../../../methods/rules/registry.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import * as solvers from "../../../methods/solvers/registry.ts";
import type { Solver } from "../../../methods/solvers/solver.ts";
import { finiteDifferences } from "../../../training/finiteDifferences.ts";
import { leastSquares } from "../../../training/leastSquares.ts";
import type { Shown } from "./race.ts";

/** A named test function as a problem, of `dimension` unknowns where that is given. */
function named(key: string, dimension?: number): Pick<Shown, "f" | "x0" | "lowest"> {
  const { f, start, minima } = findTestFunction(key, dimension);
  return { f: f as Shown["f"], x0: [...start], lowest: minima[0]?.value ?? 0 };
}

/** A named sum of squares, given as such. */
function leastSquaresNamed(key: string): Pick<Shown, "f" | "x0" | "lowest"> {
  const { residuals, ...rest } = findTestFunction(key);
  if (residuals === undefined) throw internal(`${key} is no sum of squares`);
  return {
    f: leastSquares(residuals) as Shown["f"],
    ...{ x0: [...rest.start], lowest: rest.minima[0]?.value ?? 0 },
  };
}

const solversByName = new Map<string, () => Solver>(
  Object.entries(solvers).map(([name, make]) => [name, make as () => Solver]), // each can be made with its default options
);

/** Solvers with their default options. */
const all = (...names: readonly (keyof typeof solvers)[]): Readonly<Record<string, () => Solver>> =>
  Object.fromEntries(names.map((name) => [name, solversByName.get(name)!]));

/** ½Σ cᵢxᵢ², the curvatures from 1 to `condition` in geometric order. */
const bowl = (condition: number) => (x: Tensor) =>
  x
    .square()
    .mul(linspace(0, Math.log(condition), x.size).exp())
    .sum()
    .mul(0.5);

/** One problem for each family of methods: chosen to show what sets its members apart. */
export const families: readonly Shown[] = [
  {
    page: "momentum",
    title: "A quadratic of condition 1,000, 20 unknowns: rates that theory gives",
    f: bowl(1000) as Shown["f"],
    x0: new Array<number>(20).fill(1),
    lowest: 0,
    methods: {
      gradientDescent: () => rules.gradientDescent(2 / 1001) as Rule,
      "heavyBall β = 0.88": () =>
        rules.heavyBall(4 / (Math.sqrt(1000) + 1) ** 2, { momentum: 0.88 }) as Rule,
      "nesterov β = 0.94": () => rules.nesterov(1 / 1000, { momentum: 0.94 }) as Rule,
      "momentum 0.5": () => rules.momentum(2 / 1001, { momentum: 0.5 }) as Rule,
      averagedSgd: () => rules.averagedSgd(2 / 1001) as Rule,
    },
    budget: 1500,
  },
  {
    page: "adaptive",
    title: "Extended Rosenbrock, 10 unknowns: one rate of a coarse grid for each rule",
    ...named("ex_rosen", 10),
    methods: {
      "gradientDescent 1e-3": () => rules.gradientDescent(1e-3) as Rule,
      "adagrad 0.3": () => rules.adagrad(0.3) as Rule,
      "rmsprop 1e-3": () => rules.rmsprop(1e-3) as Rule,
      "adam 1e-2": () => rules.adam(1e-2) as Rule,
      "nadam 1e-2": () => rules.nadam(1e-2) as Rule,
      "adaBelief 1e-2": () => rules.adaBelief(1e-2) as Rule,
      "lion 1e-3": () => rules.lion(1e-3) as Rule,
      rprop: () => rules.rprop(1e-2) as Rule,
    },
    budget: 5000,
  },
  {
    page: "noise-and-escape",
    title: "Two saddles in a row: Σ (xᵢ² − 1)² from 10⁻⁸ beside the maximum at 0, 10 unknowns",
    f: ((x: Tensor) => x.square().sub(1).square().sum()) as Shown["f"],
    x0: Array.from({ length: 10 }, (_, i) => (i < 5 ? 0 : 1e-8)),
    lowest: 0,
    methods: {
      gradientDescent: () => rules.gradientDescent(0.02) as Rule,
      perturbedGradientDescent: () =>
        rules.perturbedGradientDescent(0.02, {
          radius: 0.05,
          gradientNorm: 0.01,
          wait: 20,
        }) as Rule,
      "gradientNoise + descent": () =>
        rules.chain(
          rules.gradientNoise({ variance: 0.01 }) as Rule,
          rules.gradientDescent(0.02) as Rule,
        ) as Rule,
      ...all("curvatureFeedback", "trustRegion"),
    },
    budget: 600,
  },
  {
    page: "transforms",
    title: "A cliff: Rosenbrock from (−3, 4), momentum 0.9 at rate 10⁻³ with and without clipping",
    ...named("rosen"),
    x0: [-3, 4],
    methods: {
      momentum: () => rules.momentum(1e-3, { momentum: 0.9 }) as Rule,
      "clipByGlobalNorm(10)": () =>
        rules.chain(rules.clipByGlobalNorm(10), rules.momentum(1e-3, { momentum: 0.9 })) as Rule,
      "clipByValue(5)": () =>
        rules.chain(rules.clipByValue(5), rules.momentum(1e-3, { momentum: 0.9 })) as Rule,
    },
    budget: 5000,
  },
  {
    page: "first-order",
    title: "Extended Rosenbrock, 100 unknowns: solvers that keep a few vectors",
    ...named("ex_rosen", 100),
    methods: all("steepestDescent", "barzilaiBorwein", "conjugateGradient", "cgDescent", "lbfgs"),
    budget: 1000,
  },
  {
    page: "quasi-newton",
    title: "Wood's function: curvature from gradients",
    ...named("wood"),
    methods: all("bfgs", "dfp", "sr1", "lbfgs", "steepestDescent"),
    budget: 400,
  },
  {
    page: "second-order",
    title: "Extended Powell singular function, 12 unknowns: curvature from Hessians",
    ...named("ex_powell", 12),
    methods: all(
      "newton",
      "newtonCG",
      "saddleFreeNewton",
      "trustRegion",
      "cubicRegularization",
      "bfgs",
    ),
    budget: 2000,
  },
  {
    page: "least-squares",
    title: "Kowalik and Osborne's curve fit: residuals seen, and not seen",
    ...leastSquaresNamed("kowosb"),
    methods: all("levenbergMarquardt", "gaussNewton", "trustRegion", "bfgs"),
    budget: 400,
  },
  {
    page: "constraints",
    title: "Extended Rosenbrock, 20 unknowns, none of them above 0.8",
    ...named("ex_rosen", 20),
    lowest: undefined,
    methods: all("projectedGradient", "projectedLbfgs", "lbfgsb", "frankWolfe"),
    budget: 1000,
    constraint: box(-2, 0.8),
  },
  {
    page: "derivative-free",
    title: "Rosenbrock: by values alone, and by differences of values",
    f: finiteDifferences(([a, b]: number[]) => 100 * (b! - a! ** 2) ** 2 + (1 - a!) ** 2),
    x0: [-1.2, 1],
    lowest: 0,
    methods: all("nelderMead", "cmaes", "bfgs", "trustRegion"),
    budget: 400,
  },
];
