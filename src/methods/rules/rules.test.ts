import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import { jit } from "../../runtime/jit.ts";
import golden from "./clip.golden.json" with { type: "json" };
import * as rules from "./registry.ts";
import type { Rule } from "./rule.ts";
import { bowl, numbersOf, prepare, progressOf, trajectory } from "./testing.ts";

const lossOf = (curvatures: readonly number[], x: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + (curvatures[i]! * value ** 2) / 2, 0);

describe("gradientDescent", () => {
  property.prop([fc.double({ min: 0.01, max: 1.99, noNaN: true })])(
    "below 2/L follows (1 − ηλ)ᵗ and never raises the loss",
    (rate) => {
      const [curvatures, start] = [
        [1, 0.25],
        [3, -4],
      ];
      const points = trajectory(rules.gradientDescent(rate), bowl(curvatures, start), 10);
      points.forEach((point, t) => {
        start.forEach((x, i) => {
          expect(Math.abs(point[i]! - x * (1 - rate * curvatures[i]!) ** t)).toBeLessThan(1e-12);
        });
        if (t > 0) {
          const before = lossOf(curvatures, points[t - 1]!);
          expect(lossOf(curvatures, point)).toBeLessThanOrEqual(before);
        }
      });
    },
  );

  test("above 2/L diverges", () => {
    const points = trajectory(rules.gradientDescent(2.1), bowl([1], [1]), 50);
    expect(Math.abs(points[50]![0]!)).toBeGreaterThan(100);
  });
});

describe("heavyBall", () => {
  test.for([0.25, 0.5, 0.81])("shrinks errors by √β a step on a quadratic, β = %s", (momentum) => {
    // ηλ = 1 lies within (1 ± √β)²: the roots of z² − βz + β are complex, of size √β.
    const points = trajectory(rules.heavyBall(1, { momentum }), bowl([1], [1]), 60);
    const sizes = points.map(([x], t) => Math.hypot(x!, points[t - 1]?.[0] ?? x!));
    const observed = (Math.max(...sizes.slice(50)) / Math.max(...sizes.slice(20, 31))) ** (1 / 30);
    expect(Math.abs(observed - Math.sqrt(momentum))).toBeLessThan(0.01);
  });

  test("is sgd with momentum while the rate is constant", () => {
    const ball = trajectory(rules.heavyBall(0.1), bowl([1, 2], [1, 1]), 9);
    const sgd = trajectory(rules.momentum(0.1), bowl([1, 2], [1, 1]), 9);
    ball.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(sgd.flat()[i]!, 14);
    });
  });
});

describe("nesterov", () => {
  test("takes the gradient where the momentum leads, which heavyBall does not", () => {
    const [rate, beta, lambda] = [0.1, 0.9, 3];
    // By hand: x₀ = 1, v₀ = 0; v ← βv − ηλ(x + βv); x ← x + v; the params are x + βv.
    let [x, v] = [1, 0];
    const lookAheads = [1];
    for (let t = 0; t < 8; t++) {
      v = beta * v - rate * lambda * (x + beta * v);
      x += v;
      lookAheads.push(x + beta * v);
    }
    const problem = bowl([lambda], [1]);
    const points = trajectory(rules.nesterov(rate, { momentum: beta }), problem, 8).flat();
    points.forEach((point, t) => {
      expect(point).toBeCloseTo(lookAheads[t]!, 13);
    });
    const ball = trajectory(rules.heavyBall(rate, { momentum: beta }), problem, 8).flat();
    expect(Math.abs(ball[3]! - points[3]!)).toBeGreaterThan(0.05);
  });

  test("is PyTorch's nesterov while the rate is constant", () => {
    const problem = bowl([1, 2], [1, 1]);
    const own = trajectory(rules.nesterov(0.1), problem, 9).flat();
    const sgd = trajectory(rules.sgd(0.1, { momentum: 0.9, nesterov: true }), problem, 9).flat();
    own.forEach((value, i) => {
      expect(value).toBeCloseTo(sgd[i]!, 13);
    });
  });

  test("with increasing momentum keeps the O(1/t²) bound on the worst quadratic, where gradient descent is slower", () => {
    // Nesterov (2004), section 2.1.2: the second difference matrix, curvature at most 1 after division by 4.
    const n = 101;
    const steps = 50;
    const solution = Array.from({ length: n }, (_, i) => 1 - (i + 1) / (n + 1));
    const value = (x: readonly number[]): number => {
      let sum = x[0]! ** 2 + x[n - 1]! ** 2;
      for (let i = 1; i < n; i++) sum += (x[i]! - x[i - 1]!) ** 2;
      return (sum / 2 - x[0]!) / 4;
    };
    const problem = {
      start: NDArray.of(new Array<number>(n).fill(0)),
      loss: (params: unknown) => {
        const x = params as Tensor; // the start is one array
        const differences = x
          .slice([1])
          .sub(x.slice([0, -1]))
          .square()
          .sum();
        const ends = x.at(0).square().add(x.at(-1).square());
        return differences.add(ends).mul(0.5).sub(x.at(0)).mul(0.25);
      },
    };
    const far = solution.reduce((sum, x) => sum + x ** 2, 0);
    const least = value(solution);
    const run = progressOf(rules.nesterov(1, { momentum: "increasing" }), problem, steps);
    run.slice(1).forEach(({ params, state }, i) => {
      const t = i + 1;
      const beta = (t - 1) / (t + 2);
      const velocity = numbersOf(state);
      const x = numbersOf(params).map((y, j) => y - beta * velocity[j]!);
      expect(value(x) - least, `step ${t}`).toBeLessThanOrEqual((2 * far) / (t + 1) ** 2);
    });
    const slow = trajectory(rules.gradientDescent(1), problem, steps)[steps]!;
    const fast = numbersOf(run[steps]!.params);
    expect(value(fast) - least).toBeLessThan(0.5 * (value(slow) - least));
  });
});

