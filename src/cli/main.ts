#!/usr/bin/env node
import { NadirError } from "../base/errors.ts";
import { type ExitCode, exitCode } from "./exitCodes.ts";
import { reportFailure, runProgram, type World } from "./program.ts";

const interruptions: ReadonlySet<ExitCode> = new Set([
  exitCode.interrupted,
  exitCode.terminated,
  exitCode.hungUp,
]);

const words = process.argv.slice(2);
// The stack of an error names the lines that were written, not those that were built.
if (words.includes("--debug")) process.setSourceMapsEnabled(true);
const world: World = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  now: Date.now,
};

// `nadir ls | head`: the reader has left.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    // A run goes on without someone who watches it; a result without a reader is of no use.
    if (stream === process.stdout) process.exit(process.exitCode ?? 0);
  });
}
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error: unknown) => process.exit(reportFailure(error, words, world)));
}

// Nothing goes on any more, and still the command waits. Node would leave with 13, without a word.
const tellStuck = (): void => {
  const stuck = new NadirError("user-file/stuck", "the file waits for what never comes", {
    expected:
      "promises that are settled: some `await` in it, or in what it calls, has none to wait for",
  });
  process.exit(reportFailure(stuck, words, world));
};
process.once("beforeExit", tellStuck);
const exit = await runProgram(words, world);
process.off("beforeExit", tellStuck);
process.exitCode = exit;
// A user's file that was interrupted may still wait for something, and would hold the process open.
if (interruptions.has(exit)) process.stdout.write("", () => process.exit(exit));
