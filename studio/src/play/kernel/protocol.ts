/** What a page asks of the kernel, and what comes back. Plain data: it goes between threads. */
import type { Verdict } from "nadir";

export type { Verdict };

/** A method and what is set of it. */
export interface Racer {
  readonly method: string;
  readonly settings: Readonly<Record<string, number>>;
}

/** Left, right, bottom, top. */
export type View = readonly [left: number, right: number, bottom: number, top: number];

export type Pair = readonly [x: number, y: number];

/** What is to be minimized, and from where. */
export interface Race {
  readonly code: string;
  readonly start: Pair;
  readonly racers: readonly Racer[];
  /** Evaluations for each, in units of one gradient. */
  readonly budget: number;
  readonly seed: number;
}

/** One racer's run, from start to verdict. */
export interface Finish {
  readonly racer: number;
  /** x and y in turn: the start, and the point after each iteration. */
  readonly path: Float64Array;
  readonly values: Float64Array;
  /** What had been asked for by then, in units of one gradient. */
  readonly spent: Float64Array;
  readonly verdict: Verdict;
  readonly iterations: number;
  readonly saddlesLeft: number;
  readonly value: number;
  readonly price: number;
}

/** Values on a grid of places over a view. */
export interface Grid {
  readonly view: View;
  readonly width: number;
  readonly height: number;
  /** Row after row from the bottom, each from left to right. */
  readonly values: Float64Array;
}

/** What became of one place of the (rate × second setting) map. */
export interface Outcomes {
  readonly row: number;
  /** Steps to a gradient within the tolerance; −1 diverged; 0 not yet. */
  readonly steps: Int32Array;
}

export interface OutcomeAsk {
  readonly code: string;
  readonly start: Pair;
  readonly method: string;
  readonly settings: Readonly<Record<string, number>>;
  readonly rates: readonly number[];
  readonly second: { readonly name: string; readonly values: readonly number[] };
  /** Steps at most, and the gradient norm to reach. */
  readonly steps: number;
  readonly tolerance: number;
}

export type Toy = "spirals" | "moons" | "circles" | "xor" | "waves";
export type Activation = "tanh" | "relu" | "sigmoid" | "silu" | "elu";

export interface Training {
  readonly data: Toy;
  readonly noise: number;
  readonly layers: readonly number[];
  readonly activation: Activation;
  readonly racer: Racer;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
}

/** Points of a data set: x and y in turn, and what is to be told of each. */
export interface Points {
  readonly places: Float32Array;
  readonly targets: Float32Array;
}

export type TrainingPart =
  | { readonly kind: "data"; readonly train: Points; readonly test: Points }
  | {
      readonly kind: "frame";
      readonly epoch: number;
      readonly step: number;
      readonly loss: number;
      readonly test: number;
      /** The model's output on a grid over the data. */
      readonly surface: Float32Array;
      readonly size: number;
    }
  | { readonly kind: "end"; readonly end: TrainingEnd }
  | {
      readonly kind: "landscape";
      readonly grid: Grid;
      readonly loss: number;
      readonly largest: readonly number[];
      readonly smallest: readonly number[];
    };

export interface TrainingEnd {
  readonly verdict: Verdict;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly seconds: number;
  readonly stopped: boolean;
}

/** What is wrong with what was typed, and where. */
export interface Problem {
  readonly summary: string;
  readonly expected?: string | undefined;
  readonly hint?: string | undefined;
  readonly code?: string | undefined;
  /** True where the text is no TypeScript: its reader may have given up long before the place that is wrong. */
  readonly syntax?: boolean | undefined;
  /** From 1, as editors count. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** What a method is, by the registry. */
export interface MethodFacts {
  readonly name: string;
  readonly kind: "rule" | "solver";
  readonly summary: string;
  readonly guarantee: string;
  readonly price: string;
  readonly source: string;
}

/** Questions, by name: what is given, what comes back in parts, and what at the end. */
export interface Questions {
  /** Whether code in here can reach a network. */
  readonly hello: {
    given: undefined;
    part: never;
    end: { readonly sealed: boolean; readonly methods: readonly MethodFacts[] };
  };
  readonly check: { given: { readonly code: string }; part: never; end: { readonly start?: Pair } };
  readonly grid: {
    given: {
      readonly code: string;
      readonly view: View;
      readonly width: number;
      readonly height: number;
    };
    part: never;
    end: Grid;
  };
  readonly race: { given: Race; part: Finish; end: undefined };
  readonly outcomes: { given: OutcomeAsk; part: Outcomes; end: undefined };
  readonly train: { given: Training; part: TrainingPart; end: undefined };
}

export type QuestionName = keyof Questions;

export type ToKernel =
  | {
      [K in QuestionName]: {
        readonly id: number;
        readonly ask: K;
        readonly given: Questions[K]["given"];
      };
    }[QuestionName]
  | { readonly id: number; readonly ask: "cancel" | "pause" | "resume" };

export type FromKernel =
  | { readonly id: number; readonly kind: "part"; readonly part: unknown }
  | { readonly id: number; readonly kind: "end"; readonly end: unknown }
  | { readonly id: number; readonly kind: "problem"; readonly problem: Problem };
