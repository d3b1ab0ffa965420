import type { TypedArray } from "../array/dtype.ts";
import { NDArray } from "../array/ndarray.ts";
import { NadirError } from "../base/errors.ts";
import type { PlateauState } from "../methods/schedules/onPlateau.ts";
import type { Asked } from "./dataObjective.ts";
import type { Outline } from "./values.ts";
import type { GradientNoise } from "./watch/gradientNoise.ts";
import type { LossBlocks } from "./watch/lossBlocks.ts";
import type { WatchState } from "./watch/plateauWatch.ts";

/** What a run must remember, beside its arrays, to go on as if it had never stopped. */
export interface Progress {
  readonly step: number;
  readonly rateScale: number;
  readonly rollbacks: number;
  /** Steps computed, those that were rolled back too. */
  readonly computed: number;
  /** Training loss of the last two epochs, the very last of which may be unfinished. */
  readonly epochs: readonly EpochLoss[];
  /** The losses of all steps, in blocks. */
  readonly losses?: LossBlocks;
  /** The size of the first step's loss, against which an explosion is told. */
  readonly firstLoss: number | null;
  readonly bestValidation: number | null;
  readonly epochsSinceBest: number;
  /** What a plateau has done to rates and noise, where `onPlateau` is given. */
  readonly plateau?: PlateauState;
  /** What the watch for plateaus remembers, and has changed. */
  readonly watch?: WatchState;
  /** What looks at health have found of the noise of batches. */
  readonly noise?: GradientNoise;
  /** A solver's memory, its longer arrays apart, and where it stood. */
  readonly solver?: SolverProgress;
}

/** What a run by a solver must remember beside its arrays. */
export interface SolverProgress {
  readonly state: unknown;
  readonly value: number;
  readonly residual: number | null;
  readonly asked: Asked;
}

/** The batches' losses in one epoch. */
export interface EpochLoss {
  /** Counted from 0. */
  readonly epoch: number;
  readonly mean: number;
  /** Sum of squared distances from the mean. */
  readonly squares: number;
  readonly count: number;
}

/** A whole training state at one step: enough to resume bit for bit. */
export interface Snapshot {
  readonly tensors: Readonly<
    Record<
      string,
      {
        readonly dtype: NDArray["dtype"];
        readonly shape: readonly number[];
        readonly data: TypedArray;
      }
    >
  >;
  readonly progress: Progress;
  /** What the run was, so that a resume under other settings is refused. */
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Settings that are digests, and what it means that they differ. */
const digests: Readonly<Record<string, string>> = {
  data: "the training data are not those that the run began with",
  program:
    "the training step is not the one that the run began with: the model, the loss, the method or nadir has changed",
};

/** The names of a snapshot's tensors: `params.0.weight`, `rule.firstMoment.0.weight`, `state.…`. */
const namesOf = (prefix: string, values: Outline): string[] =>
  values.paths.map((path) => (path === "" ? prefix : `${prefix}.${path}`));

/** Puts carried arrays into a snapshot. */
export function takeSnapshot(
  groups: Readonly<Record<"params" | "rule" | "state", Outline>>,
  carried: readonly TypedArray[],
  progress: Progress,
  settings: Snapshot["settings"],
): Snapshot {
  const tensors: Record<
    string,
    { dtype: NDArray["dtype"]; shape: readonly number[]; data: TypedArray }
  > = {};
  let next = 0;
  for (const [prefix, values] of Object.entries(groups)) {
    namesOf(prefix, values).forEach((name, i) => {
      const { dtype, shape } = values.arrays[i]!;
      tensors[name] = { dtype, shape, data: carried[next++]! };
    });
  }
  return { tensors, progress, settings };
}

/**
 * The carried arrays of a snapshot.
 *
 * @throws NadirError `resume/settings` if the run was another one, `resume/tensors` if arrays are missing or of other shapes
 */
export function openSnapshot(
  snapshot: Snapshot,
  groups: Readonly<Record<"params" | "rule" | "state", Outline>>,
  settings: Snapshot["settings"],
): TypedArray[] {
  requireSameRun(snapshot, settings);
  return Object.entries(groups).flatMap(([prefix, values]) =>
    namesOf(prefix, values).map((name, i) => {
      const like = values.arrays[i]!;
      const found = snapshot.tensors[name];
      if (
        found !== undefined &&
        found.dtype === like.dtype &&
        found.shape.join() === like.shape.join()
      )
        return new NDArray(found.data, found.shape, found.dtype).data;
      throw new NadirError(
        "resume/tensors",
        `resume: ${name} is ${found === undefined ? "missing" : `${found.dtype}[${found.shape.join(", ")}]`}`,
        {
          expected: `${like.dtype}[${like.shape.join(", ")}]`,
          hint: "resume with the same model and method",
        },
      );
    }),
  );
}

/** Refuses a snapshot of another run. @throws NadirError `resume/settings` */
export function requireSameRun(
  snapshot: Pick<Snapshot, "settings">,
  settings: Snapshot["settings"],
): void {
  for (const [name, value] of Object.entries(settings)) {
    const before = snapshot.settings[name];
    if (before === value) continue;
    const whole = digests[name];
    throw new NadirError(
      "resume/settings",
      whole === undefined
        ? `resume: ${name} is ${value}, and was ${before ?? "not recorded"}`
        : `resume: ${whole}`,
      {
        expected: "what the run began with: nothing else continues it bit for bit",
        hint: "start a new run with what has changed",
      },
    );
  }
}
