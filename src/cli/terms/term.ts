/** An idea, as `nadir explain` tells it. */
export interface Term {
  /** Other words that people use for it. */
  readonly also?: readonly string[];
  /** What it is, in plain words. */
  readonly what: string;
  /** What to do when it is met, or when choosing it. */
  readonly advice: string;
  /** Where to read more. */
  readonly source: string;
  /** Terms that stand beside it. */
  readonly see?: readonly string[];
}
