import { describe, expect, test } from "vitest";
import { primitiveNames, primitiveOf } from "../graph.ts";
import { NDArray } from "../ndarray.ts";
import { randomFrom } from "../testing.ts";
import type { OpName } from "./registry.ts";
import { samples } from "./samples/testing.ts";
import {
  applied,
  batchedAndLooped,
  derivativesOf,
  distance,
  evaluate,
  expected,
  floatsOf,
  operandsOf,
} from "./testing.ts";

/** Whose value is one thing and whose derivative another, by definition. */
const heldConstant: ReadonlySet<OpName> = new Set(["custom", "stopGradient"]);

/** Every way to mark at least one of `count` operands. */
const subsets = (count: number): boolean[][] =>
  Array.from({ length: 2 ** count - 1 }, (_, mask) =>
    Array.from({ length: count }, (_, i) => (((mask + 1) >> i) & 1) === 1),
  );

const seed = 20_240_501;
const middle = (a: NDArray, b: NDArray): NDArray =>
  new NDArray(
    Float64Array.from(a.data, (value, i) => (value + b.data[i]!) / 2),
    a.shape,
  );

describe.for(primitiveNames.filter((op) => samples[op].length > 0))("%s", (op) => {
  const { arity, curvature, monotonicity } = primitiveOf(op);
  const cases = samples[op].map(
    (sample, i) =>
      [
        `${sample.inputs.map(({ shape, dtype = "f64" }) => `${dtype}[${shape}]`).join(" ")} #${i}`,
        sample,
      ] as const,
  );

  test.for(cases)("has the values of its definition: %s", ([, sample]) => {
    const inputs = operandsOf(sample, randomFrom(seed));
    const [found] = evaluate((...list) => [applied(op, sample.attrs)(...list)], inputs);
    const wanted = expected(op, inputs, sample.attrs);
    expect(found!.dtype).toBe(wanted.dtype);
    expect(arity === "any" || arity === inputs.length).toBe(true);
    expect(distance(found!, wanted)).toBeLessThan(1e-13);
  });

  test.for(cases)("is the same in single precision: %s", ([, sample]) => {
    const wide = operandsOf(sample, randomFrom(seed));
    const narrow = wide.map((a) => (a.dtype === "f64" ? NDArray.of(a, a.shape, "f32") : a));
    const again = narrow.map((a) => (a.dtype === "f32" ? NDArray.of(a, a.shape, "f64") : a));
    const f = applied(op, sample.attrs);
    const [found] = evaluate((...list) => [f(...list).cast("f64")], narrow);
    const [wanted] = evaluate((...list) => [f(...list).cast("f64")], again);
    expect(distance(found!, wanted!)).toBeLessThan(3e-6);
  });

  const smooth = cases.filter(([, sample]) => {
    const inputs = operandsOf(sample, randomFrom(seed));
    const { dtype } = expected(op, inputs, sample.attrs);
    return dtype === "f64" && (sample.wrt ?? floatsOf(inputs)).length > 0 && !heldConstant.has(op);
  });

  test.for(smooth)("has the derivatives that differences show: %s", ([, sample]) => {
    const next = randomFrom(seed);
    const inputs = operandsOf(sample, next);
    const found = derivativesOf(applied(op, sample.attrs), inputs, next, sample.wrt);
    const scale = (value: number): number => Math.max(1, Math.abs(value));
    const { backward, forward, difference, second, secondDifference } = found;
    expect(Math.abs(backward - forward) / scale(forward)).toBeLessThan(1e-11);
    expect(Math.abs(backward - difference) / scale(difference)).toBeLessThan(2e-7);
    expect(Math.abs(second - secondDifference) / scale(second)).toBeLessThan(2e-6);
  });

  test.for(cases.filter(([, { inputs }]) => inputs.length > 0))(
    "maps over entries as a loop does, whichever operands are stacked: %s",
    ([, sample]) => {
      for (const batched of subsets(sample.inputs.length)) {
        const inputs = operandsOf(sample, randomFrom(seed), batched);
        const [together, apart] = batchedAndLooped(applied(op, sample.attrs), inputs, batched);
        expect(together.dtype).toBe(apart.dtype);
        expect(distance(together, apart), `stacked: ${batched}`).toBeLessThan(1e-13);
      }
    },
  );

  test.for(curvature === "unknown" ? [] : cases)(`is ${curvature} on chords: %s`, ([, sample]) => {
    const next = randomFrom(seed);
    for (let trial = 0; trial < 20; trial++) {
      const [a, b] = [operandsOf(sample, next), operandsOf(sample, next)];
      const ends = a.map((value, i) => (value.dtype === "f64" ? b[i]! : value)); // integers are held
      const mid = a.map((value, i) => (value.dtype === "f64" ? middle(value, ends[i]!) : value));
      const [atA, atB, atMid] = [a, ends, mid].map((inputs) => expected(op, inputs, sample.attrs));
      atMid!.data.forEach((value, i) => {
        const gap = (atA!.data[i]! + atB!.data[i]!) / 2 - value;
        if (Number.isNaN(gap) || value === Number.NEGATIVE_INFINITY) return; // a padding of −∞ is in none of it
        if (curvature !== "concave") expect(gap).toBeGreaterThan(-1e-12);
        if (curvature !== "convex") expect(gap).toBeLessThan(1e-12);
      });
    }
  });

  test.for(monotonicity === undefined || monotonicity === "none" ? [] : cases)(
    `is ${monotonicity} in each argument: %s`,
    ([, sample]) => {
      const next = randomFrom(seed);
      for (let trial = 0; trial < 20; trial++) {
        const [a, b] = [operandsOf(sample, next), operandsOf(sample, next)];
        const low = a.map((value, i) => pick(value, b[i]!, Math.min));
        const high = a.map((value, i) => pick(value, b[i]!, Math.max));
        const [bottom, top] = [low, high].map((inputs) => expected(op, inputs, sample.attrs));
        top!.data.forEach((value, i) => {
          const [less, more] =
            monotonicity === "increasing" ? [bottom!.data[i]!, value] : [value, bottom!.data[i]!];
          if (!Number.isNaN(more - less)) expect(more - less).toBeGreaterThanOrEqual(-1e-12);
        });
      }
    },
  );
});

const pick = (a: NDArray, b: NDArray, choose: (a: number, b: number) => number): NDArray =>
  new NDArray(
    a.data.map((value, i) => choose(value, b.data[i]!)),
    a.shape,
    a.dtype,
  );

test("every primitive that can be recorded has samples", () => {
  expect(primitiveNames.filter((op) => samples[op].length === 0)).toEqual(["input"]);
});
