import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { dataset } from "../training/dataset.ts";
import { lowerAlong } from "./lowerAlong.ts";

/** x²/2 − y²/2 + y⁴/4: a saddle at 0, minima of −1/4 at (0, ±1). */
const wells = (x: Tensor): Tensor => {
  const squares = x.square();
  return squares.mul([0.5, -0.5]).sum().add(squares.at(1).square().div(4));
};

describe("lowerAlong", () => {
  test.for([1, -1])(
    "follows a direction to where the loss is lower, either way (%s)",
    async (sign) => {
      // Tilted, so that one way is lower than the other.
      const tilted = (x: Tensor): Tensor => wells(x).sub(x.at(1).mul(0.01 * sign));
      const found = await lowerAlong(tilted, { at: [0, 0], direction: Float64Array.of(0, 7) });
      expect(Math.sign(found.distance)).toBe(sign);
      expect(found.from).toBe(0);
      // 1/2 is the longest step here: −1/8 + 1/64 − 1/200.
      expect(found.loss).toBeCloseTo(-1 / 8 + 1 / 64 - 0.005, 12);
      expect(found.at).toMatchObject({ shape: [2] });
    },
  );

  test("takes a training's params, and gives them back in their form", async () => {
    const problem = {
      params: { u: [[0], [0]], v: [[0, 0]] },
      loss: ({ u, v }: { u: Tensor; v: Tensor }, batch: { x: Tensor }) =>
        batch.x.sub(u.matmul(v)).square().sum(),
      data: dataset({
        x: Array.from({ length: 4 }, () => [
          [1, 0.5],
          [0.5, 1],
        ]),
      }),
    };
    const direction = Float64Array.of(1, 1, 1, 1);
    const found = await lowerAlong(problem as never, {
      ...{ at: problem.params, direction, dtype: "f64", rows: 2 },
    });
    expect(found.loss).toBeLessThan(found.from);
    expect(found.at).toMatchObject({ u: { shape: [2, 1] }, v: { shape: [1, 2] } });
  });

  test("refuses a direction of another length, and says where nothing is lower", async () => {
    const at = [0, 0];
    await expect(lowerAlong(wells, { at, direction: Float64Array.of(1) })).rejects.toThrow(
      /as many as the params have, 2/,
    );
    await expect(lowerAlong(wells, { at, direction: Float64Array.of(1, 0) })).rejects.toThrow(
      /no point along the direction is below 0/,
    );
  });
});
