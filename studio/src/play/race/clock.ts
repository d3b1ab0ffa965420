import type { Finish } from "../kernel/protocol.ts";

/** Seconds that a whole race takes at speed 1. */
const wholeRace = 7;

/** How far the race is by now, in what each racer may have asked for: it starts slowly, as the first steps are the largest. */
export const clockAt = (part: number, longest: number): number =>
  part >= 1 ? longest : Math.expm1(part * Math.log1p(longest));

/** The part of the race after `seconds` more. */
export const advanced = (part: number, seconds: number, speed: number): number =>
  Math.min(1, part + (seconds * speed) / wholeRace);

/** The part of a race at which the clock shows this. */
export const partAt = (clock: number, longest: number): number =>
  longest <= 0 ? 1 : Math.min(1, Math.log1p(clock) / Math.log1p(longest));

/** What the racer who asked most had asked for at the end. */
export const longestOf = (finishes: readonly (Finish | undefined)[]): number =>
  Math.max(0, ...finishes.map((finish) => finish?.spent.at(-1) ?? 0));

/** How many points of its path a racer has reached: at least its start. */
export function reached({ spent }: Finish, clock: number): number {
  let [low, high] = [1, spent.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (spent[middle - 1]! <= clock) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The next time that somebody moves, after `clock`. */
export function nextMove(finishes: readonly (Finish | undefined)[], clock: number): number {
  const times = finishes.flatMap((finish) => {
    if (finish === undefined) return [];
    const next = finish.spent[reached(finish, clock)];
    return next === undefined ? [] : [next];
  });
  return times.length === 0 ? clock : Math.min(...times);
}
