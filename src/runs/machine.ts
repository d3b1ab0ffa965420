import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { internal } from "../base/errors.ts";
import { packageRoot } from "../base/packageRoot.ts";
import type { Machine } from "./run.ts";

/** This machine. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || arch(),
    cores: availableParallelism(),
    memory: totalmem(),
    node: process.versions.node,
    platform: `${process.platform} ${arch()}`,
  };
}

/** nadir's own version. */
export function packageVersion(): string {
  const version = versionIn(fileURLToPath(new URL("package.json", packageRoot)));
  if (version === undefined) throw internal("package.json has no version");
  return version;
}

/** Versions of nadir, Node, and those of nadir's native libraries that are installed. Loads none of them. */
export function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const found: Record<string, string> = { nadir: packageVersion(), node: process.versions.node };
  for (const name of ["onnxruntime-node", "libsql"]) {
    for (const folder of require.resolve.paths(name) ?? []) {
      const version = versionIn(join(folder, name, "package.json"));
      if (version === undefined) continue;
      found[name] = version;
      break;
    }
  }
  return found;
}

/**
 * The commit that the git repository around a folder stands at, read from its files.
 *
 * @returns 40 or 64 hexadecimal digits; undefined outside a repository or before its first commit
 */
export function gitRevision(folder: string = process.cwd()): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const own = gitFolder(join(at, ".git"));
    if (own !== undefined) return revisionIn(own);
    if (dirname(at) === at) return undefined;
  }
}

/** `.git` is a folder or, in a worktree or submodule, a file that names one. See gitrepository-layout(5). */
function gitFolder(path: string): string | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const named = /^gitdir: (.+)$/m.exec(text(path) ?? "")?.[1];
  return named === undefined ? undefined : resolve(dirname(path), named.trim());
}

function revisionIn(own: string): string | undefined {
  const shared = resolve(own, text(join(own, "commondir"))?.trim() ?? ".");
  let content = text(join(own, "HEAD"))?.trim();
  // A ref may name another; git itself follows five.
  for (let hops = 0; hops < 6 && content !== undefined; hops++) {
    if (/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(content)) return content;
    const name = /^ref: (refs\/.+)$/.exec(content)?.[1];
    if (name === undefined || name.split("/").includes("..")) return undefined;
    content = (text(join(own, name)) ?? text(join(shared, name)) ?? packed(shared, name))?.trim();
  }
  return undefined;
}

function packed(shared: string, name: string): string | undefined {
  const line = text(join(shared, "packed-refs"))
    ?.split("\n")
    .find((candidate) => candidate.trimEnd().endsWith(` ${name}`));
  return line?.split(" ")[0];
}

function versionIn(packageJson: string): string | undefined {
  const parsed: unknown = JSON.parse(text(packageJson) ?? "null");
  if (typeof parsed !== "object" || parsed === null || !("version" in parsed)) return undefined;
  return typeof parsed.version === "string" ? parsed.version : undefined;
}

function text(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
