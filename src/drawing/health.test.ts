import { describe, expect, test } from "vitest";
import { svgCells } from "./cells.ts";
import { healthCells, healthSeries } from "./health.ts";

describe("health by layer", () => {
  test("reads layer and measure off the name of a series", () => {
    expect(healthSeries("health/encoder/2/deadFraction")).toEqual({
      layer: "encoder/2",
      measure: "deadFraction",
    });
    expect(healthSeries("health/0/weightNorm")).toBeUndefined();
    expect(healthSeries("loss")).toBeUndefined();
  });

  test("is worst where the gradient is 1e-4 of the other layers', and where all units are dead", () => {
    const gradients = healthCells("gradientNorm", { a: [[0, 1]], b: [[0, 2]], c: [[0, 1e-4]] });
    expect(gradients.rows.map(({ severity }) => severity[0])).toEqual([0, 0, 1]);
    const dead = healthCells("deadFraction", {
      a: [
        [0, 0],
        [10, 1],
      ],
    });
    expect(dead.rows[0]!.severity).toEqual([0, 1]);
  });

  test("takes an update of a thousandth of the weights for healthy, and one of all of them not", () => {
    const { rows } = healthCells("updateRatio", {
      a: [
        [0, 1e-3],
        [1, 1],
        [2, 1e-5],
        [3, 0],
      ],
    });
    expect(rows[0]!.severity).toEqual([0, 1, 0.5, 1]);
  });

  test("draws a cell for each step and layer, pale where nothing was told", () => {
    const cells = healthCells("deadFraction", {
      a: [
        [0, 0],
        [10, 1],
      ],
      b: [[10, 0.5]],
    });
    const svg = svgCells(cells);
    expect(svg.match(/<rect/g)).toHaveLength(5); // four cells on a sheet of paper
    expect(svg.match(/fill="#e9e9e9"/g)).toHaveLength(1);
  });

  test("lets neighbours share a cell, which shows the worst of them", () => {
    const points = Array.from({ length: 1000 }, (_, i) => [i, i === 500 ? 1 : 0] as const);
    const svg = svgCells(healthCells("deadFraction", { a: points }));
    expect(svg.match(/<rect/g)!.length).toBeLessThan(130);
    expect(svg.match(/fill-opacity="1"/g)).toHaveLength(1);
  });
});
