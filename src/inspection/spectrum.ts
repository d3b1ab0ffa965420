import { requireCount, requireKnownOptions, requireWord } from "../base/require.ts";
import { countOutliers, type Outliers } from "../diagnosis/outliers.ts";
import { answerAsync, askGnvp, askHvp, askValue, type Vector } from "../linalg/ask.ts";
import type { Apply } from "../linalg/cg.ts";
import { type ExtremePairs, extremePairs } from "../linalg/extremePairs.ts";
import { hutchPlusPlus } from "../linalg/hutchPlusPlus.ts";
import type { RitzPair } from "../linalg/lanczos.ts";
import {
  type Density,
  densityOf,
  lanczosQuadrature,
  type Quadrature,
} from "../linalg/spectralDensity.ts";
import { studentT95 } from "../linalg/studentT.ts";
import { ownersOf } from "../methods/paths.ts";
import {
  type Inspected,
  type Located,
  locate,
  type PointOptions,
  pointOptionNames,
  requireFiniteLoss,
} from "./point.ts";
import { Surface } from "./surface.ts";

/** Of which matrix `spectrum` computes what, and how exactly. */
export interface SpectrumOptions<X> extends PointOptions<X> {
  /**
   * The Hessian (the default), or the Gauss–Newton matrix JᵀHJ of a `leastSquares` or `compositeLoss`: without
   * the curvature of the model, and so without negative eigenvalues where the loss is convex in the outputs.
   */
  readonly matrix?: "hessian" | "gauss-newton";
  /** Only the diagonal block of these params: patterns of paths as in `byPath`, such as `"2"` or `"**.weight"`. */
  readonly layer?: string | readonly string[];
  /** Largest eigenvalues. Default 6. */
  readonly largest?: number;
  /** Smallest eigenvalues. Default 2. */
  readonly smallest?: number;
  /** The trace, with this many products. Default: not computed; `true`: 60. */
  readonly trace?: boolean | number;
  /** The density of all eigenvalues. Default: not computed. */
  readonly density?: boolean | DensityOptions;
  /** Vectors of the size of the params kept at most. Default max(2·(largest + smallest) + 16, 32). */
  readonly basis?: number;
  /** Relative to the largest |λ|. Default 1e-8 in f64, 1e-5 in f32. */
  readonly tolerance?: number;
  /** Products with the matrix at most, for the extreme eigenpairs. Default 1000. */
  readonly maxProducts?: number;
}

/** How the density of all eigenvalues is estimated, by Lanczos from random starts. */
export interface DensityOptions {
  /** Random starts. Default 6. */
  readonly probes?: number;
  /** Products from each, and vectors kept. Default 40. */
  readonly steps?: number;
  /** Places where the density is told. Default 400. */
  readonly points?: number;
  /** Standard deviation of the Gaussian that stands for an eigenvalue. Default a hundredth of the range. */
  readonly width?: number;
}

/** The density on a grid, and the nodes and weights that it was made of. */
export interface SpectralDensity extends Density {
  readonly rules: readonly Quadrature[];
}

/** A trace with its uncertainty. */
export interface Trace {
  readonly value: number;
  readonly standardError: number;
  /** By Student's distribution: it holds the trace in 19 of 20 cases. */
  readonly interval: readonly [low: number, high: number];
}

/** What the curvature at a point is like. */
export interface SpectrumReport {
  readonly matrix: "hessian" | "gauss-newton";
  /** Params whose block it is of, by path, in the order of the eigenvectors' entries. */
  readonly paths: readonly string[];
  /** Order of the matrix. */
  readonly size: number;
  /** Rows it is the mean over, of those there are; 0 for a function. */
  readonly rows: number;
  readonly ofRows: number;
  /** Falling. Each value has an eigenvalue within `error`; `vector` is a unit vector. */
  readonly largest: readonly RitzPair[];
  /** Rising. */
  readonly smallest: readonly RitzPair[];
  /** How the search for them ended. `exhausted`: all eigenvalues are known; `budget`: errors are larger than asked for. */
  readonly reason: ExtremePairs["reason"];
  /** What the search was given: products at most, the tolerance relative to the largest |λ|, and the arithmetic. */
  readonly effort: {
    readonly maxProducts: number;
    readonly tolerance: number;
    readonly dtype: "f32" | "f64";
  };
  /** Largest over smallest, where both are positive beyond their errors. */
  readonly conditionNumber?: number;
  readonly outliers: Outliers;
  readonly trace?: Trace;
  readonly density?: SpectralDensity;
  /** Products with the matrix, and all work in units of one gradient over the rows, by floating-point operations. */
  readonly cost: {
    readonly products: number;
    readonly gradients: number;
    readonly seconds: number;
  };
  readonly engine: string;
}

const optionNames = [
  ...pointOptionNames,
  ...["matrix", "layer", "largest", "smallest", "trace", "density", "basis", "tolerance"],
  "maxProducts",
] as const;

/**
 * The spectrum of the Hessian or the Gauss–Newton matrix at a point: both ends with error bounds, outliers, and
 * where asked for the trace with its standard error, and the density of all eigenvalues. Without ever forming the
 * matrix: by products with vectors, in eval mode (batch norm with its running statistics, no dropout), over all rows
 * or a sample of them. The spectrum of a sample is not that of the whole: its ends lie further out.
 *
 * Price: a product is about two gradients, of which the sweeps at the point are shared: `cost.gradients` tells what it
 * came to. Memory: `basis` vectors of the params' size, 40 for the density, 40 for the trace.
 *
 * @throws NadirError `inspect/at`, `inspect/rows`, `inspect/not-finite`; `inspect/gauss-newton` for a loss in one piece;
 *   `spectrum/pattern` for a layer that there is not; `spectrum/matrix`
 * @see Wu & Simon (2000) for the ends; Meyer et al. (2021) for the trace; Ghorbani, Krishnan & Xiao (2019) for the density
 * @example const { largest, outliers } = await spectrum(digits, { at: run.params, state: run.state, rows: 2000 });
 */
