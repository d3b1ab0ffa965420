import { describe, expect, test } from "vitest";
import { type Overview, OverviewBuilder } from "../../../src/records/overview.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { sparkHeights, sparkline } from "../../../src/studio/spark.ts";
import { endedSince } from "../data/endedSince.ts";
import { chooseColumns } from "./columns.ts";
import { filterRows } from "./filter.ts";
import { groupRuns, median } from "./groups.ts";
import { sortRows } from "./order.ts";
import { Places } from "./places.ts";
import { density, reachAt, toneMap, trace, type View } from "./raster.ts";
import { packRuns, unpackRuns } from "./runTransfer.ts";
import { viewOfAll } from "./view.ts";

const row = (id: string, more: Partial<RunRow> = {}): RunRow => ({
  ...{ id, name: "mlp", created: 0, status: "ended", metrics: {}, method: "adam", settings: {} },
  ...{ tags: [], archived: false, rewound: 0, spark: "" },
  ...more,
});

const overview = (values: readonly number[]): Overview => {
  const builder = new OverviewBuilder();
  values.forEach((value, i) => {
    builder.add(i, value);
  });
  return builder.overview;
};

describe("the list of runs", () => {
  test("shows the settings that tell runs apart, not those that are the same or all different", () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      row(String(i), { settings: { rate: i % 4, odd: i === 0, path: `/data/${i}`, width: 32 } }),
    );
    const { differing, same } = chooseColumns(rows);
    expect(differing).toEqual(["rate", "odd", "path"]);
    expect(same).toEqual([["width", 32]]);
    // A setting that some runs have not differs, even if the others agree.
    expect(chooseColumns([row("a"), row("b", { settings: { late: 1 } })]).differing).toEqual([
      "late",
    ]);
  });

  test("folds runs that differ in the seed alone, and the trials of a sweep, where the first of them stands", () => {
    const settings = { rate: 0.1 };
    const rows = [
      row("a", { seed: 1, settings }),
      row("b", { seed: 1, settings: { rate: 0.2 } }),
      row("c", { seed: 2, settings }),
      row("d", { settings }),
      row("e", { seed: 7, name: "twice" }),
      row("f", { seed: 7, name: "twice" }),
    ];
    const items = groupRuns(rows);
    const ids = items.map((item) =>
      item.kind === "run" ? item.row.id : item.rows.map((r) => r.id),
    );
    expect(ids).toEqual([["a", "c"], "b", "d", "e", "f"]);
    const trials = [row("g", { sweep: "s1" }), row("a"), row("h", { sweep: "s1" })];
    expect(groupRuns(trials).map((item) => item.kind === "group" && item.sweep)).toEqual([
      "s1",
      false,
    ]);
    expect([median([3, 1, undefined]), median([5, 1, 2]), median([])]).toEqual([2, 2, undefined]);
  });

  test("sorts by what was asked, runs without that figure last, equal ones as they stood", () => {
    const rows = [
      row("a", { best: 2, loss: 9 }),
      row("b"),
      row("c", { best: 1, loss: Number.NaN }),
      row("d", { best: 2, loss: 3 }),
    ];
    const glance = new Map([
      ["a", overview([9, 8, 7, 6, 5, 4, 3, 2, 1, 0.5])],
      ["c", overview([9, 0.9, 5])],
    ]);
    const sorted = (order: "best" | "last" | "cost" | "smooth") =>
      sortRows(rows, order, glance, 1)
        .map(({ id }) => id)
        .join("");
    expect(sorted("best")).toBe("cadb");
    expect(sorted("last")).toBe("dabc");
    expect(sorted("cost")).toBe("cabd");
    expect(sorted("smooth")).toBe("acbd");
  });

  test("a word of the filter that is not understood has no effect, and is named with its place", () => {
    const rows = [row("a", { loss: 0.05 }), row("b", { loss: 3 })];
    const found = filterRows(rows, "loss<0.1 loss<<", 0);
    expect(found.rows.map(({ id }) => id)).toEqual(["a"]);
    expect(found.problem).toMatchObject({ start: 9, end: 15 });
    expect(filterRows(rows, "nosuchname", 0)).toMatchObject({ rows: [], problem: { start: 0 } });
  });
});

describe("the places of lines that are drawn", () => {
  test("are kept while a line is seen, and taken over by those that come", () => {
    const places = new Places();
    expect(places.of(["a", "b", "c"])).toEqual([0, 1, 2]);
    expect(places.of(["b", "c", "d"])).toEqual([1, 2, 0]);
    // One above the others, as a run that is new: none of those that stay is moved.
    expect(places.of(["n", "b", "c", "d"])).toEqual([3, 1, 2, 0]);
    expect(places.of(["x", "y"])).toEqual([3, 1]);
    for (let i = 0; i < 50; i++) {
      const now = places.of(Array.from({ length: 5 }, (_, k) => String(3 * i + k)));
      expect(new Set(now).size).toBe(5);
    }
  });
});

