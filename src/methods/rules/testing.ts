import { linearLayers } from "../../analysis/linearLayers.ts";
import { NDArray } from "../../array/ndarray.ts";
import { array } from "../../array/operations/creation.ts";
import { foldIn, key } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf } from "../../array/tensorTree.ts";
import { flatten, type Structure, type Tree, unflatten } from "../../array/tree.ts";
import { valueAndGrad } from "../../autodiff/grad.ts";
import { identify } from "../../autodiff/variables.ts";
import { cut } from "../../base/cut.ts";
import { jit } from "../../runtime/jit.ts";
import { box } from "../constraints/box.ts";
import { l1 } from "../penalties/l1.ts";
import { warmupCosine } from "../schedules/warmupCosine.ts";
import * as rules from "./registry.ts";
import type { HeldState, Rule, RuleStep } from "./rule.ts";

/** A loss and where to start from, as a tree of arrays. */
export interface TestProblem {
  readonly start: Tree<NDArray>;
  loss(params: Tree<Tensor>): Tensor;
}

/** Where a run stands: what a checkpoint would hold. */
export interface Progress {
  readonly params: Tree<NDArray>;
  readonly state: Tree<NDArray>;
  readonly index: number;
}

/** A rule at work on a loss, one compiled step at a time. */
export interface TestRun {
  readonly start: Progress;
  /** The params to use, by the rule's own word. */
  answer(at: Progress): Tree<NDArray>;
  step(from: Progress): Progress & { readonly loss: number };
}

const isArray = (value: unknown): value is NDArray => value instanceof NDArray;

/** Arrays as flat lists go in and out of jit; the trees stay outside. */
function compile(
  f: (...trees: readonly Tree<Tensor>[]) => Tree<Tensor>,
  structures: readonly Structure[],
): (...trees: readonly Tree<NDArray>[]) => Tree<NDArray> {
  let result: Structure = { kind: "leaf" };
  const counts = structures.map((structure) => count(structure));
  const flat = jit((...leaves: readonly Tensor[]): readonly Tensor[] => {
    const parts = cut(leaves, counts);
    const output = f(...structures.map((structure, i) => unflatten(structure, parts[i]!)));
    result = flatten(output, (value): value is Tensor => isLeaf(value)).structure;
    return tensorsOf(output);
  });
  return (...trees) => {
    const leaves = trees.flatMap((tree) => flatten(tree, isArray).leaves);
    const outputs = flat(...leaves); // tells the result's structure, when first called
    return unflatten(result, outputs);
  };
}

const count = (structure: Structure): number =>
  structure.kind === "leaf" ? 1 : structure.items.reduce((n, item) => n + count(item), 0);

const isLeaf = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "graph" in value;

/** The linear layers of a loss, as a training step gives them. */
export function layersOf(
  loss: TestProblem["loss"],
  params: Tree<Tensor>,
): ReturnType<NonNullable<RuleStep["layers"]>> {
  const { leaves, structure } = flatten(params, (value): value is Tensor => isLeaf(value));
  const variables = identify(leaves);
  return { params: leaves, layers: linearLayers(loss(unflatten(structure, variables)), variables) };
}

/** A rule on a problem, in a run planned for `total` steps. */
export function prepare(rule: Rule, problem: TestProblem, total: number, seed = 0): TestRun {
  const { structure } = flatten(problem.start, isArray);
  const init = compile((params) => rule.init(params!), [structure]);
  const state = init(problem.start);
  const stateStructure = flatten(state, isArray).structure;
  const move = compile(
    (params, memory, index) => {
      const evaluate = valueAndGrad(problem.loss);
      const { value, gradient } = evaluate(params!);
      const now = tensorsOf(index)[0]!;
      const result = rule.update(gradient, memory!, params!, {
        index: now,
        total,
        key: foldIn(key(seed), now),
        gradientAt: (point) => evaluate(point).gradient,
        layers: () => layersOf(problem.loss, params!),
      });
      return {
        params: mapTree((x, u) => x.add(u), params!, result.updates),
        state: result.state,
        loss: value,
      };
    },
    [structure, stateStructure, { kind: "leaf" }],
  );
  const { refresh } = rule;
  const renew = compile(
    (params, memory, index) => {
      const now = tensorsOf(index)[0]!;
      const gradientAt = (point: Tree<Tensor>) => valueAndGrad(problem.loss)(point).gradient;
      const own = foldIn(foldIn(key(seed), now), 4);
      const place = { params: params!, index: now, key: own, gradientAt };
      return refresh?.renew(memory!, place) ?? memory!;
    },
    [structure, stateStructure, { kind: "leaf" }],
  );
  const answer = compile(
    (params, memory) => rule.answer?.(params!, memory!) ?? params!,
    [structure, stateStructure],
  );
  return {
    start: { params: problem.start, state, index: 0 },
    answer: (at) => answer(at.params, at.state),
    step: (from) => {
      const index = new NDArray(Int32Array.of(from.index), [], "i32");
      const due = refresh?.next(from.index, heldOf(from.state)) === from.index;
      const memory = due ? renew(from.params, from.state, index) : from.state;
      const moved = move(from.params, memory, index) as {
        readonly params: Tree<NDArray>;
        readonly state: Tree<NDArray>;
        readonly loss: NDArray;
      }; // what the traced function returned
      return { ...moved, loss: moved.loss.item(), index: from.index + 1 };
    },
  };
}

