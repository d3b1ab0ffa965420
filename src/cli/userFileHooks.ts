// Node's module hooks, on their own thread: they turn a user's TypeScript into JavaScript and find
// `nadir` for it. Loaded by loadUserFile.ts with `module.register`.
import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";
import type { MessagePort } from "node:worker_threads";
import { type Loader, type TransformFailure, transform } from "esbuild";

/** What the main thread tells the hooks. */
export interface HookData {
  /** `file:` URL of nadir's own folder, with a slash at its end. */
  readonly packageRoot: string;
  /** Where each of the user's files is told as it was read; left out where nobody asks. */
  readonly sources?: MessagePort;
}

/** A file of the user's, as it was when it was loaded. */
export interface UserSource {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

let packageRoot = "";
let sources: MessagePort | undefined;

/** Called once by Node, on the hooks' thread. */
export function initialize(data: HookData): void {
  ({ packageRoot, sources } = data);
}

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  if (/^nadir(\/|$)/.test(specifier)) return resolveNadir(specifier, context, nextResolve);
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    const source = sourceOf(specifier, context.parentURL);
    if (source === undefined) throw error;
    return nextResolve(source, context);
  }
};

/** The user's copy, or this one. Two copies in one process would not know each other's tensors. */
const resolveNadir: ResolveHook = async (specifier, context, nextResolve) => {
  try {
    const found = await nextResolve(specifier, context);
    const [theirs, ours] = [found.url, packageRoot].map((url) => realpathSync(fileURLToPath(url)));
    if (theirs?.startsWith(ours ?? "")) return found;
    throw new Error(`nadir-other ${context.parentURL} ${theirs}`);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // A package may import itself by its name.
    const parentURL = new URL("dist/index.js", packageRoot).href;
    return nextResolve(specifier, { ...context, parentURL });
  }
};

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";

/** The TypeScript source that a relative import of `./model.js` or `./model` means, if it is there. */
function sourceOf(specifier: string, parent: string | undefined): string | undefined {
  if (!/^\.{0,2}\//.test(specifier) || parent === undefined) return undefined;
  const url = new URL(specifier, parent).href;
  const bare = url.replace(/\.(m?)js$/, "");
  const candidates = [`${bare}.ts`, `${bare}.mts`, `${bare}.js`, `${bare}/index.ts`];
  return candidates.find((candidate) => existsSync(fileURLToPath(candidate)));
}

export const load: LoadHook = async (url, context, nextLoad) => {
  const path = url.startsWith("file:") ? fileURLToPath(url) : "";
  const ending = /\.(ts|mts|tsx|js|mjs)$/.exec(path)?.[1];
  // What packages publish as JavaScript is left to Node, which cannot load their TypeScript: an example that lies beside it.
  const published = path.includes("/node_modules/") && /^m?js$/.test(ending ?? "");
  const theirs = !published && !url.startsWith(`${packageRoot}dist/`);
  if (ending === undefined || !theirs) return nextLoad(url, context);
  const source = await readFile(path, "utf8");
  sources?.postMessage({ path, text: source } satisfies UserSource);
  // A .js file of a CommonJS package stays what it is, unless it is written as a module.
  if (ending === "js" && context.format === "commonjs" && !/^\s*(import|export)\b/m.test(source)) {
    return nextLoad(url, context);
  }
  const loader: Loader = ending === "tsx" ? "tsx" : ending.endsWith("ts") ? "ts" : "js";
  try {
    const { code } = await transform(source, {
      loader,
      format: "esm",
      target: `node${process.versions.node}`,
      sourcemap: "inline",
      sourcefile: path,
      logLevel: "silent",
    });
    return { format: "module", source: code, shortCircuit: true };
  } catch (error) {
    const [first] = (error as TransformFailure).errors ?? [];
    if (!first?.location) throw error;
    const { line, column, lineText } = first.location;
    throw new Error(`nadir-syntax ${path}:${line}:${column + 1} ${first.text}\n${lineText}`);
  }
};
