import { expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { box } from "../methods/constraints/box.ts";
import { findMinima } from "./findMinima.ts";

test("finds the four minima of Himmelblau's function, each with verdict and share of starts", async () => {
  const f = (x: Tensor): Tensor => {
    const [a, b] = [x.at(0), x.at(1)];
    return a.square().add(b).sub(11).square().add(a.add(b.square()).sub(7).square());
  };
  const found = await findMinima(f, { x0: [0, 0], constraint: box(-5, 5), starts: 60, seed: 1 });
  expect(found.minima).toHaveLength(4);
  const places = found.minima.map(({ x }) => x.map((xi) => Number(xi.toFixed(3))).join());
  expect(new Set(places)).toEqual(
    new Set(["3,2", "-2.805,3.131", "-3.779,-3.283", "3.584,-1.848"]),
  );
  for (const { verdict, basin } of found.minima) {
    expect(verdict?.kind).toBe("local-minimum");
    expect(basin.low).toBeLessThan(basin.count / basin.of);
    expect(basin.high).toBeGreaterThan(basin.count / basin.of);
  }
  expect(found.minima.reduce((sum, { basin }) => sum + basin.count, 0)).toBe(60);
});

test("tells a saddle that local searches ended in from a minimum", async () => {
  // x² − y² + y⁴/4 from starts on its stable line: a first-order search ends at the saddle.
  const f = (x: Tensor): Tensor => {
    const [a, b] = [x.at(0), x.at(1)];
    return a.square().sub(b.square()).add(b.pow(4).div(4));
  };
  const { minima } = await findMinima(f, {
    x0: [1, 0],
    constraint: box([-2, 0], [2, 3]),
    starts: 10,
  });
  expect(minima.map(({ verdict }) => verdict?.kind)).toContain("local-minimum");
  const atSaddle = minima.find(({ value }) => Math.abs(value) < 1e-9);
  expect(atSaddle?.verdict?.kind).not.toBe("local-minimum");
});

test("asks for no more verdicts than it is told", async () => {
  const f = (x: Tensor): Tensor => x.mul(5).cos().sum().add(x.square().mul(0.1).sum());
  const { minima } = await findMinima(f, {
    ...{ x0: [0.1, 0.1], constraint: box(-4, 4), starts: 40, verdicts: 2 },
  });
  expect(minima.length).toBeGreaterThan(5);
  expect(minima.filter(({ verdict }) => verdict !== undefined)).toHaveLength(2);
});

test("takes options of minimize and of multiStart, and refuses others", async () => {
  const f = (x: Tensor): Tensor => x.square().sum();
  await expect(findMinima(f, { x0: [1], starts: 0 })).rejects.toThrow(/starts is 0/);
  await expect(findMinima(f, { x0: [1], start: 3 } as never)).rejects.toThrow(/unknown option/);
});
