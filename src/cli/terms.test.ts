import { describe, expect, test } from "vitest";
import { findingNames } from "../diagnosis/advice/finding.ts";
import { allMethods, findMethod } from "./methodTable.ts";
import { findTerm, terms, termWords } from "./terms.ts";
import { nadir } from "./testing.ts";
import { verdictKinds } from "./verdictMark.ts";

describe("terms", () => {
  test.for(verdictKinds)("explain the verdict %s", (kind) => {
    expect(findTerm(kind)).toBeTypeOf("string");
  });

  test.for(findingNames)("explain the finding %s", (name) => {
    expect(findTerm(name)).toBeTypeOf("string");
  });

  test("are found by any of their words, in any spelling", () => {
    expect(["saddle", "Saddle Point", "saddle_point"].map(findTerm)).toEqual(
      Array(3).fill("saddle-point"),
    );
    expect(findTerm("hvp")).toBe("hessian-vector-product");
    expect(findTerm("no such thing")).toBeUndefined();
  });

  test("never share a word", () => {
    const words = termWords();
    expect(words.filter((word, i) => words.indexOf(word) !== i)).toEqual([]);
  });

  test("refer only to terms that are there", () => {
    const named = Object.values(terms).flatMap(({ see = [] }) => see);
    expect(named.filter((name) => !(name in terms))).toEqual([]);
  });
});

test("every registered method is told by explain, by its term or by its row in the table of methods", async () => {
  for (const { name } of allMethods) {
    expect(findTerm(name) ?? findMethod(name)?.name).toBeTypeOf("string");
  }
  const { exit, stdout } = await nadir(["explain", "adafactor"], ".");
  expect(exit).toBe(0);
  expect(stdout).toMatch(/adafactor {2}rule\n[\s\S]*guarantee[\s\S]*source: Shazeer/);
});
