import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as node from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { FileSystem } from "./atomicFile.ts";
import type { RunInfo } from "./run.ts";

/** A new folder for one test file, and what removes it. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = node.mkdtempSync(join(tmpdir(), "nadir-runs-"));
  return { folder, remove: () => node.rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Bundles a TypeScript program, which imports as a file in src/runs would, into one that plain Node runs.
 *
 * @returns the program's path, in `folder`
 */
export async function bundleProgram(folder: string, name: string, source: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  await build({
    stdin: {
      contents: source,
      loader: "ts",
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["libsql"],
    outfile,
    logLevel: "silent",
  });
  const modules = join(folder, "node_modules");
  try {
    node.symlinkSync(fileURLToPath(new URL("../../node_modules", import.meta.url)), modules, "dir");
  } catch {
    // Another program of the same folder made the link.
  }
  return outfile;
}

/** A program that runs, and what it has written so far. */
export interface Running {
  readonly process: ChildProcess;
  /** Resolves when standard output holds the text; rejects, with all output, if the program ends before. */
  said(text: string): Promise<void>;
  /** Ends it at once, as `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>;
  /** Waits for its end: exit code and all output. */
  end(): Promise<{ code: number | null; output: string }>;
}

/** Starts a bundled program with arguments. */
export function start(
  program: string,
  args: readonly string[],
  options: { readonly uid?: number; readonly command?: readonly string[] } = {},
): Running {
  const [command = process.execPath, ...before] = options.command ?? [process.execPath];
  const child = spawn(command, [...before, program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let output = "";
  const listeners = new Set<() => void>();
  const hear = (data: Buffer): void => {
    output += data.toString();
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const closed = once(child, "close");
  return {
    process: child,
    said: (text) =>
      new Promise((resolve, reject) => {
        const listener = (): void => {
          if (!output.includes(text)) return;
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
        listener();
        void closed.then(() => reject(new Error(`the program ended:\n${output}`)));
      }),
    kill: async () => {
      child.kill("SIGKILL");
      await closed;
    },
    end: async () => {
      await closed;
      return { code: child.exitCode, output };
    },
  };
}

/** Pseudo-random numbers in [0, 1) from a seed (mulberry32), so that a failing test can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A run to be recorded. */
export const runInfo = (name = "digits", more: Partial<RunInfo> = {}): RunInfo => ({
  name,
  command: `nadir train ${name}.ts`,
  file: `${name}.ts`,
  config: { method: "adam", learningRate: 1e-3 },
  seed: 1,
  versions: { nadir: "0.1.0" },
  machine: { cpu: "test", cores: 2, memory: 1, node: "20.0.0", platform: "linux x64" },
  ...more,
});

/** Node's calls on files, of which the `n`-th (from 1) fails with a system error instead of acting. */
export function faultyFiles(n: number, code: string): { files: FileSystem; failed(): boolean } {
  let calls = 0;
  const failing =
    <A extends unknown[], R>(name: string, call: (...args: A) => R) =>
    (...args: A): R => {
      if (++calls === n) throw Object.assign(new Error(`${code}: injected, ${name}`), { code });
      return call(...args);
    };
  const real: FileSystem = node;
  const files: FileSystem = {
    openSync: failing("open", real.openSync),
    writeSync: failing("write", real.writeSync),
    fsyncSync: failing("fsync", real.fsyncSync),
    closeSync: failing("close", real.closeSync),
    renameSync: failing("rename", real.renameSync),
    unlinkSync: failing("unlink", real.unlinkSync),
    readdirSync: failing("readdir", real.readdirSync),
    mkdirSync: failing("mkdir", real.mkdirSync),
  };
  return { files, failed: () => calls >= n };
}
