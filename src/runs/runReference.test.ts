import { describe, expect, test } from "vitest";
import { newRunId, resolveRun } from "./runReference.ts";
import { seeded } from "./testing.ts";

const known = [
  { id: "m2bb", name: "digits" },
  { id: "k3f9", name: "conv" },
  { id: "k3g2", name: "digits" },
  { id: "k3g2x", name: "k3" },
];

describe("a reference to a run", () => {
  test.for([
    ["@", "m2bb"],
    ["@1", "m2bb"],
    ["@2", "k3f9"],
    ["@4", "k3g2x"],
    ["k3f9", "k3f9"],
    ["k3f", "k3f9"],
    ["m", "m2bb"],
    ["conv", "conv"],
    ["k3g2", "k3g2"],
    ["k3", "k3g2x"],
  ] as const)("%s finds what is meant", ([reference, expected]) => {
    const id = resolveRun(reference, known);
    expect(known.find((run) => run.id === id || run.name === id)).toEqual(
      known.find((run) => run.id === expected || run.name === expected),
    );
  });

  test.for([
    ["digits", /2 runs are named "digits"[\s\S]*m2bb, k3g2[\s\S]*try: the whole id/],
    ["k3g", /2 runs start with "k3g"[\s\S]*k3g2, k3g2x/],
    ["k", /3 runs start/],
  ] as const)("%s is ambiguous, and the error lists the runs", ([reference, message]) => {
    expect(() => resolveRun(reference, known)).toThrow(message);
  });

  test.for([
    ["k4f9", /no run "k4f9"[\s\S]*did you mean k3f9\?/],
    ["cnov", /did you mean conv\?/],
    ["zzzzzzzz", /nadir ls/],
    ["", /no run ""/],
    ["@5", /up to @4 for the oldest/],
    ["@0", /no run "@0"/],
    ["@1.5", /no run "@1.5"/],
    ["@-1", /no run "@-1"/],
  ] as const)("%j finds nothing, and the error says what would", ([reference, message]) => {
    expect(() => resolveRun(reference, known)).toThrow(message);
  });

  test("in an empty store says how to make a run", () => {
    expect(() => resolveRun("@", [])).toThrow(/empty[\s\S]*nadir train/);
  });
});

describe("a new id", () => {
  test("is a letter, a digit and letters or digits that nobody misreads", () => {
    const random = seeded(3);
    for (let i = 0; i < 1000; i++) {
      const id = newRunId(4, (below) => Math.floor(random() * below));
      expect(id).toMatch(/^[bcdfghjkmnpqrstvwxz][2-9][bcdfghjkmnpqrstvwxz2-9]{2}$/);
    }
    expect(newRunId(8)).toHaveLength(8);
  });
});
