import type { Experiment } from "../experiment.ts";
import { completion } from "./completion.ts";
import { speed } from "./speed.ts";

/** Matrix factorization: what an iteration takes, and what is gained and lost against the convex problem. `--only speed,completion`. */
export const factorization: Experiment = {
  name: "factorization",
  run: async ({ only, peers }, report) => {
    const wants = (name: string): boolean => only === undefined || only.includes(name);
    return {
      tables: [
        ...(wants("speed") ? [await speed(peers, report)] : []),
        ...(wants("completion") ? [completion(report)] : []),
      ],
    };
  },
};
