import {
  type ArrayLike,
  binaryCrossEntropy,
  type Dataset,
  dataset,
  dense,
  elu,
  fit,
  type Layer,
  landscape,
  mse,
  NDArray,
  relu,
  sequential,
  sigmoid,
  silu,
  spectrum,
  type Tensor,
  type Tree,
  tanh,
} from "nadir";
import { surfaceSpan } from "../network/span.ts";
import { jitTree } from "./jitTree.ts";
import { makeMethod } from "./makers.ts";
import type { Activation, Points, Training, TrainingPart } from "./protocol.ts";
import { drawPoints, isRegression } from "./toyData.ts";

/** Rows to train on, and rows to be measured on. */
const rows = { train: 400, test: 200 };
/** Places along each side of the picture of what the network says. */
const surfaceSize = 48;
const activations: Readonly<Record<Activation, () => Layer>> = { tanh, relu, sigmoid, silu, elu };

/** How a training is watched from outside. */
export interface Watch {
  readonly tell: (part: TrainingPart) => void;
  /** Awaited after each call of steps: settles when the page has drawn, and not while it is paused. */
  readonly turn: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Trains a small network, telling what it says of the plane as it goes; then looks around the place where it ended. */
export async function trainNetwork(training: Training, watch: Watch): Promise<void> {
  const { data: toy, noise, layers, activation, batchSize, epochs, seed, racer } = training;
  const hidden = layers.flatMap((width) => [dense(width), activations[activation]()]);
  const all: readonly Layer[] = [...hidden, dense(1)];
  const model = sequential(...all);
  const regression = isRegression(toy);
  const loss = (params: unknown, batch: Batch): Tensor => {
    const out = model.apply(params as Params, batch.x).reshape([-1]); // they are the model's own
    return regression ? mse(out, batch.y) : binaryCrossEntropy(out, batch.y);
  };
  const [train, test] = [
    drawPoints(toy, rows.train, noise, 2 * seed + 1),
    drawPoints(toy, rows.test, noise, 2 * seed + 2),
  ];
  const problem = {
    ...{ params: model.init([2]), loss, data: dataOf(train), test: dataOf(test), seed },
    ...({ engine: "js", dtype: "f32" } as const),
  };
  const places = squareOf(surfaceSize, surfaceSpan);
  const says = jitTree<NDArray>((params: Params, x: Tensor) => {
    const out = model.apply(params, x).reshape([-1]);
    return regression ? out : sigmoid(out);
  });
  const surfaceOf = (params: readonly Tree<NDArray>[]): Float32Array =>
    Float32Array.from(says(params, places).data);
  let shown = { epoch: 0, step: 0, loss: Number.NaN };
  let measured = Number.NaN;
  watch.tell({ kind: "data", train, test });
  const method = makeMethod(racer);
  const result = await fit<unknown, Batch>({
    ...{ ...problem, method, epochs, signal: watch.signal },
    ...(method.kind === "rule" ? { batchSize } : {}),
    checkpoints: {
      everySeconds: 0,
      save: async ({ tensors }) => {
        const params = all.map((_, i) => namedAs(tensors, `params.${i}.`));
        const surface = surfaceOf(params);
        watch.tell({ kind: "frame", ...shown, test: measured, surface, size: surfaceSize });
        await watch.turn();
        return undefined;
      },
    },
    onEvent: (event) => {
      if (event.kind === "progress")
        shown = { epoch: event.epoch ?? 0, step: event.step, loss: event.loss };
      if (event.kind === "evaluation") measured = event.metrics["testLoss"] ?? Number.NaN;
    },
  });
  const { verdict, metrics, steps, seconds, ended, params } = result;
  watch.tell({
    kind: "end",
    end: { verdict, loss: result.loss, metrics, steps, seconds, stopped: ended === "stopped" },
  });
  if (verdict.kind === "diverged") return;
  const around = await landscape(problem, { at: params, grid: 31, seed });
  const bends = await spectrum(problem, { at: params, largest: 3, smallest: 2, maxProducts: 200 });
  const [a, b] = around.axes.map(({ coordinates }) => coordinates);
  watch.tell({
    kind: "landscape",
    grid: {
      view: [a![0]!, a!.at(-1)!, b![0]!, b!.at(-1)!],
      ...{ width: a!.length, height: b!.length },
      values: transposed(around.values, a!.length, b!.length),
    },
    loss: around.loss,
    largest: bends.largest.map(({ value }) => value),
    smallest: bends.smallest.map(({ value }) => value),
  });
}

type Params = readonly Tree<Tensor>[];

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const dataOf = ({ places, targets }: Points): Dataset<Batch> =>
  dataset({ x: NDArray.of(places, [targets.length, 2]), y: NDArray.of(targets) });

/** A layer's arrays out of a snapshot: those whose names begin so. */
const namedAs = (
  tensors: Readonly<Record<string, { data: ArrayLike; shape: readonly number[] }>>,
  prefix: string,
): Record<string, NDArray> =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { data, shape }]) => [name.slice(prefix.length), NDArray.of(data, shape)]),
  );

/** The places of a square picture, row after row from the bottom. */
function squareOf(size: number, span: number): NDArray {
  const places = new Float32Array(2 * size * size);
  for (let e = 0; e < size * size; e++) {
    const [i, j] = [e % size, Math.floor(e / size)];
    places.set([span * ((2 * i) / (size - 1) - 1), span * ((2 * j) / (size - 1) - 1)], 2 * e);
  }
  return NDArray.of(places, [size * size, 2]);
}

/** A landscape is told with its first axis slow; pictures run along it. */
const transposed = (values: Float64Array, width: number, height: number): Float64Array =>
  Float64Array.from({ length: width * height }, (_, e) => {
    const [i, j] = [e % width, Math.floor(e / width)];
    return values[i * height + j]!;
  });
