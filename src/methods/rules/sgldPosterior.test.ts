import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { exp, log, pow } from "../../array/operations/elementwise.ts";
import { foldIn, key } from "../../array/operations/random.ts";
import { hash32 } from "../../array/primitives/hash.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import { valueAndGrad } from "../../autodiff/grad.ts";
import { jit } from "../../runtime/jit.ts";
import type { Schedule } from "../schedules/schedule.ts";
import { rateAt } from "../schedules/schedule.ts";
import { toFloat } from "../schedules/span.ts";
import { times } from "./leaves.ts";
import { normalLike } from "./noise.ts";
import type { NoState, Rule } from "./rule.ts";
import { sgld } from "./sgld.ts";

// Welling & Teh (2011), section 5.1: θ₁ ~ N(0, 10), θ₂ ~ N(0, 1), x ~ ½N(θ₁, 2) + ½N(θ₁ + θ₂, 2), 100 data drawn
// at (0, 1), one datum a step, ε = a(b + t)^−0.55 from 0.01 to 0.0001. Many short chains take the place of a
// long one, with as many steps in all as the paper's 10,000 sweeps, of which the second half counts.
const [count, chains, steps] = [100, 100, 10_000] as const;
const data = drawData();

/** The 100 data, by Box–Muller on hashed counters. */
function drawData(): Float64Array {
  const uniform = (i: number): number => (hash32(i, 17, 4) >>> 0) / 2 ** 32;
  return Float64Array.from({ length: count }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform(3 * i)));
    const normal = radius * Math.cos(2 * Math.PI * uniform(3 * i + 1));
    return Math.SQRT2 * normal + (uniform(3 * i + 2) < 0.5 ? 0 : 1);
  });
}

/** −log posterior of each chain up to a constant, estimated from one datum of its own, summed over chains. */
function energy(first: Tensor, second: Tensor, x: Tensor): Tensor {
  const at = (mean: Tensor): Tensor => exp(x.sub(mean).square().mul(-0.25));
  const likelihood = at(first).add(at(first.add(second)));
  const prior = first.square().mul(0.05).add(second.square().mul(0.5));
  return prior.sub(log(likelihood).mul(count)).sum();
}

/** η = ε/2, by the paper's schedule. */
const rate: Schedule = {
  kind: "schedule",
  name: "paper",
  at: ({ index }) => {
    const ratio = 100 ** (1 / 0.55);
    const b = steps / (ratio - 1);
    const a = 0.01 * b ** 0.55;
    return pow(toFloat(index).add(b), -0.55).mul(a / 2);
  },
};

/** The trap: noise of the size of the rate. */
const tooQuiet: Rule<NoState> = {
  ...sgld(rate),
  update: (gradient, state, _params, step) => {
    const size = rateAt(rate, step);
    const noise = normalLike(step.key, gradient);
    return { updates: mapTree((g, n) => times(n.sub(g), size), gradient, noise), state };
  },
};

// Bins of the histogram: 0.25 wide, over θ₁ in [−2, 3] and θ₂ in [−3.5, 3.5].
const [wide, high, bin] = [20, 28, 0.25] as const;
const binOf = (first: number, second: number): number | undefined => {
  const [i, j] = [Math.floor((first + 2) / bin), Math.floor((second + 3.5) / bin)];
  return i >= 0 && i < wide && j >= 0 && j < high ? i * high + j : undefined;
};

/** The posterior's mass in each bin, by the midpoint rule on a grid eight times finer. */
function posterior(): Float64Array {
  const mass = new Float64Array(wide * high);
  const fine = bin / 8;
  for (let i = 0; i < 8 * wide; i++) {
    for (let j = 0; j < 8 * high; j++) {
      const [first, second] = [-2 + (i + 0.5) * fine, -3.5 + (j + 0.5) * fine];
      let logDensity = -(first ** 2) / 20 - second ** 2 / 2;
      for (const x of data)
        logDensity += Math.log(
          Math.exp(-((x - first) ** 2) / 4) + Math.exp(-((x - first - second) ** 2) / 4),
        );
      mass[binOf(first, second)!]! += Math.exp(logDensity + 180);
    }
  }
  return normalized(mass);
}

const normalized = (mass: Float64Array): Float64Array => {
  const total = mass.reduce((a, b) => a + b, 0);
  return mass.map((value) => value / total);
};

