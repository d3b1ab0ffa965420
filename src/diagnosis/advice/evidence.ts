import type { Verdict } from "../verdict.ts";

/** A number at some steps of a run. */
export interface Series {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** What a run told of itself while it went. */
export interface RunEvidence {
  readonly method: string;
  /** Steps made, and planned. */
  readonly steps: number;
  readonly planned: number;
  readonly batchSize: number;
  readonly rows: number;
  readonly loss: Series;
  /** Of the batch that comes next, where it was measured. */
  readonly gradientNorm: Series;
  readonly learningRate: Series;
  /** The noise scale of batches, in rows, where health was looked at. */
  readonly noiseScale: Series;
  /** Held-out measurements by name. */
  readonly metrics: Readonly<Record<string, Series>>;
  readonly rollbacks: readonly { readonly step: number; readonly cause: string }[];
  readonly verdict: Verdict | undefined;
}

/** What leaves a nonlinearity, over the rows looked at. */
export interface UnitEvidence {
  /** The weights that feed it, by path. */
  readonly layer: string;
  readonly op: "relu" | "tanh" | "sigmoid";
  /** True where its input goes on beside it, or where it only scales something else: what is wrong with it is less wrong. */
  readonly beside: boolean;
  readonly units: number;
  /** Root mean square of the outputs, of a sigmoid counted from 1/2. */
  readonly rms: number;
  /** Share of units that are 0 on every row. */
  readonly dead: number;
  /** Share of outputs within 1.5 % of the range of an end of it. */
  readonly saturated: number;
  /** The part of that mean square that is the same for all rows: 1 where rows cannot be told apart. */
  readonly common: number;
  /** Root mean square of the derivative of a row's loss by the outputs. */
  readonly gradientRms: number;
}

/** One array of params. */
export interface ParamEvidence {
  readonly path: string;
  readonly size: number;
  readonly norm: number;
  readonly gradientNorm: number;
  /** False where the loss is not made of it. */
  readonly isUsed: boolean;
  /** Share of its columns (filters of a convolution) that equal another one. */
  readonly twins: number;
  /** Products that it stands in: a recurrent weight stands in one for each step of time. */
  readonly products: number;
}

/** x + f(x). */
export interface BranchEvidence {
  readonly layer: string;
  /** rms f(x) / rms x. */
  readonly ratio: number;
}

/** A point of the run: where it began, or where it ended. */
export interface PointEvidence {
  /** Whether something is divided by a spread of its own, or of running statistics: a layer norm, a batch norm. */
  readonly isNormalized: boolean;
  /** Numbers that the model remembers between steps, such as running statistics. */
  readonly remembered: number;
  /** Mean over the rows looked at, in eval mode. */
  readonly loss: number;
  /** Mean over the same few batches in training mode (dropout, batch statistics) and in eval mode. */
  readonly modes: { readonly training: number; readonly evaluation: number };
  readonly gradientNorm: number;
  readonly params: readonly ParamEvidence[];
  readonly units: readonly UnitEvidence[];
  readonly branches: readonly BranchEvidence[];
  readonly scores?: ScoreEvidence;
  /** Largest and smallest eigenvalue of the Hessian, each with its error. */
  readonly curvature?: {
    readonly largest: number;
    readonly smallest: number;
    readonly error: number;
  };
}

/** What a classifier says. */
export interface ScoreEvidence {
  readonly rms: number;
  /** True if the scores are probabilities: from 0 to 1, and adding up to 1 on each row. */
  readonly areProbabilities: boolean;
  readonly accuracy: number;
  /** Share of rows that each class is told for. */
  readonly predicted: readonly number[];
  /** Mean over classes of the share of their rows that is told rightly. */
  readonly balancedAccuracy: number;
}

/** What the data are like, whatever the model. */
export interface DataEvidence {
  readonly rows: number;
  readonly features?: {
    readonly count: number;
    readonly constant: number;
    /** Root mean square of all entries. */
    readonly rms: number;
    /** Of the standard deviations of those that vary. */
    readonly medianDeviation: number;
    readonly largestDeviation: number;
    /** The part of the mean square that columns' means make: 0 where they are centred. */
    readonly offset: number;
  };
  readonly labels?: {
    readonly classes: number;
    /** Share of rows of each class. */
    readonly shares: readonly number[];
    /** Entropy of these shares: the loss of a model that knows nothing else. */
    readonly entropy: number;
    /** Share of a row's ten nearest others that have its label, and what it would be if labels meant nothing. */
    readonly agreement: number;
    readonly chance: number;
    /** Standard error of the agreement by chance. */
    readonly chanceError: number;
    /** Share of rows whose label at most one of the ten has, while at least five have one other label. */
    readonly contradicted: number;
    /** How many classes a batch holds on average in the run's own order, and would if rows were drawn at random. */
    readonly classesOfBatch: number;
    readonly classesByChance: number;
  };
}

/** A few steps from the end of the run, with one thing changed. */
export interface TrialEvidence {
  /** At another constant rate, without what pulls params to 0, or without dropout. */
  readonly kind: "rate" | "no-decay" | "no-dropout";
  /** The rate over the largest one of the run's schedule. */
  readonly factor: number;
  readonly rate: number;
  readonly steps: number;
  /** Loss over the rows looked at, in eval mode. */
  readonly before: number;
  readonly after: number;
  /** The same of held-out rows, where there are any. */
  readonly heldOut?: { readonly before: number; readonly after: number };
}

/** All that findings are made of: plain numbers, measured elsewhere. */
export interface Evidence {
  readonly run: RunEvidence;
  readonly data: DataEvidence;
  readonly start: PointEvidence;
  /** Absent where the run has left no finite params. */
  readonly end?: PointEvidence;
  /** ‖end − start‖ of each array of params, in the order of `params`. */
  readonly moved?: readonly number[];
  /** At the end, on held-out rows. */
  readonly heldOut?: { readonly loss: number; readonly scores?: ScoreEvidence };
  readonly trials: readonly TrialEvidence[];
  /** The rate of the first step, and the largest one, by the method's own schedule. */
  readonly schedule?: { readonly first: number; readonly largest: number };
  readonly noise?: {
    readonly noiseScale: number;
    readonly isResolved: boolean;
  };
  /** One step of the method, with a gradient as long as the run's usual one. */
  readonly step?: {
    readonly length: number;
    /** The length of the step that it makes of a gradient of 0. */
    readonly withoutGradient: number;
    /** Of methods whose small steps grow with the gradient: the length over what it would be if all did. */
    readonly kept: number | undefined;
    readonly gradientNorm: number;
  };
  /** Of what a generator makes, beside what it is to imitate. */
  readonly samples?: {
    /** Share of real rows that have a generated one nearer than their fifth nearest real one. */
    readonly coverage: number;
    /** Share of generated rows that lie so near to some real one. */
    readonly fidelity: number;
  };
}
