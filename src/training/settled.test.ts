import { expect, test } from "vitest";
import type { TypedArray } from "../array/dtype.ts";
import type { LoopExecutable } from "../runtime/engine.ts";
import { settledLoop } from "./settled.ts";

/** A loop of one turn: w ← w + the row, the step's number ← itself + 1; it reports the row. */
function adder(): { loop: LoopExecutable; into: unknown[] } {
  const into: unknown[] = [];
  const loop: LoopExecutable = {
    engine: "js",
    run: async (turns, [w, step], _fixed, [rows], target) => {
      expect(turns).toBe(1);
      expect(rows).toHaveLength(1);
      into.push(target);
      const sum = (target?.[0] ?? new Float64Array(1)) as Float64Array; // as the test gives them
      const next = (target?.[1] ?? new Int32Array(1)) as Int32Array;
      [sum[0], next[0]] = [w![0]! + rows![0]!, step![0]! + 1];
      return { carried: [sum, next], reports: [Float64Array.from(rows!)] };
    },
    dispose: async () => {},
  };
  return { loop, into };
}

test.for([1, 2, 3, 4])(
  "%s turns are settled one by one, and the last ends where it was asked to",
  async (turns) => {
    const { loop, into } = adder();
    const seen: [number, number, number][] = [];
    const settled = settledLoop(
      loop,
      (params, { index }) => {
        seen.push([params.length, params[0]![0]!, index]);
        params[0]![0]! *= 10;
      },
      1,
      (index) => ({ index }) as never, // the settler above reads nothing else
    );
    const target: TypedArray[] = [new Float64Array(1), new Int32Array(1)];
    const rows = Float64Array.of(1, 2, 3, 4).subarray(0, turns);
    const start = [Float64Array.of(0), Int32Array.of(7)];
    const { carried, reports } = await settled.run(turns, start, [], [rows], target);
    // 0 + 1 → 10, + 2 → 120, + 3 → 1230, + 4 → 12340: each turn starts from what was settled.
    const before = [1, 12, 123, 1234].slice(0, turns);
    expect(seen).toEqual(before.map((w, turn) => [1, w, 7 + turn]));
    expect(carried.map((values) => [...values])).toEqual([[10 * before.at(-1)!], [7 + turns]]);
    expect(reports).toEqual([Float64Array.from(rows)]);
    expect(carried.every((values, i) => values === target[i])).toBe(true);
    // Two sets take turns: from the third turn on nothing is allocated.
    expect(into.slice(2).every((set) => set !== undefined)).toBe(true);
    expect(start.map((values) => values[0])).toEqual([0, 7]);
  },
);
