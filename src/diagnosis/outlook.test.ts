import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { answer } from "../linalg/ask.ts";
import { gradientDescent } from "../methods/rules/gradientDescent.ts";
import { minimize } from "../training/minimize.ts";
import { lookBeyond } from "./outlook.ts";
import type { Verdict } from "./verdict.ts";

const textbook = (x: Tensor): Tensor => x.at(0).sin().add(x.at(0).mul(0.2));
const monkey = (x: Tensor): Tensor => {
  const [a, b] = [x.at(0), x.at(1)];
  return a.pow(3).sub(a.mul(b.square()).mul(3));
};

describe("outlook", () => {
  test("tells of the textbook's run that it stopped short, of which minimum, and that lower is nowhere lowest", async () => {
    const { verdict } = await minimize(textbook, {
      ...{ x0: [5], method: gradientDescent(0.01), maxIterations: 200 },
      outlook: true,
    });
    expect(verdict).toMatchObject({ kind: "not-stationary", why: "budget" });
    const [norm, near, far] = verdict.evidence;
    expect(norm).toMatch(/0\.0657, is above the tolerance/);
    expect(near).toMatch(/a local minimum of value -0\.07\d+ at \[4\.511031\]/);
    expect(far).toMatch(
      /along (−x₀|minus the gradient), and falls faster and faster.*unbounded below/,
    );
  });

  test("adds to a local minimum what is lower elsewhere, and leaves the verdict as it is", async () => {
    // Minima near 1 and 0, the left one lower.
    const tilted = (x: Tensor): Tensor =>
      x.at(0).square().sub(x.at(0)).square().mul(16).add(x.at(0).mul(0.2));
    const { verdict } = await minimize(tilted, { x0: [1], outlook: true });
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.evidence.at(-1)).toMatch(/the value is .* along .*: lower than here/);
  });

  test("has nothing to add at the bottom of a bowl", async () => {
    const bowl = (x: Tensor): Tensor => x.sub(1).square().sum();
    const options = { x0: [3, 4] };
    const [without, withIt] = await Promise.all([
      minimize(bowl, options),
      minimize(bowl, { ...options, outlook: true }),
    ]);
    expect(withIt!.verdict).toEqual(without!.verdict);
  });

  test("does not take a value that levels off for an endless fall", async () => {
    const levels = (x: Tensor): Tensor =>
      x.at(0).square().sub(2).tanh().add(x.at(0).mul(-3).tanh());
    const { verdict } = await minimize(levels, { x0: [0.1], outlook: true });
    expect(verdict.evidence.join()).not.toMatch(/faster and faster/);
  });
});

describe("what lies along a ray", () => {
  /** What is told of a minimum at 0 of value 0, by values at 1, 10, … 10⁶ to the right, and at 1 to the left. */
  const told = (right: readonly number[], left = 0): string => {
    const verdict: Verdict = {
      ...{ kind: "local-minimum", gradientNorm: 0, tolerance: 1e-6, evidence: [], advice: [] },
      ...{ smallestEigenvalue: 1, eigenvalueError: 0 },
    };
    const at = { x: new Float64Array(1), value: 0, gradient: new Float64Array(1) };
    const { evidence } = answer(lookBeyond(at, verdict, 1e-6), (request) => {
      if (request.kind !== "value") throw new Error(`it asks for ${request.kind}`);
      const x = request.x[0]!;
      return x > 0 ? right[Math.round(Math.log10(x))]! : x === -1 ? left : 0;
    });
    return evidence.join();
  };

  test("falls without end if each of three decades lowers it, by twice as much as the one before", () => {
    expect(told([0, 0, 0, 0, -1, -3, -7])).toMatch(/value is -7 .* falls faster and faster/);
    expect(told([0, 0, 0, 0, -1, -4, -8])).toMatch(/value is -8 .* lower than here/);
    expect(told([0, 0, 0, 0, 0, 0, -1])).toMatch(/lower than here/); // one low value
    expect(told([5, 5, 5, 5, -1, -1, -1])).toMatch(/lower than here/);
  });

  test("is told of the lowest that was met, whichever way", () => {
    expect(told([-5, 0, 0, 0, 0, 0, 0], -2)).toBe(
      "the value is -5 at distance 1 along x₀: lower than here",
    );
    expect(told([-2, 0, 0, 0, 0, 0, 0], -5)).toBe(
      "the value is -5 at distance 1 along −x₀: lower than here",
    );
    expect(told([0, 0, 0, 0, 0, 0, 0])).toBe("");
  });
});

describe("runs without end", () => {
  test.for([
    ["the monkey saddle", monkey, [1, 0.5] as readonly number[]],
    ["a plane", (x: Tensor) => x.at(0).mul(3).sub(x.at(1)), [0, 0]],
    ["−x⁴", (x: Tensor) => x.pow(4).sum().neg(), [1, 2]],
  ] as const)("%s is unbounded, in the direction the run took", async ([, f, x0]) => {
    const { verdict, x } = await minimize(f, { x0: [...x0] });
    if (verdict.kind !== "unbounded") throw new Error(`the verdict is ${verdict.kind}`);
    expect(Math.hypot(...verdict.along)).toBeCloseTo(1, 10);
    const away = x.reduce((sum, xi, i) => sum + (xi - x0[i]!) * verdict.along[i]!, 0);
    expect(away).toBeGreaterThan(0);
    expect(verdict.evidence[0]).toMatch(/the value fell from .* to -/);
  });

  test("a function that is only large and negative is not", async () => {
    const deep = (x: Tensor): Tensor => x.sub(1).square().sum().sub(1e20);
    const { verdict } = await minimize(deep, { x0: [1e3] });
    expect(verdict.kind).not.toBe("unbounded");
    // On its way from 0 down to −10⁶, when the budget ends.
    const bowl = (x: Tensor): Tensor => x.sub(1e3).square().sum().sub(1e6);
    const stopped = await minimize(bowl, {
      ...{ x0: [0], method: gradientDescent(0.1), maxIterations: 10 },
    });
    expect(stopped.value).toBeLessThan(-9e5);
    expect(stopped.verdict.kind).toBe("not-stationary");
  });
});
