import type { Located } from "../diagnosis/classify.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { norm } from "../linalg/vector.ts";
import { naturalResidual } from "../methods/constraints/constraint.ts";
import type { HeldSet } from "../methods/constraints/held.ts";
import type { FlatProof } from "./curvatureProof.ts";

/** The gap, beside max(1, |f|), up to which a certificate is given. */
const certifiedGap = 1e-6;

const sharpened = new Set([
  ...["local-minimum", "degenerate", "not-stationary", "stationary", "noise-floor", "plateau"],
]);

const provedConvex =
  "the function is proved convex by its operations, so that every stationary point is a global minimum";

/**
 * The verdict on a minimum or near-stationary point, sharpened by what is proved of the whole function.
 * With f − ½Σ μᵢxᵢ² convex, f(y) ≥ f(x) + ⟨g, y − x⟩ + ½Σ μᵢ(yᵢ − xᵢ)² for all y, whose minimum over y
 * bounds f from below by f(x) − Σ gᵢ²/2μᵢ: a certificate, if that is close to f(x).
 *
 * @param roundoff - of the numbers that f was computed with
 * @see Boyd & Vandenberghe (2004), Convex optimization, eq. (9.9)
 */
export function certified(
  verdict: Verdict,
  at: Located,
  proof: () => FlatProof,
  set?: HeldSet,
  roundoff = Number.EPSILON,
): Verdict {
  const { kind } = verdict;
  if (!sharpened.has(kind) || !Number.isFinite(at.value)) return verdict;
  const { bend, moduli, range } = proof();
  const affine = bend === "affine" && set !== undefined;
  if (bend !== "convex" && !affine) return verdict;
  if (set !== undefined) return certifiedOn(set, verdict, at, moduli, range.lo, roundoff);
  const bowl = moduli === undefined ? Number.POSITIVE_INFINITY : gapBelow(at, moduli, roundoff);
  const gap = Math.min(bowl, at.value - range.lo);
  const scale = Math.max(1, Math.abs(at.value));
  const { gradientNorm, tolerance } = verdict;
  const format = (value: number): string => Number(value.toPrecision(3)).toString();
  if (gap <= certifiedGap * scale) {
    return {
      kind: "global-minimum",
      ...{ primal: at.value, dual: at.value - gap, gap, gradientNorm, tolerance },
      evidence: [
        "the function is proved convex by its operations: nadir convexity tells the rules",
        ...(gap < bowl
          ? [
              `its operations give no value below ${format(range.lo)}: this one is ${format(gap)} above`,
            ]
          : [
              `it is strongly convex, with μ of at least ${format(Math.min(...moduli!))}`,
              `so no value anywhere is lower than this one by more than Σ gᵢ²/2μᵢ = ${format(gap)}`,
            ]),
      ],
      advice: [],
    };
  }
  const evidence = [
    ...verdict.evidence,
    Number.isFinite(gap)
      ? `${provedConvex}; no value anywhere is lower than this one by more than ${format(gap)}`
      : `${provedConvex}; ${nearby(at, at.gradient)}`,
  ];
  return { ...verdict, evidence };
}

/**
 * The same with a convex penalty, by its own bound, or on a convex set: f(y) ≥ f(x) + ⟨g, y − x⟩, whose minimum over a bounded set is Frank and Wolfe's bound
 * f(x) − max ⟨g, x − s⟩. Of sets that are not convex nothing is said.
 *
 * @see Jaggi (2013), Revisiting Frank–Wolfe: projection-free sparse convex optimization, eq. (2)
 */
