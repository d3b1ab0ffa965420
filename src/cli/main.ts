#!/usr/bin/env node
import { reportFailure, runProgram, type World } from "./program.ts";

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

process.exitCode = await runProgram(words, world);
