import { describe, expect, test } from "vitest";
import { uniform } from "../../cli/bench/random.ts";
import { type Columns, readDesign, type SparseColumns } from "./design.ts";

const [n, p] = [7, 5];
const next = uniform(2);
const rows = Array.from({ length: n }, () =>
  Array.from({ length: p }, () => (next() < 0.4 ? 0 : 2 * next() - 1)),
);
const entries = Array.from({ length: p }, (_, j) =>
  rows.flatMap((row, i) => (row[j] === 0 ? [] : [[i, row[j]!] as const])),
);
const sparse: SparseColumns = {
  ...{ samples: n, features: p },
  starts: Int32Array.from({ length: p + 1 }, (_, j) => entries.slice(0, j).flat().length),
  indices: Int32Array.from(entries.flat(), ([i]) => i),
  values: Float64Array.from(entries.flat(), ([, value]) => value),
};
const scales = Float64Array.from({ length: p }, (_, j) => 0.5 + j);
const means = Float64Array.from({ length: p }, (_, j) => j / 10 - 0.2);
const given = [readDesign(rows), readDesign(sparse)] as const;
const pairs = {
  "as they are": given,
  scaled: given.map((own) => own.scaled(scales)),
  "centred and scaled": given.map((own) => own.scaled(scales, means)),
  "of some samples": given.map((own) => own.rows(Int32Array.of(1, 4, 6))),
};

describe.for(Object.entries(pairs))("sparse columns %s", ([, [dense, holes]]) => {
  const { samples, features } = dense!;
  const vector = (): Float64Array => Float64Array.from({ length: samples }, () => next());
  /** Of a sum of 0, as products with centred columns want it. */
  const balanced = (): Float64Array => {
    const v = vector();
    const mean = v.reduce((sum, value) => sum + value, 0) / samples;
    return v.map((value) => value - mean);
  };
  const same = (act: (own: Columns) => Float64Array | number): void => {
    const [a, b] = [act(dense!), act(holes!)].map((found) =>
      typeof found === "number" ? [found] : [...found],
    );
    expect(b).toHaveLength(a!.length);
    a!.forEach((value, i) => {
      expect(b![i]).toBeCloseTo(value, 12);
    });
  };

  test("give what dense ones do: products, sums, squares, columns", () => {
    const [v, h, into] = [balanced(), vector(), vector()];
    const filled = (length: number, act: (out: Float64Array) => void): Float64Array => {
      const out = new Float64Array(length);
      act(out);
      return out;
    };
    const changed = (act: (out: Float64Array) => void): Float64Array => {
      const out = into.slice();
      act(out);
      return out;
    };
    same((own) => filled(features, (out) => own.dots(v, out)));
    const members = Int32Array.of(9, 3, 0, 4); // the first is passed over
    same((own) => filled(5, (out) => own.dotsOf(members, 3, v, out, 1, 1)));
    for (let j = 0; j < features; j++) {
      same((own) => own.dot(j, v));
      same((own) => own.weightedSquare(j, h));
      same((own) => filled(samples, (out) => own.column(j, out)));
      same((own) => changed((out) => own.add(j, 1.5, out)));
      same((own) => changed((out) => own.addWeighted(j, 1.5, h, out)));
    }
  });
});

test("moments of sparse columns count their zeros", () => {
  for (const centred of [true, false]) {
    const [dense, holes] = given.map((own) => own.moments(centred));
    for (const part of ["means", "spreads"] as const)
      dense![part].forEach((value, j) => {
        expect(holes![part][j]).toBeCloseTo(value, 12);
      });
  }
});

test("Gram matrices of centred sparse columns are those of dense ones, below the diagonal", () => {
  const members = Int32Array.of(4, 0, 2, 1);
  const { means: own, spreads } = given[0].moments(true);
  const [dense, holes] = given.map((design) => {
    const out = new Float64Array(16);
    design.scaled(spreads, own).gram(members, 0, 4, out, 4);
    return Array.from({ length: 4 }, (_, k) => [...out.subarray(4 * k, 4 * k + k + 1)]).flat();
  });
  dense!.forEach((value, i) => {
    expect(holes![i]).toBeCloseTo(value, 12);
  });
});

test.for<[string, Partial<SparseColumns>, RegExp]>([
  [
    "a sample that there is none of",
    { indices: sparse.indices.map((i) => (i === 6 ? 7 : i)) },
    /entry at sample 7/,
  ],
  [
    "samples that do not rise",
    { indices: sparse.indices.toReversed() },
    /ascending within a feature/,
  ],
  ["starts of another number", { starts: sparse.starts.slice(1) }, /starts has 5 entries/],
  ["a value that is missing", { values: sparse.values.slice(1) }, /three times the same/],
  [
    "a value that is none",
    { values: sparse.values.map(() => Number.NaN) },
    /entry 0 of values is NaN/,
  ],
])("%s is refused", ([, change, message]) => {
  expect(() => readDesign({ ...sparse, ...change })).toThrow(message);
});
