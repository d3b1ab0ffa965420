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