/** A state as a refresh reads it. */
export function heldOf(state: Tree<NDArray>): HeldState {
  const { leaves, structure } = flatten(state, isArray);
  return unflatten(
    structure,
    leaves.map(({ data }) => data),
  );
}

/** All progress of a run, the start first. */
export function progressOf(
  rule: Rule,
  problem: TestProblem,
  steps: number,
  total = steps,
): Progress[] {
  const run = prepare(rule, problem, total);
  const all: Progress[] = [run.start];
  for (let i = 0; i < steps; i++) all.push(run.step(all[i]!));
  return all;
}

/** The params before each step and after the last, each flat in the order of the tree. */
export const trajectory = (
  rule: Rule,
  problem: TestProblem,
  steps: number,
  total = steps,
): number[][] => progressOf(rule, problem, steps, total).map(({ params }) => numbersOf(params));

/** The numbers of a tree, in its order. */
export const numbersOf = (tree: Tree<NDArray>): number[] =>
  flatten(tree, isArray).leaves.flatMap(({ data }) => Array.from(data));

/** The arrays of a tree, in its order. */
export const arraysOf = (tree: Tree<NDArray>): readonly NDArray[] => flatten(tree, isArray).leaves;

/** A vector as an array. */
export const vector = (values: readonly number[], dtype: "f32" | "f64" = "f64"): NDArray =>
  NDArray.of(values, undefined, dtype);

/** ½xᵀAx − bᵀx. */
export const quadratic = (
  matrix: readonly (readonly number[])[],
  b: readonly number[],
  start: readonly number[],
): TestProblem => ({
  start: { x: vector(start) },
  loss: (params) => {
    const x = tensorsOf(params)[0]!;
    return x.mul(x.matmul(matrix)).sum().mul(0.5).sub(x.mul(b).sum());
  },
});

/** ½Σcᵢxᵢ²: a bowl with these curvatures. */
export const bowl = (
  curvatures: readonly number[],
  start: readonly number[],
  dtype: "f32" | "f64" = "f64",
): TestProblem => ({
  start: { x: vector(start, dtype) },
  loss: (params) => {
    const x = tensorsOf(params)[0]!;
    return x.mul(x).mul(curvatures).sum().mul(0.5);
  },
});

const rate = warmupCosine({ peak: 0.05 });

