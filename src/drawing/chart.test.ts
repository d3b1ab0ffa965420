import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { type Chart, drawChart, svgChart, svgCharts } from "./chart.ts";
import { tickLabel } from "./labels.ts";
import { scaleOf } from "./scale.ts";
import { paper, paperWidth, plain } from "./style.ts";

const chart: Chart = {
  title: "loss & <steps>",
  x: { label: "steps" },
  y: { label: "loss", scale: "log" },
  series: [
    {
      name: "adam",
      points: [
        [0, 1],
        [50, 0.1],
        [100, 0.01],
      ],
    },
    {
      name: "sgd",
      as: "steps",
      points: [
        [0, 1],
        [50, 0],
        [100, 0.1],
      ],
    },
  ],
};

/** The pairs of numbers in the path of the i-th curve, which are those with a width of 2 and no fill. */
const curve = (svg: string, i: number): string =>
  [...svg.matchAll(/<path d="([^"]*)" fill="none"[^>]*stroke-width="2"/g)][i]?.[1] ?? "";

describe("a chart", () => {
  test("puts equal ratios at equal distances on a log axis, larger values higher", () => {
    const [first = [], second = [], third = []] = curve(svgChart(chart), 0)
      .slice(1)
      .split("L")
      .map((pair) => pair.split(" ").map(Number));
    expect(second[1]! - first[1]!).toBeCloseTo(third[1]! - second[1]!, 1);
    expect(third[1]!).toBeGreaterThan(first[1]!); // SVG counts downwards
    expect(second[0]! - first[0]!).toBeCloseTo(third[0]! - second[0]!, 1);
  });

  test("breaks a curve where the axis has no place for a value", () => {
    expect(curve(svgChart(chart), 1).match(/M/g)).toHaveLength(2);
  });

  test("escapes what XML would read as markup, and names each curve", () => {
    const svg = svgChart(chart);
    expect(svg).toContain("loss &amp; &lt;steps&gt;");
    for (const name of ["adam", "sgd"]) expect(svg).toContain(`>${name}</text>`);
  });

  test("draws a band as one closed outline, and dots as circles", () => {
    const svg = svgChart({
      ...chart,
      series: [
        {
          name: "a",
          as: "dots",
          points: [
            [0, 1],
            [1, 2],
          ],
          band: [
            [0, 1, 2],
            [1, 1, 3],
          ],
        },
      ],
    });
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).toMatch(/<path d="M[^"]*Z" fill="#0072b2" fill-opacity/);
  });

  test("of nothing is still a document", () => {
    const svg = svgChart({ ...chart, series: [{ name: "none", points: [] }] });
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(svg).not.toContain("NaN");
  });

  test("marks on the upper edge what is not finite, where that is asked for", () => {
    const series = [
      {
        name: "a",
        points: [
          [0, 1],
          [1, Number.NaN],
          [2, Number.POSITIVE_INFINITY],
          [3, 2],
        ] as const,
      },
    ];
    const count = (svg: string) => svg.match(/Z" fill="#c62828"/g)?.length ?? 0;
    const linear = { ...chart, y: { label: "loss" }, series };
    expect(count(svgChart({ ...linear, edgeMarks: true }))).toBe(2);
    expect(count(svgChart(linear))).toBe(0);
  });

  test("cuts off a curve that a zoom does not show, at the frame", () => {
    const { panel, marks } = drawChart(
      { ...chart, x: { label: "steps", domain: [20, 60] } },
      { left: 0, top: 0, width: 400, height: 300 },
      plain,
    );
    expect(panel.x.at(0)).toBe(20);
    expect(panel.x.at(panel.x.place(47))).toBeCloseTo(47, 9);
    const [clipped] = marks.flatMap((mark) => (mark.shape === "group" ? [mark.clip!] : []));
    expect(clipped!.right - panel.box.right).toBeLessThan(5);
  });

  test("of a paper's width puts the names of curves above, and has letters of 8 points", () => {
    const svg = svgChart(
      {
        ...chart,
        width: paperWidth,
        height: 210,
        series: [...chart.series, { name: "a long name of a curve that is drawn", points: [] }],
      },
      paper,
    );
    expect(svg).toContain('width="316.8"');
    expect(svg).toContain('font-size="10.67"');
    const [at] = [...svg.matchAll(/y="([\d.]+)"[^>]*>a long name/g)].map((found) =>
      Number(found[1]),
    );
    const axis = [...svg.matchAll(/<path d="M[\d.]+ ([\d.]+)L/g)].map((found) => Number(found[1]));
    expect(at!).toBeLessThan(Math.min(...axis));
  });

  test("several are put side by side, row by row", () => {
    const svg = svgCharts([chart, chart, chart], 2);
    expect(svg).toContain(`viewBox="0 0 1440 840"`);
    expect(svg).toContain(`translate(0 420)`);
  });
});

describe("a scale", () => {
  test("has round ticks", () => {
    expect(scaleOf({ label: "" }, [0, 1]).ticks.map((t) => Number(t.toFixed(3)))).toEqual([
      0, 0.2, 0.4, 0.6, 0.8, 1,
    ]);
    expect(scaleOf({ label: "", scale: "log" }, [1, 1e4]).ticks).toEqual([1, 10, 100, 1000, 1e4]);
    expect(scaleOf({ label: "", scale: "log" }, [1, 30]).ticks).toEqual([1, 2, 5, 10, 20]);
  });

  property.prop([
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
    fc.constantFrom("linear" as const, "log" as const),
  ])("keeps the order of its data, and its ticks within them", (a, b, scale) => {
    fc.pre(Math.abs(a - b) > 1e-9);
    const made = scaleOf({ label: "", scale }, [a, b]);
    expect(made.place(Math.min(a, b))).toBeCloseTo(0, 9);
    expect(made.place(Math.max(a, b))).toBeCloseTo(1, 9);
    for (const tick of made.ticks) {
      expect(made.place(tick)).toBeGreaterThan(-1e-6);
      expect(made.place(tick)).toBeLessThan(1 + 1e-6);
    }
    expect(made.ticks.length).toBeLessThanOrEqual(12);
  });

  test.for([
    ["linear", 999_999.9999999901, 1e6],
    ["log", 1.0000000005, 1.000000002],
    ["linear", 1, 1 + 8 * Number.EPSILON],
  ] as const)("%s from %f to %f has no tick beside it", ([scale, low, high]) => {
    const { ticks } = scaleOf({ label: "", scale }, [low, high]);
    expect(ticks.filter((tick) => tick < low - 1e-15 || tick > high + 1e-15)).toEqual([]);
  });

  test("that is symmetric-logarithmic shows both signs, and zero between them", () => {
    const made = scaleOf({ label: "", scale: "symlog", linear: 0.01 }, [-10, 100]);
    const places = [-10, -0.1, 0, 0.1, 1, 100].map((value) => made.place(value));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    // Decades far from zero have one length.
    expect(made.place(100) - made.place(10)).toBeCloseTo(made.place(10) - made.place(1), 2);
    expect(made.ticks).toContain(0);
    expect(made.at(made.place(-3))).toBeCloseTo(-3, 9);
  });

  test("shows all of what is one value, and leaves out what is not finite", () => {
    const made = scaleOf({ label: "" }, [3, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(made.place(3)).toBe(0.5);
    expect(made.place(Number.NaN)).toBeNaN();
  });
});

test("a number beside a tick has its thousands apart, not its decimals", () => {
  const labels = [20_000, 1234.5, 0.0487, 1e-6, -1e6, 0].map(tickLabel);
  expect(labels).toEqual(["20 000", "1 234.5", "0.0487", "10⁻⁶", "-10⁶", "0"]);
});
