import { describe, expect, test } from "vitest";
import { contourScene, svgContours } from "./contour.ts";
import { csvOfContours } from "./csv.ts";
import type { Mark } from "./scene.ts";
import { plain } from "./style.ts";

const at = Float64Array.from({ length: 21 }, (_, i) => (i - 10) / 10);
/** x² + 4y²: level lines are ellipses twice as wide as they are high. */
const bowl = {
  title: "bowl",
  x: { label: "a", at },
  y: { label: "b", at },
  values: Array.from(at, (a) => Array.from(at, (b) => a * a + 4 * b * b)).flat(),
};

const filled = (marks: readonly Mark[]): string[] =>
  marks.flatMap((mark) =>
    mark.shape === "group"
      ? filled(mark.marks)
      : mark.shape === "path" && mark.fill
        ? [mark.d]
        : [],
  );

/** Pixels of the hole of an area: its second ring. */
const hole = (d: string): number[][] =>
  d
    .split("M")[2]!
    .replace("Z", "")
    .split("L")
    .map((pair) => pair.split(" ").map(Number));

describe("filled contours", () => {
  test("of a bowl are areas with an elliptic hole in the middle", () => {
    const { scene, panel } = contourScene(bowl, plain);
    const ring = hole(filled(scene.marks)[2]!); // a fifth of the square: the whole ellipse lies in it
    const { box } = panel;
    const wide = Math.max(...ring.map(([x]) => x!)) - Math.min(...ring.map(([x]) => x!));
    const high = Math.max(...ring.map(([, y]) => y!)) - Math.min(...ring.map(([, y]) => y!));
    expect(wide / high).toBeCloseTo(2, 1);
    const middle = (Math.max(...ring.map(([x]) => x!)) + Math.min(...ring.map(([x]) => x!))) / 2;
    expect(middle).toBeCloseTo((box.left + box.right) / 2, 0);
  });

  test("leave open what is not finite, and draw a constant plane without failing", () => {
    const values = bowl.values.map((value, i) => (i < 21 ? Number.NaN : value));
    expect(svgContours({ ...bowl, values })).not.toContain("NaN");
    expect(svgContours({ ...bowl, values: bowl.values.map(() => 3) })).toContain("<svg");
    expect(svgContours({ ...bowl, values: bowl.values.map(() => Number.NaN) })).toContain("<svg");
  });

  test("have a shade for each tenth of the values, which the scale beside them names to three digits", () => {
    const ten = Float64Array.from({ length: 10 }, (_, i) => i);
    const values = Array.from({ length: 100 }, (_, i) => 1.23 * i);
    const axis = { label: "", at: ten };
    const { scene, panel } = contourScene({ title: "", x: axis, y: axis, values }, plain);
    const beside = scene.marks.flatMap((mark) =>
      mark.shape === "text" && mark.x > panel.box.right ? [mark.text] : [],
    );
    // 1.23 · 0, 10, …, 90.
    const wanted = ["0", "12.3", "24.6", "36.9", "49.2", "61.5", "73.8", "86.1", "98.4", "111"];
    expect(beside).toEqual(wanted);
    expect(filled(scene.marks)).toHaveLength(10);
  });

  test("of a plane have one area", () => {
    const { scene } = contourScene({ ...bowl, values: bowl.values.map(() => 3) }, plain);
    expect(filled(scene.marks)).toHaveLength(1);
  });

  test("rise to the side where the values do, with the path and the mark in the same places", () => {
    const values = Array.from(at, (a) => Array.from(at, (b) => (a > 0 && b > 0 ? 1 : 0))).flat();
    const path = [
      [-1, -1],
      [1, -1],
    ] as const;
    const { scene, panel } = contourScene({ ...bowl, values, path, mark: [1, 1] }, plain);
    const { left, top, right, bottom } = panel.box;
    const inside = scene.marks.flatMap((mark) => (mark.shape === "group" ? [...mark.marks] : []));
    const circles = inside.flatMap((mark) => (mark.shape === "circle" ? [[mark.x, mark.y]] : []));
    const corners = [left, bottom, right, bottom, right, top];
    expect(circles).toHaveLength(3);
    circles.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(corners[i]!, 9);
    });
    const lines = inside.filter((mark) => mark.shape === "path" && mark.fill === undefined);
    expect(lines).toHaveLength(2);
    const high = filled(scene.marks)
      .at(-1)!
      .match(/[\d.]+ [\d.]+/g)!
      .map((pair) => pair.split(" ").map(Number));
    const middle = [(left + right) / 2, (top + bottom) / 2] as const;
    for (const [x, y] of high) {
      expect(x).toBeGreaterThan(middle[0] - 1);
      expect(y).toBeLessThan(middle[1] + 1);
    }
  });

  test("say below the map what a reader must know", () => {
    const svg = svgContours({ ...bowl, warnings: ["the plane explains 62 % of the path"] });
    expect(svg).toContain(">the plane explains 62 % of the path</text>");
  });

  test("are written as a table of the same values", () => {
    const [head, first, ...rest] = csvOfContours(bowl).trim().split("\n");
    expect(head).toBe("a,b,loss");
    expect(first).toBe("-1,-1,5");
    expect(rest).toHaveLength(440);
  });
});
