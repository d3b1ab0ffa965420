import { describe, expect, test } from "vitest";
import { verdictCases } from "./cases.ts";
import { isWrong, judge, verdicts } from "./suite.ts";

const judged = await Promise.all(verdictCases().map(judge));
const said = (truth: string): readonly string[] =>
  judged.filter((one) => one.case.truth === truth).map((one) => one.said);

describe("verdicts on points whose kind is known", () => {
  test("there are more than a hundred, of every kind", () => {
    expect(judged.length).toBeGreaterThan(100);
    for (const truth of ["strict saddle", "maximum", "degenerate point", "unbounded"]) {
      expect(said(truth).length).toBeGreaterThan(7);
    }
  });

  test("no claim is wrong: no minimum on a saddle, no saddle on a minimum", () => {
    expect(judged.filter(isWrong).map((one) => [one.case.name, one.said])).toEqual([]);
  });

  test("strict saddles and maxima are called saddles, each", () => {
    expect(new Set([...said("strict saddle"), ...said("maximum")])).toEqual(new Set(["saddle"]));
  });

  test("runs down functions without a minimum end as unbounded, each", () => {
    expect(new Set(said("unbounded"))).toEqual(new Set(["unbounded"]));
  });

  test("most minima are recognized, and the others left undecided", () => {
    const minima = said("minimum");
    const sure = minima.filter((kind) => kind.endsWith("minimum")).length;
    expect(sure / minima.length).toBeGreaterThan(0.8);
  });

  test("the table counts every point once", async () => {
    const { tables } = await verdicts.run(
      { only: ["unbounded"], seeds: undefined, peers: false },
      () => undefined,
    );
    const row = tables[0]!.rows.find(([known]) => known === "unbounded")!;
    expect(row.slice(2).reduce<number>((sum, count) => sum + Number(count), 0)).toBe(row[1]);
  });
});
