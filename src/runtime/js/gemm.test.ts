import { fc, test as property } from "@fast-check/vitest";
import { expect } from "vitest";
import { randomFrom, sampleArray } from "../../array/testing.ts";
import { gemm } from "./gemm.ts";

const length = fc.integer({ min: 1, max: 9 });
const layout = fc.record({
  start: fc.nat(5),
  transposed: fc.boolean(),
  gap: fc.nat(2),
  single: fc.boolean(),
});

property.prop([length, length, length, layout, layout, fc.nat(4)], { numRuns: 500 })(
  "multiplies matrices however they lie in memory, and writes nothing else",
  (rows, inner, columns, left, right, outStart) => {
    const next = randomFrom(rows + 10 * inner + 100 * columns);
    const matrix = (m: number, n: number, { start, transposed, gap, single }: typeof left) => {
      const pitch = (transposed ? m : n) + gap;
      const size = start + pitch * (transposed ? n : m);
      const { data } = sampleArray(next, [size], single ? "f32" : "f64");
      return { data, start, row: transposed ? 1 : pitch, column: transposed ? pitch : 1 };
    };
    const [a, b] = [matrix(rows, inner, left), matrix(inner, columns, right)];
    const out = new Float64Array(outStart + rows * columns + 3).fill(7);
    gemm(
      out,
      outStart,
      rows,
      inner,
      columns,
      a.data,
      a.start,
      a.row,
      a.column,
      b.data,
      b.start,
      b.row,
      b.column,
    );
    const wanted = new Float64Array(out.length).fill(7);
    for (let m = 0; m < rows; m++) {
      for (let n = 0; n < columns; n++) {
        let sum = 0;
        for (let k = 0; k < inner; k++)
          sum +=
            a.data[a.start + m * a.row + k * a.column]! *
            b.data[b.start + k * b.row + n * b.column]!;
        wanted[outStart + m * columns + n] = sum;
      }
    }
    expect(Array.from(out)).toEqual(Array.from(wanted, (value) => expect.closeTo(value, 12)));
  },
);
