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
