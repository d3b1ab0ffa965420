import { NadirError } from "./errors.ts";

/**
 * A number in a half-open or closed range, or an error that names the option.
 *
 * @param range - `[low, high)` by default; `closed: true` admits `high`, `open: true` refuses `low`
 * @throws NadirError with `code` unless the value lies in the range (NaN never does)
 */
export function requireInRange(
  code: string,
  value: number,
  range: readonly [low: number, high: number],
  ends: { readonly closed?: boolean; readonly open?: boolean } = {},
): number {
  const [low, high] = range;
  const above = ends.open ? value > low : value >= low;
  const below = ends.closed || high === Number.POSITIVE_INFINITY ? value <= high : value < high;
  if (typeof value === "number" && above && below) return value;
  const upper =
    high === Number.POSITIVE_INFINITY
      ? ""
      : ends.closed
        ? ` and at most ${high}`
        : ` and below ${high}`;
  throw new NadirError(code, `${optionName(code)} is ${String(value)}`, {
    expected: `a number ${ends.open ? "above" : "at least"} ${low}${upper}`,
  });
}

/** A whole number of at least `low`, or an error that names the option. */
export function requireCount(code: string, value: number, low = 1): number {
  if (Number.isInteger(value) && value >= low) return value;
  throw new NadirError(code, `${optionName(code)} is ${String(value)}`, {
    expected: `a whole number, at least ${low}`,
  });
}

const optionName = (code: string): string => code.slice(code.lastIndexOf("/") + 1);

/**
 * One of a few words, or an error that names the option and the nearest of them.
 *
 * @throws NadirError with `code`
 */
export function requireWord<W extends string>(code: string, word: W, known: readonly W[]): W {
  if (known.includes(word)) return word;
  const near = nearest(String(word), known);
  throw new NadirError(code, `${optionName(code)} is "${word}"`, {
    expected: `one of ${known.join(", ")}`,
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** The known name nearest to a misspelt one, if any is near (edit distance, ignoring case). */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance: insertions, deletions and replacements that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * Refuses options that a function does not know, naming the nearest that it does; and what is no options at all.
 *
 * @param call - how the function is called, for who gives an array in place of options
 * @throws NadirError `${area}/unknown-option`, `${area}/options`
 */
export function requireKnownOptions(
  area: string,
  options: object,
  known: readonly string[],
  call?: string,
): void {
  const isArray = Array.isArray(options) || ArrayBuffer.isView(options);
  if (typeof options !== "object" || options === null || isArray) {
    const given = isArray ? "an array" : String(options);
    throw new NadirError(`${area}/options`, `${area}: the options are ${given}`, {
      expected: `an object with some of ${known.join(", ")}`,
      hint: isArray ? call : undefined,
    });
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    throw new NadirError(`${area}/unknown-option`, `${area}: unknown option "${key}"`, {
      expected: `one of ${known.join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
}
