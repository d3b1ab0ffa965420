import { mul, sub, where } from "../../../array/operations/elementwise.ts";
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
  const f = (x: Tensor): Tensor => {
    const squares = x.square();
    let rest: Tensor | undefined; // what the coordinates after i add, once the first i have left
    for (let i = n - 1; i >= 0; i--) {
      const [xi, square] = [x.at(i).abs(), squares.at(i)];
      const walls = squares
        .slice([i + 1])
        .sum()
        .mul(l);
      const later = squares
        .slice([i + 2])
        .sum()
        .mul(l);
      const next = i + 1 < n ? mul(turn(xi), squares.at(i + 1)).add(later) : 0;
      const inside = sub(walls, square.mul(g));
      const slope = xi
        .sub(4 * tau)
        .square()
        .mul(l)
        .sub(depth);
      const outside = rest === undefined ? slope : slope.add(rest);
      const between = bridge(xi).add(next);
      rest = where(xi.greaterEqual(2 * tau), outside, where(xi.lessEqual(tau), inside, between));
    }
    return rest ?? x.sum();
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