/** Where the chains were in the second half of their steps, each step weighed by its ε. */
function sampled(rule: Rule<NoState>): Float64Array {
  const root = 5;
  const move = jit((first: Tensor, second: Tensor, x: Tensor, index: Tensor) => {
    const { gradient } = valueAndGrad((p: readonly Tensor[]) => energy(p[0]!, p[1]!, x))([
      first,
      second,
    ]);
    const params = [first, second];
    const { updates } = rule.update(gradient, {}, params, {
      ...{ index, total: steps, key: foldIn(key(root), index) },
      gradientAt: () => gradient,
    });
    return mapTree((p, u) => p.add(u), params, updates) as readonly [Tensor, Tensor]; // as many as there are params
  });
  const starts = (seed: number): NDArray =>
    NDArray.of(
      Float64Array.from(
        { length: chains },
        (_, i) => (4 * (hash32(i, seed, 1) >>> 0)) / 2 ** 32 - 2,
      ),
    );
  let [first, second] = [starts(1), starts(2)];
  const mass = new Float64Array(wide * high);
  const x = new Float64Array(chains);
  for (let t = 0; t < steps; t++) {
    for (let c = 0; c < chains; c++)
      x[c] = data[Math.floor(((hash32(t * chains + c, 9, 3) >>> 0) * count) / 2 ** 32)]!;
    const index = new NDArray(Int32Array.of(t), [], "i32");
    [first, second] = move(first, second, NDArray.of(x), index);
    if (2 * t < steps) continue;
    const weight = (t + steps / (100 ** (1 / 0.55) - 1)) ** -0.55;
    for (let c = 0; c < chains; c++) {
      const at = binOf(first.data[c]!, second.data[c]!);
      if (at !== undefined) mass[at]! += weight;
    }
  }
  return normalized(mass);
}

const totalVariation = (p: Float64Array, q: Float64Array): number =>
  p.reduce((sum, value, i) => sum + Math.abs(value - q[i]!) / 2, 0);

/** The share of the mass with θ₂ below 0: that of the mode near (1, −1). */
const secondMode = (mass: Float64Array): number =>
  mass.reduce((sum, value, i) => sum + (i % high < high / 2 ? value : 0), 0);

describe("sgld on the mixture of Welling and Teh", () => {
  const exact = posterior();

  test("visits both modes, and its samples are the posterior's to a total variation below 0.1", () => {
    const mass = sampled(sgld(rate));
    expect(totalVariation(mass, exact)).toBeLessThan(0.1);
    expect(Math.abs(secondMode(mass) - secondMode(exact))).toBeLessThan(0.1);
    expect(secondMode(exact)).toBeGreaterThan(0.3);
  });

  test("does not with noise of the size of the rate, which the measure notices", () => {
    expect(totalVariation(sampled(tooQuiet), exact)).toBeGreaterThan(0.3);
  });
});

test("sgld's samples have the covariance of a Gaussian posterior to 5 %", () => {
  // U(x) = ½xᵀAx with A⁻¹ = [[2, 0.6], [0.6, 0.5]]; the chain's own covariance is larger by about η/2.
  const [size, rounds] = [1500, 400] as const;
  const [p, q, r] = [0.5 / 0.64, -0.6 / 0.64, 2 / 0.64];
  const rule = sgld(0.02);
  const move = jit((u: Tensor, v: Tensor, index: Tensor) => {
    const gradient = [u.mul(p).add(v.mul(q)), u.mul(q).add(v.mul(r))];
    const { updates } = rule.update(gradient, {}, [u, v], {
      ...{ index, total: rounds, key: foldIn(key(3), index) },
      gradientAt: () => gradient,
    });
    return mapTree((x, d) => x.add(d), [u, v], updates) as readonly [Tensor, Tensor]; // as many as there are params
  });
  let [u, v] = [NDArray.zeros([size], "f64"), NDArray.zeros([size], "f64")];
  const sums = [0, 0, 0];
  let samples = 0;
  for (let t = 0; t < 2 * rounds; t++) {
    const index = new NDArray(Int32Array.of(t), [], "i32");
    [u, v] = move(u, v, index);
    if (t < rounds || t % 80 !== 0) continue;
    samples += size;
    for (let i = 0; i < size; i++) {
      sums[0]! += u.data[i]! ** 2;
      sums[1]! += u.data[i]! * v.data[i]!;
      sums[2]! += v.data[i]! ** 2;
    }
  }
  [2, 0.6, 0.5].forEach((exact, k) => {
    expect(Math.abs(sums[k]! / samples / exact - 1)).toBeLessThan(0.05);
  });
});