/** One of each, as it is used: what makes no step stands in a chain with sgd. */
export const samples: Record<keyof typeof rules, Rule> = {
  accumulate: rules.accumulate(rules.sgd(0.2), 3),
  adafactor: rules.adafactor(rate),
  adaptiveClip: rules.chain(rules.adaptiveClip(0.1), rules.sgd(rate)),
  asam: rules.asam(rules.sgd(rate)),
  averageParams: rules.averageParams(rules.sgd(rate)),
  byPath: rules.byPath({ "*": rules.sgd(rate) }),
  centralize: rules.chain(rules.centralize(), rules.sgd(rate)),
  curvatureNoise: rules.curvatureNoise(rules.sgd(rate)),
  frozen: rules.frozen(),
  gradientNoise: rules.chain(rules.gradientNoise({ variance: 1e-8 }), rules.sgd(rate)),
  muon: rules.muon(rate),
  perturbedGradientDescent: rules.perturbedGradientDescent(rate, {
    radius: 1e-4,
    gradientNorm: 1e-2,
  }),
  preconditionedSgld: rules.preconditionedSgld(rate, { temperature: 1e-10 }),
  projected: rules.projected(rules.sgd(rate), box(-100, 100)),
  proximal: rules.proximal(rules.sgd(rate), l1(1e-3)),
  prodigy: rules.prodigy(1, { initialDistance: 0.01 }),
  sam: rules.sam(rules.sgd(rate)),
  scheduleFreeAdamW: rules.scheduleFreeAdamW(0.1),
  scheduleFreeSgd: rules.scheduleFreeSgd(0.1),
  sgld: rules.sgld(rate, { temperature: 1e-10 }),
  shampoo: rules.shampoo(0.5),
  adaBelief: rules.adaBelief(rate),
  adadelta: rules.adadelta(1, { epsilon: 1e-2 }),
  adagrad: rules.adagrad(rate),
  adam: rules.adam(rate),
  adamax: rules.adamax(rate),
  adamW: rules.adamW(rate),
  amsgrad: rules.amsgrad(rate),
  averagedSgd: rules.averagedSgd(rate),
  chain: rules.chain(rules.sgd(rate)),
  clipByGlobalNorm: rules.chain(rules.clipByGlobalNorm(1), rules.sgd(rate)),
  clipByNorm: rules.chain(rules.clipByNorm(1), rules.sgd(rate)),
  clipByValue: rules.chain(rules.sgd(rate), rules.clipByValue(0.1)),
  decoupledWeightDecay: rules.chain(rules.sgd(rate), rules.decoupledWeightDecay(0.1, rate)),
  gradientDescent: rules.gradientDescent(rate),
  heavyBall: rules.heavyBall(rate),
  kfac: rules.kfac(0.3, { fisher: "empirical", every: 4 }),
  lamb: rules.lamb(rate),
  lars: rules.lars(rate, { trust: 1 }),
  lion: rules.lion(rate, { weightDecay: 0.1 }),
  lookahead: rules.lookahead(rules.sgd(rate)),
  momentum: rules.momentum(rate),
  nadam: rules.nadam(rate),
  nesterov: rules.nesterov(rate),
  radam: rules.radam(rate),
  rmsprop: rules.rmsprop(rate),
  rprop: rules.rprop(),
  sgd: rules.sgd(rate),
  storm: rules.storm(0.1),
  weightDecay: rules.chain(rules.weightDecay(0.1), rules.sgd(rate)),
};

/** A nested tree with a matrix, vectors and a scalar, in two dtypes. */
const everyShape: TestProblem = {
  start: {
    layers: [
      {
        weight: NDArray.of(
          [
            [0.5, -1.5, 2],
            [1, 0.25, -0.75],
          ],
          undefined,
          "f32",
        ),
        bias: NDArray.of([0, 0.5, -1], undefined, "f32"),
      },
    ],
    scale: NDArray.of(1.5, undefined, "f64"),
    offsets: NDArray.of([2, -3], undefined, "f64"),
  },
  loss: (params) =>
    tensorsOf(params)
      .map((x, i) =>
        x
          .sub(0.3)
          .square()
          .mul(i + 1)
          .sum()
          .cast("f64"),
      )
      .reduce((total, part) => total.add(part)),
};

const matrices: TestProblem = {
  ...everyShape,
  start: {
    filters: NDArray.of([[[0.5, -1.5]], [[1, 0.25]]], undefined, "f32"),
    weight: NDArray.of([[2, -3, 1]], undefined, "f64"),
  },
};

/** Two layers over three rows of data, one with a bias. */
const layered: TestProblem = {
  start: {
    first: {
      weight: NDArray.of(
        [
          [0.5, -1.5, 2],
          [1, 0.25, -0.75],
        ],
        undefined,
        "f32",
      ),
      bias: NDArray.of([0, 0.5, -1], undefined, "f32"),
    },
    second: NDArray.of([[1], [-1], [0.5]], undefined, "f64"),
  },
  loss: (params) => {
    const [bias, weight, second] = tensorsOf(params);
    const x = array([
      [1, 2],
      [-1, 0.5],
      [0.25, -1],
    ]).cast(weight!.dtype);
    const hidden = x.matmul(weight!).add(bias!).tanh().cast(second!.dtype);
    return hidden.matmul(second!).sub(0.3).square().mean().cast("f64");
  },
};

/** Rules that work layer by layer. */
export const layersOnly: ReadonlySet<string> = new Set(["kfac"]);

/** Rules that take matrices alone. */
export const matricesOnly: ReadonlySet<string> = new Set(["muon", "shampoo"]);

/** A problem with params of every kind that a rule takes. */
export const problemFor = (name: string): TestProblem =>
  layersOnly.has(name) ? layered : matricesOnly.has(name) ? matrices : everyShape;
