import { describe, expect, test } from "vitest";
import { cellScene, svgCells } from "./cells.ts";
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

  test("an update that is small because the rate has fallen, or not yet risen, is no fault of the layer", () => {
    const a = [
      [0, 1e-5],
      [50, 1e-3],
      [100, 1e-8],
    ] as const;
    const rates = [
      [1, 2e-5],
      [50, 2e-3],
      [99, 2e-8],
    ] as const;
    const judged = (...given: (readonly (readonly [number, number])[])[]) =>
      healthCells("updateRatio", { a }, ...given).rows[0]!.severity;
    expect(judged()).toEqual([0.5, 0, 1]);
    expect(judged(rates)).toEqual([0, 0, 0]);
    // A run that was resumed from further back told some steps twice, and the later ones first.
    expect(judged([rates[1], rates[2], rates[0]])).toEqual([0, 0, 0]);
    const still = healthCells("updateRatio", { a: [[50, 1e-6]] }, rates);
    expect(still.rows[0]!.severity).toEqual([1]); // two decades below what the rate then asks for
  });

  test("no update where the rate is 0 is no fault of the layer; where there is a rate it is the worst", () => {
    const a = [
      [0, 0],
      [50, 0],
    ] as const;
    const rates = [
      [0, 0],
      [50, 1e-3],
    ] as const;
    expect(healthCells("updateRatio", { a }, rates).rows[0]!.severity).toEqual([0, 1]);
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

  test("takes drift below 0.3 and branches within [0.01, 30] of their skip for harmless", () => {
    const severities = (measure: Parameters<typeof healthCells>[0], values: readonly number[]) =>
      healthCells(measure, { a: values.map((value, i) => [i, value] as const) }).rows[0]!.severity;
    const drift = severities("batchNormDrift", [0.3, 1.8, 3.3, 9]);
    [0, 0.5, 1, 1].forEach((wanted, i) => {
      expect(drift[i]).toBeCloseTo(wanted, 12);
    });
    const branch = severities("residualRatio", [1e-2, 30, 300, 1e-4]);
    [0, 0, 0.5, 1].forEach((wanted, i) => {
      expect(branch[i]).toBeCloseTo(wanted, 12);
    });
  });

  test("puts steps in order, whichever layer told them first, evenly across", () => {
    const cells = healthCells("deadFraction", {
      a: [[20, 1]],
      b: [
        [10, 0],
        [20, 0],
        [30, 0],
      ],
    });
    expect(cells.at).toEqual([10, 20, 30]);
    const { marks } = cellScene(cells);
    const boxes = marks.flatMap((mark) => (mark.shape === "rect" ? [mark] : []));
    const [first, second, third] = boxes.map(({ x }) => x);
    expect(second! - first!).toBeCloseTo(third! - second!, 9);
    expect(boxes[0]!.width).toBeCloseTo(second! - first! - 0.5, 9);
    // Harmless is pale, not invisible; what was not told is grey.
    expect(boxes.map(({ opacity }) => opacity)).toEqual([0.4, 1, 0.4, 0.08, 0.08, 0.08]);
  });

  test("lets neighbours share a cell, which shows the worst of them", () => {
    const points = Array.from({ length: 1000 }, (_, i) => [i, i === 500 ? 1 : 0] as const);
    const svg = svgCells(healthCells("deadFraction", { a: points }));
    expect(svg.match(/<rect/g)!.length).toBeLessThan(130);
    expect(svg.match(/fill-opacity="1"/g)).toHaveLength(1);
    // 121 columns are one more than there may be: two share each cell.
    const more = cellScene(healthCells("deadFraction", { a: points.slice(0, 121) }));
    expect(more.marks.filter(({ shape }) => shape === "rect")).toHaveLength(61);
  });
});
