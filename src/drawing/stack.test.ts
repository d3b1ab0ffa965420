import { describe, expect, test } from "vitest";
import { type Chart, chartScene, drawChart } from "./chart.ts";
import { drawBand } from "./curves.ts";
import type { Mark } from "./scene.ts";
import { stackScene } from "./stack.ts";
import { plain } from "./style.ts";

const chart: Chart = {
  title: "",
  x: { label: "step" },
  y: { label: "loss" },
  series: [
    {
      name: "a",
      points: [
        [0, 0],
        [10, 1],
      ],
    },
  ],
};
const frame = { left: 0, top: 0, width: 400, height: 300 };
const em = plain.fontSize;

describe("charts below each other", () => {
  const charts = [
    { chart, height: 100 },
    { chart, height: 200 },
  ];
  const labels = (marks: readonly Mark[]) =>
    marks.filter((mark) => mark.shape === "text" && mark.text === "step");

  test("follow each other, and the last one names the axis", () => {
    const { scene, panels } = stackScene(charts, plain, 600);
    expect(scene.height).toBeCloseTo(300 + 4 * em, 9);
    expect(panels[1]!.box.top - panels[0]!.box.top).toBeCloseTo(100, 9);
    const [axis, ...others] = labels(scene.marks);
    expect(others).toEqual([]);
    expect(axis).toMatchObject({ y: scene.height - em });
  });

  test("shrink with the page, to 0.55 of their height at most", () => {
    expect(stackScene(charts, plain, 450).scene.height).toBeCloseTo(0.75 * 300 + 4 * em, 9);
    expect(stackScene(charts, plain, 100).scene.height).toBeCloseTo(0.55 * 300 + 4 * em, 9);
    expect(stackScene(charts, plain, 1200).scene.height).toBeCloseTo(300 + 4 * em, 9);
  });
});

describe("charts side by side", () => {
  test("take no room for columns that are empty", () => {
    const { width, height } = chartScene([chart, chart], 3, plain);
    expect([width, height]).toEqual([1440, 420]);
  });
});

describe("what is drawn into a chart", () => {
  test("a band is the upper edge and then the lower one, backwards", () => {
    const band = [
      [0, 1, 2],
      [1, 3, 5],
    ] as const;
    const [mark] = drawBand({ name: "a", points: [], band }, 0, (x, y) => [x, y], plain);
    expect(mark).toMatchObject({ d: "M0 2L1 5L1 3L0 1Z" });
  });

  test("an axis reaches over bands as over curves", () => {
    const series = [
      {
        ...chart.series[0]!,
        band: [
          [0, -3, 0],
          [10, 0, 7],
        ] as const,
      },
    ];
    expect(drawChart({ ...chart, series }, frame, plain).panel.y.domain).toEqual([-3, 7]);
  });

  test("a rule is a line from edge to edge, a tick a short one, a span an area; none stands off the axis", () => {
    const drawn = (rule: { from: number; to?: number; tick?: boolean }) => {
      const rules = [{ ...rule, ink: "alarm" as const }];
      const { marks, panel } = drawChart({ ...chart, rules }, frame, plain);
      const inside = marks.flatMap((mark) => (mark.shape === "group" ? [...mark.marks] : []));
      return { first: inside.length > 1 ? inside[0] : undefined, box: panel.box };
    };
    const { first: line, box } = drawn({ from: 0 });
    const short = (value: number): number => Math.round(value * 100) / 100;
    const [left, top, bottom] = [box.left, box.top, box.bottom].map(short);
    expect(line).toMatchObject({ d: `M${left} ${bottom}L${left} ${top}`, width: 1 });
    const high = short(box.bottom - 0.8 * em);
    expect(drawn({ from: 0, tick: true }).first).toMatchObject({
      ...{ d: `M${left} ${bottom}L${left} ${high}`, width: 2 },
    });
    expect(drawn({ from: 0, to: 10 }).first).toMatchObject({
      ...{ shape: "rect", x: box.left, y: box.top },
      ...{ width: box.right - box.left, height: box.bottom - box.top },
    });
    expect(drawn({ from: Number.NaN }).first).toBeUndefined();
  });
});
