import { expect, test } from "vitest";
import { requireKeptRun } from "../runs/keptRunCheck.ts";
import { keptRace } from "./keptRace.ts";
import type { SavedRacer, SaveRaceRequest } from "./protocol.ts";

const evidence = { gradientNorm: 1e-9, tolerance: 1e-8, evidence: ["flat"], advice: [] };
const racer: SavedRacer = {
  ...{ method: "adam", settings: { learningRate: 0.1 }, iterations: 2, saddlesLeft: 0 },
  ...{ values: [4, 1, Number.NaN], spent: [1, 2, 3], path: [0, 0, 1, 1, 2, Number.NaN] },
  verdict: { kind: "local-minimum", smallestEigenvalue: 2, eigenvalueError: 0, ...evidence },
};
const race: SaveRaceRequest = {
  ...{ target: "himmelblau", code: "export default 1", link: "v=1&f=himmelblau&x=0,0" },
  ...{ browser: "Mozilla/5.0", start: [0, 0], budget: 100, seed: 7 },
  racers: [
    racer,
    {
      ...{ ...racer, method: "lbfgs" },
      verdict: {
        ...{ kind: "saddle", smallestEigenvalue: -1, eigenvalueError: 0, predictedDecrease: 1 },
        ...{ direction: [1, 0], ...evidence },
      },
    },
  ],
};

test("a race becomes a run for each method, the first of them newest, as it was measured", () => {
  const { runs, tag } = keptRace(race, 1000);
  for (const run of runs) requireKeptRun(run);
  expect(runs.map(({ config }) => config["method"])).toEqual(["lbfgs", "adam"]);
  const [lbfgs, adam] = runs;
  expect(adam).toMatchObject({
    ...{ name: "himmelblau adam", seed: 7, status: "ended", steps: 2, loss: Number.NaN },
    ...{ tags: [tag], notes: [{ text: "from Play: /play#v=1&f=himmelblau&x=0,0" }] },
    config: { settings: { learningRate: 0.1 }, budget: 100, x0: [0, 0] },
    cost: { gradientEquivalents: 3 },
  });
  expect([...(adam?.series.get("y")?.values ?? [])]).toEqual([0, 1, Number.NaN]);
  expect([...(adam?.series.get("loss")?.steps ?? [])]).toEqual([0, 1, 2]);
  expect(lbfgs?.verdict).toMatchObject({ kind: "saddle", direction: Float64Array.of(1, 0) });
});

const withRacer = (change: Readonly<Record<string, unknown>>): object => ({
  ...race,
  racers: [{ ...racer, ...change }],
});

test.for<[object, RegExp]>([
  [{}, /target/],
  [{ ...race, target: "<b>" }, /target is no name/],
  [{ ...race, target: "../../x" }, /target is no name/],
  [{ ...race, target: "x".repeat(300) }, /target/],
  [{ ...race, code: "x".repeat(200_001) }, /code/],
  [{ ...race, link: "\n# a link" }, /link/],
  [{ ...race, start: [0, Number.POSITIVE_INFINITY] }, /start/],
  [{ ...race, start: [0, 0, 0] }, /start is no point/],
  [{ ...race, start: [0] }, /start is no point/],
  [{ ...race, start: "0,0" }, /start/],
  [{ ...race, seed: -1 }, /seed is -1/],
  [{ ...race, budget: 0.5 }, /budget is 0.5/],
  [{ ...race, racers: [] }, /0 racers/],
  [{ ...race, racers: Array.from({ length: 13 }, () => racer) }, /13 racers/],
  [{ ...race, racers: [null] }, /racer 1 is no object/],
  [withRacer({ method: "a b" }), /method/],
  [withRacer({ settings: { rate: Number.NaN } }), /setting of racer 1 is not finite/],
  [withRacer({ settings: { "a b": 1 } }), /settings of racer 1/],
  [withRacer({ settings: { rate: "0.1" } }), /settings/],
  [withRacer({ values: [1, 2] }), /2 values, 3 prices and 3 points/],
  [withRacer({ spent: [3, 2, 1] }), /prices of racer 1/],
  [withRacer({ values: [1, "2", 3] }), /values of racer 1 is not a list of numbers/],
  [withRacer({ iterations: 1e300 }), /iterations/],
  [withRacer({ verdict: { kind: "best" } }), /kind of the verdict/],
  [withRacer({ verdict: { ...racer.verdict, evidence: [1] } }), /evidence/],
  [withRacer({ verdict: { ...racer.verdict, along: "x" } }), /along of racer 1/],
])("what is no race is refused by name: %#", ([body, message]) => {
  expect(() => keptRace(body, 0)).toThrow(
    expect.objectContaining({ code: "studio/request", message: expect.stringMatching(message) }),
  );
});
