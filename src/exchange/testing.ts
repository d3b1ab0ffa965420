import type { RunSummary } from "../runs/run.ts";
import { runInfo } from "../runs/testing.ts";

/** A run that has ended, to be exported. */
export const summary = (id: string, more: Partial<RunSummary> = {}): RunSummary => ({
  ...runInfo(),
  ...{ id, dir: id, created: Date.UTC(2026, 0, 1), status: "ended", heartbeat: 0 },
  ...{ verdictKind: "local-minimum", gradientNorm: 1e-9, loss: 0.25, metrics: {} },
  ...{ steps: 10, seconds: 1, cost: undefined },
  ...{ tags: [], archived: undefined, changed: 1, rewound: 0 },
  ...more,
});
