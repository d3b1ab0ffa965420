import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { nestSettings, parseSettings, requireKnownSettings } from "./keyValues.ts";

const parsed = (...words: string[]): unknown => Object.fromEntries(parseSettings(words));

describe("parseSettings", () => {
  test.for([
    ["learningRate=3e-4", { learningRate: 3e-4 }],
    ["epochs=20", { epochs: 20 }],
    ["x0=[-1.2,1]", { x0: [-1.2, 1] }],
    ["escapeSaddles=false", { escapeSaddles: false }],
    ["method=adam", { method: "adam" }],
    ['name="7e1"', { name: "7e1" }],
    ["schedule.peak=.002", { "schedule.peak": 0.002 }],
    ['penalty={"kind":"l1"}', { penalty: { kind: "l1" } }],
    ["name=a=b", { name: "a=b" }],
    ["tag=", { tag: "" }],
    ["limit=null", { limit: null }],
  ] as const)("reads %s", ([word, expected]) => {
    expect(parsed(word)).toEqual(expected);
  });

  property.prop([fc.double({ noNaN: true, noDefaultInfinity: true })])(
    "reads every number as JavaScript writes it",
    (value) => {
      expect(parsed(`a=${value}`)).toEqual({ a: value === 0 ? 0 : value });
    },
  );

  test.for(["epochs", "=3", "3x=1", "a..b=1", "__proto__.x=1", "a.constructor=1"])(
    "refuses %s, and says what a setting looks like",
    (word) => {
      expect(() => parsed(word)).toThrow(/cannot read the setting .*\n.*key=value/);
    },
  );

  test("refuses broken JSON with the setting's name", () => {
    expect(() => parsed("x0=[1,2")).toThrow(/"x0" is not JSON: \[1,2/);
  });

  test.for([[["a=1", "a=2"]], [["a=1", "a.b=2"]], [["a.b=1", "a=2"]]] as const)(
    "refuses a setting that is given twice: %s",
    ([words]) => {
      expect(() => parsed(...words)).toThrow(/given twice/);
    },
  );
});

test("dotted keys nest", () => {
  const settings = parseSettings(["schedule.peak=2", "epochs=3", "schedule.warmup.part=0.1"]);
  expect(nestSettings(settings)).toEqual({
    schedule: { peak: 2, warmup: { part: 0.1 } },
    epochs: 3,
  });
});

describe("requireKnownSettings", () => {
  const known = ["learningRate", "epochs", "schedule"];

  test("admits known keys and the keys below them", () => {
    const settings = parseSettings(["epochs=1", "schedule.peak=2"]);
    expect(() => requireKnownSettings(settings, known, "mlp.ts")).not.toThrow();
  });

  test("names the nearest known key", () => {
    const settings = parseSettings(["learningrate=1"]);
    expect(() => requireKnownSettings(settings, known, "mlp.ts")).toThrow(
      /unknown setting "learningrate" for mlp\.ts\n.*one of learningRate, epochs, schedule\n.*did you mean learningRate\?/,
    );
  });
});
