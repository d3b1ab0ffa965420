import { describe, expect, test } from "vitest";
import { jit } from "../../runtime/jit.ts";
import { findTestFunction, testFunctions } from "./registry.ts";
import { derivatives, largest } from "./testing.ts";

describe("the table of test functions", () => {
  test("has 36 least-squares problems, 37 more classics, and 14 functions with saddles", () => {
    const counts = { mgh: 0, classic: 0, saddle: 0 };
    for (const { family } of testFunctions.values()) counts[family]++;
    expect(counts).toEqual({ mgh: 36, classic: 37, saddle: 14 });
  });

  test.for([...testFunctions.values()].map((entry) => [entry.key, entry] as const))(
    "%s has a finite value and a slope at its start",
    ([key, { f, start, dimension }]) => {
      expect(start).toHaveLength(dimension);
      const { value, gradient, hessian } = derivatives(f)(start);
      expect(Number.isFinite(value)).toBe(true);
      expect(largest(gradient)).toBeGreaterThan(0);
      expect([...gradient, ...hessian].every(Number.isFinite)).toBe(true);
      expect(testFunctions.get(key)?.f).toBe(f);
    },
  );

  const narrowable = [...testFunctions.values()].filter(({ key }) => key !== "cross-in-tray");
  test.for(narrowable.map((entry) => [entry.key, entry] as const))(
    "%s is the same in single precision, to its rounding",
    ([, { f, start }]) => {
      const wide = jit(f)([...start]).item();
      const narrow = jit(f, { dtype: "f32" })([...start]);
      expect(narrow.dtype).toBe("f32");
      expect(Math.abs(narrow.item() - wide)).toBeLessThanOrEqual(1e-2 * (1 + Math.abs(wide)));
    },
  );

  test("cross-in-tray overflows in single precision, as it says", () => {
    const { f, start, note } = findTestFunction("cross-in-tray");
    expect(note).toMatch(/overflows in f32/);
    expect(jit(f, { dtype: "f32" })([...start]).item()).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe("findTestFunction", () => {
  test.for([
    ["rosenbrock", "rosenbrock"],
    ["Himmelblau", "himmelblau"],
    ["six hump camel", "six-hump-camel"],
    ["freudenstein-and-roth", "freud_roth"],
    ["Müller–Brown", "mueller-brown"],
    ["Powell badly scaled", "powell_bs"],
    ["watson9", "watson_9"],
  ])("finds %s", ([name = "", key]) => {
    expect(findTestFunction(name).key).toBe(key);
  });

  test("names the nearest function to a name it does not know", () => {
    expect(() => findTestFunction("rosenbrok")).toThrow(/did you mean rosenbrock\?/);
    expect(() => findTestFunction("qqqqqqq")).toThrow(/no test function "qqqqqqq"/);
  });

  test("gives a function of another size, with start, domain and minima of that size", () => {
    const { dimension, start, domain, minima, f } = findTestFunction("rastrigin", 7);
    expect([dimension, start.length, domain?.length, minima[0]?.x?.length]).toEqual([7, 7, 7, 7]);
    expect(jit(f)(start).item()).toBeGreaterThan(0);
    expect(findTestFunction("rastrigin").dimension).toBe(2);
  });

  test.for([
    ["ex_rosen", 7, /multiple of 2, at least 2/],
    ["ex_powell", 6, /multiple of 4, at least 4/],
    ["levy", 0, /at least 1/],
    ["levy", 1.5, /whole number/],
    ["trid", 1, /at least 2/],
    ["meyer", 4, /meyer has 3 unknowns, not 4/],
  ] as const)("refuses %s with %d unknowns", ([name, dimension, message]) => {
    expect(() => findTestFunction(name, dimension)).toThrow(message);
  });
});
