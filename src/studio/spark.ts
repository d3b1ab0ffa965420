// A loss at a glance, in a few letters: written by the server, drawn by the list. Runs on both sides.

/** Letters for heights 0 … 61; a value that is not finite is `!`, and nothing at all is a space. */
const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const top = letters.length - 1;
/** Letters at most. */
const WIDTH = 32;

/**
 * Values as letters of their height between the lowest and the highest: by logarithm where all are
 * above 0 and a factor of 20 apart. More than 32 are taken in groups, each by its lowest.
 *
 * @param low - the lowest of each bucket, NaN where there is none
 * @param high - the highest, or what is not finite
 */
export function sparkline(low: ArrayLike<number>, high: ArrayLike<number>): string {
  const count = Math.min(WIDTH, low.length);
  const groups = Array.from({ length: count }, (_, i) => {
    const [from, to] = [i, i + 1].map((k) => Math.floor((k * low.length) / count));
    let least = Number.NaN;
    let broken = false;
    for (let k = from ?? 0; k < (to ?? 0); k++) {
      const value = low[k] ?? Number.NaN;
      if (Number.isNaN(least) || value < least) least = value;
      broken ||= !Number.isFinite(high[k] ?? Number.NaN);
    }
    return { least, broken };
  });
  const finite = groups.map(({ least }) => least).filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const scale = least > 0 && most > 20 * least ? Math.log : (value: number) => value;
  const [bottom, range] = [scale(least), scale(most) - scale(least)];
  return groups
    .map(({ least: value, broken }) => {
      if (!Number.isFinite(value)) return broken ? "!" : " ";
      return letters[range > 0 ? Math.round((top * (scale(value) - bottom)) / range) : 0] ?? " ";
    })
    .join("");
}

/** The heights that {@link sparkline} wrote, 0 … 1; NaN for a value that is not finite or not there. */
export const sparkHeights = (spark: string): number[] =>
  Array.from(spark, (letter) => {
    const at = letters.indexOf(letter);
    return at < 0 ? Number.NaN : at / top;
  });
