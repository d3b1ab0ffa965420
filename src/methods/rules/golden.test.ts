import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import { inverseTime } from "../schedules/inverseTime.ts";
import golden from "./optimizers.golden.json" with { type: "json" };
import * as rules from "./registry.ts";
import type { Rule } from "./rule.ts";
import { numbersOf, prepare, quadratic, type TestProblem, vector } from "./testing.ts";

/** A run's settings, by PyTorch's names: each optimizer has some. */
interface TorchOptions {
  readonly lr: number;
  readonly [name: string]: number | boolean | readonly number[] | undefined;
}

const { problems } = golden;

const tests: Record<string, TestProblem> = {
  quadratic: quadratic(problems.quadratic.A, problems.quadratic.b, problems.quadratic.x0),
  "rosenbrock-nd": {
    start: vector(problems["rosenbrock-nd"].x0),
    loss: (params) => {
      const x = params as Tensor; // the start is one array
      const [head, tail] = [x.slice([0, -1]), x.slice([1])];
      const valley = tail.sub(head.square()).square().mul(10);
      return valley.add(head.neg().add(1).square()).sum();
    },
  },
  mlp: {
    start: [problems.mlp.W1, problems.mlp.b1, problems.mlp.W2, problems.mlp.b2].map((part) =>
      NDArray.of(part, undefined, "f64"),
    ),
    loss: (params) => {
      const [w1, b1, w2, b2] = tensorsOf(params) as [Tensor, Tensor, Tensor, Tensor]; // as in start
      const x = w1.matmul(transposed(problems.mlp.X));
      const hidden = x.add(b1.reshape([3, 1])).tanh();
      return w2.matmul(hidden).add(b2).sub(problems.mlp.y).square().mean();
    },
  },
};

function transposed(matrix: readonly (readonly number[])[]): number[][] {
  return matrix[0]!.map((_, j) => matrix.map((row) => row[j]!));
}

/** A number among the options. */
const number = (o: TorchOptions, name: string, otherwise = 0): number => {
  const value = o[name] ?? otherwise;
  if (typeof value !== "number") throw new Error(`${name} is no number`);
  return value;
};
const pair = (o: TorchOptions, name: string): readonly [number, number] =>
  o[name] as readonly [number, number]; // betas, etas and step_sizes are pairs in the file
const moments = (o: TorchOptions) => ({
  beta1: pair(o, "betas")[0],
  beta2: pair(o, "betas")[1],
  epsilon: number(o, "eps"),
});
const ema = (o: TorchOptions, name: string) => ({
  decay: number(o, name),
  epsilon: number(o, "eps"),
});

/** PyTorch's optimizers in nadir's words, weight decay apart. */
const fromTorch: Record<string, (o: TorchOptions) => Rule> = {
  SGD: (o) =>
    rules.sgd(o.lr, {
      momentum: number(o, "momentum"),
      dampening: number(o, "dampening"),
      nesterov: o["nesterov"] === true,
    }),
  Adagrad: (o) => {
    const decay = number(o, "lr_decay");
    const rate = decay === 0 ? o.lr : inverseTime({ peak: o.lr, timescale: 1 / decay });
    const initialSum = number(o, "initial_accumulator_value");
    return rules.adagrad(rate, { initialSum, epsilon: number(o, "eps") });
  },
  RMSprop: (o) =>
    rules.rmsprop(o.lr, {
      ...ema(o, "alpha"),
      centred: o["centered"] === true,
      momentum: number(o, "momentum"),
    }),
  Adam: (o) => (o["amsgrad"] ? rules.amsgrad : rules.adam)(o.lr, moments(o)),
  AdamW: (o) =>
    rules.adamW(o.lr, {
      ...moments(o),
      weightDecay: number(o, "weight_decay"),
      amsgrad: o["amsgrad"] === true,
    }),
  Adamax: (o) => rules.adamax(o.lr, moments(o)),
  NAdam: (o) => rules.nadam(o.lr, { ...moments(o), momentumDecay: number(o, "momentum_decay") }),
  RAdam: (o) => rules.radam(o.lr, moments(o)),
  Adadelta: (o) => rules.adadelta(o.lr, ema(o, "rho")),
  Rprop: (o) => {
    const [shrink, grow] = pair(o, "etas");
    const [smallest, largest] = pair(o, "step_sizes");
    return rules.rprop(o.lr, { shrink, grow, smallest, largest });
  },
  ASGD: (o) =>
    rules.averagedSgd(o.lr, {
      decay: number(o, "lambd"),
      power: number(o, "alpha"),
      averageFrom: number(o, "t0"),
    }),
};

function ruleOf(optimizer: string, options: TorchOptions): Rule {
  const rule = fromTorch[optimizer]!(options);
  const decay = number(options, "weight_decay");
  return decay === 0 || optimizer === "AdamW" ? rule : rules.chain(rules.weightDecay(decay), rule);
}

const near = (got: readonly number[], want: readonly number[], what: string): void => {
  expect(got.length, what).toBe(want.length);
  got.forEach((value, i) => {
    const error = Math.abs(value - want[i]!) / Math.max(1, Math.abs(want[i]!));
    expect(error, `${what}, entry ${i}`).toBeLessThanOrEqual(1e-9);
  });
};

describe("rules follow PyTorch's optimizers", () => {
  test.for(golden.runs)("$optimizer on $problem, $options", (wanted) => {
    const rule = ruleOf(wanted.optimizer, wanted.options);
    const run = prepare(rule, tests[wanted.problem]!, 25);
    const listed: Readonly<Record<string, readonly number[] | undefined>> = wanted.params;
    let at = run.start;
    let checked = 0;
    for (let t = 1; t <= 25; t++) {
      const next = run.step(at);
      if (wanted.losses !== undefined) near([next.loss], [wanted.losses[t - 1]!], `loss ${t}`);
      at = next;
      const params = listed[t];
      if (params === undefined) continue;
      checked++;
      near(numbersOf(at.params), params, `params after ${t} steps`);
    }
    expect(checked).toBe(Object.keys(listed).length);
    const { averagedParams } = wanted;
    if (averagedParams !== undefined) {
      const state = numbersOf(at.state);
      near(state.slice(-averagedParams.length), averagedParams, "averaged params");
    }
  });
});
