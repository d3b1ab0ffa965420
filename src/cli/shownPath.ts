import { isAbsolute, relative } from "node:path";

/** A path as the user would write it: relative to the working directory where it lies below that. */
export function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below === "" || below.startsWith("..") || isAbsolute(below) ? path : below;
}
