/** A number as JavaScript code that reads back as the same number. */
export function numberLiteral(value: number): string {
  if (Object.is(value, -0)) return "(-0)";
  return value < 0 ? `(${value})` : String(value);
}
