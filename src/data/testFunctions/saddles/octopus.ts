import { mul, where } from "../../../array/operations/elementwise.ts";
import { cumSum } from "../../../array/operations/reduction.ts";
import { pad } from "../../../array/operations/shaping.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { adjustable, range, repeated, type TestFunction } from "../testFunction.ts";
import { saddle, strictSaddle } from "./saddle.ts";

/** Half the width of the region around a saddle. */
const tau = Math.E;

/** How steep the walls are, L, and how strongly a saddle repels, γ. */
export interface OctopusOptions {
  /** L > 0. Default 2. */
  readonly steepness?: number;
  /** γ > 0. Default 1. */
  readonly repulsion?: number;
}

/**
 * A chain of strict saddles: each coordinate in turn has to leave 0 for ±4τ before the next one is
 * repelled, so that gradient descent needs a time exponential in the number of unknowns, and descent
 * with perturbations does not. Twice continuously differentiable inside the tubes |x₁|, …, |xₖ| ≥ 2τ,
 * |xₖ₊₂|, … ≤ τ, which is where descent from near 0 stays.
 *
 * @see Du, Jin, Lee, Jordan, Póczos & Singh (2017), Gradient descent can take exponential time to
 * escape saddle points, eqs. (2) to (7)
 */
export const octopus = (options: OctopusOptions = {}): TestFunction =>
  adjustable((n) => octopusOf(n, options), 5);

function octopusOf(
  n: number,
  { steepness: l = 2, repulsion: g = 1 }: OctopusOptions,
): TestFunction {
  /** The way from the saddle to the slope: −γx² at τ, with the slope L(x − 4τ)² at 2τ. */
  const [cubic, quartic] = [(-14 * l + 10 * g) / (3 * tau), (5 * l - 3 * g) / (2 * tau ** 2)];
  const bridge = (x: Tensor): Tensor => {
    const beyond = x.sub(tau);
    const bend = beyond.mul(quartic).add(cubic).mul(beyond.pow(3));
    return bend.sub(x.square().mul(g));
  };
  const bridgeEnd = -4 * g * tau ** 2 + cubic * tau ** 3 + quartic * tau ** 4;
  const depth = 4 * l * tau ** 2 - bridgeEnd;
  /** The next coordinate's curvature on that way: from L at τ down to −γ at 2τ. */
  const turn = (x: Tensor): Tensor => {
    const u = x.mul(1 / tau).sub(2);
    return u
      .pow(3)
      .mul(u.mul(6).add(15).mul(u).add(10))
      .mul(-l - g)
      .sub(g);
  };
  const f = (signed: Tensor): Tensor => {
    const squares = signed.square(); // not of |x|, whose derivative at 0 is taken as 0
    const x = signed.abs();
    const next = pad(squares.slice([1]), [[0, 1]]);
    const walls = cumSum(squares, 0, { reverse: true }).sub(squares).mul(l); // of the later coordinates
    const outside = x
      .sub(4 * tau)
      .square()
      .mul(l)
      .sub(depth);
    const inside = walls.sub(squares.mul(g));
    const between = bridge(x)
      .add(mul(turn(x), next))
      .add(walls.sub(next.mul(l)));
    const active = where(x.lessEqual(tau), inside, between);
    // All coordinates up to the first that has not left count, and none after it.
    const staying = x.less(2 * tau).cast("i32");
    const counts = cumSum(staying).sub(staying).equal(0);
    return where(counts, where(staying, active, outside), 0).sum();
  };
  const tips = (count: number): number[] => [
    ...repeated(count, 4 * tau),
    ...repeated(n - count, 0),
  ];
  return saddle({
    key: "octopus",
    name: "Octopus",
    start: range(1, n).map((i) => 0.5 * Math.sin(i)),
    f,
    minima: [{ value: -n * depth, x: tips(n), note: "one of all signs" }],
    stationary: range(0, n - 1).map((k) => strictSaddle(tips(k), -k * depth)),
    source:
      "Du, Jin, Lee, Jordan, Póczos & Singh (2017), Gradient descent can take exponential time",
  });
}
