import { NadirError } from "../base/errors.ts";
import { requireCount } from "../base/require.ts";
import type { Ask, Vector } from "./ask.ts";
import type { Apply } from "./cg.ts";
import { besideRows, type OrthonormalRows, orthonormalRows } from "./orthonormalRows.ts";
import { type RandomStream, randomStream, uniform } from "./random.ts";
import { dot, dotRow } from "./vector.ts";

export interface TraceOptions {
  /** Products with A, at least 9; fewer than 60 give intervals that are a little too short. From n on the trace is exact. Default 60. */
  readonly products?: number;
  readonly seed?: number;
}

/** A trace, and how well it is known. */
export interface TraceEstimate {
  readonly value: number;
  /** The standard deviation of `value` over its random probes, estimated from them; 0 where it is exact. */
  readonly standardError: number;
  /** The probes that `standardError` comes from; Infinity where the trace is exact. */
  readonly probes: number;
  readonly products: number;
}

/**
 * The trace of a symmetric operator by Hutch++: exact on the span Q of A·(random signs), where the large
 * eigenvalues are, and Hutchinson's mean over random signs g beside it,
 *
 *     tr A ≈ tr(QᵀAQ) + (1/k) Σ gᵀ(I − QQᵀ)A(I − QQᵀ)g,
 *
 * unbiased, with the standard error of that mean. Two thirds of the products go into Q. The number of
 * probes is fixed beforehand: stopping where successive means agree would stop by luck.
 *
 * Price: `products` products; a third of them vectors, twice for a moment.
 *
 * @throws NadirError `trace/products`; `trace/not-finite`
 * @see Meyer, Musco, Musco & Woodruff (2021), Hutch++: optimal stochastic trace estimation, algorithm 1
 */
export function* hutchPlusPlus(
  apply: Apply,
  n: number,
  { products = 60, seed = 0 }: TraceOptions = {},
): Ask<TraceEstimate> {
  requireCount("trace/products", products, 9);
  if (products >= n) return yield* exactTrace(apply, n);
  const third = Math.floor(products / 3);
  const random = randomStream(seed, 0x7261);
  const images = new Float64Array(third * n);
  for (let i = 0; i < third; i++) images.set(yield* apply(signs(n, random)), i * n);
  const span = orthonormalRows(images, third, n);
  let inside = 0;
  for (let i = 0; i < span.rank; i++) {
    const q = span.q.slice(i * n, (i + 1) * n);
    inside += dot(q, yield* apply(q));
  }
  const samples: number[] = [];
  for (let i = 0; i < products - 2 * third; i++) {
    const beside = twiceBeside(span, signs(n, random));
    samples.push(dot(beside, yield* apply(beside)));
  }
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const square = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  const value = inside + mean;
  if (!Number.isFinite(value)) throw notFinite();
  return {
    value,
    standardError: Math.sqrt(square / (samples.length - 1) / samples.length),
    probes: samples.length,
    products: 2 * third + samples.length - (third - span.rank),
  };
}

function* exactTrace(apply: Apply, n: number): Ask<TraceEstimate> {
  const unit = new Float64Array(n);
  let value = 0;
  for (let i = 0; i < n; i++) {
    unit[i] = 1;
    value += (yield* apply(unit))[i]!;
    unit[i] = 0;
  }
  if (!Number.isFinite(value)) throw notFinite();
  return { value, standardError: 0, probes: Number.POSITIVE_INFINITY, products: n };
}

/** Independent ±1. */
function signs(n: number, random: RandomStream): Vector {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = uniform(random) < 0.5 ? -1 : 1;
  return out;
}

/** Without the span's part; twice, so that rounding leaves none. */
function twiceBeside(span: OrthonormalRows, v: Vector): Vector {
  const once = besideRows(span, v);
  const n = v.length;
  let left = 0;
  for (let i = 0; i < span.rank; i++) left = Math.max(left, Math.abs(dotRow(span.q, i * n, once)));
  return left > 0 ? besideRows(span, once) : once;
}

const notFinite = (): NadirError =>
  new NadirError("trace/not-finite", "the trace: a product holds NaN or infinity", {
    expected: "finite products with the matrix",
    hint: "look where the loss or its derivatives become NaN or infinite",
  });
