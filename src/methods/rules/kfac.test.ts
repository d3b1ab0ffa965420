import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { array } from "../../array/operations/creation.ts";
import type { Tensor } from "../../array/tensor.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import { numbersFrom } from "../../linalg/testing.ts";
import { crossEntropy } from "../../models/losses/crossEntropy.ts";
import { mse } from "../../models/losses/regression.ts";
import { jit } from "../../runtime/jit.ts";
import golden from "./kfac.golden.json" with { type: "json" };
import { type KfacOptions, type KfacState, kfac } from "./kfac.ts";
import { inverse } from "./matrixRoot.ts";
import { adam, byPath, chain, clipByGlobalNorm } from "./registry.ts";
import type { Rule } from "./rule.ts";
import { numbersOf, progressOf, type TestProblem, trajectory } from "./testing.ts";

const matrix = (rows: readonly (readonly number[])[]): NDArray =>
  NDArray.of(rows, undefined, "f64");

/** The network of the golden data: 3-4-3, tanh. */
const network: TestProblem = {
  start: {
    first: { bias: NDArray.of(golden.start.b1, undefined, "f64"), weight: matrix(golden.start.W1) },
    second: matrix(golden.start.W2),
  },
  loss: (params) => {
    const [bias, weight, second] = tensorsOf(params);
    const hidden = array(golden.x).matmul(weight!).add(bias!).tanh();
    return crossEntropy(hidden.matmul(second!), array(golden.label, "i32"));
  },
};

const empirical = (rate: number, options: KfacOptions): Rule =>
  kfac(rate, { fisher: "empirical", part: 1, ...options });

/** Rows of data and targets for one linear layer of two outputs. */
const next = numbersFrom(3);
const rows = Array.from({ length: 8 }, () => [next(), next(), next()]);
const targets = rows.map(() => [next(), next()]);
const linear: TestProblem = {
  start: {
    bias: NDArray.of([0, 0], undefined, "f64"),
    weight: matrix([
      [0, 0],
      [0, 0],
      [0, 0],
    ]),
  },
  loss: (params) => {
    const [bias, weight] = tensorsOf(params);
    return mse(array(rows).matmul(weight!).add(bias!), array(targets));
  },
};

