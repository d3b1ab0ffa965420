/** Objectives at the ends of many runs, from low to high, as shares of what lies above the lowest of all. */
export function excesses(objectives: readonly number[], lowest: number): readonly number[] {
  return [...objectives].sort((a, b) => a - b).map((value) => (value - lowest) / Math.abs(lowest));
}

/** How many different values there are, those being equal that differ by less than a millionth. */
export function distinct(objectives: readonly number[]): number {
  const sorted = [...objectives].sort((a, b) => a - b);
  return sorted.filter((value, i) => i === 0 || value - sorted[i - 1]! > 1e-6 * Math.abs(value))
    .length;
}
