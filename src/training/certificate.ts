import type { Verdict } from "../diagnosis/verdict.ts";
import type { FlatProof } from "./curvatureProof.ts";

/** The gap, beside max(1, |f|), up to which a certificate is given. */
const certifiedGap = 1e-6;

/**
 * The verdict on a minimum or near-stationary point, sharpened by what is proved of the whole function.
 * With f − ½Σ μᵢxᵢ² convex, f(y) ≥ f(x) + ⟨g, y − x⟩ + ½Σ μᵢ(yᵢ − xᵢ)² for all y, whose minimum over y
 * bounds f from below by f(x) − Σ gᵢ²/2μᵢ: a certificate, if that is close to f(x).
 *
 * @see Boyd & Vandenberghe (2004), Convex optimization, eq. (9.9)
 */
export function certified(
  verdict: Verdict,
  at: { readonly value: number; readonly gradient: Float64Array },
  proof: () => FlatProof,
): Verdict {
  const { kind } = verdict;
  if (kind !== "local-minimum" && kind !== "degenerate" && kind !== "not-stationary")
    return verdict;
  if (!Number.isFinite(at.value)) return verdict;
  const { bend, moduli } = proof();
  if (bend !== "convex") return verdict;
  const gap = moduli === undefined ? Number.POSITIVE_INFINITY : gapBelow(at, moduli);
  const scale = Math.max(1, Math.abs(at.value));
  const { gradientNorm, tolerance } = verdict;
  const format = (value: number): string => Number(value.toPrecision(3)).toString();
  if (gap <= certifiedGap * scale) {
    return {
      kind: "global-minimum",
      ...{ primal: at.value, dual: at.value - gap, gap, gradientNorm, tolerance },
      evidence: [
        "the function is proved convex by its operations: nadir convexity tells the rules",
        `it is strongly convex, with μ of at least ${format(Math.min(...moduli!))}`,
        `so no value anywhere is lower than this one by more than Σ gᵢ²/2μᵢ = ${format(gap)}`,
      ],
      advice: [],
    };
  }
  const evidence = [
    ...verdict.evidence,
    "the function is proved convex by its operations, so that every local minimum is global",
    ...(Number.isFinite(gap)
      ? [`no value anywhere is lower than this one by more than ${format(gap)}`]
      : []),
  ];
  return { ...verdict, evidence };
}

/** Σ gᵢ²/2μᵢ, and what rounding may hide in the value. */
function gapBelow(
  { value, gradient }: { readonly value: number; readonly gradient: Float64Array },
  moduli: Float64Array,
): number {
  let gap = 4 * Number.EPSILON * Math.abs(value);
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i]!;
    if (moduli[i]! <= 0) return Number.POSITIVE_INFINITY;
    gap += (g * g) / (2 * moduli[i]!);
  }
  return gap;
}
