import { describe, expect, test } from "vitest";
import * as rules from "./registry.ts";

/** What a call refuses, to say what types forbid. */
const refusal = (make: unknown, ...args: readonly unknown[]): string => {
  try {
    (make as (...args: readonly unknown[]) => unknown)(...args);
  } catch (error) {
    return String(error);
  }
  return "nothing was refused";
};

const all = Object.entries(rules);
/** Rules whose first argument is no rate, or that have none. */
const rateless = new Set(["frozen"]);
const rated = all.filter(([name, { info }]) => info.kind === "rule" && !rateless.has(name));
/** What an option of a name may not be, in whichever rule has it. */
const outside: readonly (readonly [option: string, bad: number])[] = [
  ["beta1", 1],
  ["beta2", 1],
  ["momentum", 1],
  ["momentum", -0.1],
  ["epsilon", 0],
  ["epsilon", -1e-8],
  ["weightDecay", -1],
  ["decay", -0.5],
  ["damping", -1],
  ["klClip", 0],
  ["iterations", 0.5],
  ["every", 0],
];

/** Rules that take nothing but a rate. */
const optionless = new Set(["gradientDescent"]);

describe.for(rated)("%s refuses", ([name, make]) => {
  test.for([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a rate of %d", (rate) => {
    expect(refusal(make, rate)).toMatch(new RegExp(` is ${rate}.*expected: .*above 0`, "s"));
  });

  test.for(optionless.has(name) ? [] : outside)(
    "%s: %d, if it has that option, with the allowed range",
    ([option, bad]) => {
      const said = refusal(make, 0.1, { [option]: bad });
      const range = new RegExp(`${option} is ${bad}\\b.*expected: .*(above|below|least|most)`, "s");
      expect(said).toMatch(new RegExp(`unknown option "${option}"|${range.source}`, "s"));
    },
  );
});

test("each of these options is some rule's", () => {
  const known = outside.filter(([option, bad]) =>
    rated.some(
      ([name, make]) =>
        !optionless.has(name) && !refusal(make, 0.1, { [option]: bad }).includes("unknown option"),
    ),
  );
  const names = new Set(known.map(([option]) => option));
  expect([...names].sort()).toEqual([
    ...["beta1", "beta2", "damping", "decay", "epsilon", "every", "iterations"],
    ...["klClip", "momentum", "weightDecay"],
  ]);
});

describe("transforms refuse", () => {
  const step = rules.sgd(0.1);
  test.for<[string, () => string]>([
    ["clipByValue of 0", () => refusal(rules.clipByValue, 0)],
    ["clipByValue below 0", () => refusal(rules.clipByValue, -1)],
    ["clipByNorm of 0", () => refusal(rules.clipByNorm, 0)],
    ["clipByGlobalNorm below 0", () => refusal(rules.clipByGlobalNorm, -1)],
    ["adaptiveClip of 0", () => refusal(rules.adaptiveClip, 0)],
    ["sam with a radius of 0", () => refusal(rules.sam, step, { radius: 0 })],
    ["asam with a radius below 0", () => refusal(rules.asam, step, { radius: -1 })],
    ["weightDecay below 0", () => refusal(rules.weightDecay, -1)],
    ["gradientNoise below 0", () => refusal(rules.gradientNoise, { variance: -1 })],
    ["lookahead with a pull of 0", () => refusal(rules.lookahead, step, { pull: 0 })],
    ["accumulate of 0 batches", () => refusal(rules.accumulate, step, 0)],
    ["averageParams that keeps all", () => refusal(rules.averageParams, step, 1)],
    ["curvatureNoise on no rows", () => refusal(rules.curvatureNoise, step, { part: 0 })],
  ])("%s", ([, make]) => {
    expect(make()).toMatch(/NadirError: .* is -?\d.*expected: .*(above|below|least)/s);
  });
});
