import { internal } from "./errors.ts";

/** Ends a `switch` over a union: the compiler proves it unreachable. */
export function assertNever(value: never): never {
  throw internal(`unexpected ${JSON.stringify(value)}`);
}

/** The value, where an invariant of nadir says that it is there. */
export function present<T>(value: T | undefined | null, what = "value"): T {
  if (value === undefined || value === null) throw internal(`${what} is missing`);
  return value;
}
