import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { requireFinite } from "../linear/design.ts";
import { requireWeights } from "../linear/sampleWeights.ts";

/** Labels that were checked: −1 for the smaller of two, +1 for the larger. */
export interface Labels {
  readonly signs: Vector;
  /** What a sample's loss is multiplied by, beside C: its weight times that of its class. */
  readonly prices: Vector;
  /** As they were given, smaller first. */
  readonly names: readonly [number, number];
}

/** Weights of classes: by label, 1 for one that is not named; or so that both weigh the same, n/(2n_class) for each of its samples. */
export type ClassWeights = "balanced" | Readonly<Record<number, number>>;

/**
 * Reads labels: any two numbers, −1 and 1 most often.
 *
 * @param weights - of samples
 * @throws NadirError `svm/labels` unless there are two different ones, one for each sample; `svm/classWeights` for a class that is not
 *   there; `linear/weights`; `linear/not-finite`
 */
export function readLabels(
  y: ArrayLike<number>,
  samples: number,
  classWeights?: ClassWeights,
  weights?: ArrayLike<number>,
): Labels {
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
      "for more classes, oneVsRest(machine) fits one machine for each class against the rest",
    );
  const own = weights === undefined ? undefined : requireWeights(weights, samples);
  const names = [low, high] as const;
  const [ofLow, ofHigh] = weightsOf(classWeights, values, names);
  const prices = values.map((value, i) => (value === high ? ofHigh : ofLow) * (own?.[i] ?? 1));
  for (const name of names)
    if (!prices.some((price, i) => price > 0 && values[i] === name))
      return wrong(`all samples of label ${name} weigh 0`, "a weight above 0 in each class");
  return { signs: values.map((value) => (value === high ? 1 : -1)), prices, names };
}

/** By class, the smaller label first. */
function weightsOf(
  given: ClassWeights | undefined,
  values: Vector,
  names: readonly [number, number],
): readonly [number, number] {
  if (given === undefined) return [1, 1];
  if (given === "balanced") {
    const count = values.reduce((sum, value) => sum + (value === names[0] ? 1 : 0), 0);
    const n = values.length;
    return [n / (2 * count), n / (2 * (n - count))];
  }
  const stray = Object.keys(given).find((label) => !names.includes(Number(label)));
  if (stray !== undefined) {
    throw new NadirError("svm/classWeights", `classWeights names ${stray}`, {
      expected: `labels that there are: ${names.join(" and ")}`,
    });
  }
  return [given[names[0]] ?? 1, given[names[1]] ?? 1];
}

/** @throws NadirError `svm/classWeights` unless all are above 0 and finite, or the word `balanced` */
export function requireClassWeights(given: ClassWeights | undefined): ClassWeights | undefined {
  if (given === undefined || given === "balanced") return given;
  const expected = '"balanced", or weights above 0 by label: { [-1]: 1, 1: 5 }';
  if (typeof given !== "object" || given === null)
    throw new NadirError("svm/classWeights", `classWeights is ${String(given)}`, { expected });
  for (const [label, weight] of Object.entries(given)) {
    if (!(weight > 0 && Number.isFinite(weight)))
      throw new NadirError("svm/classWeights", `the weight of label ${label} is ${weight}`, {
        expected,
      });
  }
  return given;
}
