import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { packageRoot } from "../../base/packageRoot.ts";
import { formatNumber } from "../format.ts";
import type { Experiment } from "./experiment.ts";

/** What a process holds after a stage, and the most it held on the way there, in MiB. */
export interface Stage {
  readonly stage: string;
  readonly held: number;
  readonly most: number;
}

/** Widths of the three hidden layers of a network on 784 inputs. The least one tells what the process takes without a model. */
const least = 2;
const widths: Readonly<Record<string, number>> = {
  "1M": 512,
  "4M": 1240,
  "10M": 2048,
  "20M": 2968,
};
const slots = 2;

const parametersOf = (width: number): number =>
  784 * width + 2 * width * width + 3 * width + 10 * width + 10;

/** What a training by Adam holds, stage by stage, each size in a process of its own, beside params × (4 + slots) elements. */
export const memory: Experiment = {
  name: "memory",
  run: async ({ only }, report) => {
    report("a network of width 2, for what the process takes by itself");
    const bare = await stagesOf(least);
    const base = Math.max(...bare.map(({ most }) => most));
    const peaks: (string | number)[][] = [];
    const stages: (string | number)[][] = [];
    for (const [name, width] of Object.entries(widths)) {
      if (only !== undefined && !only.includes(name)) continue;
      report(`${name} parameters`);
      const found = await stagesOf(width);
      for (const { stage, held, most } of found) stages.push([name, stage, held, most]);
      const parameters = parametersOf(width);
      const formula = (parameters * (4 + slots) * 4) / 2 ** 20;
      const peak = Math.max(...found.map(({ most }) => most));
      peaks.push([name, parameters, peak, peak - base, formula, (peak - base) / formula]);
    }
    const show = (value: number): string => formatNumber(value, 3);
    return {
      tables: [
        {
          title: `Memory of a training by Adam, MiB; the process alone takes ${show(base)}`,
          columns: ["size", "params", "peak", "above the process", "params × (4 + slots)", "ratio"],
          rows: peaks,
          show: (value, column) => (column === 1 ? String(value) : show(value)),
          note: "Activations are in the peak, and not in params × (4 + slots) × 4 bytes.",
        },
        {
          title: "Stage by stage, MiB",
          columns: ["size", "stage", "held after it", "most on the way"],
          rows: stages,
          show,
        },
      ],
    };
  },
};

/** Runs the training of a width in a process of its own. */
async function stagesOf(width: number): Promise<readonly Stage[]> {
  const [folder, extension] = import.meta.url.endsWith(".ts") ? ["src", "ts"] : ["dist", "js"];
  const file = fileURLToPath(new URL(`${folder}/cli/bench/peers/memory.${extension}`, packageRoot));
  const { stdout } = await promisify(execFile)(process.execPath, [file, String(width)]);
  // Lines written by `tell` in peers/memory.ts.
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Stage);
}
