import { describe, expect, test } from "vitest";
import { parseSettings } from "./keyValues.ts";
import { chooseSettings, namesOf, settingAt } from "./settings.ts";

const defaults = {
  learningRate: 1e-3,
  name: "plain",
  deep: true,
  layers: [8, 4],
  schedule: { peak: 1, warmup: { part: 0.1 } },
  anything: null,
};
const choose = (...words: string[]) => chooseSettings(defaults, parseSettings(words), "mlp.ts");

describe("chooseSettings", () => {
  test("overrides by dotted name and leaves the rest", () => {
    const { values, overridden } = choose("learningRate=2", "schedule.warmup.part=0.5");
    expect(values).toEqual({
      ...defaults,
      learningRate: 2,
      schedule: { peak: 1, warmup: { part: 0.5 } },
    });
    expect([...overridden]).toEqual(["learningRate", "schedule.warmup.part"]);
  });

  test("takes lists, objects in part, and anything for null", () => {
    expect(choose("layers=[1,2,3]").values["layers"]).toEqual([1, 2, 3]);
    expect(choose('schedule={"peak":3}').values["schedule"]).toEqual({
      peak: 3,
      warmup: { part: 0.1 },
    });
    expect(choose("anything=text").values["anything"]).toBe("text");
    expect(choose("deep=false", 'name="5"').values).toMatchObject({ deep: false, name: "5" });
  });

  test.for([
    ["learningrate=3e-4", /unknown setting "learningrate" for mlp\.ts[\s\S]*mean learningRate\?/],
    ["schedule.peek=1", /unknown setting "schedule\.peek"[\s\S]*mean schedule\.peak\?/],
    ['schedule={"warmup":{"parts":1}}', /unknown setting "schedule\.warmup\.parts"/],
    ["learningRate=fast", /"learningRate" is "fast"\n.*a number, as its default 0\.001 is/],
    ["learningRate=null", /"learningRate" is null\n.*a number/],
    ["name=5", /"name" is 5\n.*text, as its default "plain" is\n.*'name="5"'/],
    ["deep=1", /"deep" is 1\n.*true or false/],
    ["layers=8", /"layers" is 8\n.*a list, each entry a number/],
    ['layers=[8,"x"]', /a list, each entry a number/],
    ["schedule=1", /"schedule" is 1\n.*an object/],
  ] as const)("refuses %s", ([word, told]) => {
    expect(() => choose(word)).toThrow(told);
  });

  test("of a file without settings, every word is unknown", () => {
    expect(() => chooseSettings({}, parseSettings(["a=1"]), "x.ts")).toThrow(/has no settings/);
  });
});

test("names and values of nested settings", () => {
  expect(namesOf(defaults)).toContain("schedule.warmup.part");
  expect(settingAt(defaults, "schedule.warmup.part")).toBe(0.1);
  expect(settingAt(defaults, "schedule.no.part")).toBeUndefined();
});
