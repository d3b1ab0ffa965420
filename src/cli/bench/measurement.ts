import type { BenchCase } from "./case.ts";

/** One way of doing a case, timed. */
export interface Measurement {
  /** Which way, where a system has several: "traced, channels-last". Empty where it has one. */
  readonly variant: string;
  readonly medianMs: number;
  /** The 10th and 90th percentile over blocks, in milliseconds. */
  readonly spread: readonly [p10: number, p90: number];
  /** Numbers that must agree between systems if they do the same work: the losses of the first steps, or ⟨v, Hv⟩. */
  readonly checks?: readonly number[];
  /** Fraction of the test digits that are right after the last epoch. */
  readonly accuracy?: number;
  readonly evaluations?: {
    readonly value: number;
    readonly gradient: number;
    readonly hessian: number;
  };
  /** The value that each problem of a collection ended at, by problem key. */
  readonly ends?: Readonly<Record<string, number>>;
  /** Each run of a `profiles` case, by problem key. */
  readonly runs?: Readonly<Record<string, SolveRun>>;
  readonly note?: string;
}

/** One solve of one problem. Costs are in gradient-equivalents: a value with its gradient 1, a Hessian 2n. */
export interface SolveRun {
  readonly x: readonly number[];
  readonly value: number;
  /** Of the whole run. */
  readonly cost: number;
  /** Until the first point at a known minimum's value; null if there was none. */
  readonly costToTarget: number | null;
}

/** What a system says to a case: its measurements, or in one sentence why it has none. */
export type Answer =
  | { readonly measurements: readonly Measurement[] }
  | { readonly missing: string };

/** Raw little-endian files that every system reads; parameters and inputs float32, labels int32. */
export interface CaseFiles {
  readonly params?: string;
  readonly x?: string;
  readonly labels?: string;
  readonly testX?: string;
  readonly testLabels?: string;
}

/** What a system is asked: one case, its files, and about how long to measure each variant. */
export interface BenchRequest {
  readonly case: BenchCase;
  readonly files: CaseFiles;
  readonly budgetMs: number;
}

/**
 * A system's side of the benchmark: does the work of a case and times it. nadir's own runner and the
 * JavaScript peers implement this, and run it in a process of their own with `serve`.
 */
export interface Runner {
  /** What ran, as "name version": the first is the system itself. */
  readonly versions: readonly string[];
  measure(request: BenchRequest): Promise<readonly Measurement[]>;
}

/** One line of the result: a system's best on a case, or why it has none. */
export interface Row {
  readonly case: string;
  readonly system: string;
  readonly threads: number | null;
  readonly medianMs: number | null;
  readonly spread: readonly [p10: number, p90: number] | null;
  /** This system's time over nadir's; null if either is absent. */
  readonly ratio: number | null;
  readonly variant?: string;
  /** For Hessian-vector products: this time over the same system's gradient. */
  readonly timesGradient?: number;
  readonly accuracy?: number;
  /** Problems of a collection that ended at a known minimum, of how many. */
  readonly solved?: readonly [solved: number, of: number];
  readonly evaluations?: Measurement["evaluations"];
  readonly note?: string;
  readonly missing?: string;
}

export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  /** One-minute load average when the suite began: above 0.5, others used the machine. */
  readonly load: number;
  readonly date: string;
}

/** The JSON of `nadir bench --json`. */
export interface BenchReport {
  readonly schema: "nadir.bench/1";
  readonly suite: string;
  readonly machine: MachineFacts;
  readonly systems: readonly {
    readonly name: string;
    readonly license: string;
    readonly versions: readonly string[];
  }[];
  readonly rows: readonly Row[];
  readonly seconds: number;
}
