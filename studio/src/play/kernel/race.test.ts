import { gradientDescent, lbfgs, minimize, momentum } from "nadir";
import { findTestFunction } from "nadir/data";
import { describe, expect, test } from "vitest";
import { examples } from "../examples.ts";
import { mappedMethods, methodNames, settingsOf } from "../methods.ts";
import { makeMethod, methodFacts } from "./makers.ts";
import { outcomeRow } from "./outcomes.ts";
import { gridOf, runRacer } from "./race.ts";
import { readLoss } from "./userCode.ts";

const rosenbrock = readLoss(examples[0]!.code);
const own = findTestFunction("rosenbrock").f;

describe("examples", () => {
  test.for(examples)(
    "$name is the function that nadir knows by that name",
    ({ key, code, view, start }) => {
      const known = findTestFunction(key, 2);
      const loss = readLoss(code);
      expect(loss.start).toEqual(start);
      const [mine, theirs] = [gridOf(loss.f, view, 9, 7), gridOf(known.f, view, 9, 7)];
      mine.values.forEach((value, i) => {
        const expected = theirs.values[i]!;
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(expected)));
      });
      const [left, right, bottom, top] = view;
      expect(start[0] > left && start[0] < right && start[1] > bottom && start[1] < top).toBe(true);
    },
  );
});

describe("methods", () => {
  const ends = methodNames.flatMap((method) => [
    { method, settings: {} },
    ...settingsOf(method).flatMap(({ name, low, high, initial }) =>
      [low, high, initial].map((value) => ({ method, settings: { [name]: value } })),
    ),
  ]);
  test("take both ends of each of their sliders, and what they begin with", () => {
    for (const racer of ends) {
      const { kind, name } = makeMethod(racer);
      expect([kind, name]).toEqual([
        methodFacts().find((each) => each.name === racer.method)?.kind,
        racer.method,
      ]);
    }
  });

  test("refuse what is beyond", () => {
    expect(() => makeMethod({ method: "momentum", settings: { momentum: 1 } })).toThrow(/momentum/);
    expect(() => makeMethod({ method: "zork", settings: {} })).toThrow(/no method "zork"/);
  });
});

describe("a race", () => {
  test.for([
    [{ method: "lbfgs", settings: {} }, lbfgs()],
    [{ method: "momentum", settings: { learningRate: 0.002 } }, momentum(0.002, { momentum: 0.9 })],
    [{ method: "gradientDescent", settings: {} }, gradientDescent(0.001)],
  ] as const)("gives $0.method what minimize gives it", async ([racer, method]) => {
    const race = { start: [-1.2, 1], racers: [racer], budget: 3000, seed: 0 } as const;
    const found = await runRacer(rosenbrock, race, 0);
    const { verdict, value, iterations, x } = await minimize(own, {
      ...{ x0: [-1.2, 1], method, maxEvaluations: 3000, maxIterations: 30_000, engine: "js" },
    });
    expect(found.verdict.kind).toBe(verdict.kind);
    expect(found.iterations).toBe(iterations);
    expect(found.value).toBeCloseTo(value, 14);
    expect(Array.from(found.path.subarray(-2))).toEqual(x.map((xi) => expect.closeTo(xi, 12)));
    expect(found.spent).toHaveLength(found.values.length);
    expect(found.path).toHaveLength(2 * found.values.length);
  });
});

describe("the map of settings", () => {
  const ask = {
    ...{ code: examples[0]!.code, start: [-1.2, 1], method: "momentum", settings: {} },
    ...{ rates: [1e-4, 1e-3, 2e-3, 0.1], second: { name: "momentum", values: [0.5, 0.95] } },
    ...{ steps: 1500, tolerance: 1e-3 },
  } as const;

  test.for([0, 1])("counts the steps that each setting takes alone, row %s", async (row) => {
    const { steps } = outcomeRow(rosenbrock, ask, row);
    for (const [i, rate] of ask.rates.entries()) {
      const method = momentum(rate, { momentum: ask.second.values[row]! });
      const { verdict, iterations } = await minimize(own, {
        ...{ x0: [-1.2, 1], method, tolerance: 1e-3, maxIterations: 1500, engine: "js" },
      });
      const alone =
        verdict.gradientNorm <= 1e-3 ? iterations : verdict.kind === "not-stationary" ? 0 : -1;
      expect([rate, steps[i]]).toEqual([rate, alone]);
    }
  });

  test.for([...mappedMethods])("is there for %s", (method) => {
    const [, second] = settingsOf(method);
    const given = { ...ask, method, second: { name: second!.name, values: [0.5] }, steps: 5 };
    const { steps } = outcomeRow(rosenbrock, given, 0);
    expect(steps).toHaveLength(4);
  });
});
