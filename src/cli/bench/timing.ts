/** Time per step in milliseconds: the median over blocks, and its 10th and 90th percentile. */
export interface Timing {
  readonly medianMs: number;
  readonly spread: readonly [p10: number, p90: number];
  readonly blocks: number;
  readonly stepsPerBlock: number;
}

/**
 * Times a step that may be too short for the clock: runs it once so that all is compiled, warms up for
 * a quarter of the budget, then runs blocks of equal length for the rest, and takes the median block.
 *
 * A step longer than the budget is run twice in all, and the second one counts.
 *
 * @param run - does that many steps and waits for their result
 * @param clock - milliseconds, monotonic
 */
export async function timeBlocks(
  run: (steps: number) => void | Promise<void>,
  budgetMs: number,
  clock: () => number = () => performance.now(),
): Promise<Timing> {
  const timed = async (steps: number): Promise<number> => {
    const begin = clock();
    await run(steps);
    return (clock() - begin) / steps;
  };
  await run(1);
  const begin = clock();
  let perStep = await timed(1);
  if (perStep > budgetMs) return { ...summarize([perStep]), blocks: 1, stepsPerBlock: 1 };
  // Doubling: the last warm-up run is long enough to estimate from.
  for (let steps = 2; clock() - begin < budgetMs / 4; steps *= 2) perStep = await timed(steps);
  const left = (3 * budgetMs) / 4;
  const stepsPerBlock = Math.max(1, Math.floor(left / 15 / Math.max(perStep, 1e-6)));
  const blocks = Math.max(1, Math.min(15, Math.floor(left / (perStep * stepsPerBlock))));
  const times: number[] = [];
  for (let block = 0; block < blocks; block++) times.push(await timed(stepsPerBlock));
  return { ...summarize(times), blocks, stepsPerBlock };
}

/** The median and the 10th and 90th percentile of some times, by linear interpolation. */
export function summarize(times: readonly number[]): Pick<Timing, "medianMs" | "spread"> {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    medianMs: quantile(sorted, 0.5),
    spread: [quantile(sorted, 0.1), quantile(sorted, 0.9)],
  };
}

function quantile(sorted: readonly number[], fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}
