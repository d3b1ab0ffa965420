import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { numbersFrom, randomSymmetric } from "../../linalg/testing.ts";
import { jit } from "../../runtime/jit.ts";
import { constant } from "../schedules/constant.ts";
import { inverseRoot } from "./matrixRoot.ts";
import { ballLike } from "./noise.ts";
import * as rules from "./registry.ts";
import {
  arraysOf,
  bowl,
  numbersOf,
  prepare,
  progressOf,
  type TestProblem,
  trajectory,
} from "./testing.ts";

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: readonly number[]): number => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
};
const close = (got: readonly number[], want: readonly number[], tolerance: number): void => {
  expect(got.length).toBe(want.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - want[i]!), `entry ${i}: ${value} for ${want[i]}`).toBeLessThanOrEqual(
      tolerance,
    );
  });
};
/** A loss Σcᵢxᵢ: its gradient is c everywhere. */
const slope = (c: readonly number[], start: readonly number[]): TestProblem => ({
  start: NDArray.of(start),
  loss: (x) => tensorsOf(x)[0]!.mul(c).sum(),
});
const filled = (n: number, value: number): number[] => new Array<number>(n).fill(value);

describe("sgld", () => {
  test("settles at the variance of the posterior: noise √(2ηT), not η", () => {
    const [rate, temperature, curvature, chains] = [0.1, 0.5, 2, 4000];
    const problem = bowl(filled(chains, curvature), filled(chains, 3));
    const rule = rules.sgld(rate, { temperature });
    const end = trajectory(rule, problem, 60)[60]!;
    // x ← (1 − ηc)x + √(2ηT)ξ has variance 2ηT/(1 − (1 − ηc)²).
    const expected = (2 * rate * temperature) / (1 - (1 - rate * curvature) ** 2);
    expect(Math.abs(variance(end) / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / chains));
    expect(Math.abs(mean(end))).toBeLessThan(4 * Math.sqrt(expected / chains));
  });

  test("preconditioned, scales noise and drift by the same G", () => {
    const [rate, temperature, chains] = [0.01, 0.25, 4000];
    const rule = rules.preconditionedSgld(rate, { temperature, decay: 0.99, epsilon: 1e-5 });
    const moved = trajectory(rule, slope(filled(chains, 3), filled(chains, 0)), 1)[1]!;
    const g = 1 / (Math.sqrt(0.01 * 9) + 1e-5);
    const spread = 2 * rate * temperature * g;
    expect(Math.abs(mean(moved) + rate * g * 3)).toBeLessThan(4 * Math.sqrt(spread / chains));
    expect(Math.abs(variance(moved) / spread - 1)).toBeLessThan(4 * Math.sqrt(2 / chains));
  });
});

describe("gradientNoise", () => {
  test("has variance η/(1 + t)^γ, drawn anew at each step", () => {
    const chains = 4000;
    const rule = rules.chain(
      rules.gradientNoise({ variance: 0.3, decay: 0.55 }),
      rules.gradientDescent(1),
    );
    const points = trajectory(rule, slope(filled(chains, 0), filled(chains, 0)), 3);
    const steps = [0, 1, 2].map((t) => points[t + 1]!.map((x, i) => x - points[t]![i]!));
    steps.forEach((step, t) => {
      const ratio = variance(step) / (0.3 / (1 + t) ** 0.55);
      expect(Math.abs(ratio - 1)).toBeLessThan(4 * Math.sqrt(2 / chains));
    });
    const overlap = mean(steps[0]!.map((x, i) => x * steps[1]![i]!));
    expect(Math.abs(overlap)).toBeLessThan((4 * 0.3) / Math.sqrt(chains));
  });
});

