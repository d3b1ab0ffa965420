// A bound of a test only ends what hangs: how long a thing may take is measured in bench/, and the machine of a test may have
// others to serve. So it is many times what is usual, and there is one for all.

/** Milliseconds that a page, a process or a file may keep a test waiting. */
export const patience = 60_000;

/** Milliseconds that a test, or what prepares several, may take. */
export const wholePatience = 4 * patience;

/** Gives a browser's context or page that patience, where Playwright would have half of it. */
export function patient<One extends { setDefaultTimeout(milliseconds: number): void }>(
  one: One,
): One {
  one.setDefaultTimeout(patience);
  return one;
}
