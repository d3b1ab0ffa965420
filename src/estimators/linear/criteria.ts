import type { LossChoice } from "./task.ts";

/**
 * Information criteria of a fit: −2 log likelihood plus a price for each parameter. Smaller is better. Parameters are counted as
 * the coefficients that are not zero, with the intercept: for the lasso an unbiased estimate (Zou, Hastie & Tibshirani 2007), for
 * non-convex penalties a custom.
 */
export interface Criteria {
  readonly parameters: number;
  /** 2 for each parameter (Akaike 1974). Undefined for a loss that is no likelihood. */
  readonly aic: number | undefined;
  /** log n for each (Schwarz 1978). */
  readonly bic: number | undefined;
  /** BIC + 2 log of the number of models of that size, for many features (Chen & Chen 2008, γ = 1). */
  readonly ebic: number | undefined;
}

/** The criteria of a mean loss over n samples. */
export function criteriaOf(
  choice: LossChoice,
  loss: number,
  samples: number,
  features: number,
  parameters: number,
): Criteria {
  if (typeof choice === "object")
    return { parameters, aic: undefined, bic: undefined, ebic: undefined };
  const deviance =
    choice === "squared" ? samples * (Math.log(2 * Math.PI * 2 * loss) + 1) : 2 * samples * loss;
  const bic = deviance + Math.log(samples) * parameters;
  return {
    parameters,
    aic: deviance + 2 * parameters,
    bic,
    ebic: bic + 2 * logChoose(features, Math.min(parameters, features)),
  };
}

/** log of n over k. */
function logChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}
