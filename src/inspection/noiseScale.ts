import { NadirError } from "../base/errors.ts";
import { requireCount, requireKnownOptions } from "../base/require.ts";
import { answerAsync, askRows, type Vector } from "../linalg/ask.ts";
import { axpy, dot } from "../linalg/vector.ts";
import { DataOrder } from "../training/order.ts";
import { type Inspected, locate, type PointOptions, pointOptionNames } from "./point.ts";
import { Surface } from "./surface.ts";

/** How many batches `noiseScale` compares. */
export interface NoiseScaleOptions<X> extends PointOptions<X> {
  /** Batches whose gradients are compared, and kept: as many vectors of the params' size. Default 24, or a batch a row. */
  readonly batches?: number;
}

/** How noisy minibatch gradients are at a point. */
export interface NoiseScaleReport {
  /** B = tr Σ/‖G‖², in rows. Infinity where the gradient cannot be told from 0. */
  readonly noiseScale: number;
  /** By the jackknife over batches. */
  readonly standardError: number;
  /** tr Σ: the variance of one row's gradient, summed over params. */
  readonly variance: number;
  /** ‖G‖² without the bias that the noise adds to it; may be below 0 where the noise hides it. */
  readonly gradientSquare: number;
  /** Whether ‖G‖² exceeds twice its standard error. */
  readonly isResolved: boolean;
  /**
   * The batch size at which a step gains half of what the whole gradient would; undefined unless resolved. Much smaller
   * ones waste steps, much larger ones waste rows: steps ∝ 1 + B/size, rows ∝ 1 + size/B. At most all rows.
   */
  readonly batchSize: number | undefined;
  readonly batches: number;
  readonly rowsOfBatch: number;
  readonly cost: { readonly gradients: number; readonly seconds: number };
  readonly engine: string;
}

/**
 * The simple gradient noise scale at a point, B = tr Σ/‖G‖², and the batch size that it suggests, from the gradients
 * of disjoint batches of b rows: with their mean ḡ over K batches,
 *
 *     tr Σ = b/(K − 1) Σ ‖gₖ − ḡ‖²,   ‖G‖² = ‖ḡ‖² − tr Σ/(bK),
 *
 * the unbiased pair of McCandlish's two batch sizes, b and bK, averaged over all batches. It grows while training, as
 * the gradient falls: measure it where the question is. In eval mode.
 *
 * Price: one gradient over the rows.
 *
 * @throws NadirError `noiseScale/data` for a function without data; `noiseScale/batches`; `inspect/…`
 * @see McCandlish, Kaplan, Amodei & the OpenAI Dota team (2018), An empirical model of large-batch training, section 2.2
 *   and appendix A.1
 * @example const { batchSize } = await noiseScale(digits, { at: run.params });
 */
export async function noiseScale<X>(
  problem: Inspected<X>,
  options: NoiseScaleOptions<X>,
): Promise<NoiseScaleReport> {
  requireKnownOptions("noiseScale", options, [...pointOptionNames, "batches"]);
  const located = locate(problem, options);
  if (located.rows === 0) {
    throw new NadirError("noiseScale/data", "the noise of a function that has no data", {
      expected: "a loss over rows of data: what fit takes, or finiteSum(loss, data)",
    });
  }
  await using surface = await Surface.open(located, options.rows);
  const begin = performance.now();
  const { rows } = surface;
  const count = requireCount("noiseScale/batches", options.batches ?? Math.min(24, rows), 2);
  if (count > rows || rows < 2) {
    throw new NadirError("noiseScale/batches", `${count} batches of ${rows} rows`, {
      expected: "at least two rows, and no more batches than rows",
    });
  }
  const size = Math.floor(rows / count);
  const order = new DataOrder(rows, located.seed, true);
  const gradients: Vector[] = [];
  for (let k = 0; k < count; k++) {
    const asking = askRows(surface.x, order.rows(k * size, size));
    gradients.push((await answerAsync(asking, surface.oracle)).gradient);
  }
  const figures = figuresOf(gradients, size);
  const { isResolved, noiseScale: scale } = figures;
  return {
    ...figures,
    batchSize: isResolved ? Math.max(1, Math.min(located.rows, Math.round(scale))) : undefined,
    ...{ batches: count, rowsOfBatch: size },
    cost: { gradients: surface.gradients, seconds: (performance.now() - begin) / 1000 },
    engine: surface.engine.name,
  };
}

function figuresOf(gradients: readonly Vector[], size: number) {
  const count = gradients.length;
  const mean = new Float64Array(gradients[0]!.length);
  for (const gradient of gradients) axpy(1 / count, gradient, mean);
  const square = dot(mean, mean);
  const own = gradients.map((gradient) => ({
    square: dot(gradient, gradient),
    along: dot(gradient, mean),
  }));
  const sum = own.reduce((total, { square: one }) => total + one, 0);
  const whole = estimate(sum, square, count, size);
  // Left out in turn, each batch: ‖Kḡ − gₖ‖² follows from its square and its part along ḡ.
  const others = own.map(({ square: one, along }) => {
    const rest = (count * count * square - 2 * count * along + one) / (count - 1) ** 2;
    return estimate(sum - one, rest, count - 1, size);
  });
  const isResolved =
    count > 2 &&
    whole.gradientSquare > 2 * jackknife(others.map(({ gradientSquare }) => gradientSquare));
  return {
    noiseScale:
      whole.gradientSquare > 0 ? whole.variance / whole.gradientSquare : Number.POSITIVE_INFINITY,
    standardError: jackknife(others.map((one) => one.variance / one.gradientSquare)),
    ...whole,
    isResolved,
  };
}

/** From Σ‖gₖ‖² and ‖ḡ‖². */
function estimate(sum: number, square: number, count: number, size: number) {
  const variance = count > 1 ? (size * (sum - count * square)) / (count - 1) : 0;
  return { variance, gradientSquare: square - variance / (size * count) };
}

/** The standard error of an estimate, from what it is with each batch left out. */
function jackknife(others: readonly number[]): number {
  const count = others.length;
  const mean = others.reduce((sum, value) => sum + value, 0) / count;
  const square = others.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(((count - 1) / count) * square);
}
