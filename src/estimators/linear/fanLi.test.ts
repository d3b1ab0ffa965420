import { describe, expect, test } from "vitest";
import { l1, mcp, scad } from "../../methods/penalties/registry.ts";
import golden from "./fanLi.golden.json" with { type: "json" };
import { linearModel } from "./linearModel.ts";

const penalties = { lasso: l1(1), SCAD: scad(1, { a: 3.7 }), MCP: mcp(1, { gamma: 3 }) };

/** Rows with columns divided by their root mean squares. */
function scaled(rows: readonly (readonly number[])[]): number[][] {
  const scales = rows[0]!.map((_, j) =>
    Math.sqrt(rows.reduce((sum, row) => sum + row[j]! ** 2, 0) / rows.length),
  );
  return rows.map((row) => row.map((value, j) => value / scales[j]!));
}

describe("the simulation of Fan & Li (2001), on samples and folds that another program used", () => {
  test.for(["lasso", "SCAD", "MCP"] as const)("%s: the same strength, the same zeros", (name) => {
    const model = linearModel({
      ...{ penalty: penalties[name], intercept: false, standardize: false, tolerance: 1e-11 },
    });
    for (const { x, y, folds, strengths, ...found } of golden.samples) {
      const rows = scaled(x);
      const losses = new Float64Array(strengths.length);
      for (let fold = 0; fold < 5; fold++) {
        const kept = folds.flatMap((own, i) => (own === fold ? [] : [i]));
        const held = folds.flatMap((own, i) => (own === fold ? [i] : []));
        const at = (places: readonly number[]) => places.map((i) => rows[i]!);
        const part = kept.map((i) => y[i]!);
        model.path(at(kept), part, { strengths }).fits.forEach((fit, k) => {
          fit.predict(at(held)).forEach((value, a) => {
            losses[k] = losses[k]! + (y[held[a]!]! - value) ** 2;
          });
        });
      }
      const { chosen, coefficients } = found[name];
      expect(losses.indexOf(Math.min(...losses))).toBe(chosen);
      const fit = model.path(rows, y, { strengths }).fits[chosen]!;
      coefficients.forEach((value, j) => {
        expect(Math.abs(fit.coefficients[j]! - value)).toBeLessThan(1e-7);
        expect(fit.coefficients[j] === 0).toBe(value === 0);
      });
    }
  });
});
