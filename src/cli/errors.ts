import { NadirError } from "../base/errors.ts";
import { isOwnCode } from "../base/packageRoot.ts";
import { type ExitCode, exitCode } from "./exitCodes.ts";
import { Interrupted } from "./interrupt.ts";
import type { JsonResult } from "./output.ts";

/** A failure as the program tells it: what to print, and the code to leave with. */
export interface Failure {
  readonly exit: ExitCode;
  readonly text: string;
  readonly data: JsonResult;
}

/** What a report of a bug must hold, beside the failure itself. */
export interface Circumstances {
  /** The words after `nadir`. */
  readonly words: readonly string[];
  readonly version: string;
  /** True to show the stack. */
  readonly debug: boolean;
}

/**
 * Tells whose failure it is, and what to do: misuse and the user's own code (2), something missing
 * here (5), a damaged file or store (6), a locked store (75), or a bug in nadir (1, with a report).
 */
export function describeFailure(error: unknown, circumstances: Circumstances): Failure {
  const { exit, code, message } = classify(firstFailure(error));
  const report = exit === exitCode.internal ? `\n${reportOf(circumstances)}` : "";
  const stack = circumstances.debug ? `\n\n${stackOf(error)}` : "";
  return {
    exit,
    text: `${message}${report}${stack}`,
    data: { schema: "nadir.error/1", code, message, exit },
  };
}

/** What failed first: where something could not be closed after it either, JavaScript throws the two as one. */
function firstFailure(error: unknown): unknown {
  // By its name: Node 20 has no such class, and what is compiled for it brings its own.
  const both = error instanceof Error && error.name === "SuppressedError" && "suppressed" in error;
  return both ? firstFailure(error.suppressed) : error;
}

interface Classified {
  readonly exit: ExitCode;
  /** NadirError's code, the system's, or the kind of error. */
  readonly code: string;
  readonly message: string;
}

function classify(error: unknown): Classified {
  if (error instanceof NadirError) {
    return { exit: exitOf(error.code), code: error.code, message: error.message };
  }
  if (error instanceof Interrupted) {
    return { exit: error.exit, code: "interrupted", message: error.message };
  }
  if (!(error instanceof Error)) {
    return { exit: exitCode.usage, code: "thrown", message: `something threw ${String(error)}` };
  }
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const at = firstFrame(error);
  const missing = /^Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w.-]+)'/.exec(
    error.message,
  )?.[1];
  if (missing !== undefined) {
    const message = `the package ${missing} is not installed\n  try: npm i ${missing}`;
    return { exit: exitCode.missing, code, message };
  }
  if (systemFailures.has(code)) {
    const message = `${error.message}\n  try: check free space and permissions; nothing was overwritten`;
    return { exit: exitCode.damaged, code, message };
  }
  if (at !== undefined && !at.own) {
    const message = `${error.name}: ${error.message}\n  at: ${at.place}`;
    return { exit: exitCode.usage, code, message };
  }
  return { exit: exitCode.internal, code, message: `${error.name}: ${error.message}` };
}

/** Disk, permission and descriptor failures: the machine's, not a bug. */
const systemFailures = new Set([
  ..."ENOSPC EDQUOT EIO EROFS EACCES EPERM EMFILE ENFILE EFBIG".split(" "),
]);

/**
 * Codes that are not the user's misuse: what is missing, and what is damaged or cannot be written. A run
 * database that is none counts as misuse, as any other file that is not what it should be.
 */
const otherExits: readonly (readonly [RegExp, ExitCode])[] = [
  [/^store\/locked$/, exitCode.locked],
  [/\/not-installed$|^(store|checkpoint)\/missing$/, exitCode.missing],
  [/^store\/(newer|needs-recovery|not-writable|moved|full|io|too-big)$/, exitCode.damaged],
  [/^(checkpoint|safetensors|file)\/|^data\/malformed$/, exitCode.damaged],
  [/^import\/(damaged|newer)$|^doctor\/unreadable$/, exitCode.damaged],
];

const exitOf = (code: string): ExitCode =>
  otherExits.find(([pattern]) => pattern.test(code))?.[1] ?? exitCode.usage;

function reportOf({ words, version, debug }: Circumstances): string {
  const hint = debug ? "" : "\n  try: the same command with --debug, for the stack";
  return [
    "  This is a bug in nadir. Please report it with these lines:",
    `  nadir ${version} · node ${process.version} · ${process.platform} ${process.arch}`,
    `  nadir ${words.join(" ")}${hint}`,
  ].join("\n");
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** Where an error was thrown, packages and Node aside, and whether that is nadir's own code. */
function firstFrame(error: Error): { readonly place: string; readonly own: boolean } | undefined {
  for (const line of error.stack?.split("\n") ?? []) {
    const place = /(?:\(|at |async )((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(
      line,
    )?.[1];
    if (place === undefined || /\/node_modules\//.test(place)) continue;
    const url = place.startsWith("/") ? `file://${place}` : place;
    return { place: place.replace(/^file:\/\//, ""), own: isOwnCode(url) };
  }
  return undefined;
}
