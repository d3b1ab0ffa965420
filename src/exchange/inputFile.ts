import { statSync } from "node:fs";
import { NadirError } from "../base/errors.ts";

/**
 * That something which ends can be read from there: a file or a pipe, but no folder, terminal or device.
 *
 * @param expected - what the file should be
 * @throws NadirError `import/no-file`
 */
export function requireInputFile(path: string, expected: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  const wrong = (summary: string) => new NadirError("import/no-file", summary, { expected });
  if (found === undefined) throw wrong(`there is no file ${path}`);
  if (found.isDirectory()) throw wrong(`${path} is a folder`);
  if (found.isCharacterDevice()) throw wrong(`${path} is a device`);
}
