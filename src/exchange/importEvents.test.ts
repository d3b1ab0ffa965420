import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { temporaryFolder } from "../runs/testing.ts";
import { type ScalarPoint, writeEventFile } from "./eventFile.ts";
import { type ImportedRun, readEventFiles } from "./importEvents.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;

const points = (
  tag: string,
  steps: readonly number[],
  values: readonly number[],
  wallTime = 1.7e9,
): ScalarPoint[] => steps.map((step, i) => ({ tag, step, value: values[i]!, wallTime }));

/** A folder of event files, each written with its points. */
function logs(files: Readonly<Record<string, readonly ScalarPoint[]>>): string {
  const place = join(folder, `run-${names++}`);
  for (const [name, told] of Object.entries(files)) {
    mkdirSync(join(place, name, ".."), { recursive: true });
    writeFileSync(join(place, name), Buffer.concat([...writeEventFile(told, 1.7e9)]));
  }
  return place;
}

const told = (run: ImportedRun | undefined, tag: string): unknown => run?.series.get(tag);

test("a training that was started again replaces what it tells anew, the step itself included", () => {
  const [run, ...others] = readEventFiles(
    logs({
      "events.out.tfevents.1": [
        ...points("loss", [1, 2, 3, 4], [9, 8, 7, 6]),
        ...points("rate", [1, 2], [0.5, 0.25]),
      ],
      // Out of order within the file: the earliest step is where it went back to.
      "events.out.tfevents.2": points("loss", [4, 3, 5], [1, 2, 0.5]),
    }),
  );
  expect(others).toEqual([]);
  expect(told(run, "loss")).toEqual({ steps: [1, 2, 4, 3, 5], values: [9, 8, 1, 2, 0.5] });
  expect(told(run, "rate")).toEqual({ steps: [1, 2], values: [0.5, 0.25] });
  expect(run?.remarks).toEqual(["2 points were replaced by those of a later file"]);
});

test("one that went on after the last step replaces nothing", () => {
  const [run] = readEventFiles(
    logs({
      "events.out.tfevents.1": points("loss", [0, 1], [2, 1]),
      "events.out.tfevents.2": points("loss", [2], [0.5]),
    }),
  );
  expect(told(run, "loss")).toEqual({ steps: [0, 1, 2], values: [2, 1, 0.5] });
  expect(run?.remarks).toEqual([]);
});

test("each folder is a run, named by where it is", () => {
  const place = logs({
    "a/events.out.tfevents.1": points("loss", [1], [1]),
    "b/c/events.out.tfevents.1": points("loss", [1], [2]),
    "b/c/other.txt": [],
  });
  expect(readEventFiles(place).map(({ name, files }) => [name, files.length])).toEqual([
    ["a", 1],
    [join("b", "c"), 1],
  ]);
});

test("it began with its first point and ended with its last, as far as a date can tell", () => {
  const [run] = readEventFiles(
    logs({
      "events.out.tfevents.1": [...points("loss", [1], [1], 100), ...points("loss", [2], [1], 150)],
      "events.out.tfevents.2": [
        ...points("loss", [3], [1], 200),
        ...points("loss", [4], [1], 8.64e12),
      ],
      "events.out.tfevents.3": points("loss", [5], [1], -1),
    }),
  );
  expect(run).toMatchObject({ started: 100, ended: 200 });
});

test("numbers without a name, or with one that the store cannot keep, are passed over", () => {
  const [run] = readEventFiles(
    logs({ "events.out.tfevents.1": [...points("", [1], [1]), ...points("a\0b", [1], [1])] }),
  );
  expect(run?.series.size).toBe(0);
  expect(run?.remarks).toEqual(["it holds no numbers"]);
});
