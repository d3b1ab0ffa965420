import { expect, test } from "vitest";
import type { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { batchNorm } from "../models/layers/batchNorm.ts";
import { dense } from "../models/layers/dense.ts";
import { mse } from "../models/losses/regression.ts";
import { sequential } from "../models/sequential.ts";
import { dataset } from "../training/dataset.ts";
import type { LossContext } from "../training/problem.ts";
import { connect } from "./connect.ts";

/** A ring of minima at ‖x‖ = 1: no straight line between two of them stays in it, and a curve nearly does. */
const ring = (x: Tensor) => x.square().sum().sub(1).square();

test("a straight line crosses the ring's middle, and the fitted curve goes around it", async () => {
  const { line, curve, distance } = await connect(ring, {
    ...{ at: [1, 0], to: [0, 1] },
    curve: { steps: 400 },
  });
  expect(distance).toBeCloseTo(Math.SQRT2, 12);
  // Half-way ‖x‖² is ½: the loss ¼, above ends of loss 0.
  expect(line.barrier).toEqual({ height: expect.closeTo(0.25, 12), at: 0.5 });
  expect(curve!.barrier.height).toBeLessThan(0.01);
  // Of quadratic Bézier curves the middle that keeps the quarter circle best is near (0.96, 0.96).
  const middle = [...(curve!.middle as NDArray).data];
  expect(middle).toEqual([expect.closeTo(0.96, 1), expect.closeTo(0.96, 1)]);
  expect(curve!.loss[0]).toBeCloseTo(0, 12);
  expect(curve!.loss[curve!.loss.length - 1]).toBeCloseTo(0, 12);
});

test("a convex loss has no barrier; held-out data have their own", async () => {
  const at = (slope: number) => ({ w: [[slope]] });
  const problem = {
    params: at(0),
    loss: ({ w }: { w: Tensor }, { x, y }: { x: Tensor; y: Tensor }) => mse(x.matmul(w), y),
    data: dataset({ x: [[1], [2]], y: [[1], [2]] }),
    test: dataset({ x: [[3]], y: [[0]] }),
    dtype: "f64" as const,
  };
  const { line, curve } = await connect(problem, { at: at(0), to: at(3), curve: false, points: 5 });
  expect(curve).toBeUndefined();
  expect(line.barrier).toEqual({ height: 0, at: 0 });
  line.t.forEach((t, i) => {
    expect(line.loss[i]).toBeCloseTo(2.5 * (3 * t - 1) ** 2, 10);
    expect(line.heldOut!.loss[i]).toBeCloseTo((9 * t) ** 2, 10);
  });
});

test("batch norm's statistics are measured anew at each place", async () => {
  // With weight w, batch norm's own output is ±1 whatever w > 0 is, if its statistics are those of the place;
  // with those of w = 1 kept, the loss at w = 3 would be far from that at w = 1.
  const model = sequential(dense(1, { bias: false }), batchNorm());
  const params = (w: number) => [{ weight: [[w]] }, { scale: [1], shift: [0] }];
  const rows = Array.from({ length: 200 }, (_, i) => [i % 2 === 0 ? 1 : -1]);
  const problem = {
    params: params(1),
    state: [{}, { mean: [0], variance: [1] }],
    loss: (own: never, { x, y }: { x: Tensor; y: Tensor }, context: LossContext<never>) => {
      const { output, state } = model.run(own, x, context);
      return { loss: mse(output, y), state };
    },
    data: dataset({ x: rows, y: rows }),
    dtype: "f64" as const,
  };
  const { line } = await connect(problem, {
    at: params(1),
    to: params(3),
    curve: false,
    points: 3,
  });
  for (const loss of line.loss) expect(loss).toBeLessThan(0.01);
});

test("refuses twice the same point, and one of another shape", async () => {
  await expect(connect(ring, { at: [1, 0], to: [1, 0] })).rejects.toThrow(/same point/);
  await expect(connect(ring, { at: [1, 0], to: [1, 0, 0] })).rejects.toThrow(/\[3\]/);
});
