import { NDArray } from "../../../array/ndarray.ts";
import { einsum } from "../../../array/operations/contraction.ts";
import { stopGradient } from "../../../array/operations/derivative.ts";
import { take } from "../../../array/operations/indexing.ts";
import { foldIn, type Key, normal } from "../../../array/operations/random.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { mapTree } from "../../../array/tensorTree.ts";
import type { Tree } from "../../../array/tree.ts";
import { adam } from "../../../methods/rules/adam.ts";
import { byPath } from "../../../methods/rules/byPath.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import { sgd } from "../../../methods/rules/sgd.ts";
import { cosine } from "../../../methods/schedules/cosine.ts";
import { relu, tanh } from "../../../models/layers/activations.ts";
import { dense } from "../../../models/layers/dense.ts";
import { crossEntropy } from "../../../models/losses/crossEntropy.ts";
import { accuracy } from "../../../models/metrics.ts";
import { sequential } from "../../../models/sequential.ts";
import { dataset } from "../../../training/dataset.ts";
import { problem as fitted, type TrainingProblem } from "../../../training/defineTraining.ts";
import { normals } from "../random.ts";
import { type Labelled, recall, smallDigits, smoothFunction } from "./data.ts";

/** What may be changed in a recurrent network. */
export interface Recurrent {
  /** Standard deviation of the recurrent weights times √units. */
  readonly gain?: number;
  readonly length?: number;
  readonly method?: Rule;
}

const hidden = 24;

/** A recurrent tanh network that is to recall the first of its inputs, unrolled. */
export function recurrent(seed: number, change: Recurrent = {}): TrainingProblem {
  const { gain = 1, length = 20, method = adam(cosine({ peak: 5e-3 })) } = change;
  const split = recall(seed, length);
  const of = ({ x, label }: Labelled) =>
    dataset({ x: new NDArray(x, [label.length, length]), label });
  return fitted({
    params: (key: Key) => ({
      enter: normal(foldIn(key, 0), [1, hidden]),
      recur: normal(foldIn(key, 1), [hidden, hidden]).mul(gain / Math.sqrt(hidden)),
      leave: normal(foldIn(key, 2), [hidden, 2]).mul(1 / Math.sqrt(hidden)),
      bias: normal(foldIn(key, 3), [hidden]).mul(0.01),
    }),
    loss: (params, batch: { x: Tensor; label: Tensor }) => {
      const rows = batch.label.shape[0]!;
      let state: Tensor | undefined;
      for (let t = 0; t < length; t++) {
        const entering = batch.x
          .slice(null, [t, t + 1])
          .reshape([rows, 1])
          .matmul(params.enter);
        const sum = state === undefined ? entering : entering.add(state.matmul(params.recur));
        state = sum.add(params.bias).tanh();
      }
      const logits = state!.matmul(params.leave);
      return {
        loss: crossEntropy(logits, batch.label),
        metrics: { accuracy: accuracy(logits, batch.label) },
      };
    },
    data: of(split.train),
    test: of(split.test),
    ...{ method, batchSize: 60, steps: 300, seed },
  });
}

/** What may be changed in a regression. */
export interface Regression {
  readonly method?: Rule;
  readonly batchSize?: number;
  readonly steps?: number;
  readonly rows?: number;
  readonly scale?: (feature: number) => number;
  /** The loss of an error, in place of its square. */
  readonly lossOf?: (error: Tensor) => Tensor;
  /** Added to what is to be learnt. */
  readonly offset?: number;
}

/** A tanh network that is to learn a smooth function of eight features. */
export function regression(seed: number, change: Regression = {}): TrainingProblem {
  const { method = sgd(cosine({ peak: 0.1 }), { momentum: 0.9 }), batchSize = 50 } = change;
  const { steps = 600, rows = 600, scale = () => 1, offset = 0 } = change;
  const { lossOf = (error: Tensor) => error.square() } = change;
  const { x, y, features } = smoothFunction(seed, rows + 200);
  const scaled = x.map((value, k) => value * scale(k % features));
  const of = (from: number, to: number) =>
    dataset({
      x: new NDArray(scaled.slice(from * features, to * features), [to - from, features]),
      y: y.slice(from, to).map((value) => value + offset),
    });
  const model = sequential(dense(24), tanh(), dense(1));
  const draw = model.init([features]);
  return {
    params: draw,
    loss: (params: ReturnType<typeof draw>, batch: { x: Tensor; y: Tensor }) => {
      const output = model.apply(params, batch.x).reshape(batch.y.shape);
      return lossOf(output.sub(batch.y)).mean();
    },
    data: of(0, rows),
    test: of(rows, rows + 200),
    ...{ method, batchSize, steps, seed },
  };
}

/** What may be changed in an autoencoder. */
export interface Autoencoder {
  readonly method?: Rule;
  readonly steps?: number;
}

/** 49-32-8-32-49 on small digits. */
export async function autoencoder(
  seed: number,
  change: Autoencoder = {},
): Promise<TrainingProblem> {
  const { method = adam(cosine({ peak: 5e-3 })), steps = 500 } = change;
  const { train, test } = await smallDigits(seed, 1000);
  const of = ({ x, label }: Labelled) => dataset({ x: new NDArray(x, [label.length, 49]) });
  const model = sequential(dense(32), tanh(), dense(8), dense(32), tanh(), dense(49));
  const draw = model.init([49]);
  return {
    params: draw,
    loss: (params: ReturnType<typeof draw>, batch: { x: Tensor }) =>
      model.apply(params, batch.x).sub(batch.x).square().mean(),
    data: of(train),
    test: of(test),
    ...{ method, batchSize: 50, steps, seed },
  };
}

