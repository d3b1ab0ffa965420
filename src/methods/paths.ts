import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";

/**
 * The pattern that decides for each path of a tree, or undefined where none fits. A pattern is the start
 * of paths, in whole keys, where `*` stands for any one key and `**` for any number of them. Of those that
 * fit, the one with most named keys decides, the first of equals.
 *
 * @param area - who asks, for messages: `byPath`
 * @throws NadirError `${area}/pattern` for a pattern that no path fits
 */
export function ownersOf(
  area: string,
  paths: readonly string[],
  patterns: readonly string[],
): readonly (string | undefined)[] {
  const idle = patterns.find((pattern) => !paths.some((path) => fits(path, pattern)));
  if (idle !== undefined) {
    const near = nearest(idle, paths);
    throw new NadirError(`${area}/pattern`, `${area}: the pattern "${idle}" fits no params`, {
      expected: `the start of one of ${paths.join(", ")}`,
      hint: near === undefined ? undefined : `did you mean "${near}"?`,
    });
  }
  return paths.map(
    (path) =>
      patterns.filter((pattern) => fits(path, pattern)).sort((a, b) => weight(b) - weight(a))[0],
  );
}

/** Whether a pattern fits the start of a path. */
function fits(path: string, pattern: string): boolean {
  const from = (keys: readonly string[], parts: readonly string[]): boolean => {
    const [part, ...rest] = parts;
    if (part === undefined) return true;
    if (part === "**") return keys.some((_, i) => from(keys.slice(i), rest));
    const [key, ...below] = keys;
    return key !== undefined && (part === "*" || part === key) && from(below, rest);
  };
  return from(path.split("."), pattern.split("."));
}

/** Named keys weigh most, then the number of keys. */
const weight = (pattern: string): number =>
  pattern.split(".").reduce((sum, key) => sum + (key === "**" ? 0 : key === "*" ? 1 : 1000), 0);
