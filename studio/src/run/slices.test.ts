import { describe, expect, test } from "vitest";
import type { LandscapeArtefact } from "../../../src/drawing/landscape.ts";
import type { ArtefactInfo } from "../../../src/studio/protocol.ts";
import { matches } from "./search.ts";
import { bySteps, evaluationsCost, flagsOf, keptSteps, planeKey } from "./slices.ts";

const named = (name: string, step?: number): ArtefactInfo => ({
  ...{ sha256: name, kind: "landscape", name, mediaType: "application/json" },
  ...{ size: 1, created: 0, step },
});

describe("kept slices", () => {
  test("are one plane where they differ in the step alone, however their flags are ordered", () => {
    expect(flagsOf(named("landscape plane=random grid=51 line place=-0.3,1"))).toEqual({
      ...{ plane: "random", grid: 51, line: true, place: "-0.3,1" },
    });
    const a = named("landscape plane=random grid=51 through=40", 40);
    const b = named("landscape grid=51 plane=random", 80);
    const other = named("landscape plane=random grid=21", 40);
    expect(planeKey(a)).toBe(planeKey(b));
    expect(bySteps([a, b, other], planeKey(b), 80)).toEqual(
      new Map([
        [40, a],
        [80, b],
      ]),
    );
  });

  test("may go through where training began, which is drawn again", () => {
    expect(keptSteps({ checkpoints: [40, 80] })).toEqual([0, 40, 80]);
    expect(keptSteps({ checkpoints: [0, 80] })).toEqual([0, 80]);
    expect(keptSteps({ checkpoints: [] })).toEqual([]);
  });

  test("tell what the next costs, by what they took; else by the training's pace", () => {
    const reply = {
      config: { steps: 80, epochs: 20, batchSize: 32 },
      cost: { examples: 2560, seconds: { train: 1.28 } },
    };
    // 128 rows: a third of 128 · 0.5 ms each.
    expect(evaluationsCost(reply, 3000, 0, undefined)).toBe(
      "3 000 evaluations over 128 rows, at most 1 min 4 s by the pace of its training",
    );
    const slice = { cost: { evaluations: 100, seconds: 0.2 }, rows: 64, ofRows: 128 };
    const told = evaluationsCost(reply, 3000, 0, slice as unknown as LandscapeArtefact); // what is read of it
    // Measured on half of the rows.
    expect(told).toBe("3 000 evaluations, at most 12.0 s: the last slice took 4 ms each");
    expect(evaluationsCost(reply, 3000, 64, slice as unknown as LandscapeArtefact)).toBe(
      "3 000 evaluations, about 6.0 s: the last slice took 2 ms each",
    );
    // A small slice, of which most was its beginning.
    const small = { ...slice, cost: { evaluations: 2, seconds: 0.2 } };
    expect(evaluationsCost(reply, 3000, 0, small as unknown as LandscapeArtefact)).toMatch(
      /at most 1 min 4 s by the pace of its training$/,
    );
    expect(evaluationsCost({ config: {} }, 1, 0, undefined)).toBe(
      "1 evaluation over the training rows",
    );
  });
});

test.for([
  ["", true],
  ["RELU 12x2", true],
  ["[12, 2]", true],
  ["12,2 dense", true],
  ["12×3", false],
  ["tanh", false],
] as const)("a search for %j", ([sought, isFound]) => {
  expect(matches(sought, "4 dense 12×2, 2 32×2 dot add relu 4.weight")).toBe(isFound);
});
