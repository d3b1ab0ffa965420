import type { RunEvidence, Series } from "../../diagnosis/advice/evidence.ts";
import type { RunEvent } from "../../training/events.ts";

/** What `fit` says of a run that no event tells. */
export interface RunFacts {
  readonly rows: number;
  readonly batchSize: number;
}

/** The evidence of a run's events: collect them with `onEvent`, or read them from the run store. */
export function runEvidence(
  events: readonly RunEvent[],
  { rows, batchSize }: RunFacts,
  recorded: Readonly<Record<string, Series>> = {},
): RunEvidence {
  const series = new Map<string, { steps: number[]; values: number[] }>();
  const add = (name: string, step: number, value: number | undefined): void => {
    if (value === undefined) return;
    const own = series.get(name) ?? { steps: [], values: [] };
    series.set(name, own);
    own.steps.push(step);
    own.values.push(value);
  };
  const metrics = new Set<string>();
  const rollbacks: { step: number; cause: string }[] = [];
  let [method, planned, steps] = ["", 0, 0];
  let verdict: RunEvidence["verdict"];
  for (const event of events) {
    switch (event.kind) {
      case "start":
        method = event.method;
        planned = event.steps ?? 0;
        break;
      case "progress":
        steps = event.step;
        add("gradientNorm", event.step, event.gradientNorm);
        add("learningRate", event.step, event.learningRate);
        event.series.steps.forEach((step, i) => {
          add("loss", step, event.series.values["loss"]?.[i]);
        });
        break;
      case "health":
        add("noiseScale", event.step, event.noiseScale);
        break;
      case "evaluation":
        for (const [name, value] of Object.entries(event.metrics)) {
          metrics.add(name);
          add(`metrics.${name}`, event.step, value);
        }
        break;
      case "rollback":
        rollbacks.push({ step: event.step, cause: event.cause });
        break;
      case "end":
        steps = event.step;
        verdict = event.verdict;
        break;
      default:
    }
  }
  const of = (name: string): Series =>
    recorded[name] ?? series.get(name) ?? { steps: [], values: [] };
  return {
    ...{ method, steps, planned, batchSize, rows, rollbacks, verdict },
    ...{ loss: of("loss"), gradientNorm: of("gradientNorm"), learningRate: of("learningRate") },
    noiseScale: of("noiseScale"),
    metrics: Object.fromEntries(
      [...metrics].map((name) => [name, recorded[name] ?? of(`metrics.${name}`)]),
    ),
  };
}
