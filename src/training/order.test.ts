import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { DataOrder } from "./order.ts";

describe("the data order", () => {
  property.prop([fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 5 }), fc.nat()])(
    "has each row once in each epoch",
    (size, epoch, seed) => {
      const rows = new DataOrder(size, seed, true).rows(epoch * size, size);
      expect([...rows].sort((a, b) => a - b)).toEqual([...Array(size).keys()]);
    },
  );

  property.prop([
    fc.integer({ min: 1, max: 30 }),
    fc.integer({ min: 0, max: 90 }),
    fc.integer({ min: 1, max: 40 }),
    fc.nat(),
  ])("is the same however it is cut, from whatever position", (size, start, count, seed) => {
    const whole = new DataOrder(size, seed, true).rows(0, start + count);
    expect(new DataOrder(size, seed, true).rows(start, count)).toEqual(whole.slice(start));
  });

  test("differs between epochs and between seeds", () => {
    const order = new DataOrder(100, 0, true);
    expect(order.rows(0, 100)).not.toEqual(order.rows(100, 100));
    expect(order.rows(0, 100)).not.toEqual(new DataOrder(100, 1, true).rows(0, 100));
  });

  test("is the given order without shuffling", () => {
    expect([...new DataOrder(3, 0, false).rows(2, 5)]).toEqual([2, 0, 1, 2, 0]);
  });

  test("puts each row at each place about equally often", () => {
    const counts = new Float64Array(25);
    const order = new DataOrder(5, 7, true);
    for (let epoch = 0; epoch < 2000; epoch++)
      for (const [place, row] of order.rows(5 * epoch, 5).entries()) counts[5 * place + row]!++;
    // 400 expected; the standard deviation is 18, so 90 is five of them.
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(90);
  });
});