describe("kfac", () => {
  test.for(golden.cases)("takes the steps of whole Fisher blocks in NumPy, $name", (given) => {
    const { rate, lam, kappa, mu, decay, every, path } = given;
    const rule = empirical(rate, { damping: lam, klClip: kappa, momentum: mu, decay, every });
    const steps = trajectory(rule, network, path.length).slice(1);
    steps.forEach((params, k) => {
      params.forEach((value, i) => {
        expect(Math.abs(value - path[k]![i]!), `step ${k}, entry ${i}`).toBeLessThan(1e-9);
      });
    });
  });

  test("of a single example the factors' product is the exact Fisher block, the gradient's outer product", () => {
    const one: TestProblem = {
      ...network,
      loss: (params) => {
        const [bias, weight, second] = tensorsOf(params);
        const hidden = array([golden.x[0]!]).matmul(weight!).add(bias!).tanh();
        return crossEntropy(hidden.matmul(second!), array([golden.label[0]!], "i32"));
      },
    };
    const { state } = progressOf(empirical(0.1, {}), one, 1)[1]!;
    const { inputs, outputs } = state as unknown as {
      // what kfac's init makes, as arrays
      readonly inputs: readonly NDArray[];
      readonly outputs: readonly NDArray[];
    };
    const slopes = jit((bias: Tensor, weight: Tensor, second: Tensor) => {
      const hidden = array([golden.x[0]!]).matmul(weight).add(bias).tanh();
      const p = hidden.matmul(second).sub(hidden.matmul(second).max()).exp();
      const error = p.div(p.sum()).sub(array([[1, 0, 0]]));
      const inner = error.matmul(second.transpose()).mul(hidden.square().neg().add(1));
      return [
        hidden.transpose().matmul(error),
        array([golden.x[0]!]).transpose().matmul(inner),
        inner,
      ];
    });
    const [ofSecond, ofFirst, ofBias] = slopes(
      golden.start.b1,
      golden.start.W1,
      golden.start.W2,
    ).map(({ data }) => Array.from(data));
    const blocks = [
      [...ofFirst!, ...ofBias!],
      [...ofSecond!, 0, 0, 0],
    ];
    blocks.forEach((gradient, layer) => {
      const [a, g] = [inputs[layer]!, outputs[layer]!];
      const [m, n] = [a.shape[0]!, g.shape[0]!];
      for (let i = 0; i < m * n; i++) {
        for (let j = 0; j < m * n; j++) {
          const ofInputs = a.data[Math.floor(i / n) * m + Math.floor(j / n)]!;
          const product = ofInputs * g.data[(i % n) * n + (j % n)]!;
          expect(product).toBeCloseTo(gradient[i]! * gradient[j]!, 12);
        }
      }
    });
  });

  test("a step does not depend on how a layer's inputs are mixed, but for the damping", () => {
    const mix = [
      [2, 1, 0],
      [0, 1, -1],
      [0.5, 0, 3],
    ];
    const options = { damping: 1e-10, klClip: 1e-3, every: 1, decay: 0 };
    const mixed: TestProblem = {
      start: linear.start,
      loss: (params) => {
        const [bias, weight] = tensorsOf(params);
        return mse(array(rows).matmul(array(mix)).matmul(weight!).add(bias!), array(targets));
      },
    };
    const ends = [linear, mixed].map((problem) => trajectory(empirical(0.1, options), problem, 6));
    const outputs = (params: readonly number[], of: readonly (readonly number[])[]): number[] =>
      of.flatMap((row) =>
        [0, 1].map((k) => row.reduce((sum, x, i) => sum + x * params[2 + 2 * i + k]!, params[k]!)),
      );
    const mixedRows = rows.map((row) =>
      [0, 1, 2].map((j) => row.reduce((sum, x, i) => sum + x * mix[i]![j]!, 0)),
    );
    const [plain, other] = [outputs(ends[0]![6]!, rows), outputs(ends[1]![6]!, mixedRows)];
    expect(Math.max(...plain!.map(Math.abs))).toBeGreaterThan(0.01);
    plain!.forEach((value, i) => {
      expect(Math.abs(value - other![i]!)).toBeLessThan(1e-4);
    });
  });

  test("works in chains and by path, where its inverses are renewed all the same", () => {
    const options = { klClip: 1e-2, every: 2 };
    const alone = trajectory(empirical(0.1, options), network, 6);
    const chained = trajectory(chain(clipByGlobalNorm(1e6), empirical(0.1, options)), network, 6);
    expect(chained).toEqual(alone);
    const grouped = byPath({ "*": empirical(0.1, options), "first.bias": adam(1e-3) });
    const [, , , last] = trajectory(grouped, network, 3);
    const [first] = alone;
    expect(last!.every((value, i) => value !== first![i])).toBe(true);
  });

  test("refuses params that belong to no layer, functions without data, and options out of range", () => {
    const scaled: TestProblem = {
      start: { scale: NDArray.of([1], undefined, "f64"), weight: matrix([[1], [1], [1]]) },
      loss: (params) => {
        const [scale, weight] = tensorsOf(params);
        return array(rows).matmul(weight!).mul(scale!).square().mean();
      },
    };
    expect(() => trajectory(empirical(0.1, {}), scaled, 1)).toThrow(
      /params.scale belong to no linear layer/,
    );
    expect(() => kfac(0.1, { damping: 0 })).toThrow(/above 0/);
    expect(() => kfac(0.1, { klClip: -1 })).toThrow(/above 0/);
    expect(() => kfac(0.1, { part: 2 })).toThrow(/at most 1/);
    expect(() => kfac(0.1, { fisher: "true" as "model" })).toThrow(/"model" or "empirical"/);
  });

  test("inverts by blocks what single numbers would, in sizes that halve unevenly", () => {
    const size = 77;
    const draw = numbersFrom(9);
    const half = new NDArray(Float64Array.from({ length: size * size }, draw), [size, size]);
    const product = jit((x: Tensor) => {
      const a = x.matmul(x.transpose()).mul(1 / size);
      const damped = a.add(
        array(
          Array.from({ length: size }, (_, i) =>
            Array.from({ length: size }, (_, j) => (i === j ? 0.01 : 0)),
          ),
        ),
      );
      return damped.matmul(inverse(damped));
    })(half);
    product.data.forEach((value, i) => {
      expect(Math.abs(value - (i % (size + 1) === 0 ? 1 : 0))).toBeLessThan(1e-9);
    });
  });

  test("leaves params alone at the first step, which only measures", () => {
    const [start, first, second] = progressOf(empirical(0.1, {}), network, 2);
    expect(numbersOf(first!.params)).toEqual(numbersOf(start!.params));
    expect(numbersOf(second!.params)).not.toEqual(numbersOf(start!.params));
    const state = first!.state as unknown as KfacState; // arrays stand where it has tensors
    expect(state.inputs).toHaveLength(2);
  });
});
