/** One side's factors, and how far each row lies above the mean. */
export interface Side {
  /** `[rows, rank]`. */
  readonly factors: Float64Array;
  /** Zeros without biases. */
  readonly biases: Float64Array;
}

/** A factorization as it stands. */
export interface Factors {
  readonly rank: number;
  readonly mean: number;
  readonly users: Side;
  readonly items: Side;
}

/** r̂ for a pair of rows. */
export function predicted(
  { rank, mean, users, items }: Factors,
  user: number,
  item: number,
): number {
  let sum = mean + users.biases[user]! + items.biases[item]!;
  const [a, b] = [user * rank, item * rank];
  for (let i = 0; i < rank; i++) sum += users.factors[a + i]! * items.factors[b + i]!;
  return sum;
}
