import { describe, expect, test } from "vitest";
import type { BenchCase } from "./case.ts";
import type { Answer, Measurement } from "./measurement.ts";
import { isSolved, mghMinima } from "./mgh.ts";
import { runSuite } from "./run.ts";
import { solves } from "./solves.ts";
import { steps } from "./steps.ts";
import type { System } from "./systems.ts";
import { caseTable, duration, footer } from "./table.ts";

/** A system that answers a case from a table, by its id and thread count. */
function toy(
  name: string,
  answers: (id: string, threads: number) => Answer,
  about: Partial<System> = {},
): System {
  return {
    name,
    license: "MIT",
    kinds: ["step", "curvature", "collection"],
    threads: [1],
    rows: "best",
    start: async (threads) => ({
      versions: [`${name} 1`],
      ask: async (request) => answers(request.case.id, threads),
      [Symbol.asyncDispose]: async () => undefined,
    }),
    ...about,
  };
}

const took = (medianMs: number, more: Partial<Measurement> = {}): Answer => ({
  measurements: [{ variant: "", medianMs, spread: [medianMs, medianMs], ...more }],
});
const suite = (...ids: string[]) => ({
  name: "toy",
  cases: [...steps.cases, ...solves.cases].filter(({ id }) => ids.includes(id)),
});

describe("runSuite", () => {
  test("divides each time by nadir's, of each system's best thread count and variant", async () => {
    const peer = toy(
      "peer",
      (_, threads) => ({
        measurements: [
          { variant: "slow", medianMs: 9, spread: [9, 9] },
          { variant: "fast", medianMs: 6 / threads, spread: [2, 4] },
        ],
      }),
      { threads: [1, 2] },
    );
    const report = await runSuite(suite("tiny"), { systems: [toy("nadir", () => took(2)), peer] });
    expect(report.schema).toBe("nadir.bench/1");
    expect(report.rows).toEqual([
      { case: "tiny", system: "nadir", threads: 1, medianMs: 2, spread: [2, 2], ratio: 1 },
      {
        case: "tiny",
        system: "peer",
        threads: 2,
        medianMs: 3,
        spread: [2, 4],
        ratio: 1.5,
        variant: "fast",
      },
    ]);
    expect(report.systems[1]).toEqual({ name: "peer", license: "MIT", versions: ["peer 1"] });
  });

  test("has a row with the reason for a system that is missing, and no ratio without nadir", async () => {
    const absent = toy("absent", () => took(1), { start: async () => "absent is not installed" });
    const { rows } = await runSuite(suite("tiny"), {
      systems: [absent, toy("peer", () => took(3))],
    });
    expect(rows[0]).toMatchObject({
      medianMs: null,
      ratio: null,
      missing: "absent is not installed",
    });
    expect(rows[1]).toMatchObject({ medianMs: 3, ratio: null });
  });

  test("starts a system once, and leaves out cases that it has no part in", async () => {
    let starts = 0;
    const peer = toy("peer", () => took(1), { kinds: ["step"] });
    const counted: System = {
      ...peer,
      start: (threads) => {
        starts++;
        return peer.start(threads);
      },
    };
    const { rows } = await runSuite(suite("tiny", "mlp", "mgh"), { systems: [counted] });
    expect(rows.map((row) => row.case)).toEqual(["tiny", "mlp"]);
    expect(starts).toBe(1);
  });

  test("says so when a system's losses show that it did other work", async () => {
    const systems = [
      toy("one", () => took(1, { checks: [0.7, 0.6] })),
      toy("two", () => took(1, { checks: [0.7005, 0.6] })),
      toy("three", () => took(1, { checks: [0.7, 0.5] })),
    ];
    const { rows } = await runSuite(suite("tiny"), { systems });
    expect(rows[1]?.note).toBeUndefined();
    expect(rows[2]?.note).toMatch(/other work than one: 0.70000, 0.50000 against 0.70000, 0.60000/);
  });

  test("counts a Hessian-vector product in gradients of the same system", async () => {
    const peer = toy("peer", (id) => took(id === "gradient" ? 4 : 10));
    const { rows } = await runSuite(suite("gradient", "hvp-fresh"), { systems: [peer] });
    expect(rows[1]?.timesGradient).toBe(2.5);
    expect(rows[0]?.timesGradient).toBeUndefined();
  });

  test("counts solved problems by where they ended, with one row a variant where asked", async () => {
    const ends = { rosen: 1e-9, meyer: 88 };
    const peer = toy(
      "peer",
      () => ({
        measurements: ["a", "b"].map((variant) => ({ variant, medianMs: 1, spread: [1, 1], ends })),
      }),
      { rows: "each" },
    );
    const { rows } = await runSuite(suite("mgh"), { systems: [peer] });
    expect(rows.map(({ system }) => system)).toEqual(["peer a", "peer b"]);
    expect(rows[0]?.solved).toEqual([1, 2]);
  });
});

describe("isSolved", () => {
  test("knows 36 cases, takes any of their minima, and refuses the saddle of Biggs EXP6", () => {
    expect(Object.keys(mghMinima)).toHaveLength(36);
    expect(isSolved("freud_roth", 48.98425367924002)).toBe(true);
    expect(isSolved("freud_roth", 48.99)).toBe(false);
    expect(isSolved("biggs_exp6", 0.005655649925499931)).toBe(false);
    expect(isSolved("rosen", Number.NaN)).toBe(false);
  });
});

describe("caseTable", () => {
  const benchCase: BenchCase = { kind: "collection", id: "mgh", title: "all" };

  test("lines up times and ratios, and gives a missing system's reason", async () => {
    const report = await runSuite(suite("tiny"), {
      systems: [
        toy("nadir", () => took(0.0123)),
        toy("longer name", () => took(1500, { note: "few steps" })),
        toy("absent", () => ({ missing: "not here" })),
      ],
    });
    expect(caseTable(benchCase, report.rows).split("\n")).toEqual([
      "all",
      "  nadir        12.3 µs  12.3 µs – 12.3 µs  1 thread    1.00 ×",
      "  longer name   1.50 s    1.50 s – 1.50 s  1 thread  121951 ×  few steps",
      "  absent       not here",
    ]);
    expect(footer(report)).toContain("nadir 1, longer name 1");
  });

  test("writes a duration in the unit that reads best", () => {
    expect([0.012, 0.9994, 1, 99.96, 1000].map(duration)).toEqual([
      "12.0 µs",
      "999 µs",
      "1.00 ms",
      "100.0 ms",
      "1.00 s",
    ]);
  });
});
