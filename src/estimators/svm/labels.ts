import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { requireFinite } from "../linear/design.ts";

/** Labels that were checked: −1 for the smaller of two, +1 for the larger. */
export interface Labels {
  readonly signs: Vector;
  /** As they were given, smaller first. */
  readonly names: readonly [number, number];
}

/**
 * Reads labels: any two numbers, −1 and 1 most often.
 *
 * @throws NadirError `svm/labels` unless there are two different ones, one for each sample; `linear/not-finite`
 */
export function readLabels(y: ArrayLike<number>, samples: number): Labels {
  const wrong = (what: string, expected: string, hint?: string): never => {
    throw new NadirError("svm/labels", what, { expected, hint });
  };
  const values = Float64Array.from(y);
  if (values.length !== samples)
    return wrong(`${values.length} labels for ${samples} samples`, "one for each sample");
  requireFinite(values, (at) => `y[${at}]`);
  const [low, high, third] = [...new Set(values)].sort((a, b) => a - b);
  if (low === undefined) return wrong("there are no samples", "at least one of each class");
  if (high === undefined)
    return wrong(
      `all labels are ${low}`,
      "samples of two classes, labelled −1 and 1, or by any two numbers",
    );
  if (third !== undefined)
    return wrong(
      `y has more than two different labels: ${low}, ${high}, ${third} …`,
      "two classes, labelled −1 and 1, or by any two numbers",
      "for more classes fit one machine for each class against the rest",
    );
  return { signs: values.map((value) => (value === high ? 1 : -1)), names: [low, high] };
}
