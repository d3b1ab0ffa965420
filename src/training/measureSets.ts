import type { Measurements, Standing } from "./measure.ts";
import type { Values } from "./values.ts";

/** Mean loss and metrics on the held-out data there are: `validationLoss`, `testAccuracy` and the like. */
export async function measureSets(
  plan: {
    readonly validation: Values | undefined;
    readonly test: Values | undefined;
    readonly measurements: Measurements;
  },
  at: Standing,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [name, data] of [
    ["validation", plan.validation],
    ["test", plan.test],
  ] as const) {
    if (data === undefined) continue;
    const { loss, metrics } = await plan.measurements.over(data, at);
    found[`${name}Loss`] = loss;
    for (const [metric, value] of Object.entries(metrics))
      found[`${name}${metric.charAt(0).toUpperCase()}${metric.slice(1)}`] = value;
  }
  return found;
}