function certifiedOn(
  set: HeldSet,
  verdict: Verdict,
  at: Located,
  moduli: Float64Array | undefined,
  least: number,
  roundoff: number,
): Verdict {
  if (!set.isConvex) return verdict;
  const everywhere =
    moduli === undefined ? Number.POSITIVE_INFINITY : gapBelow(at, moduli, roundoff);
  const bound = set.gap
    ? set.gap(at, moduli, least)
    : Math.min(everywhere, frankWolfeGap(set, at), gapInBox(set, at, moduli));
  // What these say of rounding is said of doubles.
  const rounding = roundoff > Number.EPSILON ? 4 * roundoff * Math.abs(at.value) : 0;
  const gap = Math.min(bound + rounding, at.value - least);
  const { gradientNorm, tolerance, held, conditions } = verdict;
  const format = (value: number): string => Number(value.toPrecision(3)).toString();
  const convex = `the function is proved convex by its operations, and ${set.name} is convex`;
  const where = set.gap ? "" : " in it";
  if (!(gap <= certifiedGap * Math.max(1, Math.abs(at.value)))) {
    const room = Number.isFinite(gap)
      ? `; no value${where} is lower than this one by more than ${format(gap)}`
      : set.gap
        ? ""
        : `; ${nearby(
            at,
            naturalResidual((x) => set.project(x), at.x, at.gradient),
          )}`;
    const evidence = [
      ...verdict.evidence,
      `${convex}, so that every stationary point is a global minimum${room}`,
    ];
    return { ...verdict, evidence };
  }
  return {
    kind: "global-minimum",
    ...{ primal: at.value, dual: at.value - gap, gap, gradientNorm, tolerance },
    ...(held === undefined ? {} : { held }),
    ...(conditions === undefined ? {} : { conditions }),
    evidence: [
      ...(set.gap ? verdict.evidence.slice(0, 1) : []),
      convex,
      `no value${where} is lower than this one by more than ${format(gap)}`,
    ],
    advice: verdict.kind === "local-minimum" ? verdict.advice.slice(0, -1) : [],
  };
}

/** How far around a point a bound is told where none holds everywhere, in units of its length or 1. */
const around = 10;

/**
 * A bound around x where none is known everywhere. With r = x − P(x − g), P the projection onto a convex set (r = g without one), every y of the set has
 * f(y) ≥ f(x) + ⟨g, y − x⟩ ≥ f(x) − ⟨g − r, r⟩ − ‖r‖‖y − x‖.
 */
function nearby({ x, gradient }: Located, residual: Float64Array): string {
  const far = around * Math.max(1, norm(x));
  let shift = 0;
  for (let i = 0; i < x.length; i++) shift += (gradient[i]! - residual[i]!) * residual[i]!;
  const room = Math.max(0, shift) + norm(residual) * far;
  const [distance, lower] = [far, room].map((value) => Number(value.toPrecision(3)));
  return `within a distance of ${distance} no value is lower than this one by more than ${lower}, and of what lies farther nothing is known`;
}

/** Σ −min over lᵢ ≤ yᵢ ≤ uᵢ of gᵢ(yᵢ − xᵢ) + ½μᵢ(yᵢ − xᵢ)², where a side may be open, and what rounding may hide. */
function gapInBox(
  { bounds }: HeldSet,
  { x, value, gradient }: Located,
  moduli: Float64Array | undefined,
): number {
  if (bounds === undefined) return Number.POSITIVE_INFINITY;
  let gap = 4 * Number.EPSILON * Math.abs(value);
  for (let i = 0; i < x.length; i++) {
    const [g, mu] = [gradient[i]!, Math.max(0, moduli?.[i] ?? 0)];
    if (g === 0) continue;
    const room = g > 0 ? x[i]! - bounds.lower[i]! : bounds.upper[i]! - x[i]!;
    const far = mu > 0 ? Math.min(room, Math.abs(g) / mu) : room;
    gap += Math.abs(g) * far - 0.5 * mu * far * far;
  }
  return Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap;
}

/** max ⟨g, x − s⟩ over the set, and what rounding may hide. */
function frankWolfeGap(set: HeldSet, { x, value, gradient }: Located): number {
  if (!set.isBounded || set.linearMinimum === undefined) return Number.POSITIVE_INFINITY;
  const s = set.linearMinimum(gradient);
  return gradient.reduce(
    (sum, gi, i) => sum + gi * (x[i]! - s[i]!),
    4 * Number.EPSILON * Math.abs(value),
  );
}

/** Σ gᵢ²/2μᵢ, and what rounding may hide in the value. */
function gapBelow(
  { value, gradient }: { readonly value: number; readonly gradient: Float64Array },
  moduli: Float64Array,
  roundoff: number,
): number {
  let gap = 4 * roundoff * Math.abs(value);
  for (let i = 0; i < gradient.length; i++) {
    const g = gradient[i]!;
    if (moduli[i]! <= 0) return Number.POSITIVE_INFINITY;
    gap += (g * g) / (2 * moduli[i]!);
  }
  return gap;
}
