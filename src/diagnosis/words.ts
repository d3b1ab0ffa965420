/** Numbers for sentences. */
export const format = (value: number): string =>
  value === 0 ? "0" : Number(value.toPrecision(3)).toString();
