import type { SvmFit } from "../../../estimators/svm/fits.ts";
import { kernelSvm } from "../../../estimators/svm/kernelSvm.ts";
import type { Flipped, Labelled } from "./data.ts";

/** The margin below which the ramp loss rises no more. */
export const cut = -0.2;

/** One machine on one sample. */
export interface Outcome {
  readonly seconds: number;
  readonly supportVectors: number;
  /** Share of the test samples on the wrong side. */
  readonly error: number;
  readonly objective: number;
  readonly verdict: string;
  /** The duality gap over the value, of the last convex problem. */
  readonly gap: number;
}

export interface Comparison {
  readonly hinge: Outcome;
  readonly ramp: Outcome & {
    readonly rounds: number;
    /** No round raised the objective by more than the gap of its solve. */
    readonly monotone: boolean;
    /** Share of the turned-over samples that have no weight; NaN if there are none. */
    readonly left: number;
    /** Share of the cut-off samples that were turned over; NaN if none is cut off. */
    readonly right: number;
  };
}

/** Hinge and ramp loss with the same C and the same kernel on the same samples, the bias free; the ramp's procedure from the hinge machine of `startC`, or C. */
export function compare(
  train: Flipped,
  test: Labelled,
  C: number,
  gamma: number,
  startC?: number,
): Comparison {
  const kernel = { rbf: gamma };
  const hinge = timed(() => kernelSvm({ kernel, C }).fit(train.x, train.y));
  const ramp = timed(() =>
    kernelSvm({ kernel, C, loss: { ramp: cut }, ...(startC === undefined ? {} : { startC }) }).fit(
      train.x,
      train.y,
    ),
  );
  const { rounds = [], cutOff = [], dual } = ramp.fit;
  const turned = Array.from(train.flipped.keys()).filter((i) => train.flipped[i] === 1);
  const share = (of: readonly number[], holds: (i: number) => boolean): number =>
    of.length === 0 ? Number.NaN : of.filter(holds).length / of.length;
  return {
    hinge: outcomeOf(hinge, test),
    ramp: {
      ...outcomeOf(ramp, test),
      rounds: rounds.length - 1,
      monotone: rounds.every((value, k) => k === 0 || value <= rounds[k - 1]! * (1 + 1e-6)),
      left: share(turned, (i) => dual[i] === 0),
      right: share(cutOff, (i) => train.flipped[i] === 1),
    },
  };
}

function timed(fit: () => SvmFit): { readonly fit: SvmFit; readonly seconds: number } {
  const begin = performance.now();
  return { fit: fit(), seconds: (performance.now() - begin) / 1000 };
}

function outcomeOf({ fit, seconds }: ReturnType<typeof timed>, test: Labelled): Outcome {
  const wrong = fit.predict(test.x).filter((label, i) => label !== test.y[i]).length;
  const { kind, gradientNorm } = fit.verdict;
  return {
    ...{ seconds, verdict: kind, gap: gradientNorm, objective: fit.objective },
    supportVectors: fit.supportVectors.length,
    error: wrong / test.y.length,
  };
}
