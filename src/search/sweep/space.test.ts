import { expect, test } from "vitest";
import { featuresOf, pointAt, requireSpace, type Space } from "./space.ts";

const space: Space = [
  { name: "rate", kind: "range", low: 1e-4, high: 1e-1, scale: "log", whole: false },
  { name: "shift", kind: "range", low: -5, high: 10, scale: "linear", whole: false },
  { name: "width", kind: "range", low: 4, high: 64, scale: "log", whole: true },
  { name: "method", kind: "choice", values: ["adam", "sgd", "lion"] },
];

test("a point halves ratios where the scale is logarithmic and differences where it is not, to four digits", () => {
  // √1e-5 = 0.0031623; −5 + 15/2; √(3.5 · 64.5) = 15.02; the second of three.
  const middle = { rate: 0.003162, shift: 2.5, width: 15, method: "sgd" };
  expect(pointAt(space, [0.5, 0.5, 0.5, 0.5])).toEqual(middle);
  expect(pointAt(space, [])).toEqual(middle);
  // 1e-4 · 1000^¼ = 5.6234e-4; −5 + 15/8 = −3.125.
  expect(pointAt(space, [0.25, 0.125])).toMatchObject({ rate: 5.623e-4, shift: -3.125 });
});

test("a point's features are its places in the ranges; a range of one value says nothing", () => {
  const features = featuresOf(space, { rate: 1e-2, shift: -2, width: 16, method: "lion" });
  [2 / 3, 0.2, 0.5, 0, 0, 1].forEach((wanted, i) => {
    expect(features[i]).toBeCloseTo(wanted, 12);
  });
  const fixed: Space = [
    { name: "x", kind: "range", low: 3, high: 3, scale: "linear", whole: true },
  ];
  expect(featuresOf(fixed, { x: 3 })).toEqual([0.5]);
});

test.for([
  [0, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, 0],
])("a range from %s to %s is refused", ([low = 0, high = 0]) => {
  const endless = { name: "x", kind: "range", low, high, scale: "linear", whole: false } as const;
  expect(() => requireSpace([endless])).toThrow(/"x" has no end/);
});
