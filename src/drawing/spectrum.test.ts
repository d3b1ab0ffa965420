import { describe, expect, test } from "vitest";
import { svgChart } from "./chart.ts";
import { csvOfChart } from "./csv.ts";
import { spectraChart, spectrumChart } from "./spectrum.ts";
import { plain } from "./style.ts";

const report = {
  largest: [
    { value: 20, error: 0.1 },
    { value: 3, error: 0.1 },
  ],
  smallest: [
    { value: -0.5, error: 0.01 },
    { value: -0.001, error: 0.01 },
  ],
  outliers: { count: 1 },
  density: {
    at: [-1, 0, 1, 20],
    density: [0, 3, 1, 0.1],
    standardError: [0, 0.2, 0.3, 0.05],
    width: 0.1,
  },
};

const named = (chart: ReturnType<typeof spectrumChart>, name: string) =>
  chart.series.find((series) => series.name.startsWith(name))?.points.map(([x]) => x);

describe("a picture of a spectrum", () => {
  test("has only those eigenvalues in the colour of descent that are negative beyond their error", () => {
    const chart = spectrumChart(report, plain);
    expect(named(chart, "negative")).toEqual([-0.5]);
    expect(named(chart, "known")).toEqual([20, 3, -0.001]);
  });

  test("shades what is unstable at the run's learning rate: eigenvalues above 2/rate", () => {
    const [rule] = spectrumChart(report, plain, { rate: 0.2 }).rules!;
    expect(rule!.from).toBe(10);
    expect(spectrumChart(report, plain, { rate: 1e-6 }).rules).toEqual([]);
  });

  test("ends a millionth below the peak, its band too", () => {
    const chart = spectrumChart(report, plain);
    const [density] = chart.series;
    expect(density!.points[0]).toEqual([-1, 3e-6]);
    const wide = { ...report.density, standardError: [0, 0.2, 0.3, 5] };
    const { band } = spectrumChart({ ...report, density: wide }, plain).series[0]!;
    expect(band!.at(-1)).toEqual([20, 3e-6, 5.1]);
    expect(chart.y.domain).toEqual([3e-6, 6]);
  });

  test("reaches to where the rate turns unstable, if that is below thirty times the largest eigenvalue", () => {
    const end = (rate: number) => spectrumChart(report, plain, { rate }).x.domain![1];
    expect(end(2 / 500)).toBeCloseTo(1.3 * 500, 9);
    expect(end(2 / 700)).toBeCloseTo(1.3 * 20, 9);
    expect(spectrumChart(report, plain, { rate: 2 / 500 }).rules).toHaveLength(1);
    expect(spectrumChart(report, plain, { rate: 2 / 700 }).rules).toEqual([]);
  });

  test("of one without a density beside others is its known eigenvalues, as dots above the floor", () => {
    const { density: _, ...bare } = report;
    const [first, second] = spectraChart(
      [
        { ...report, name: "a" },
        { ...bare, name: "b" },
      ],
      "",
    ).series;
    expect(first!.as).toBeUndefined();
    expect(second).toMatchObject({
      as: "dots",
      points: [
        [-0.5, 6e-6],
        [-0.001, 6e-6],
        [20, 6e-6],
        [3, 6e-6],
      ],
    });
  });

  test("is drawn without a density too, and written as a table", () => {
    const { density: _, ...bare } = report;
    expect(svgChart(spectrumChart(bare, plain))).not.toContain("NaN");
    expect(csvOfChart(spectrumChart(report, plain)).split("\n")[2]).toBe("density,0,3,2.8,3.2");
  });
});
