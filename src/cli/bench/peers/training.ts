import { readFile } from "node:fs/promises";
import { sizeOf } from "../../../array/shape.ts";
import { internal } from "../../../base/errors.ts";
import {
  type EpochsCase,
  type Network,
  type Optimizer,
  parametersOf,
  type StepCase,
} from "../case.ts";
import type { CaseFiles, Measurement, Runner } from "../measurement.ts";
import { uniform } from "../random.ts";
import { summarize, timeBlocks } from "../timing.ts";

/** A network in training, in some library's arrays. `B` is a batch on its device. */
export interface Training<B> {
  /** A batch of samples, each shaped as the network's input, and its labels. */
  batch(x: Float32Array, labels: Int32Array): B;
  release(batch: B): void;
  /** Forward, backward and update. */
  step(batch: B): void;
  /** Waits for all steps so far. The loss of the last one, before its update. */
  loss(): Promise<number>;
  /** How many samples of a batch the network gets right. */
  correct(batch: B): Promise<number>;
  dispose(): void;
}

/** What a JavaScript library brings to the cases with a network. */
export interface Library<B> {
  readonly versions: readonly string[];
  /** @throws Error if it cannot train this network; the message is shown */
  train(network: Network, optimizer: Optimizer, params: readonly Float32Array[]): Training<B>;
}

/** Runs `step` and `epochs` cases with a library. */
export function libraryRunner<B>(library: Library<B>): Runner {
  return {
    versions: library.versions,
    async measure({ case: benchCase, files, budgetMs }) {
      if (benchCase.kind === "step") return [await steps(library, benchCase, files, budgetMs)];
      if (benchCase.kind === "epochs") return [await epochs(library, benchCase, files)];
      throw new Error(`has no part in the case ${benchCase.id}`);
    },
  };
}

async function steps<B>(
  library: Library<B>,
  { network, optimizer }: StepCase,
  files: CaseFiles,
  budgetMs: number,
): Promise<Measurement> {
  const training = library.train(network, optimizer, await readParams(network, files));
  const batch = training.batch(await floats(files.x), await labels(files.labels));
  const checks: number[] = [];
  const timing = await timeBlocks(async (count) => {
    for (let i = 0; i < count; i++) training.step(batch);
    const loss = await training.loss();
    if (checks.length < 2 && count === 1) checks.push(loss);
  }, budgetMs);
  training.release(batch);
  training.dispose();
  const { medianMs, spread, blocks } = timing;
  return { variant: "", medianMs, spread, checks, ...(blocks < 3 ? { note: "few steps" } : {}) };
}

async function epochs<B>(
  library: Library<B>,
  benchCase: EpochsCase,
  files: CaseFiles,
): Promise<Measurement> {
  const { network, optimizer, batch: size } = benchCase;
  const width = sizeOf(network.input);
  const [x, y] = [await floats(files.x), await labels(files.labels)];
  const [testX, testY] = [await floats(files.testX), await labels(files.testLabels)];
  const params = await readParams(network, files);
  const random = uniform(20);

  const run = async (epochCount: number, stepLimit: number): Promise<number> => {
    const training = library.train(network, optimizer, params);
    const test = training.batch(testX, testY);
    const order = Int32Array.from(y, (_, i) => i);
    let right = 0;
    for (let epoch = 0; epoch < epochCount; epoch++) {
      for (let i = order.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        const kept = order[i]!;
        order[i] = order[j]!;
        order[j] = kept;
      }
      const count = Math.min(stepLimit, Math.floor(order.length / size));
      for (let step = 0; step < count; step++) {
        const rows = order.subarray(step * size, (step + 1) * size);
        const batchX = new Float32Array(size * width);
        rows.forEach((row, k) => {
          batchX.set(x.subarray(row * width, (row + 1) * width), k * width);
        });
        const batch = training.batch(
          batchX,
          Int32Array.from(rows, (row) => y[row]!),
        );
        training.step(batch);
        training.release(batch);
      }
      right = await training.correct(test);
    }
    training.release(test);
    training.dispose();
    return right / testY.length;
  };

  await run(1, 10); // warm-up: compiled and settled, on other arrays
  const begin = performance.now();
  const accuracy = await run(benchCase.epochs, Number.POSITIVE_INFINITY);
  return { variant: "", ...summarize([performance.now() - begin]), accuracy, note: "one run" };
}

async function bytes(file: string | undefined): Promise<ArrayBuffer> {
  if (file === undefined) throw internal("a case with a network came without its files");
  const buffer = await readFile(file);
  return new Uint8Array(buffer).buffer; // a copy, so that it is aligned
}

const floats = async (file: string | undefined): Promise<Float32Array> =>
  new Float32Array(await bytes(file));
const labels = async (file: string | undefined): Promise<Int32Array> =>
  new Int32Array(await bytes(file));

async function readParams(network: Network, files: CaseFiles): Promise<readonly Float32Array[]> {
  const flat = await floats(files.params);
  let at = 0;
  return parametersOf(network.layers).map(({ shape }) => {
    const begin = at;
    at += sizeOf(shape);
    return flat.slice(begin, at);
  });
}