describe("perturbedGradientDescent", () => {
  const saddle: TestProblem = {
    start: NDArray.of([0, 0]),
    loss: (params) => {
      const p = tensorsOf(params)[0]!;
      const [x, y] = [p.at(0), p.at(1)];
      return x.square().sub(y.square()).add(y.pow(4).mul(0.25));
    },
  };
  const settings = { radius: 0.01, gradientNorm: 0.05, wait: 5 };

  test("leaves an exact saddle, where gradient descent stays for ever", () => {
    expect(trajectory(rules.gradientDescent(0.1), saddle, 200)[200]).toEqual([0, 0]);
    const [x, y] = trajectory(rules.perturbedGradientDescent(0.1, settings), saddle, 200)[200]!;
    expect(Math.abs(x!)).toBeLessThan(0.02);
    expect(Math.abs(Math.abs(y!) - Math.SQRT2)).toBeLessThan(0.02);
  });

  test("adds noise only at small gradients, and not again before its time", () => {
    const run = progressOf(rules.perturbedGradientDescent(0.1, settings), bowl([1], [1]), 80);
    const since = run.map(({ state }) => numbersOf(state)[0]!);
    run.slice(1).forEach(({ params }, t) => {
      const before = numbersOf(run[t]!.params)[0]!;
      const push = Math.abs(before) <= 0.05 && since[t]! + 1 > 5;
      const moved = numbersOf(params)[0]! - 0.9 * before;
      if (push) expect(Math.abs(moved)).toBeGreaterThan(1e-9);
      else expect(Math.abs(moved)).toBeLessThan(1e-15);
      expect(Math.abs(moved)).toBeLessThanOrEqual(settings.radius);
      expect(since[t + 1]).toBe(push ? 0 : since[t]! + 1);
    });
  });

  test("draws uniformly from a ball: the volume inside each draw is uniform", () => {
    const d = 3;
    const draw = jit((seed: Tensor) => ballLike(seed, [seed.cast("f64").sum(), seed.cast("f64")]));
    const volumes = Array.from({ length: 400 }, (_, seed) => {
      const leaves = draw(Int32Array.of(seed, 7)) as Tree<NDArray>; // what was traced
      return Math.hypot(...numbersOf(leaves)) ** d;
    });
    expect(Math.max(...volumes)).toBeLessThanOrEqual(1);
    expect(Math.abs(mean(volumes) - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 400));
  });
});

describe("sam and asam", () => {
  const c = [1, 4];
  const start = [3, -1];
  const gradient = (x: readonly number[]): number[] => x.map((value, i) => c[i]! * value);

  test("sam steps with the gradient at x + ρg/‖g‖, the norm over all tensors", () => {
    const problem: TestProblem = {
      start: start.map((value) => NDArray.of([value])),
      loss: (params) =>
        tensorsOf(params)
          .map((x, i) =>
            x
              .square()
              .sum()
              .mul(c[i]! / 2),
          )
          .reduce((a, b) => a.add(b)),
    };
    const g = gradient(start);
    const uphill = start.map((value, i) => value + (0.5 * g[i]!) / Math.hypot(...g));
    const expected = start.map((value, i) => value - 0.1 * gradient(uphill)[i]!);
    const rule = rules.sam(rules.gradientDescent(0.1), { radius: 0.5 });
    close(trajectory(rule, problem, 1)[1]!, expected, 1e-11);
  });

  test("asam measures the ball by each param's own size", () => {
    const g = gradient(start);
    const size = start.map((value) => Math.abs(value) + 0.01);
    const norm = Math.hypot(...g.map((value, i) => size[i]! * value));
    const uphill = start.map((value, i) => value + (0.5 * size[i]! ** 2 * g[i]!) / norm);
    const expected = start.map((value, i) => value - 0.1 * gradient(uphill)[i]!);
    const rule = rules.asam(rules.gradientDescent(0.1), { radius: 0.5 });
    close(trajectory(rule, bowl(c, start), 1)[1]!, expected, 1e-11);
  });

  test("stay finite where the gradient is 0", () => {
    for (const rule of [rules.sam(rules.sgd(0.1)), rules.asam(rules.sgd(0.1))]) {
      expect(trajectory(rule, bowl(c, [0, 0]), 2)[2]).toEqual([0, 0]);
    }
  });
});

describe("accumulate", () => {
  test("makes the steps of the mean gradient, its schedule in its own steps", () => {
    const rule = rules.adam(0.1);
    const whole = trajectory(rule, bowl([1, 3], [1, -2]), 4);
    const parts = trajectory(rules.accumulate(rule, 3), bowl([1, 3], [1, -2]), 12);
    parts.forEach((point, t) => {
      close(point, whole[Math.floor(t / 3)]!, 1e-14);
    });
  });
});

describe("averageParams", () => {
  test("answers with the average and leaves the steps as they are", () => {
    const plain = trajectory(rules.sgd(0.5), bowl([1], [1]), 4);
    const rule = rules.averageParams(rules.sgd(0.5), 0.75);
    const run = prepare(rule, bowl([1], [1]), 4);
    let at = run.start;
    let average = 1;
    for (let t = 1; t <= 4; t++) {
      at = run.step(at);
      average = 0.75 * average + 0.25 * plain[t]![0]!;
      expect(numbersOf(at.params)).toEqual(plain[t]);
      expect(numbersOf(run.answer(at))[0]).toBeCloseTo(average, 15);
    }
  });
});

