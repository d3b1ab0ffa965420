import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";

/** What is known of samples beside x and y. */
export interface SampleOptions {
  /** How much each sample counts, at least 0, not all 0: 2 is as if it stood there twice. Default 1 for all. */
  readonly weights?: ArrayLike<number>;
}

/** @throws NadirError `linear/weights` unless there is one of at least 0 for each sample, and one above 0 */
export function requireWeights(weights: ArrayLike<number>, samples: number): Vector {
  const values = Float64Array.from(weights);
  const wrong = (what: string): never => {
    throw new NadirError("linear/weights", what, {
      expected: "a finite weight of at least 0 for each sample, and one above 0",
    });
  };
  if (values.length !== samples) return wrong(`${values.length} weights for ${samples} samples`);
  const bad = values.findIndex((value) => !(value >= 0 && Number.isFinite(value)));
  if (bad >= 0) return wrong(`weights[${bad}] is ${values[bad]}`);
  if (!values.some((value) => value > 0)) return wrong("all weights are 0");
  return values;
}
