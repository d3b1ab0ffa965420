import type { TypedArray } from "../array/dtype.ts";
import { keyData } from "../array/operations/random.ts";
import { requireKnownOptions } from "../base/require.ts";
import { type DepthProfile, depthProfile } from "../diagnosis/depthProfile.ts";
import type { LayerHealth } from "../diagnosis/health.ts";
import { chooseEngine } from "../runtime/choose.ts";
import { rowsOf, shapesOf } from "../training/rows.ts";
import type { Values } from "../training/values.ts";
import { type HealthFigures, healthOf } from "../training/watch/healthFigures.ts";
import { type HealthProgram, traceHealth } from "../training/watch/healthProgram.ts";
import {
  type Inspected,
  type Located,
  locate,
  type PointOptions,
  pointOptionNames,
  sampleOf,
} from "./point.ts";

/** The health of a network's layers at a point. */
export interface LayerHealthReport {
  /** In the order in which a batch passes them; sums with a shortcut come last. */
  readonly layers: readonly LayerHealth[];
  /** How gradients grow or shrink from the last layer to the first. */
  readonly depth: DepthProfile;
  /** Mean loss of the rows looked at, in training mode. */
  readonly loss: number;
  readonly rows: number;
  readonly cost: { readonly gradients: number; readonly seconds: number };
  readonly engine: string;
}

/** Rows measured in one call, at most. */
const rowsAtOnce = 1000;

/**
 * How each layer of a network stands at a point: norms of weights and of the loss's gradient, and over the rows looked at
 * what leaves the layer, dead ReLU units (0 on every row), saturated values of sigmoid and tanh, how far batch norm's running
 * statistics are from those of the rows, what residual branches add to what they skip. In training mode, as a step sees the
 * network: dropout drops, batch norm takes the statistics of each thousand rows. `fit` measures the same on the way.
 *
 * Layers are read off the loss's graph, so that a loss written by hand has them as a `sequential` model does.
 *
 * Price: one gradient over the rows.
 *
 * @throws NadirError `inspect/…`, and as the loss does for what it refuses
 * @example const { layers, depth } = await layerHealth(digits, { at: run.params, state: run.state });
 */
export async function layerHealth<X>(
  problem: Inspected<X>,
  options: PointOptions<X>,
): Promise<LayerHealthReport> {
  requireKnownOptions("layerHealth", options, pointOptionNames);
  const located = locate(problem, options);
  const begin = performance.now();
  const looked = sampleOf(located.data, located.seed, options.rows);
  const rows = looked.arrays[0]?.shape[0] ?? 0;
  const parts = partsOf(looked);
  const first = traced(located, parts[0]!);
  const { engine } = await chooseEngine(located.engine, first.program);
  const sum = new Sum(located, first);
  const compiled = new Map<string, HealthRun>();
  try {
    for (const part of parts) {
      const name = shapesOf(part);
      let run = compiled.get(name);
      if (run === undefined) {
        const { program } = part === parts[0] ? first : traced(located, part);
        run = await engine.compile(program);
        compiled.set(name, run);
      }
      const outputs = await run.run([
        ...[...located.params.arrays, ...located.state.arrays, ...part.arrays].map(
          ({ data }) => data,
        ),
        keyData(located.seed).data,
        new Int32Array([0]),
      ]);
      sum.add(outputs, rows === 0 ? 1 : part.arrays[0]!.shape[0]! / rows);
    }
  } finally {
    for (const run of compiled.values()) await run.dispose();
  }
  const figures = sum.figures();
  const layers = first.layers.map((layer) => healthOf(layer, figures));
  return {
    ...{ layers, depth: depthProfile(layers), loss: sum.loss, rows },
    cost: { gradients: 1, seconds: (performance.now() - begin) / 1000 },
    engine: engine.name,
  };
}

interface HealthRun {
  run(inputs: readonly TypedArray[]): Promise<TypedArray[]>;
  dispose(): Promise<void>;
}

const traced = ({ loss, params, state, dtype }: Located, sample: Values): HealthProgram =>
  traceHealth({ loss, params, state, sample, dtype }, { gradients: true });

/** Nearly equal stretches: a lone row would have no statistics of its own. */
function partsOf(data: Values): readonly Values[] {
  const rows = data.arrays[0]?.shape[0] ?? 0;
  const count = Math.max(1, Math.ceil(rows / rowsAtOnce));
  return Array.from({ length: count }, (_, i) =>
    rowsOf(data, Math.floor((i * rows) / count), Math.floor(((i + 1) * rows) / count)),
  );
}

/** Adds up what parts of the rows gave. */
class Sum {
  readonly #located: Located;
  readonly #peaks: number;
  loss = 0;
  #means = new Float64Array(0);
  #largest: Float64Array[] = [];
  #gradient: Float64Array[] = [];

  constructor(located: Located, { peaks }: HealthProgram) {
    this.#located = located;
    this.#peaks = peaks;
  }

  add([loss, means, ...rest]: readonly TypedArray[], weight: number): void {
    const [peaks, gradient] = [rest.slice(0, this.#peaks), rest.slice(this.#peaks)];
    if (this.#means.length === 0) {
      this.#means = new Float64Array(means!.length);
      this.#largest = peaks.map(({ length }) =>
        new Float64Array(length).fill(Number.NEGATIVE_INFINITY),
      );
      this.#gradient = gradient.map(({ length }) => new Float64Array(length));
    }
    this.loss += weight * loss![0]!;
    addTo(this.#means, means!, weight);
    for (const [i, part] of gradient.entries()) addTo(this.#gradient[i]!, part, weight);
    peaks.forEach((part, i) => {
      const largest = this.#largest[i]!;
      part.forEach((value: number, j: number) => {
        largest[j] = Math.max(largest[j]!, value);
      });
    });
  }

  figures(): HealthFigures {
    const { arrays } = this.#located.params;
    return {
      ...{ means: this.#means, peaks: this.#largest, sizes: arrays.map(({ size }) => size) },
      weightSquares: arrays.map(({ data }) => squareOf(data)),
      gradientSquares: this.#gradient.map(squareOf),
    };
  }
}

function addTo(sum: Float64Array, part: TypedArray, weight: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + weight * part[i]!;
}

function squareOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}
