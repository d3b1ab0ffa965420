import { fc, test as property } from "@fast-check/vitest";
import { expect } from "vitest";
import { argSort } from "./argSort.ts";

const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double(), fc.constant(Number.NaN));

property.prop([fc.array(number, { maxLength: 70 }), fc.boolean()], { numRuns: 500 })(
  "sorts as Array.prototype.sort does, stably, with NaN last",
  (values, descending) => {
    const rows = [...values, ...values.toReversed()]; // two rows
    const out = new Int32Array(rows.length);
    argSort(Float64Array.from(rows), out, rows.length, values.length, descending);
    const wanted = [values, values.toReversed()].flatMap((row) =>
      row
        .map((_, i) => i)
        .sort((i, j) => {
          const [a, b] = [row[i]!, row[j]!];
          if (Number.isNaN(a) || Number.isNaN(b))
            return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
          return a === b ? 0 : a < b === descending ? 1 : -1;
        }),
    );
    expect(Array.from(out)).toEqual(wanted);
  },
);
