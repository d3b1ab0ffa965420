/** Consecutive parts of a list, of the given lengths. */
export function cut<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  let next = 0;
  return lengths.map((length) => {
    const part = list.slice(next, next + length);
    next += length;
    return part;
  });
}