describe("the picture of many runs", () => {
  test("is drawn by a worker from the overviews as the page has them", () => {
    const all: [string, Overview][] = [
      ["a", overview([3, 2, Number.NaN])],
      ["none", overview([])],
      ["b", overview(Array.from({ length: 700 }, (_, i) => 1 / (i + 1)))],
    ];
    expect(unpackRuns(structuredClone(packRuns(all)))).toEqual(all);
  });

  const view: View = { x0: 0, x1: 9, y0: 0, y1: 10, logX: false, logY: false };

  test("each run weighs 1 in each column that it crosses, however noisy it is", () => {
    const level = overview(Array.from({ length: 10 }, () => 5));
    const noisy = overview(Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 1 : 9)));
    const [across, down] = [90, 100];
    const columns = (weight: Float32Array): number[] =>
      Array.from({ length: across }, (_, x) =>
        weight.subarray(x * down, (x + 1) * down).reduce((sum, w) => sum + w, 0),
      );
    for (const run of [level, { ...noisy, lastStep: 9, firstStep: 0 }]) {
      // A column's share is spread over whole rows: the sum is 1 but for rounding at both ends.
      for (const sum of columns(density([run], view, across, down)).slice(5, 84)) {
        expect(sum).toBeCloseTo(1, 1);
      }
    }
    const both = columns(density([level, level], view, across, down));
    expect(both[40]).toBeCloseTo(2, 5);
  });

  test("is darker where more runs meet, and says so of one run as well", () => {
    const runs = [5, 5, 5, 8].map((value) => overview(Array.from({ length: 10 }, () => value)));
    const pixels = toneMap(density(runs, view, 90, 100), 90, 100, [1, 2, 3]);
    const opacity = (value: number): number => pixels[4 * ((100 - 10 * value) * 90 + 40) + 3] ?? 0;
    expect(opacity(5)).toBeGreaterThan(opacity(8) + 20);
    expect(opacity(8)).toBeGreaterThan(60);
    expect(opacity(2)).toBe(0);
  });

  test("shows all runs, but not the heights of the one that diverged", () => {
    const calm = Array.from({ length: 60 }, () => overview([2, 1, 0.5]));
    const wild = overview([2, 1e12, Number.NaN]);
    const { y0, y1, logY } = viewOfAll([...calm, wild], { logX: false, logY: undefined });
    expect([logY, y0 < 0.5, y1 < 3]).toEqual([false, true, true]);
    const steep = viewOfAll([overview([100, 1, 1e-3])], { logX: false, logY: undefined });
    expect(steep.logY).toBe(true);
    expect([steep.y0, steep.y1].map(Math.round)).toEqual([-3, 2]);
    expect(viewOfAll([], { logX: true, logY: undefined }).x1).toBeGreaterThan(0);
  });

  test("a loss at a glance falls from 1 to 0, and marks what is not finite", () => {
    const falling = overview([100, 10, 1, Number.NaN]);
    const heights = sparkHeights(sparkline(falling.low, falling.high));
    expect(heights.slice(0, 3).map((height) => Math.round(2 * height) / 2)).toEqual([1, 0.5, 0]);
    expect(heights[3]).toBeNaN();
    expect(sparkline(falling.low, falling.high).endsWith("!")).toBe(true);
    expect(sparkline([], [])).toBe("");
  });
});

describe("what a screen reader is told", () => {
  const map = (...rows: RunRow[]) => new Map(rows.map((one) => [one.id, one]));

  test("is of the runs that have ended since, not of those that a page first hears of", () => {
    const going = row("a", { status: "running" });
    const ended = row("a", { verdict: "local-minimum" });
    expect(endedSince(map(going), map(going, row("b")))).toEqual([]);
    expect(endedSince(map(going, row("b")), map(ended, row("b")))).toEqual([ended]);
    expect(endedSince(map(), map(ended))).toEqual([]);
  });
});

describe("a pointer on the picture of losses", () => {
  const views: View[] = [
    { x0: 0, x1: 999, y0: 0, y1: 4, logX: false, logY: false },
    { x0: 100, x1: 400, y0: -2, y1: 1, logX: false, logY: true },
    { x0: 0, x1: 3, y0: 0, y1: 4, logX: true, logY: false },
  ];

  test.for([1, 2, 255, 256, 700, 1000])(
    "finds a line of %s points where it is drawn, in whatever view",
    (points) => {
      const wave = Array.from({ length: points }, (_, i) => 2 + Math.sin(i / 9) + 0.3 * (i % 2));
      const run = overview(wave);
      for (const view of views) {
        const { x, top, bottom } = trace(run, view, 640, 300);
        for (let i = 0; i < x.length; i++) {
          if (x[i]! < 0 || x[i]! > 640) continue;
          const found = reachAt(run, view, 640, 300, x[i]!);
          expect(found?.[0]).toBeCloseTo(top[i]!, 2);
          expect(found?.[1]).toBeCloseTo(bottom[i]!, 2);
        }
        expect(reachAt(run, view, 640, 300, x.at(-1)! + 4)).toBeUndefined();
      }
    },
  );

  test("finds no line where nothing was told, or nothing finite", () => {
    const view = views[0]!;
    expect(reachAt(overview([]), view, 640, 300, 3)).toBeUndefined();
    expect(reachAt(overview([Number.NaN, Number.NaN]), view, 640, 300, 0)).toBeUndefined();
    expect(reachAt(overview([1, Number.POSITIVE_INFINITY]), view, 640, 300, 0)?.[1]).toBe(225);
  });
});
