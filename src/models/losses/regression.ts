import { customDerivative } from "../../array/operations/derivative.ts";
import { clip } from "../../array/operations/elementwise.ts";
import type { Operand } from "../../array/operations/operand.ts";
import type { Tensor } from "../../array/tensor.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { type LossOptions, pair, reduce } from "./reduction.ts";

/** (x − y)², no ½, the mean over all elements unless said. @throws NadirError `mse/shape` */
export function mse(predictions: Operand, targets: Operand, options: LossOptions = {}): Tensor {
  requireKnownOptions("mse", options, ["reduction"]);
  const [x, y] = pair("mse", predictions, targets);
  return reduce(x.sub(y).square(), options);
}

/** |x − y|, with derivative 0 where they are equal. @throws NadirError `mae/shape` */
export function mae(predictions: Operand, targets: Operand, options: LossOptions = {}): Tensor {
  requireKnownOptions("mae", options, ["reduction"]);
  const [x, y] = pair("mae", predictions, targets);
  return reduce(x.sub(y).abs(), options);
}

/** Where the square turns into a line. */
export interface HuberOptions extends LossOptions {
  /** δ > 0, in the unit of the predictions. 1 unless said. */
  readonly delta?: number;
}

/**
 * r² / 2 for |r| ≤ δ, δ(|r| − δ/2) beyond, with r = x − y. Convex; gradient r cut off at ±δ.
 *
 * @throws NadirError `huber/delta`, `huber/shape`
 * @see Huber (1964), Robust estimation of a location parameter
 */
export function huber(predictions: Operand, targets: Operand, options: HuberOptions = {}): Tensor {
  requireKnownOptions("huber", options, ["delta", "reduction"]);
  const delta = positive("huber/delta", options.delta ?? 1);
  const [x, y] = pair("huber", predictions, targets);
  const cut = (r: Tensor): Tensor => clip(r, -delta, delta);
  const ofResidual = customDerivative(
    (r) => cut(r!).mul(r!.sub(cut(r!).mul(0.5))),
    ([r], _loss, cotangent) => [cut(r!).mul(cotangent)],
  );
  return reduce(ofResidual(x.sub(y)), options);
}

/** How far off an example must be to stop counting. */
export interface CutoffOptions extends LossOptions {
  /** c > 0, in the unit of the predictions. */
  readonly c?: number;
}

/**
 * c²/2 · (1 − e^(−(r/c)²)), with r = x − y: outliers far beyond c have no pull. Not convex. c is 1 unless said.
 *
 * @throws NadirError `welsch/c`, `welsch/shape`
 * @see Dennis & Welsch (1978), Techniques for nonlinear least squares and robust regression
 */
export function welsch(
  predictions: Operand,
  targets: Operand,
  options: CutoffOptions = {},
): Tensor {
  requireKnownOptions("welsch", options, ["c", "reduction"]);
  const c = positive("welsch/c", options.c ?? 1);
  const [x, y] = pair("welsch", predictions, targets);
  const u = x.sub(y).div(c);
  return reduce(
    u
      .mul(u)
      .neg()
      .expm1()
      .mul((-c * c) / 2),
    options,
  );
}

/**
 * c²/6 · (1 − (1 − (r/c)²)³) for |r| ≤ c, c²/6 beyond, with r = x − y: outliers have no pull at all.
 * Not convex. c is 4.685 unless said, which is 95 % efficient for errors of unit variance.
 *
 * @throws NadirError `tukey/c`, `tukey/shape`
 * @see Beaton & Tukey (1974), The fitting of power series, meaning polynomials
 */
export function tukey(predictions: Operand, targets: Operand, options: CutoffOptions = {}): Tensor {
  requireKnownOptions("tukey", options, ["c", "reduction"]);
  const c = positive("tukey/c", options.c ?? 4.685);
  const [x, y] = pair("tukey", predictions, targets);
  const u = x.sub(y).div(c);
  const left = u.mul(u).neg().add(1).relu(); // 1 − u², 0 from |u| = 1 on
  return reduce(
    left
      .mul(left)
      .mul(left)
      .neg()
      .add(1)
      .mul((c * c) / 6),
    options,
  );
}

const positive = (code: string, value: number): number =>
  requireInRange(code, value, [0, Number.POSITIVE_INFINITY], { open: true });
