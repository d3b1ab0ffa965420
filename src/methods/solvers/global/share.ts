/** A part of a number of runs, with the 95 % interval of the probability behind it. */
export interface Share {
  readonly count: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

/**
 * How often something happened, and between what limits its probability lies: Wilson's interval, which
 * stays in [0, 1] and is right for few runs and for none.
 *
 * @see Wilson (1927), Probable inference, the law of succession, and statistical inference
 */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of, low: 0, high: 1 };
  const z = 1.959963984540054;
  const part = count / of;
  const middle = part + z ** 2 / (2 * of);
  const half = z * Math.sqrt((part * (1 - part)) / of + z ** 2 / (4 * of ** 2));
  const whole = 1 + z ** 2 / of;
  return {
    ...{ count, of },
    low: count === 0 ? 0 : (middle - half) / whole,
    high: count === of ? 1 : (middle + half) / whole,
  };
}

const percent = (part: number): string => `${Number((100 * part).toPrecision(2))} %`;

/** `4 of 48 local searches, 8.3 % (95 % interval 3.3 % to 20 %)`. */
export const shareInWords = ({ count, of, low, high }: Share, what: string): string =>
  `${count} of ${of} ${what}, ${percent(of === 0 ? 0 : count / of)} (95 % interval ${percent(low)} to ${percent(high)})`;