describe("adagrad", () => {
  property.prop([
    fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 5 }),
  ])("keeps Σg², so that no coordinate's rate ever rises", (start) => {
    const curvatures = start.map((_, i) => i + 1);
    const run = progressOf(rules.adagrad(0.5), bowl(curvatures, start), 8);
    const sums = start.map(() => 0);
    run.slice(1).forEach(({ state }, t) => {
      const before = numbersOf(run[t]!.params);
      const kept = numbersOf(state);
      start.forEach((_, i) => {
        const raised = sums[i]! + (curvatures[i]! * before[i]!) ** 2;
        expect(raised).toBeGreaterThanOrEqual(sums[i]!);
        sums[i] = raised;
        expect(Math.abs(kept[i]! - raised)).toBeLessThanOrEqual(1e-12 * Math.max(1, raised));
      });
    });
  });
});

describe("rmsprop", () => {
  test("names where ε stands: outside the root as PyTorch, inside as TensorFlow", () => {
    const [rate, epsilon, gradient] = [0.1, 0.5, 2];
    const v = 0.1 * gradient ** 2;
    const step = (epsilonPlace: "inside" | "outside"): number => {
      const rule = rules.rmsprop(rate, { decay: 0.9, epsilon, epsilonPlace });
      return 2 - trajectory(rule, bowl([1], [gradient]), 1)[1]![0]!;
    };
    expect(step("outside")).toBeCloseTo((rate * gradient) / (Math.sqrt(v) + epsilon), 14);
    expect(step("inside")).toBeCloseTo((rate * gradient) / Math.sqrt(v + epsilon), 14);
  });

  test("stays finite when centred on gradients that never change", () => {
    const rule = rules.rmsprop(0.001, { decay: 0.9, centred: true, epsilon: 1e-8 });
    const slope = {
      start: NDArray.of([0.1, 0.2]),
      loss: (params: unknown) => (params as Tensor).mul([0.1, 7]).sum(),
    };
    for (const value of trajectory(rule, slope, 400).flat())
      expect(Number.isFinite(value)).toBe(true);
  });
});

