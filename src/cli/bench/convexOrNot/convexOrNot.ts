import type { Experiment, ExperimentReport } from "../experiment.ts";
import { completion } from "./completion.ts";
import { margins } from "./margins.ts";
import { regression } from "./regression.ts";

/** The same question asked twice of the same data. */
export type Part = (report: (line: string) => void) => ExperimentReport;

const parts: Readonly<Record<string, Part>> = {
  "lasso-mcp": regression,
  "hinge-ramp": margins,
  "nuclear-factors": completion,
};

/** What is gained, and what guarantee is lost, when a question is asked in a form that is not convex: docs/convex-or-not.md. */
export const convexOrNot: Experiment = {
  name: "convex-or-not",
  run: async ({ only }, report) => {
    const reports = Object.entries(parts)
      .filter(([name]) => only === undefined || only.includes(name))
      .map(([, part]) => part(report));
    return {
      tables: reports.flatMap(({ tables }) => tables),
      pictures: Object.assign({}, ...reports.map(({ pictures }) => pictures)),
    };
  },
};
