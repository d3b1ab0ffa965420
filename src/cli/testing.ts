import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../base/packageRoot.ts";
import type { ExitCode } from "./exitCodes.ts";
import { createOutput, type Output, type Sink } from "./output.ts";
import { runProgram } from "./program.ts";

/** A sink that keeps what was written. */
export interface Kept extends Sink {
  text: string;
}

/** A stream that keeps what is written: a pipe, or a terminal of that many columns. */
export function keep(columns?: number): Kept {
  return {
    text: "",
    ...(columns === undefined ? {} : { isTTY: true, columns, rows: 24 }),
    write(text: string) {
      this.text += text;
      return true;
    },
  };
}

/** An output on streams that keep what it says. */
export function keptOutput(
  options: { json?: boolean; quiet?: boolean; columns?: number; env?: Record<string, string> } = {},
): { output: Output; stdout: Kept; stderr: Kept } {
  const { env = {}, columns, ...flags } = options;
  const [stdout, stderr] = [keep(columns), keep(columns)];
  return { output: createOutput({ ...flags, stdout, stderr, env }), stdout, stderr };
}

/** What a command line says and leaves with, run in this process, off any terminal. */
export async function nadir(
  words: readonly string[],
  cwd: string,
  now = Date.now,
): Promise<{ exit: ExitCode; stdout: string; stderr: string }> {
  const [stdout, stderr] = [keep(), keep()];
  const exit = await runProgram(words, { stdout, stderr, env: {}, cwd, now });
  return { exit, stdout: stdout.text, stderr: stderr.text };
}

/** What a process said, and how it ended: by a code or by a signal. */
export interface Ended {
  readonly exit: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs the built program. */
export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Settles when stderr has said something that matches, or the process has ended. */
  saying(pattern: RegExp): Promise<void>;
}

/** Starts the built program as a user would, off any terminal. */
export function start(
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Started {
  const program = fileURLToPath(new URL("dist/cli/main.js", packageRoot));
  const { NO_COLOR: _, FORCE_COLOR: __, ...rest } = process.env;
  const child = spawn(process.execPath, [program, ...words], { cwd, env: { ...rest, ...env } });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  const ended = new Promise<Ended>((done) => {
    child.on("close", (code, signal) => done({ exit: code ?? signal, ...said }));
  });
  const saying = (pattern: RegExp): Promise<void> =>
    Promise.race([
      ended.then(() => {}),
      new Promise<void>((done) => {
        const look = (): void => {
          if (pattern.test(said.stderr)) done();
        };
        child.stderr.on("data", look);
        look();
      }),
    ]);
  return { child, ended, saying };
}

/** Runs the built program to its end. */
export const spawned = (
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => start(words, cwd, env).ended;