describe("byPath", () => {
  const problem: TestProblem = {
    start: {
      encoder: { weight: NDArray.of([-0, 0.1]), bias: NDArray.of([3]) },
      head: [{ weight: NDArray.of([1]), bias: NDArray.of([2]) }],
    },
    loss: (params) =>
      tensorsOf(params)
        .map((x) => x.add(1).square().sum().mul(0.5))
        .reduce((a, b) => a.add(b)),
  };

  test("gives each part its own rule, and leaves frozen params bit for bit", () => {
    const rule = rules.byPath({
      "*": rules.gradientDescent(0.5),
      encoder: rules.frozen(),
      "**.bias": rules.gradientDescent(0.25),
    });
    const after = progressOf(rule, problem, 1)[1]!;
    // In the order of sorted keys: encoder.bias, encoder.weight, head.0.bias, head.0.weight.
    expect(arraysOf(after.params).map(({ data }) => Array.from(data))).toEqual([
      [3], // both "encoder" and "**.bias" name one key: the first listed decides
      [-0, 0.1],
      [2 - 0.25 * 3],
      [1 - 0.5 * 2],
    ]);
  });

  test("lets a rule inside ask for gradients elsewhere", () => {
    const rule = rules.byPath({ "*": rules.frozen(), head: rules.sam(rules.gradientDescent(0.5)) });
    const [, , bias, weight] = numbersOf(progressOf(rule, problem, 1)[1]!.params).slice(1);
    const norm = Math.hypot(3, 2);
    close(
      [bias!, weight!],
      [2 - 0.5 * (3 + (0.05 * 3) / norm), 1 - 0.5 * (2 + (0.05 * 2) / norm)],
      1e-12,
    );
  });

  test("refuses patterns that fit nothing, and params that no pattern fits", () => {
    const start = (groups: Parameters<typeof rules.byPath>[0]): unknown =>
      prepare(rules.byPath(groups), problem, 1);
    expect(() => start({ "*": rules.frozen(), encodr: rules.sgd(1) })).toThrow(
      /"encodr" fits no params/,
    );
    expect(() => start({ encoder: rules.sgd(1) })).toThrow(/no pattern fits params.head.0.bias/);
  });
});

describe("centralize", () => {
  test("keeps the sum of each unit's weights", () => {
    const problem: TestProblem = {
      start: {
        filters: NDArray.of([
          [
            [1, 2],
            [3, 4],
          ],
          [
            [0, 1],
            [0, 2],
          ],
        ]),
        weight: NDArray.of([
          [1, 2, 3],
          [4, 5, 7],
        ]),
        bias: NDArray.of([5]),
      },
      loss: (params) =>
        tensorsOf(params)
          .map((x) => x.square().sum())
          .reduce((a, b) => a.add(b)),
    };
    const rule = rules.chain(rules.centralize(), rules.gradientDescent(0.1));
    const [bias, filters, weight] = arraysOf(progressOf(rule, problem, 3)[3]!.params).map(
      ({ data }) => Array.from(data),
    );
    close([mean(filters!.slice(0, 4)), mean(filters!.slice(4))], [2.5, 0.75], 1e-14);
    close(
      [0, 1, 2].map((j) => weight![j]! + weight![j + 3]!),
      [5, 7, 10],
      1e-14,
    );
    expect(weight![0]).not.toBe(1);
    close(bias!, [5 * 0.8 ** 3], 1e-14);
  });
});

describe("adaptiveClip", () => {
  test("shortens each unit's gradient to a part of its weights, and hides no NaN", () => {
    const weights = [
      [3, 0],
      [4, 0.1],
    ];
    const problem = (c: readonly (readonly number[])[]): TestProblem => ({
      start: NDArray.of(weights),
      loss: (x) => tensorsOf(x)[0]!.mul(c).sum(),
    });
    const rule = rules.chain(rules.adaptiveClip(0.1), rules.gradientDescent(1));
    const [a, b, c, d] = trajectory(
      rule,
      problem([
        [30, 0.003],
        [40, 0.004],
      ]),
      1,
    )[1]!;
    close([3 - a!, 4 - c!], [0.3, 0.4], 1e-12); // length 0.1·‖(3, 4)‖ = 0.5
    close([b!, d!], [-0.003, 0.1 - 0.004], 1e-15); // 0.005 is within 0.1·0.1
    const broken = trajectory(
      rule,
      problem([
        [Number.NaN, 0.003],
        [40, 0.004],
      ]),
      1,
    )[1]!;
    expect(broken.map(Number.isNaN)).toEqual([true, false, true, false]);
  });
});