export async function spectrum<X>(
  problem: Inspected<X>,
  options: SpectrumOptions<X>,
): Promise<SpectrumReport> {
  requireKnownOptions("spectrum", options, optionNames);
  const located = locate(problem, options);
  const block = blockOf(located, options.layer);
  const matrix = requireWord("spectrum/matrix", options.matrix ?? "hessian", [
    "hessian",
    "gauss-newton",
  ]);
  await using surface = await Surface.open(located, options.rows);
  return await measure(surface, { matrix, block, options });
}

interface Question {
  readonly matrix: "hessian" | "gauss-newton";
  readonly block: Block;
  readonly options: SpectrumOptions<never> | SpectrumOptions<unknown>;
}

async function measure(
  surface: Surface,
  { matrix, block, options }: Question,
): Promise<SpectrumReport> {
  const { located, oracle } = surface;
  const begin = performance.now();
  requireFiniteLoss(await answerAsync(askValue(surface.x), oracle));
  const { seed = 0 } = options;
  const narrow = located.dtype === "f32";
  const apply = productsWith(surface, matrix, block);
  const n = block.size;
  let products = 0;
  const counted: Apply = function* (v) {
    products++;
    return yield* apply(v);
  };
  const effort = {
    maxProducts: options.maxProducts ?? 1000,
    tolerance: options.tolerance ?? (narrow ? 1e-5 : 1e-8),
    dtype: located.dtype,
  };
  const { largest, smallest, reason } = await answerAsync(
    extremePairs(counted, n, {
      largest: requireCount("spectrum/largest", options.largest ?? 6, 0),
      smallest: requireCount("spectrum/smallest", options.smallest ?? 2, 0),
      ...(options.basis === undefined ? {} : { basis: options.basis }),
      ...{ tolerance: effort.tolerance, maxProducts: effort.maxProducts },
      roundoff: narrow ? 2 ** -23 : 2 ** -52,
      seed,
    }),
    oracle,
  );
  const trace = options.trace
    ? await answerAsync(
        hutchPlusPlus(counted, n, {
          ...(options.trace === true ? {} : { products: options.trace }),
          seed,
        }),
        oracle,
      )
    : undefined;
  const density = options.density
    ? await densityBy(counted, n, surface, options.density === true ? {} : options.density, seed)
    : undefined;
  const [top, bottom] = [largest[0], smallest[0]];
  return {
    ...{ matrix, paths: block.paths, size: n, rows: surface.rows, ofRows: located.rows },
    ...{ largest, smallest, reason, effort, outliers: countOutliers(largest) },
    ...(top !== undefined && bottom !== undefined && bottom.value > bottom.error
      ? { conditionNumber: top.value / bottom.value }
      : {}),
    ...(trace && { trace: intervalOf(trace) }),
    ...(density && { density }),
    cost: {
      ...{ products, gradients: surface.gradients },
      seconds: (performance.now() - begin) / 1000,
    },
    engine: surface.engine.name,
  };
}

async function densityBy(
  apply: Apply,
  n: number,
  { oracle }: Surface,
  { probes, steps, points = 400, width }: DensityOptions,
  seed: number,
): Promise<SpectralDensity> {
  const given = { ...(probes && { probes }), ...(steps && { steps }), seed };
  const rules = await answerAsync(lanczosQuadrature(apply, n, given), oracle);
  return { ...densityOf(rules, points, width), rules };
}

function intervalOf(trace: {
  readonly value: number;
  readonly standardError: number;
  readonly probes: number;
}): Trace {
  const { value, standardError, probes } = trace;
  const half = standardError === 0 ? 0 : studentT95(probes - 1) * standardError;
  return { value, standardError, interval: [value - half, value + half] };
}

/** Some of the params, as ranges of the flat vector. */
interface Block {
  readonly paths: readonly string[];
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly size: number;
}

/** @throws NadirError `spectrum/pattern` */
function blockOf(
  { params: { arrays, paths } }: Located,
  layer?: string | readonly string[],
): Block {
  const owners =
    layer === undefined
      ? paths.map(() => "")
      : ownersOf("spectrum", paths, typeof layer === "string" ? [layer] : layer);
  let offset = 0;
  const all = arrays.map(({ size }, i) => {
    offset += size;
    return { path: paths[i]!, range: [offset - size, offset] as const };
  });
  const own = all.filter((_, i) => owners[i] !== undefined);
  return {
    paths: own.map(({ path }) => path),
    ranges: own.map(({ range }) => range),
    size: own.reduce((sum, { range: [from, to] }) => sum + to - from, 0),
  };
}

/** Products with the block of the matrix at the surface's point. */
function productsWith(
  { x, size }: Surface,
  matrix: "hessian" | "gauss-newton",
  block: Block,
): Apply {
  const ask = matrix === "hessian" ? askHvp : askGnvp;
  if (block.size === size) return (v) => ask(x, v);
  const whole = new Float64Array(size);
  return function* (v) {
    let taken = 0;
    for (const [from, to] of block.ranges) {
      whole.set(v.subarray(taken, taken + to - from), from);
      taken += to - from;
    }
    const product: Vector = yield* ask(x, whole);
    const out = new Float64Array(block.size);
    let given = 0;
    for (const [from, to] of block.ranges) {
      out.set(product.subarray(from, to), given);
      given += to - from;
    }
    return out;
  };
}