describe("adam", () => {
  property.prop([fc.double({ min: 1e-3, max: 1e3, noNaN: true }), fc.boolean()])(
    "takes a first step of the rate times the gradient's sign",
    (size, positive) => {
      const start = positive ? size : -size;
      for (const rule of [rules.adam(0.01), rules.adamax(0.01), rules.amsgrad(0.01)]) {
        const [, after] = trajectory(rule, bowl([1], [start]), 1);
        expect(Math.abs((start - after![0]!) / 0.01 - Math.sign(start))).toBeLessThan(2e-5);
      }
    },
  );

  test("agrees with its textbook form, powers and all, for 1000 steps", () => {
    const [rate, beta1, beta2, epsilon] = [0.02, 0.9, 0.999, 1e-8];
    const curvatures = [1, 10];
    let x = [1, -2];
    let [m, v] = [
      [0, 0],
      [0, 0],
    ];
    const points = trajectory(rules.adam(rate), bowl(curvatures, x), 1000);
    for (let t = 1; t <= 1000; t++) {
      const g = x.map((value, i) => curvatures[i]! * value);
      m = m.map((old, i) => beta1 * old + (1 - beta1) * g[i]!);
      v = v.map((old, i) => beta2 * old + (1 - beta2) * g[i]! ** 2);
      x = x.map(
        (old, i) =>
          old -
          (rate * (m[i]! / (1 - beta1 ** t))) / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + epsilon),
      );
    }
    x.forEach((value, i) => {
      expect(Math.abs(points[1000]![i]! - value)).toBeLessThan(1e-9);
    });
  });

  test("is adamW without weight decay, and decays beside the gradient with it", () => {
    const problem = bowl([1, 10], [1, -2]);
    const plain = trajectory(rules.adam(0.1), problem, 9);
    expect(trajectory(rules.adamW(0.1, { weightDecay: 0 }), problem, 9)).toEqual(plain);
    const decoupled = trajectory(rules.adamW(0.1, { weightDecay: 0.2 }), problem, 9);
    const chained = rules.chain(rules.adam(0.1), rules.decoupledWeightDecay(0.2, 0.1));
    expect(trajectory(chained, problem, 9)).toEqual(decoupled);
    const coupled = rules.chain(rules.weightDecay(0.2), rules.adam(0.1));
    expect(Math.abs(trajectory(coupled, problem, 9)[9]![0]! - decoupled[9]![0]!)).toBeGreaterThan(
      1e-3,
    );
  });

  test("keeps f32 accuracy over 3000 steps of one gradient: each of the rate's size", () => {
    const slope = {
      start: NDArray.of([0, 0], undefined, "f32"),
      loss: (params: unknown) => (params as Tensor).mul([1e-6, 1e4]).sum(),
    };
    const run = prepare(rules.adam(2 ** -7), slope, 3000);
    let at = run.start;
    for (let t = 0; t < 3000; t++) at = run.step(at);
    const [small, large] = numbersOf(at.params);
    expect(Math.abs(large! / (-3000 / 128) - 1)).toBeLessThan(1e-3);
    expect(Math.abs(small! / (-3000 / 128 / 1.01) - 1)).toBeLessThan(1e-3); // ε is a hundredth of it
  });
});

describe("lion", () => {
  test("moves every coordinate by the rate, by hand for two steps", () => {
    const points = trajectory(rules.lion(0.25, { weightDecay: 0.5 }), bowl([1, 4], [1, -3]), 2);
    expect(points[1]).toEqual([1 - 0.25 * (1 + 0.5), -3 + 0.25 * (1 + 1.5)]);
    expect(points[2]).toEqual([0.625 - 0.25 * (1 + 0.3125), -2.375 + 0.25 * (1 + 1.1875)]);
  });
});

describe("lars and lamb", () => {
  test("change each tensor by a part of its own length", () => {
    const problem = {
      start: [NDArray.of([3, 4]), NDArray.of([0.03, 0.04])],
      loss: (params: unknown) =>
        tensorsOf(params)
          .map((x) => x.mul([5, -1]).sum())
          .reduce((a, b) => a.add(b)),
    };
    for (const rule of [rules.lars(0.1, { trust: 1 }), rules.lamb(0.1)]) {
      const [before, after] = trajectory(rule, problem, 1);
      const moved = before!.map((value, i) => value - after![i]!);
      expect(Math.hypot(moved[0]!, moved[1]!)).toBeCloseTo(0.1 * 5, 12);
      expect(Math.hypot(moved[2]!, moved[3]!)).toBeCloseTo(0.1 * 0.05, 12);
    }
  });

  test("let params leave 0", () => {
    const problem = {
      start: NDArray.of([0]),
      loss: (params: unknown) => (params as Tensor).mul(2).sum(),
    };
    expect(trajectory(rules.lars(0.1, { trust: 0.5 }), problem, 1)[1]).toEqual([-0.1]);
    expect(trajectory(rules.lamb(0.1), problem, 1)[1]![0]).toBeCloseTo(-0.1, 6);
  });
});

