import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import golden from "./minimax.golden.json" with { type: "json" };
import { type MinimaxMethod, minimax } from "./minimax.ts";

type Game = (typeof golden.games)[number];

/** −log(1 + e⁻ᵗ). */
const logistic = (t: Tensor): Tensor => t.neg().softplus().neg();

/** The golden games in nadir's words. */
function payoff({ key, params }: Game): (x: Tensor, y: Tensor) => Tensor {
  // Each game has the numbers that its formula names.
  const given = params as { A?: number[][]; a?: number; b?: number; c?: number; gamma?: number };
  const { A = [[1]], a = 0, b = 0, c = 0, gamma = 0 } = given;
  if (key.startsWith("bilinear")) return (x, y) => x.matmul(A).mul(y).sum();
  if (key === "quadratic-game") {
    return (x, y) =>
      x
        .square()
        .mul(a / 2)
        .add(x.mul(y).mul(b))
        .sub(y.square().mul(c / 2))
        .sum();
  }
  const f = key.startsWith("dirac-gan") ? logistic : (t: Tensor): Tensor => t;
  return (x, y) =>
    f(x.mul(y))
      .sub(y.square().mul(gamma / 2))
      .sum();
}

const methodOf = (name: string): MinimaxMethod =>
  name === "negativeMomentumAlternating" ? "negativeMomentum" : (name as MinimaxMethod); // the other names are nadir's

const bilinear = (x: Tensor, y: Tensor): Tensor => x.mul(y).sum();

describe("minimax", () => {
  test.for(golden.games)("takes the reference's steps on $key, by each of its methods", (game) => {
    for (const { method, step, trajectory } of game.runs) {
      for (const [k, at] of Object.entries(trajectory)) {
        const { x, y } = minimax(payoff(game), {
          ...{ x0: game.x0, y0: game.y0, method: methodOf(method), stepSize: step },
          ...{ iterations: Number(k), tolerance: 0 },
        });
        [...x, ...y].forEach((value, i) => {
          const want = at[i]!;
          expect(Math.abs(value - want), `${method} ${step}, ${k} steps`).toBeLessThanOrEqual(
            1e-10 * (1 + Math.abs(want)),
          );
        });
      }
    }
  });

  test.for(golden.games)("finds the eigenvalues of $key at its equilibrium", (game) => {
    const zeros = (list: readonly number[]): number[] => list.map(() => 0);
    const { verdict } = minimax(payoff(game), { x0: zeros(game.x0), y0: zeros(game.y0) });
    const found = verdict.eigenvalues.toSorted(([a, b], [c, d]) => a - c || b - d);
    const want = game.jacobianEigAtOrigin
      .map(([re = 0, im = 0]) => [re, im] as const)
      .toSorted(([a, b], [c, d]) => a - c || b - d);
    const gaps = want.map(([re, im]) =>
      Math.min(...found.map(([a, b]) => Math.hypot(a - re, b - im))),
    );
    expect(Math.max(...gaps)).toBeLessThan(1e-8);
    expect(verdict.kind).toBe(want.every(([re]) => re < -1e-6) ? "stable" : "centre");
    expect(verdict.rotation).toBeGreaterThan(0.9);
  });

  test("on a bilinear game simultaneous steps spiral out by the factor told, the corrected ones go in", () => {
    const options = { x0: [1], y0: [1], stepSize: 0.4, iterations: 5000 } as const;
    const out = minimax(bilinear, { ...options, method: "simultaneous", iterations: 50 });
    expect(out.verdict.kind).toBe("not-stationary");
    expect(Math.hypot(...out.x, ...out.y)).toBeCloseTo(Math.SQRT2 * out.verdict.factor! ** 50, 8);
    for (const method of [
      "negativeMomentum",
      "extragradient",
      "optimistic",
      "consensus",
    ] as const) {
      const { verdict, x, y } = minimax(bilinear, { ...options, method });
      expect(verdict.kind, method).toBe("centre");
      expect(Math.hypot(...x, ...y)).toBeLessThan(1e-7);
      if (verdict.factor !== undefined) expect(verdict.factor).toBeLessThan(1);
    }
  });

  test("says unstable where a player would leave, and diverged where nothing is left", () => {
    const wrong = (x: Tensor, y: Tensor): Tensor => x.square().neg().sub(y.square()).sum();
    expect(minimax(wrong, { x0: [0], y0: [0] }).verdict.kind).toBe("unstable");
    const away = minimax(wrong, { x0: [1], y0: [0], method: "simultaneous", stepSize: 1e200 });
    expect(away.verdict.kind).toBe("diverged");
  });

  test.for([
    [{ stepSize: 0 }, /stepSize is 0.*above 0/s],
    [{ momentum: 0.5 }, /momentum is 0.5/],
    [{ consensus: -1 }, /consensus is -1/],
    [{ method: "extra" as "extragradient" }, /no method "extra"/],
    [{ x0: [] }, /where the two players start/],
    [{ stepsize: 1 } as object, /did you mean stepSize/],
  ] as const)("refuses %o", ([options, message]) => {
    expect(() => minimax(bilinear, { x0: [1], y0: [1], ...options })).toThrow(message);
  });
});
