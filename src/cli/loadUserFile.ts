import { existsSync, statSync } from "node:fs";
import { register } from "node:module";
import { extname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { NadirError } from "../base/errors.ts";
import { packageRoot } from "../base/packageRoot.ts";
import { shownPath } from "./shownPath.ts";
import type { HookData, UserSource } from "./userFileHooks.ts";

/** A user's file, run: its exports by name, `default` among them. */
export interface UserFile {
  /** Absolute. */
  readonly path: string;
  /** As the user would write it: relative to the working directory where it lies below that. */
  readonly shown: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

const extensions = [".ts", ".mts", ".js", ".mjs"];

/**
 * Runs a user's TypeScript or JavaScript file as an ES module. Relative `.ts` imports work, and a
 * bare `nadir` is the copy in the user's project or, if there is none, this one. Errors in it name
 * the line of the source.
 *
 * @throws NadirError `user-file/missing`, `/kind`, `/syntax`, `/import`, `/other-nadir`, `/no-exports`;
 *   and whatever the file itself throws when it runs
 */
export async function loadUserFile(file: string, cwd: string): Promise<UserFile> {
  const path = resolve(cwd, file);
  const shown = shownPath(path, cwd);
  requireReadable(path, shown);
  // What the file will import, read before there are hooks: each of its modules would else go by way of their thread, and have its
  // source map read.
  if (told === undefined) await import(new URL("dist/index.js", packageRoot).href);
  installHooks();
  let exports: Record<string, unknown>;
  try {
    exports = { ...(await import(pathToFileURL(path).href)) };
  } catch (error) {
    throw explained(error, cwd);
  }
  if (Object.keys(exports).length === 0) {
    throw new NadirError("user-file/no-exports", `${shown} exports nothing`, {
      expected: "at least one export",
      hint: "put `export` before what nadir shall use, or `export default`",
    });
  }
  return { path, shown, exports };
}

function requireReadable(path: string, shown: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    const other = extensions.map((ending) => path + ending).find((name) => existsSync(name));
    throw new NadirError("user-file/missing", `there is no file ${shown}`, {
      expected: "the path of a .ts or .js file",
      hint: other === undefined ? undefined : `did you mean ${shown}${extname(other)}?`,
    });
  }
  if (!found.isFile() || !extensions.includes(extname(path))) {
    const what = found.isDirectory() ? "is a folder" : "is not a TypeScript or JavaScript file";
    throw new NadirError("user-file/kind", `${shown} ${what}`, {
      expected: `a file that ends in ${extensions.join(", ")}`,
    });
  }
}

/** Where the hooks tell what they have read, once they are installed. */
let told: MessagePort | undefined;
const sources = new Map<string, string>();

/**
 * The user's files that this process has loaded so far, each as it was then: the file that was named, and what it imports of
 * the user's own.
 */
export function loadedSources(): readonly UserSource[] {
  while (told !== undefined) {
    const next = receiveMessageOnPort(told);
    if (next === undefined) break;
    const { path, text } = next.message as UserSource; // posted by the hooks as this
    sources.set(path, text);
  }
  return Array.from(sources, ([path, text]) => ({ path, text }));
}

/** Node's module hooks serve the whole process, so they are installed once. */
function installHooks(): void {
  if (told !== undefined) return;
  const { port1, port2 } = new MessageChannel();
  told = port1;
  told.unref();
  process.setSourceMapsEnabled(true);
  // The user's line may lie deep below nadir's own frames.
  Error.stackTraceLimit = 60;
  const data: HookData = { packageRoot, sources: port2 };
  register(new URL("dist/cli/userFileHooks.js", packageRoot), { data, transferList: [port2] });
}

/** What the hooks and Node report about the user's files, as one sentence each. */
function explained(error: unknown, cwd: string): unknown {
  if (!(error instanceof Error)) return error;
  const short = (path: string): string =>
    shownPath(path.startsWith("file:") ? fileURLToPath(path) : path, cwd);
  const syntax = /^nadir-syntax (.*):(\d+):(\d+) (.*)\n([\s\S]*)$/.exec(error.message);
  if (syntax !== null) {
    const [, file = "", line, column, what, source = ""] = syntax;
    const place = `${short(file)}:${line}:${column}`;
    return new NadirError("user-file/syntax", `${place}: ${what}`, {
      expected: `valid syntax at: ${source.trim()}`,
    });
  }
  const other = /^nadir-other (.*) (.*)$/.exec(error.message);
  if (other !== null) {
    const [, importer = "", found = ""] = other;
    return new NadirError(
      "user-file/other-nadir",
      `${short(importer)} imports another copy of nadir than the one that runs`,
      {
        expected: `the copy in its project, ${short(found)}, to run it`,
        hint: "npx nadir …, in that project",
      },
    );
  }
  const code = "code" in error ? error.code : undefined;
  const unresolved =
    /^Cannot find (module|package) '(.*)' imported from (.*)$/m.exec(error.message) ?? undefined;
  if (code === "ERR_MODULE_NOT_FOUND" && unresolved !== undefined) {
    const [, kind, name = "", importer = ""] = unresolved;
    const wanted =
      kind === "package"
        ? `"${name}", which is not installed`
        : `a file that is not there: ${short(name)}`;
    return new NadirError("user-file/import", `${short(importer)} imports ${wanted}`, {
      hint: kind === "package" ? `npm i ${name}` : "check the path, and that it ends in .ts or .js",
    });
  }
  const lacking = /^The requested module '(.*)' does not provide an export named '(.*)'$/.exec(
    error.message,
  );
  if (error instanceof SyntaxError && lacking !== null) {
    const [, from, name] = lacking;
    return new NadirError("user-file/import", `"${from}" has no export named ${name}`, {
      hint: "check the spelling, or use `import type` for a type",
    });
  }
  return error;
}
