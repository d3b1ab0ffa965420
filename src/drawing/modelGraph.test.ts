import { describe, expect, test } from "vitest";
import { heatScene } from "./heatMap.ts";
import { modelScene, ranksOf } from "./modelGraph.ts";
import type { Mark } from "./scene.ts";

const net = [
  { name: "stem", parameters: 100, from: [-1] },
  { name: "block", parameters: 400, from: [0] },
  { name: "head", parameters: 25, from: [0, 1] },
];

/** Width and height of the outlined boxes, in order. */
const boxesOf = (marks: readonly Mark[]): number[][] =>
  marks.flatMap((mark) => {
    if (mark.shape !== "path" || mark.stroke === undefined) return [];
    const found = /h([\d.]+)v([\d.]+)/.exec(mark.d);
    return found === null ? [] : [[Number(found[1]), Number(found[2])]];
  });

describe("the picture of a network", () => {
  test("has each layer below those that its values come from", () => {
    expect(ranksOf(net)).toEqual([0, 1, 2]);
    // Used twice: what comes back from a later layer is no way on.
    expect(ranksOf([{ from: [-1, 1] }, { from: [0] }])).toEqual([0, 1]);
  });

  test("has boxes whose areas are as the params", () => {
    const areas = boxesOf(modelScene(net).marks).map(([w, h]) => w! * h!);
    expect(areas[1]! / areas[0]!).toBeCloseTo(4, 5);
    expect(areas[0]! / areas[2]!).toBeCloseTo(4, 5);
  });

  test("is shaded only where time was measured", () => {
    const filled = (shares: readonly (number | undefined)[]) =>
      modelScene(net.map((node, i) => ({ ...node, share: shares[i] }))).marks.filter(
        (mark) => mark.shape === "path" && mark.stroke !== undefined && mark.fill !== undefined,
      ).length;
    expect(filled([undefined, undefined, undefined])).toBe(0);
    expect(filled([0.2, undefined, 0.8])).toBe(2);
  });
});

test("a heat map has a cell for each finite block, two inks about 0", () => {
  const map = { ofRows: 2, ofColumns: 2, rows: 2, columns: 2, values: [1, -2, Number.NaN, 0] };
  const cells = heatScene(map).marks.flatMap((mark) => (mark.shape === "rect" ? [mark] : []));
  expect(cells.map(({ opacity }) => opacity)).toEqual([0.5, 1, 0]);
  expect(cells[0]?.fill).not.toBe(cells[1]?.fill);
});