describe("muon", () => {
  test.for([
    [4, 3],
    [3, 5],
    [3, 3],
  ] as const)("makes steps of %s with singular values near 1", ([rows, columns]) => {
    const next = numbersFrom(rows * 10 + columns);
    const c = Array.from({ length: rows }, () =>
      Array.from({ length: columns }, () => 50 * next()),
    );
    const problem: TestProblem = {
      start: NDArray.of(c.map((row) => row.map(() => 0))),
      loss: (x) => tensorsOf(x)[0]!.mul(c).sum(),
    };
    const moved = trajectory(rules.muon(1), problem, 1)[1]!;
    const scale = Math.sqrt(Math.max(1, rows / columns));
    const small = Math.min(rows, columns);
    const at = (i: number, j: number): number => moved[i * columns + j]! / scale;
    const gram = new Float64Array(small * small);
    for (let i = 0; i < small; i++)
      for (let j = 0; j < small; j++)
        for (let k = 0; k < Math.max(rows, columns); k++)
          gram[i * small + j]! += rows <= columns ? at(i, k) * at(j, k) : at(k, i) * at(k, j);
    for (const value of symmetricEigen(gram, small).values) {
      expect(Math.sqrt(value)).toBeGreaterThan(0.6);
      expect(Math.sqrt(value)).toBeLessThan(1.25);
    }
    // Downhill: ⟨step, gradient⟩ is near minus the sum of singular values, surely below 0.
    expect(moved.reduce((sum, x, i) => sum + x * c.flat()[i]!, 0)).toBeLessThan(0);
  });

  test("refuses vectors, and says what to do with them", () => {
    expect(() => prepare(rules.muon(0.1), bowl([1], [1]), 1)).toThrow(
      /shape \[1\] are no matrix.*byPath/s,
    );
  });
});

describe("shampoo", () => {
  property.prop([
    fc.integer({ min: 1, max: 1000 }),
    fc.integer({ min: 2, max: 6 }),
    fc.constantFrom(2 as const, 4 as const),
  ])("takes matrix roots that agree with the eigen-decomposition", (seed, n, p) => {
    const b = randomSymmetric(n, numbersFrom(seed));
    const a = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      let sum = i === j ? 1e-3 : 0;
      for (let k = 0; k < n; k++) sum += b[i * n + k]! * b[k * n + j]!;
      return sum;
    });
    const root = jit((m: Tensor) => inverseRoot(m, p, 25))(new NDArray(a, [n, n])).data;
    const { values, vectors } = symmetricEigen(a, n);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        let exact = 0;
        for (let k = 0; k < n; k++)
          exact += vectors[k * n + i]! * values[k]! ** (-1 / p) * vectors[k * n + j]!;
        expect(Math.abs(root[i * n + j]! - exact)).toBeLessThan(
          1e-7 * Math.max(...values.map((v) => v ** (-1 / p))),
        );
      }
  });

  test("steps by the sign of a diagonal gradient at first", () => {
    const problem: TestProblem = {
      start: NDArray.of([
        [0, 0],
        [0, 0],
      ]),
      loss: (x) =>
        tensorsOf(x)[0]!
          .mul([
            [20, 0],
            [0, -300],
          ])
          .sum(),
    };
    close(
      trajectory(rules.shampoo(0.5, { epsilon: 1e-6 }), problem, 1)[1]!,
      [-0.5, 0, 0, 0.5],
      1e-6,
    );
  });
});

describe("adafactor", () => {
  test("follows the paper's algorithm 4 with the scales of algorithm 5, by hand", () => {
    const c = [
      [1, -2, 3],
      [0.5, 4, -1],
    ];
    const start = [
      [1, 2, -1],
      [0, 1, 3],
    ];
    const problem: TestProblem = {
      start: NDArray.of(start),
      loss: (params) => {
        const x = tensorsOf(params)[0]!;
        return x.mul(c).sum().add(x.square().sum().mul(0.5));
      },
    };
    let x = start;
    let [r, k] = [
      [0, 0],
      [0, 0, 0],
    ];
    const rms = (m: readonly (readonly number[])[]): number =>
      Math.sqrt(mean(m.flat().map((v) => v * v)));
    for (let t = 1; t <= 5; t++) {
      const g = x.map((row, i) => row.map((v, j) => c[i]![j]! + v));
      const beta = 1 - t ** -0.8;
      r = r.map((old, i) => beta * old + (1 - beta) * mean(g[i]!.map((v) => v * v + 1e-30)));
      k = k.map((old, j) => beta * old + (1 - beta) * mean(g.map((row) => row[j]! ** 2 + 1e-30)));
      const u = g.map((row, i) => row.map((v, j) => v / Math.sqrt((r[i]! * k[j]!) / mean(r))));
      const size = (0.01 * Math.max(1e-3, rms(x))) / Math.max(1, rms(u));
      x = x.map((row, i) => row.map((v, j) => v - size * u[i]![j]!));
    }
    close(trajectory(rules.adafactor(0.01), problem, 5)[5]!, x.flat(), 1e-12);
  });
});