/** What may be changed in a factorization. */
export interface Factorization {
  /** Standard deviation of the factors at the start. */
  readonly spread?: number;
  /** Columns of the start that are set to 0: what they would hold is missing, and nothing pulls them away. */
  readonly emptyColumns?: number;
  readonly method?: Rule;
}

/** A matrix of rank 3 from two thirds of its entries, as a product of two factors. */
export function factorization(seed: number, change: Factorization = {}): TrainingProblem {
  const { spread = 0.5, emptyColumns = 0 } = change;
  const { method = sgd(cosine({ peak: 3 }), { momentum: 0.9 }) } = change;
  const [rows, columns, rank] = [30, 24, 3];
  const next = normals(8000 + seed);
  const left = Float32Array.from({ length: rows * rank }, next);
  const right = Float32Array.from({ length: columns * rank }, next);
  const entries = Array.from({ length: rows * columns }, (_, k) => {
    const [row, column] = [Math.floor(k / columns), k % columns];
    let value = 0.01 * next();
    for (let r = 0; r < rank; r++) value += left[row * rank + r]! * right[column * rank + r]!;
    return { row, column, value, held: next() > 0.4 };
  });
  const of = (held: boolean) => {
    const own = entries.filter((entry) => entry.held === held);
    return dataset({
      row: Int32Array.from(own, ({ row }) => row),
      column: Int32Array.from(own, ({ column }) => column),
      value: Float32Array.from(own, ({ value }) => value),
    });
  };
  const factor = (key: Key, count: number): Tensor => {
    const drawn = normal(key, [count, rank]).mul(spread);
    if (emptyColumns === 0) return drawn;
    const kept = Float32Array.from({ length: rank }, (_, r) => (r < rank - emptyColumns ? 1 : 0));
    return drawn.mul(new NDArray(kept, [1, rank]));
  };
  const data = of(false);
  return fitted({
    params: (key: Key) => ({
      left: factor(foldIn(key, 0), rows),
      right: factor(foldIn(key, 1), columns),
    }),
    loss: (params, batch: { row: Tensor; column: Tensor; value: Tensor }) =>
      einsum("nr,nr->n", take(params.left, batch.row), take(params.right, batch.column))
        .sub(batch.value)
        .square()
        .mean(),
    data,
    test: of(true),
    ...{ method, batchSize: data.size, steps: 400, seed },
  });
}

/** What may be changed in a generator and its critic. */
export interface Adversaries {
  readonly generatorRate?: number;
  readonly criticRate?: number;
}

/** Noise that a generator begins with, and points that it makes. */
const [noiseWidth, plane] = [4, 2];
const modes = 6;

/** Two players that are trained at once, each on its own part of one loss. */
interface Players {
  readonly generator: Tree<Tensor>;
  readonly critic: Tree<Tensor>;
}

const maker = sequential(dense(32), relu(), dense(32), relu(), dense(plane));
const critic = sequential(dense(32), relu(), dense(32), relu(), dense(1));

/** What a generator makes of noise. */
export const generated = (params: unknown, key: Key, rows: number): Tensor =>
  maker.apply((params as Players).generator as never, normal(key, [rows, noiseWidth])); // those that adversaries drew

/** A generator that is to imitate six clouds on a ring, and a critic, by the loss that does not saturate. */
export function adversaries(seed: number, change: Adversaries = {}): TrainingProblem {
  const { generatorRate = 1e-3, criticRate = 2e-3 } = change;
  const [rows, next] = [600, normals(10_000 + seed)];
  const x = Float32Array.from({ length: rows * plane }, (_, k) => {
    const angle = (2 * Math.PI * (Math.floor(k / plane) % modes)) / modes;
    return (k % plane === 0 ? Math.cos(angle) : Math.sin(angle)) * 1.4 + 0.1 * next();
  });
  const [drawMaker, drawCritic] = [maker.init([noiseWidth]), critic.init([plane])];
  const still = (params: Tree<Tensor>): Tree<Tensor> => mapTree(stopGradient, params);
  const judge = (params: Tree<Tensor>, points: Tensor): Tensor =>
    critic.apply(params as never, points);
  return fitted({
    params: (key: Key): Players => ({
      generator: drawMaker(foldIn(key, 0)) as Tree<Tensor>,
      critic: drawCritic(foldIn(key, 1)) as Tree<Tensor>,
    }),
    loss: (params, batch: { x: Tensor }, { key }) => {
      const fake = generated(params, key, batch.x.shape[0]!);
      const own = judge(params.critic, batch.x).neg().softplus().mean();
      const other = judge(params.critic, stopGradient(fake)).softplus().mean();
      const fooled = judge(still(params.critic), fake).neg().softplus().mean();
      return own.add(other).add(fooled);
    },
    data: dataset({ x: new NDArray(x, [rows, plane]) }),
    method: byPath({
      generator: adam(generatorRate, { beta1: 0.5 }),
      critic: adam(criticRate, { beta1: 0.5 }),
    }),
    ...{ batchSize: 60, steps: 2000, seed },
  });
}
