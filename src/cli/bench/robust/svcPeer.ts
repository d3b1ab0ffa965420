import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peers } from "../systems.ts";
import type { Labelled } from "./data.ts";

/** What scikit-learn's SVC found, in its own words; or why it did not. */
export type SvcAnswer =
  | {
      readonly seconds: number;
      readonly objective: number;
      readonly supportVectors: number;
      readonly error: number;
    }
  | string;

export interface SvcPeer extends AsyncDisposable {
  fit(train: Labelled, test: Labelled, C: number, gamma: number): Promise<SvcAnswer>;
}

/** scikit-learn's SVC on the same samples, in a process of its own, or why it is not there. */
export async function startSvc(): Promise<SvcPeer | string> {
  const session = await peers()
    .find(({ name }) => name === "sklearn")
    ?.start(1);
  if (session === undefined || typeof session === "string") return session ?? "not known";
  const folder = await mkdtemp(join(tmpdir(), "nadir-robust-"));
  const write = async (name: string, values: Float64Array): Promise<string> => {
    const file = join(folder, `${name}.f64`);
    await writeFile(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return file;
  };
  return {
    fit: async (train, test, C, gamma) => {
      const files = {
        x: await write("x", train.x.columns),
        labels: await write("y", train.y),
        testX: await write("testX", test.x.columns),
        testLabels: await write("testY", test.y),
      };
      const answer = await session.ask({
        case: { kind: "svm", id: "svm", title: "SVC", C, gamma, tolerance: 1e-3 },
        files,
        budgetMs: 1000,
      });
      if ("missing" in answer) return answer.missing;
      const [measurement] = answer.measurements;
      const [objective = Number.NaN, supportVectors = Number.NaN, error = Number.NaN] =
        measurement?.checks ?? [];
      const seconds = (measurement?.medianMs ?? Number.NaN) / 1000;
      return { seconds, objective, supportVectors, error };
    },
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
