import { describe, expect, test } from "vitest";
import type { Aval } from "../../array/primitives/primitive.ts";
import { finish, record } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { cutTurn, type TurnParts } from "./turnParts.ts";

const f32 = (...shape: number[]): Aval => ({ shape, dtype: "f32" });

/** Cuts a step of a layer without bias, whose rule makes the next weights and velocity of a gradient. */
function cutOf(
  rule: (gradient: Tensor, weights: Tensor, velocity: Tensor) => readonly [Tensor, Tensor],
  rows = 8,
): TurnParts {
  const program = finish(
    record([f32(64, 32), f32(64, 32), f32(rows, 64), f32(rows, 32)], (w, v, x, y) => {
      const rest = x!.matmul(w!).sub(y!).tanh();
      return [...rule(x!.transpose().matmul(rest), w!, v!), rest.square().mean()];
    }),
  );
  return cutTurn(program, { carried: 2, fixed: 2 }, { least: 1024, length: 500 });
}

const momentum = (g: Tensor, w: Tensor, v: Tensor): readonly [Tensor, Tensor] => {
  const next = v.mul(0.9).add(g);
  return [w.sub(next.mul(0.1)), next];
};

const sizes = ({ first }: TurnParts): number[] => first.outputs.map(({ size }) => size);

describe("a turn", () => {
  test("is cut before the gradient, which is made when its weights are updated", () => {
    const cut = cutOf(momentum);
    expect(sizes(cut)).toEqual([1, 8 * 32]); // the loss, and what the gradient is made of
    expect(cut.updates).toHaveLength(1);
    const [update] = cut.updates;
    expect(update).toMatchObject({ carried: [0, 1], size: 64 * 32, length: 500 });
    expect(update!.made.map(({ value }) => value.size)).toEqual([64 * 32]);
    expect(update!.piece.inputs.map(({ shape }) => shape)).toEqual([[500], [500], [500]]);
  });

  test("makes a gradient at once that others read, or that takes less than what it is made of", () => {
    const clipped = cutOf((g, w, v) => momentum(g.div(g.square().sum()), w, v));
    expect(sizes(clipped).sort()).toEqual([1, 1, 64 * 32].sort());
    expect(clipped.updates[0]!.made).toEqual([]);
    const wide = cutOf(momentum, 256);
    expect(sizes(wide)).toEqual([1, 64 * 32]);
  });

  test("updates nothing in pieces that is small, or not made elementwise", () => {
    const turned = cutOf((g, w, v) => [w.matmul(g.transpose().matmul(w)), v.add(1)]);
    expect(turned.updates.map(({ carried }) => carried)).toEqual([[1]]);
    expect(sizes(turned)).toEqual([64 * 32, 1]);
  });
});
