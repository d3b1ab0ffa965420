import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { stopGradient } from "../array/operations/derivative.ts";
import { stack } from "../array/operations/shaping.ts";
import type { Tensor } from "../array/tensor.ts";
import { gradientDescent } from "../methods/rules/gradientDescent.ts";
import { lbfgs } from "../methods/solvers/quasiNewton/lbfgs.ts";
import { trustRegion } from "../methods/solvers/secondOrder/trustRegion.ts";
import type { RunEvent } from "./events.ts";
import { minimize } from "./minimize.ts";

const rosenbrock = (x: Tensor): Tensor => {
  const [a, b] = [x.at(0), x.at(1)];
  return b.sub(a.square()).square().mul(100).add(a.neg().add(1).square());
};
/** x² − y² + y⁴/4: a saddle at 0, minima −1 at (0, ±√2). */
const saddle = (x: Tensor): Tensor => {
  const [a, b] = [x.at(0), x.at(1)];
  return a.square().sub(b.square()).add(b.pow(4).div(4));
};

describe("minimize", () => {
  test.for(["trustRegion", "lbfgs"])(
    "finds the Rosenbrock function's minimum by %s",
    async (method) => {
      const result = await minimize(rosenbrock, { x0: [-1.2, 1], method });
      expect(result.x[0]).toBeCloseTo(1, 6);
      expect(result.x[1]).toBeCloseTo(1, 6);
      expect(result.verdict.kind).toBe("local-minimum");
      expect(result.gradientNorm).toBeLessThanOrEqual(result.verdict.tolerance);
      expect(result.history).toHaveLength(result.iterations + 1);
      expect(result.evaluations.gradient).toBeGreaterThan(0);
    },
  );

  test.for([
    [0, 0],
    [1, 0],
  ] as const)("leaves the saddle when started at (%s, %s), and says so", async ([x, y]) => {
    const result = await minimize(saddle, { x0: [x, y], method: trustRegion() });
    expect(result.value).toBeCloseTo(-1, 10);
    expect(result.verdict.kind).toBe("local-minimum");
  });

  test("reports a saddle with its direction when told to stay", async () => {
    const { verdict, saddlesLeft, x } = await minimize(saddle, { x0: [0, 0], method: lbfgs() });
    expect(saddlesLeft).toBe(0);
    expect(x).toEqual([0, 0]);
    if (verdict.kind !== "saddle") throw new Error(`the verdict is ${verdict.kind}`);
    expect(verdict.smallestEigenvalue).toBeCloseTo(-2, 12);
    expect(Math.abs(verdict.direction[1]!)).toBeCloseTo(1, 12);
    expect(verdict.predictedDecrease).toBeGreaterThan(0);
  });

  test("keeps the point of each entry of the history where asked, in the form of the start", async () => {
    const f = ({ a, b }: { readonly a: Tensor; readonly b: Tensor }): Tensor =>
      rosenbrock(stack([a, b]));
    const asked = { x0: { a: -1.2, b: 1 }, method: "lbfgs" } as const;
    const { path, history, x } = await minimize(f, { ...asked, keepPath: true });
    expect(path).toHaveLength(history.length);
    expect(path?.[0]).toEqual({ a: -1.2, b: 1 });
    expect(path?.at(-1)).toEqual(x);
    path?.forEach(({ a, b }, i) => {
      expect(100 * (b - a * a) ** 2 + (1 - a) ** 2).toBeCloseTo(history[i]!.value, 9);
    });
    expect((await minimize(f, asked)).path).toBeUndefined();
  });

  test("counts the saddles a first-order solver was carried over", async () => {
    const result = await minimize(saddle, { x0: [1, 0], method: lbfgs(), escapeSaddles: true });
    expect(result.saddlesLeft).toBe(1);
    expect(result.value).toBeCloseTo(-1, 10);
  });

  test.for([
    ["x² + y³", (x: Tensor) => x.at(0).square().add(x.at(1).pow(3))],
    [
      "the monkey saddle",
      (x: Tensor) =>
        x
          .at(0)
          .pow(3)
          .sub(x.at(0).mul(x.at(1).square()).mul(3)),
    ],
    ["a constant", (x: Tensor) => x.sum().mul(0)],
  ] as const)("does not call %s at 0 a minimum", async ([, f]) => {
    const { verdict } = await minimize(f, { x0: [0, 0], escapeSaddles: false });
    expect(verdict.kind).toBe("degenerate");
  });

  test("takes a point on a curve of minima for no saddle", async () => {
    const f = (x: Tensor) => x.at(0).mul(x.at(1)).sub(1).square();
    const { verdict, saddlesLeft, value } = await minimize(f, { x0: [2, 3] });
    expect(value).toBeLessThan(1e-16);
    expect(verdict.kind).toBe("degenerate");
    expect(saddlesLeft).toBe(0);
  });

  test("calls a bottom flatter than a paraboloid degenerate, though each point near it is curved", async () => {
    // x² − x sin x, which is x⁴/6 near 0: what its operations prove convex would be certified.
    const flat = (x: Tensor): Tensor => x.square().sub(x.sin().mul(x)).sum();
    const { verdict } = await minimize(flat, { x0: [1, 2], method: lbfgs() });
    expect(verdict.kind).toBe("degenerate");
  });

  test("finds the local minimum where the textbook's gradient descent stops short", async () => {
    const f = (x: Tensor) => x.at(0).sin().add(x.at(0).mul(0.2));
    const short = await minimize(f, { x0: [5], method: gradientDescent(0.01), maxIterations: 200 });
    expect(short.x[0]).toBeCloseTo(4.577708, 5);
    expect(short.verdict).toMatchObject({ kind: "not-stationary", why: "budget" });
    expect(short.gradientNorm).toBeCloseTo(0.065726, 5);
    const { x, verdict } = await minimize(f, { x0: [5] });
    expect(x[0]).toBeCloseTo(4.511031, 6);
    expect(verdict.kind).toBe("local-minimum");
  });

  test("gives the point in the form of the start", async () => {
    const bowl = (p: { readonly a: Tensor; readonly b: readonly Tensor[] }): Tensor =>
      p.a.sub(3).square().sum().add(p.b[0]!.add(1).square().sum()).add(p.b[1]!.square().sum());
    const x0 = { a: new Float32Array([1, 2]), b: [NDArray.of([[0, 0]]), NDArray.of(4)] };
    const { x } = await minimize(bowl as never, { x0 });
    expect(x.a).toBeInstanceOf(Float32Array);
    expect([...x.a]).toEqual([3, 3]);
    expect(x.b[0]!.shape).toEqual([1, 2]);
    expect(x.b[1]!.item()).toBeCloseTo(0, 8);
    expect((await minimize((t: Tensor) => t.sub(2).square(), { x0: 1 })).x).toBeCloseTo(2, 8);
    expect(
      (
        await minimize((t: Tensor) => t.square().sum(), {
          x0: [
            [1, 2],
            [3, 4],
          ],
        })
      ).x,
    ).toHaveLength(2);
  });

  test("gives equal bits for equal seeds, and traces the function anew at each call", async () => {
    let factor = 1;
    const f = (x: Tensor) => x.sub(factor).square().sum();
    const first = await minimize(f, { x0: [5, 6] });
    expect(await minimize(f, { x0: [5, 6] })).toMatchObject({ x: first.x, value: first.value });
    factor = 2;
    expect((await minimize(f, { x0: [5, 6] })).x[0]).toBeCloseTo(2, 8);
  });

  test("does not mistake functions for each other that differ in their derivatives alone", async () => {
    const whole = await minimize((x: Tensor) => x.sub(1).square().sum(), { x0: [3] });
    const held = await minimize((x: Tensor) => stopGradient(x.sub(1)).mul(x.sub(1)).sum(), {
      x0: [3],
      method: gradientDescent(0.5),
      maxIterations: 1,
    });
    expect(whole.x[0]).toBeCloseTo(1, 8);
    expect(held.x[0]).toBeCloseTo(2, 12); // the gradient is x − 1, not 2(x − 1)
  });

  test("agrees between the engines", async () => {
    const [js, onnx] = await Promise.all(
      (["js", "onnx"] as const).map((engine) =>
        minimize(rosenbrock, { x0: [-1.2, 1], engine, method: "lbfgs" }),
      ),
    );
    expect(onnx!.engine).toBe("onnx");
    expect(onnx!.x[0]).toBeCloseTo(js!.x[0]!, 8);
  });

  test("tells what happens as it goes", async () => {
    const events: RunEvent[] = [];
    const result = await minimize(rosenbrock, {
      x0: [-1.2, 1],
      onEvent: (event) => events.push(event),
    });
    expect(events[0]?.kind).toBe("start");
    expect(events.at(-1)?.kind).toBe("end");
    expect(events.filter(({ kind }) => kind === "progress")).toHaveLength(result.iterations);
  });

  test.for([
    [
      "a NaN start",
      () => minimize(rosenbrock, { x0: [Number.NaN, 1] }),
      /x0 holds NaN at position 0/,
    ],
    ["an empty start", () => minimize(rosenbrock, { x0: [] }), /x0 is empty/],
    ["a text start", () => minimize(rosenbrock as never, { x0: "here" }), /the string "here"/],
    [
      "a vector result",
      () => minimize((x: Tensor) => x.mul(2), { x0: [1, 2] }),
      /returned an array of shape \[2\]/,
    ],
    ["no result", () => minimize((() => undefined) as never, { x0: [1] }), /returned nothing/],
    [
      "an unknown method",
      () => minimize(rosenbrock, { x0: [1, 1], method: "lbgfs" }),
      /did you mean lbfgs/,
    ],
    [
      "an unknown option",
      () => minimize(rosenbrock, { x0: [1, 1], tolerence: 1 } as never),
      /did you mean tolerance/,
    ],
    [
      "a negative tolerance",
      () => minimize(rosenbrock, { x0: [1, 1], tolerance: -1 }),
      /tolerance is -1/,
    ],
    ["a point outside", () => minimize((x: Tensor) => x.at(5), { x0: [1, 1] }), /no element \[5\]/],
  ] as const)("refuses %s in one clear sentence", async ([, run, message]) => {
    await expect(run()).rejects.toThrow(message);
  });

  test("says diverged where the function has no value", async () => {
    const { verdict } = await minimize((x: Tensor) => x.at(0).log(), { x0: [-1] });
    expect(verdict.kind).toBe("diverged");
  });
});
