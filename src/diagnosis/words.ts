import type { Vector } from "../linalg/ask.ts";

/** Numbers for sentences. */
export const format = (value: number, digits = 3): string =>
  value === 0 ? "0" : Number(value.toPrecision(digits)).toString();

/** A point for sentences: its first few coordinates. */
export function pointInWords(x: Vector): string {
  const shown = Array.from(x.subarray(0, 4), (xi) => format(xi, 7)).join(", ");
  return `[${shown}${x.length > 4 ? `, … ${x.length - 4} more` : ""}]`;
}
