import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** Looked for in the folder that a command is given in, in this order. */
const names = ["nadir.config.ts", "nadir.config.mts", "nadir.config.js", "nadir.config.mjs"];

/** The path of a folder's configuration; undefined where it has none. */
export const configFile = (cwd: string): string | undefined =>
  names.map((name) => join(cwd, name)).find((path) => existsSync(path));

/**
 * The run store that a folder's configuration names, absolute. It is read and not run: listing runs never executes
 * code. Undefined where there is none, or where it is not written as a text as it stands; commands that run the
 * configuration refuse that.
 */
export function storeOfConfig(cwd: string): string | undefined {
  const path = configFile(cwd);
  if (path === undefined) return undefined;
  let source: string;
  try {
    // A device or a pipe would be read for ever.
    if (!statSync(path).isFile()) return undefined;
    source = readFileSync(path, "utf8");
  } catch {
    // Told by the command that runs it: who only lists runs has no use for it.
    return undefined;
  }
  const store = storeIn(source);
  return store === undefined ? undefined : resolve(cwd, store);
}

/** The text that stands for `store` in the object that a configuration exports. */
export function storeIn(source: string): string | undefined {
  const begin = /\bexport\s+default\s+(?:defineConfig\s*\(\s*)?\{/.exec(source);
  if (begin === null) return undefined;
  const token =
    /\/\/.*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|[\w$]+|[{}[\]():,]/g;
  token.lastIndex = begin.index + begin[0].length;
  let [depth, before, key]: [number, string, string] = [0, "", ""];
  for (let found = token.exec(source); found !== null; found = token.exec(source)) {
    const [text] = found;
    if (text.startsWith("//") || text.startsWith("/*")) continue;
    if (/^[{[(]$/.test(text)) depth++;
    if (/^[}\])]$/.test(text) && depth-- === 0) return undefined;
    if (depth > 0) continue;
    if (text === ":" && key === "") key = before.replaceAll(/["']/g, "");
    else if (text === ",") key = "";
    else if (key === "store") return literal(text, source.slice(token.lastIndex));
    before = text;
  }
  return undefined;
}

/** A text that stands alone, is no part of an expression, and has no escapes but of quotes and backslashes. */
function literal(text: string, after: string): string | undefined {
  if (!/^["']/.test(text) || !/^(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*[,}]/.test(after)) return undefined;
  if (/\\[^\\"'`]/.test(text.replaceAll("\\\\", ""))) return undefined;
  return text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
}