describe("prodigy", () => {
  test("follows the paper's algorithm 4, by hand", () => {
    const c = [1, 3];
    const start = [0.5, -2];
    const [beta1, beta2, epsilon, root] = [0.9, 0.999, 1e-8, Math.sqrt(0.999)];
    let [x, m, v, s] = [start, [0, 0], [0, 0], [0, 0]];
    let [d, r] = [1e-3, 0];
    for (let t = 0; t < 40; t++) {
      const g = x.map((value, i) => c[i]! * value);
      m = m.map((old, i) => beta1 * old + (1 - beta1) * d * g[i]!);
      v = v.map((old, i) => beta2 * old + (1 - beta2) * d ** 2 * g[i]! ** 2);
      r =
        root * r +
        (1 - root) * d ** 2 * g.reduce((sum, value, i) => sum + value * (start[i]! - x[i]!), 0);
      s = s.map((old, i) => root * old + (1 - root) * d ** 2 * g[i]!);
      const now = d;
      d = Math.max(d, r / (Math.abs(s[0]!) + Math.abs(s[1]!)));
      x = x.map((value, i) => value - (now * m[i]!) / (Math.sqrt(v[i]!) + now * epsilon));
    }
    const run = trajectory(rules.prodigy(1, { initialDistance: 1e-3 }), bowl(c, start), 40);
    close(run[40]!, x, 1e-9);
  });

  test.for([1e-2, 1, 1e3])("finds its own rate for a solution %s away", (far) => {
    const end = trajectory(rules.prodigy(), bowl([1, 2], [far, -far]), 400)[400]!;
    expect(Math.hypot(...end) / far).toBeLessThan(0.2);
  });
});

describe("schedule-free rules", () => {
  const c = [1, 5];
  const start = [2, -1];

  test.for([false, true])("follow the paper's algorithm 1, by hand, Adam's scaling: %s", (adam) => {
    const [rate, beta, beta2, epsilon, decay, warmup] = [0.05, 0.9, 0.999, 1e-8, 0.1, 4];
    let [z, x, v] = [start, start, [0, 0]];
    let sum = 0;
    for (let t = 1; t <= 20; t++) {
      const y = z.map((value, i) => (1 - beta) * value + beta * x[i]!);
      const g = y.map((value, i) => c[i]! * value);
      v = v.map((old, i) => beta2 * old + (1 - beta2) * g[i]! ** 2);
      const now = rate * Math.min(1, t / warmup);
      sum += now ** 2;
      z = z.map((value, i) => {
        const d = adam ? g[i]! / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + epsilon) : g[i]!;
        return value - now * (d + decay * y[i]!);
      });
      const share = now ** 2 / sum;
      x = x.map((value, i) => (1 - share) * value + share * z[i]!);
    }
    const options = { momentum: beta, warmup, weightDecay: decay };
    const rule = adam
      ? rules.scheduleFreeAdamW(rate, { ...options, beta2, epsilon })
      : rules.scheduleFreeSgd(rate, options);
    const run = prepare(rule, bowl(c, start), 20);
    let at = run.start;
    for (let t = 0; t < 20; t++) at = run.step(at);
    close(numbersOf(run.answer(at)), x, 1e-12);
    close(
      numbersOf(at.params),
      z.map((value, i) => (1 - beta) * value + beta * x[i]!),
      1e-12,
    );
  });
});

describe("answers", () => {
  test("pass through chains and what stands around a rule", () => {
    const inner = rules.averageParams(rules.sgd(constant(0.5)), 0.5);
    for (const rule of [
      rules.chain(rules.clipByValue(10), inner),
      rules.sam(inner),
      rules.accumulate(inner, 1),
      rules.byPath({ "*": inner }),
      rules.lookahead(inner, { every: 3 }),
    ]) {
      const run = prepare(rule, bowl([1], [4]), 4);
      const at = run.step(run.step(run.start));
      const answer = numbersOf(run.answer(at))[0]!;
      expect(answer, rule.name).toBeGreaterThan(numbersOf(at.params)[0]! + 0.5);
    }
  });
});
