import { NadirError } from "../../base/errors.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import { format } from "../../diagnosis/words.ts";
import { type DesignMatrix, requireFinite } from "../linear/design.ts";
import type { SampleOptions } from "../linear/sampleWeights.ts";
import type { SvmCrossValidationOptions } from "./crossValidateSvm.ts";
import type { SvmFit } from "./fits.ts";
import type { Svm } from "./svm.ts";

/** Machines of several classes, each against the rest. */
export interface OneVsRestFit {
  /** The labels, ascending. What follows by class stands in their order. */
  readonly classes: readonly number[];
  /** By class: positive on the side of that class. */
  readonly machines: readonly SvmFit[];
  /** Of all machines together. */
  readonly verdict: Verdict;
  /** Decision values of each class, by sample: rows of `classes.length`. */
  decision(x: DesignMatrix): readonly Float64Array[];
  /** The label with the largest decision value. */
  predict(x: DesignMatrix): Float64Array;
}

/** Support vector machines for several classes: how they are to be fitted. */
export interface OneVsRest {
  /** @param y - a label for each sample: at least two different numbers */
  fit(x: DesignMatrix, y: ArrayLike<number>, options?: SampleOptions): OneVsRestFit;
  /** Each machine with the C (and width) that is best for it by samples held out. */
  crossValidate(
    x: DesignMatrix,
    y: ArrayLike<number>,
    options?: SvmCrossValidationOptions,
  ): OneVsRestFit;
}

/**
 * Several classes by one machine for each against all others; the largest decision value names the class. `classWeights: "balanced"` makes
 * each class weigh as much as its rest.
 *
 * Price: as many fits as there are classes.
 *
 * @throws NadirError `svm/classWeights` for weights by label: give weights to samples instead
 * @see Rifkin & Klautau (2004), In defense of one-vs-all classification
 * @example
 * const { classes, verdict, predict } = oneVsRest(kernelSvm({ C: 10 })).fit(x, y);
 */
export function oneVsRest(machine: Svm): OneVsRest {
  if (typeof machine.settings.classWeights === "object") {
    throw new NadirError(
      "svm/classWeights",
      "classWeights by label for one class against the rest",
      {
        expected: '"balanced", or no classWeights',
        hint: "fit(x, y, { weights }) takes a weight for each sample",
      },
    );
  }
  return {
    fit: (x, y, options) => together(y, (signs) => machine.fit(x, signs, options)),
    crossValidate: (x, y, options) =>
      together(y, (signs) => machine.crossValidate(x, signs, options).fit),
  };
}

function together(y: ArrayLike<number>, fitted: (signs: Float64Array) => SvmFit): OneVsRestFit {
  const values = Float64Array.from(y);
  requireFinite(values, (at) => `y[${at}]`);
  const classes = [...new Set(values)].sort((a, b) => a - b);
  if (classes.length < 2) {
    throw new NadirError("svm/labels", `y has ${classes.length} different labels`, {
      expected: "samples of at least two classes",
    });
  }
  const machines = classes.map((label) =>
    fitted(values.map((value) => (value === label ? 1 : -1))),
  );
  const decision = (x: DesignMatrix): readonly Float64Array[] => {
    const columns = machines.map((machine) => machine.decision(x));
    return Array.from(columns[0]!, (_, i) => Float64Array.from(columns, (column) => column[i]!));
  };
  let verdict: Verdict | undefined;
  return {
    ...{ classes, machines, decision },
    get verdict() {
      verdict ??= verdictOf(machines, classes);
      return verdict;
    },
    predict: (x) =>
      Float64Array.from(decision(x), (row) => classes[row.indexOf(Math.max(...row))]!),
  };
}

/** The sum of convex problems that share nothing is at its minimum where each is; else what is said of the machine that is least settled. */
function verdictOf(machines: readonly SvmFit[], classes: readonly number[]): Verdict {
  let [primal, gap, gradientNorm, tolerance] = [0, 0, 0, 0];
  for (const [k, { verdict }] of machines.entries()) {
    if (verdict.kind !== "global-minimum") {
      const evidence = [`the machine of class ${classes[k]}:`, ...verdict.evidence];
      return { ...verdict, evidence };
    }
    primal += verdict.primal;
    gap += verdict.gap;
    gradientNorm = Math.max(gradientNorm, verdict.gradientNorm);
    tolerance = Math.max(tolerance, verdict.tolerance);
  }
  return {
    ...{ kind: "global-minimum", gradientNorm, tolerance, primal, gap, dual: primal - gap },
    evidence: [
      `each of ${machines.length} machines is convex, and bounded from below by a feasible point of its dual`,
      `the sum of their objectives is ${format(primal, 7)}, at most ${format(gap)} above its minimum`,
    ],
    advice: ["nothing lower exists: if the machines disappoint, change C, the kernel or the loss"],
  };
}
