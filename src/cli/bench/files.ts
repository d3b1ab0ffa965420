import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TypedArray } from "../../array/dtype.ts";
import { sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import { type Mnist, mnist } from "../../data/mnist.ts";
import { type BenchCase, type NetworkCase, parametersOf } from "./case.ts";
import type { CaseFiles } from "./measurement.ts";
import { uniform } from "./random.ts";

/** Writes the files that a case's systems read; the folder goes when it is disposed of. */
export interface CaseFolder extends AsyncDisposable {
  /** @returns the files, or in one sentence why the case has none */
  write(benchCase: BenchCase): Promise<CaseFiles | string>;
}

/** A temporary folder for the data of a suite. */
export async function caseFolder(): Promise<CaseFolder> {
  const folder = await mkdtemp(join(tmpdir(), "nadir-bench-"));
  const save = async (name: string, data: TypedArray): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return file;
  };
  return {
    async write(benchCase) {
      if (
        benchCase.kind === "solve" ||
        benchCase.kind === "collection" ||
        benchCase.kind === "profiles" ||
        benchCase.kind === "sparse" ||
        benchCase.kind === "svm"
      )
        return {};
      const random = uniform(1);
      const { id } = benchCase;
      const params = await save(`${id}.params`, initialParameters(benchCase, random));
      if (benchCase.kind === "epochs") {
        const digits = await loadDigits();
        if (typeof digits === "string") return digits;
        return {
          params,
          x: await save(`${id}.x`, digits.train.arrays.x.data),
          labels: await save(`${id}.labels`, digits.train.arrays.label.data),
          testX: await save(`${id}.test-x`, digits.test.arrays.x.data),
          testLabels: await save(`${id}.test-labels`, digits.test.arrays.label.data),
        };
      }
      const { batch, network } = benchCase;
      const x = Float32Array.from({ length: batch * sizeOf(network.input) }, random);
      const labels = Int32Array.from({ length: batch }, () =>
        Math.floor(random() * network.classes),
      );
      return { params, x: await save(`${id}.x`, x), labels: await save(`${id}.labels`, labels) };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The digits, or in one sentence why there are none. */
async function loadDigits(): Promise<Mnist | string> {
  try {
    return await mnist();
  } catch (error) {
    if (error instanceof NadirError) return error.summary;
    throw error;
  }
}

/** Starting parameters, one array after another in the order of `parametersOf`. */
export function initialParameters(benchCase: NetworkCase, random: () => number): Float32Array {
  const parameters = parametersOf(benchCase.network.layers);
  const flat = new Float32Array(parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0));
  let at = 0;
  for (const { shape, start } of parameters) {
    const size = sizeOf(shape);
    const [first = 1] = shape;
    const fanIn = shape.length === 2 ? first : size / first;
    const bound = Math.sqrt(6 / fanIn);
    for (let i = at; i < at + size; i++) {
      flat[i] = start === "he" ? (2 * random() - 1) * bound : start === "one" ? 1 : 0;
    }
    at += size;
  }
  return flat;
}