describe("lookahead", () => {
  test("pulls the params back to slow ones every k steps, by hand", () => {
    const rule = rules.lookahead(rules.gradientDescent(0.5), { every: 2, pull: 0.25 });
    // x halves at each step; after two, slow + (x − slow)/4.
    expect(trajectory(rule, bowl([1], [1]), 4).flat()).toEqual([
      1, 0.5, 0.8125, 0.40625, 0.66015625,
    ]);
  });
});

describe("averagedSgd", () => {
  test("keeps the mean of the points after the step it is told", () => {
    const rule = rules.averagedSgd(0.5, { decay: 0, averageFrom: 0 });
    const run = progressOf(rule, bowl([1], [1]), 4);
    // 0.5, 0.25, 0.125, 0.0625: the first is taken whole, so the mean is of all four but counts t from 0.
    const weights = [1, 1, 1 / 2, 1 / 3];
    let mean = 0;
    [0.5, 0.25, 0.125, 0.0625].forEach((x, t) => {
      mean += weights[t]! * (x - mean);
    });
    expect(numbersOf(run[4]!.state)[0]).toBeCloseTo(mean, 15);
  });
});

/** What a transform makes of a gradient. */
function transformed(rule: Rule, gradient: readonly (readonly number[])[]): readonly NDArray[] {
  const run = jit((...g: readonly Tensor[]) => {
    const state = rule.init(g);
    const none = { index: g[0]!.sum().cast("i32"), total: 1, key: g[0]!, gradientAt: () => g };
    return tensorsOf(rule.update(g, state, g, none).updates);
  });
  return run(...gradient.map((values) => Float64Array.from(values)));
}

const flat = (nested: unknown): number[] =>
  Array.isArray(nested) ? nested.flatMap(flat) : [nested as number];

describe("clipping", () => {
  test.for(golden.cases)(
    "by $type to $max agrees with PyTorch",
    ({ type, max, grads, clippedFlat }) => {
      const orders = { norm1: 1, norm2: 2, norminf: Number.POSITIVE_INFINITY } as const;
      const rule =
        type === "value"
          ? rules.clipByValue(max)
          : rules.clipByGlobalNorm(max, { order: orders[type as keyof typeof orders] });
      const clipped = transformed(rule, grads.map(flat)).flatMap(({ data }) => Array.from(data));
      expect(clipped).toHaveLength(clippedFlat.length);
      clipped.forEach((value, i) => {
        expect(Math.abs(value - clippedFlat[i]!)).toBeLessThanOrEqual(1e-12);
      });
    },
  );

  property.prop([
    fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 6 }),
    fc.double({ min: 0.5, max: 2, noNaN: true }),
  ])(
    "by global norm never lets a longer gradient through, and keeps its direction",
    (values, max) => {
      const [clipped] = transformed(rules.clipByGlobalNorm(max), [values]);
      const norm = Math.hypot(...values);
      expect(Math.hypot(...clipped!.data)).toBeLessThanOrEqual(max * (1 + 1e-12));
      values.forEach((value, i) => {
        const wanted = norm + 1e-6 <= max ? value : (value * max) / (norm + 1e-6);
        expect(Math.abs(clipped!.data[i]! - wanted)).toBeLessThan(1e-9 * max);
      });
    },
  );

  test.for([
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["an overflowing square", 1e200],
  ] as const)("lets no step pass on %s: every entry becomes NaN", ([, value]) => {
    for (const rule of [rules.clipByGlobalNorm(1), rules.clipByNorm(1)]) {
      const [first] = transformed(rule, [[value, 0, 1]]);
      expect(Array.from(first!.data)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    }
    expect(transformed(rules.clipByValue(1), [[Number.NaN, 3]])[0]!.data).toEqual(
      Float64Array.of(Number.NaN, 1),
    );
  });

  test("counts how often it acted", () => {
    const rule = rules.chain(rules.clipByGlobalNorm(1), rules.gradientDescent(0.75));
    const run = progressOf(rule, bowl([1], [2.3]), 6);
    expect(run.map(({ state }) => numbersOf(state)[0])).toEqual([0, 1, 2, 2, 2, 2, 2]);
  });

  test("by norm treats each tensor on its own, by global norm all together", () => {
    const gradient = [
      [3, 4],
      [0.3, 0.4],
    ];
    const [a, b] = transformed(rules.clipByNorm(1), gradient);
    expect(Math.hypot(...a!.data)).toBeCloseTo(1, 6);
    expect(Array.from(b!.data)).toEqual([0.3, 0.4]);
    const [, c] = transformed(rules.clipByGlobalNorm(1), gradient);
    expect(Math.hypot(...c!.data)).toBeLessThan(0.1);
  });
});

