import { expect, test } from "vitest";
import { certify } from "./certificates.ts";

// SciPy's L-BFGS ends where single digits of 1e-10 are left; its linear programs are exact.
const all = await certify();

test("convex models on six data sets end in a certificate, and agree with SciPy and scikit-learn", () => {
  expect(new Set(all.map(({ id }) => id.split(":")[0])).size).toBe(6);
  for (const { id, verdict, gap = Number.NaN, difference, objective } of all) {
    expect(`${id} ${verdict.kind}`).toBe(`${id} global-minimum`);
    expect(gap, id).toBeLessThanOrEqual(1e-6);
    expect(difference, id).toBeLessThanOrEqual(1e-6);
    if (verdict.kind !== "global-minimum") continue;
    // No bound lies above what SciPy found.
    const other = all.find((one) => one.id === id)!.other;
    expect(verdict.dual, id).toBeLessThanOrEqual(other + 1e-9 * Math.abs(objective));
  }
});
