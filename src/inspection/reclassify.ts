import { classify } from "../diagnosis/classify.ts";
import type { Curvature } from "../diagnosis/curvature.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { format } from "../diagnosis/words.ts";
import { answerAsync, askGradient } from "../linalg/ask.ts";
import { withFeaturesAsync } from "../training/features.ts";
import { type Inspected, locate, type PointOptions } from "./point.ts";
import type { SpectrumReport } from "./spectrum.ts";
import { Surface } from "./surface.ts";

/** Rows that the verdict on a training looks at, at most. */
const rowsOfVerdict = 1000;

/** A verdict by more evidence than one before, or why there is none. */
export type Reclassified =
  | { readonly kind: "judged"; readonly verdict: Verdict }
  | { readonly kind: "kept"; readonly because: string };

/**
 * What kind of point is this, by a spectrum that was measured after the verdict was given? The rules are those of the verdict itself:
 * the gradient of the whole loss against the same tolerance, then the smallest eigenvalue against its error, here the spectrum's own (up
 * to a hundred params all eigenvalues, in the spectrum's arithmetic). A saddle needs a lower point as before. Only what is known better
 * is judged anew: the whole Hessian, on as many rows as the verdict looked at, with a smaller error.
 *
 * Price: a gradient over all rows, and what a verdict spends beyond its eigenvalue: a few values and products.
 *
 * @param before - the verdict that was given at this point; undefined if it was given by something other than an eigenvalue
 * @throws NadirError as {@link spectrum}
 */
export async function reclassify<X>(
  problem: Inspected<X>,
  options: PointOptions<X>,
  report: SpectrumReport,
  before: Verdict,
): Promise<Reclassified | undefined> {
  if (!("smallestEigenvalue" in before)) return undefined;
  const [pair, top] = [report.smallest[0], report.largest[0]];
  const located = locate(problem, options);
  const because = reasonToKeep(report, before);
  if (because !== undefined || pair === undefined || top === undefined)
    return { kind: "kept", because: because ?? "an end of the spectrum was not asked for" };
  await using whole = await Surface.open(located);
  await using sample = await Surface.open(located, options.rows);
  const point = { x: whole.x, ...(await answerAsync(askGradient(whole.x), whole.oracle)) };
  const { rows, ofRows } = report;
  const sampled =
    rows === 0 ? undefined : rows === ofRows ? `all ${rows} rows` : `${rows} of ${ofRows} rows`;
  const on = sampled === undefined ? "" : ` on ${sampled}`;
  const { dtype } = report.effort;
  const known = [...report.smallest, ...report.largest.slice(0, report.size - 1)];
  const curvature: Curvature = {
    ...{ smallest: pair.value, error: pair.error, direction: pair.vector, largest: top.value },
    nearZero: known.filter(({ value, error }) => Math.abs(value) <= error).length,
    newtonDecrease: undefined,
    how: `the smallest eigenvalue of the Hessian${on}, measured anew by at most ${report.effort.maxProducts} products in ${dtype}, is ${format(pair.value)}, with an eigenvalue within ${format(pair.error)} of it; the largest is ${format(top.value)}`,
  };
  const { verdict } = await answerAsync(
    classify(point, {
      ...{ tolerance: before.tolerance, otherwise: "budget", seed: located.seed },
      ...(sampled !== undefined && { sample: sampled }),
      roundoff: dtype === "f32" ? 2 ** -23 : 2 ** -52,
      curvature,
    }),
    withFeaturesAsync(sample.oracle, {}, {}),
  );
  if ("smallestEigenvalue" in verdict) {
    // Up to a hundred params the error is that of all eigenvalues, which the arithmetic bounds from below.
    if (verdict.eigenvalueError < before.eigenvalueError) return { kind: "judged", verdict };
    return { kind: "kept", because: noBetter(before, verdict.eigenvalueError) };
  }
  return {
    kind: "kept",
    because: `the gradient norm, ${format(verdict.gradientNorm)} in ${dtype}, is above the tolerance ${format(before.tolerance)} by which the point was stationary`,
  };
}

/** Why a spectrum says no more than the verdict did; undefined if it says more. */
function reasonToKeep(
  { matrix, rows, ofRows, smallest, size }: SpectrumReport,
  before: Extract<Verdict, { smallestEigenvalue: number }>,
): string | undefined {
  if (before.held !== undefined) return "a constraint or a penalty takes part in it";
  if (matrix !== "hessian") return "it is about the Hessian";
  const least = Math.min(rowsOfVerdict, ofRows);
  if (rows < least) return `it was given on ${least} rows, and this is of ${rows}`;
  const error = smallest[0]?.error ?? Number.POSITIVE_INFINITY;
  if (size > 0 && error < before.eigenvalueError) return undefined;
  return noBetter(before, error);
}

const noBetter = ({ eigenvalueError }: { eigenvalueError: number }, error: number): string =>
  `its eigenvalue is known to ${format(eigenvalueError)}, and this one to ${format(error)}`;
