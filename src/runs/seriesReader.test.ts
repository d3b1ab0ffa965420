import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { packOverviews, unpackOverviews } from "../records/overview.ts";
import { openStore, type Store } from "./store.ts";
import { runInfo, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;

/** A store with one run that has told a loss of so many points, every second step. */
async function told(count: number): Promise<{ store: Store; id: string; values: number[] }> {
  const store = await openStore(join(folder, String(names++)));
  const run = store.createRun(runInfo());
  const steps = Array.from({ length: count }, (_, i) => 10 + 2 * i);
  const values = steps.map((step, i) => (i % 1000 === 500 ? Number.NaN : Math.sin(step) / step));
  run.event({
    ...{ kind: "progress", step: 1, loss: 1, gradientNorm: 1 },
    series: { steps, values: { loss: values } },
  });
  run.end({ status: "ended", steps: count, seconds: 1 });
  return { store, id: run.id, values };
}

describe("a series in buckets", () => {
  test.for([
    [20_000, undefined, undefined, 300],
    [20_000, 10_010, 14_000, 300],
    [20_000, 8_200, 8_204, 300],
    [20_000, -5, 39_000, 2],
    [9000, 17_000, 1e9, 50],
    [5, undefined, undefined, 100],
    [5, 100, 200, 100],
  ] as const)("of %i points, from %s to %s, at most %i", async ([count, from, to, buckets]) => {
    const { store, id, values } = await told(count);
    await using _ = store;
    const { steps } = store.series(id, "loss");
    const seen = store.seriesBuckets(id, "loss", { from, to, buckets });
    const { step, lastStep, first, low, high, last } = seen.columns;
    expect(seen.count).toBe(count);
    expect(step.length).toBeLessThanOrEqual(buckets);
    expect(Math.log2(seen.width) % 1).toBe(0);
    expect(seen.from % seen.width).toBe(0);
    for (let i = 0; i < step.length; i++) {
      const [a, b] = [seen.from + i * seen.width, seen.from + (i + 1) * seen.width];
      const part = values.slice(a, b);
      const finite = part.filter(Number.isFinite);
      const odd = part.find((value) => !Number.isFinite(value));
      expect([step[i], lastStep[i]]).toEqual([steps[a], steps[Math.min(b, count) - 1]]);
      expect([first[i], last[i]]).toEqual([part[0], part.at(-1)]);
      expect(low[i]).toBe(finite.length === 0 ? Number.NaN : Math.min(...finite));
      expect(high[i]).toBe(odd ?? Math.max(...finite));
    }
    const inside = steps.filter((at) => at >= (from ?? at) && at <= (to ?? at));
    expect(step[0] ?? 0).toBeLessThanOrEqual(inside[0] ?? 0);
    expect(lastStep.at(-1) ?? 0).toBeGreaterThanOrEqual(inside.at(-1) ?? 0);
  });

  test("keeps every full bucket as it was when points are added", async () => {
    const { store, id } = await told(6000);
    await using _ = store;
    const before = store.seriesBuckets(id, "loss", { buckets: 400 });
    const run = store.resumeRun(id, { events: 1, points: { loss: 6000 }, seconds: 1 });
    run.event({
      ...{ kind: "progress", step: 1, loss: 1, gradientNorm: 1 },
      series: { steps: [50_000], values: { loss: [7] } },
    });
    run.end({ status: "ended", steps: 1, seconds: 1 });
    const after = store.seriesBuckets(id, "loss", { buckets: 400 });
    expect(after.width).toBe(before.width);
    expect(after.columns.low.subarray(0, 374)).toEqual(before.columns.low.subarray(0, 374));
    expect(after.columns.last.at(-1)).toBe(7);
    expect(store.run(id).rewound).toBeGreaterThan(0);
  });

  test("and what comes after a point are read from the chunks that they are in", async () => {
    const { store, id, values } = await told(9000);
    await using _ = store;
    expect([...store.seriesCounts(id)]).toEqual([["loss", 9000]]);
    for (const after of [0, 1, 4095, 4096, 8191, 8999, 9000, 99_999]) {
      const part = store.seriesAfter(id, "loss", after);
      expect(part.count).toBe(9000);
      expect([...part.values]).toEqual(values.slice(after));
      expect(part.from).toBe(Math.min(after, 9000));
    }
    expect(() => store.seriesAfter(id, "lose", 0)).toThrow(/did you mean loss/);
  });
});

describe("overviews", () => {
  test("of all runs come as they were written, in one message", async () => {
    const { store, id, values } = await told(9000);
    await using _ = store;
    store.createRun(runInfo()).end({ status: "ended", steps: 0, seconds: 0 });
    const found = unpackOverviews(packOverviews(store.overviews("loss")));
    expect([...found.keys()]).toEqual([id]);
    const overview = found.get(id);
    expect(overview).toMatchObject({ count: 9000, width: 64, firstStep: 10, even: true });
    expect(overview?.low[3]).toBeCloseTo(Math.min(...values.slice(192, 256)), 6);
    expect(store.overviews("loss", ["nosuch"])).toEqual([]);
  });
});
