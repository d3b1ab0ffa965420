import { expect, test } from "vitest";
import type { StoredEvent } from "../runs/run.ts";
import { readEventFile } from "./eventFile.ts";
import { eventFileOf } from "./exportRuns.ts";
import { summary } from "./testing.ts";

const created = Date.UTC(2026, 0, 1);
const note = (seq: number, step: number, seconds: number): StoredEvent => ({
  ...{ seq, time: created + 1000 * seconds },
  event: { kind: "note", step, text: "here" },
});

test("points are in the order of their steps, at the times between the events that tell one", () => {
  // Told up to step 6 by second 9, then rolled back: step 4 anew, at second 12.
  const events = [note(0, 2, 2), note(1, 4, 8), note(2, 6, 9), note(3, 4, 12)];
  const series = new Map([
    [
      "loss",
      { steps: Float64Array.of(0, 1, 2, 3, 4), values: Float64Array.of(5, 4, 3, Number.NaN, 1) },
    ],
    ["rate", { steps: Float64Array.of(1), values: Float64Array.of(0.5) }],
  ]);
  const { pieces, folder, name } = eventFileOf({ run: summary("aaaa"), series }, events);
  const { points, damage } = readEventFile(new Uint8Array(Buffer.concat(pieces)));
  expect(damage).toBeUndefined();
  expect(
    points.map(({ tag, step, value, wallTime }) => [tag, step, value, wallTime - created / 1000]),
  ).toEqual([
    ["loss", 0, 5, 0],
    ["loss", 1, 4, 1],
    ["rate", 1, 0.5, 1],
    ["loss", 2, 3, 2],
    ["loss", 3, Number.NaN, 7],
    ["loss", 4, 1, 12],
  ]);
  expect(folder).toBe("digits-aaaa");
  expect(name).toMatch(/^events\.out\.tfevents\.1767225600\..*\.aaaa$/);
});

test.for([
  ["../../etc", "etc-aaaa"],
  [".hidden", "hidden-aaaa"],
  ["größe 2/3", "größe-2-3-aaaa"],
  ["//", "aaaa"],
])("a run named %j goes into %j, which is one folder within", ([name = "", expected]) => {
  const run = summary("aaaa", { name });
  expect(eventFileOf({ run, series: new Map() }, []).folder).toBe(expected);
});