describe("chain", () => {
  test.for<[string, () => unknown, RegExp]>([
    [
      "two rules that make steps",
      () => rules.chain(rules.adam(0.1), rules.sgd(0.1)),
      /adam and sgd each/,
    ],
    [
      "coupled decay after the step",
      () => rules.chain(rules.sgd(1), rules.weightDecay(1)),
      /weightDecay stands.*before the rule/s,
    ],
    [
      "decoupled decay before it",
      () => rules.chain(rules.decoupledWeightDecay(1, 1), rules.sgd(1)),
      /decoupledWeightDecay stands.*after the rule/s,
    ],
    ["nothing", () => rules.chain(), /no rules/],
    [
      "a transform where a step is needed",
      () => rules.lookahead(rules.clipByValue(1)),
      /makes no step.*chain\(clipByValue, adam/s,
    ],
  ])("refuses %s", ([, make, message]) => {
    expect(make).toThrow(message);
  });

  test("nests, and keeps the rate of the rule inside", () => {
    const inner = rules.chain(rules.clipByGlobalNorm(1), rules.weightDecay(0.1));
    const nested = rules.chain(inner, rules.adam(0.25));
    expect(inner.role).toBe("gradient");
    expect(nested).toMatchObject({ role: "step", learningRate: 0.25, joinable: true });
    const straight = rules.chain(
      rules.clipByGlobalNorm(1),
      rules.weightDecay(0.1),
      rules.adam(0.25),
    );
    const problem = bowl([1, 2], [3, 4]);
    expect(trajectory(nested, problem, 5)).toEqual(trajectory(straight, problem, 5));
  });
});

describe("refused with the allowed range, before the first step", () => {
  test.for<[string, () => unknown, RegExp]>([
    ["a negative rate", () => rules.adam(-1), /learningRate is -1.*above 0, or a schedule/s],
    ["a rate that is NaN", () => rules.sgd(Number.NaN), /learningRate is NaN/],
    ["an infinite rate", () => rules.sgd(Number.POSITIVE_INFINITY), /learningRate is Infinity/],
    ["β₁ of 1", () => rules.adam(0.1, { beta1: 1 }), /beta1 is 1.*at least 0 and below 1/s],
    ["a negative β₂", () => rules.adamW(0.1, { beta2: -0.1 }), /beta2 is -0.1/],
    ["no ε", () => rules.adam(0.1, { epsilon: 0 }), /epsilon is 0.*above 0/s],
    [
      "a momentum of 1",
      () => rules.heavyBall(0.1, { momentum: 1 }),
      /momentum is 1.*at least 0 and below 1/s,
    ],
    ["a norm of 0", () => rules.clipByGlobalNorm(0), /max is 0.*above 0/s],
    [
      "a norm of order 3",
      () => rules.clipByGlobalNorm(1, { order: 3 as never }),
      /1, 2 or Infinity/,
    ],
    ["a negative decay", () => rules.weightDecay(-1), /strength is -1.*at least 0/s],
    ["nesterov without momentum", () => rules.sgd(1, { nesterov: true }), /momentum above 0/],
    ["a misspelt option", () => rules.adam(0.1, { bata1: 0.9 } as never), /did you mean beta1\?/],
    [
      "another spelling",
      () => rules.rmsprop(0.1, { centered: true } as never),
      /did you mean centred\?/,
    ],
    [
      "rates that shrink as they grow",
      () => rules.rprop(0.1, { grow: 0.9 }),
      /grow is 0.9.*above 1/s,
    ],
  ])("%s", ([, make, message]) => {
    expect(make).toThrow(message);
  });

  const optionless = new Set(["gradientDescent", "frozen"]);
  const withOptions = Object.entries(rules).filter(
    ([name, { info }]) => info.kind === "rule" && !optionless.has(name),
  );
  test.for(withOptions)("%s refuses options it does not know", ([name, make]) => {
    const called = make as (...args: readonly unknown[]) => Rule; // to say what types forbid
    expect(() => called(0.1, { nonsense: 1 })).toThrow(`${name}: unknown option "nonsense"`);
  });
});
