import { describe, expect, test } from "vitest";
import { type Complex, eigenvalues } from "./eigenvalues.ts";
import { numbersFrom } from "./testing.ts";

const sorted = (list: readonly Complex[]): Complex[] =>
  list.toSorted(([a, b], [c, d]) => a - c || b - d);

/** T·D·T⁻¹ for a block-diagonal D with these eigenvalues, T a product of shears. */
function similarTo(wanted: readonly (number | Complex)[], seed: number) {
  const n = wanted.reduce<number>((sum, value) => sum + (typeof value === "number" ? 1 : 2), 0);
  const a = new Float64Array(n * n);
  let at = 0;
  for (const value of wanted) {
    if (typeof value === "number") {
      a[at * n + at] = value;
      at += 1;
      continue;
    }
    const [re, im] = value;
    a[at * n + at] = re;
    a[(at + 1) * n + at + 1] = re;
    a[at * n + at + 1] = im;
    a[(at + 1) * n + at] = -im;
    at += 2;
  }
  const draw = numbersFrom(seed);
  for (let turn = 0; turn < 3 * n; turn++) {
    const [i, j] = [turn % n, (turn * 7 + 1 + Math.floor(turn / n)) % n];
    if (i === j) continue;
    const t = draw();
    for (let k = 0; k < n; k++) a[i * n + k]! += t * a[j * n + k]!;
    for (let k = 0; k < n; k++) a[k * n + j]! -= t * a[k * n + i]!;
  }
  const all = wanted.flatMap((value): Complex[] =>
    typeof value === "number"
      ? [[value, 0]]
      : [
          [value[0], -value[1]],
          [value[0], value[1]],
        ],
  );
  return { a, n, all: sorted(all) };
}

describe("eigenvalues", () => {
  test.for<readonly [string, readonly (number | Complex)[]]>([
    ["one number", [3]],
    ["real ones", [1, -2, 5, 0.25]],
    ["a rotation", [[0, 1]]],
    ["pairs among real ones", [[0.5, 2], -1, [-3, 0.1], 4, [0, 7], 0.3]],
    ["ten of both kinds", [1, 2, 3, [1.5, 1], [2.5, 2], [-1, 0.5], -4]],
  ])("of a matrix similar to one with %s", ([, wanted]) => {
    for (const seed of [1, 2, 3]) {
      const { a, n, all } = similarTo(wanted, seed);
      const before = a.slice();
      const found = sorted(eigenvalues(a, n));
      expect(a).toEqual(before);
      found.forEach(([re, im], i) => {
        expect(Math.abs(re - all[i]![0])).toBeLessThan(1e-8);
        expect(Math.abs(im - all[i]![1])).toBeLessThan(1e-8);
      });
    }
  });

  test("of a cyclic shift, which plain QR steps leave as it is, are the roots of unity", () => {
    const n = 6;
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i++) a[i * n + ((i + 1) % n)] = 1;
    const found = eigenvalues(a, n);
    for (const [re, im] of found) expect(Math.hypot(re, im)).toBeCloseTo(1, 12);
    const angles = found.map(([re, im]) => Math.atan2(im, re)).sort((p, q) => p - q);
    for (let i = 1; i < n; i++) expect(angles[i]! - angles[i - 1]!).toBeCloseTo(Math.PI / 3, 10);
  });

  test("refuses NaN", () => {
    expect(() => eigenvalues(Float64Array.of(1, Number.NaN, 0, 1), 2)).toThrow(/NaN/);
  });
});
