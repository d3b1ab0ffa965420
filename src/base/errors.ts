import { isOwnCode } from "./packageRoot.ts";

/** What an error adds to its first line: what would have been right, and what to do. */
export interface Advice {
  /** What the operation needed, with the numbers. */
  readonly expected?: string | undefined;
  /** One thing to do next. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Misuse, seen as early as it can be: a stable `code`, and a message that says what was wrong, what
 * was expected, what to do, and which line of the user's code did it.
 */
export class NadirError extends Error {
  override readonly name = "NadirError";
  /** Stable, `area/what`: never changes meaning between versions. */
  readonly code: string;
  /** The first line of the message: what was wrong. */
  readonly summary: string;
  /** `file:line:column` of the user's code, where the stack shows it. */
  readonly at: string | undefined;
  /** What was given beside the summary, for who adds to it on the way up. */
  readonly advice: Advice;

  constructor(code: string, summary: string, advice: Advice = {}) {
    const at = userFrame(wholeStack());
    const lines = [summary];
    if (advice.expected !== undefined) lines.push(`  expected: ${advice.expected}`);
    if (advice.hint !== undefined) lines.push(`  try: ${advice.hint}`);
    if (at !== undefined) lines.push(`  at: ${at}`);
    super(lines.join("\n"), advice.cause === undefined ? {} : { cause: advice.cause });
    this.code = code;
    this.summary = summary;
    this.advice = advice;
    this.at = at;
  }
}

/** A broken promise of nadir's own: reported, never caught. */
export function internal(message: string): Error {
  return new Error(`internal: ${message}. This is a bug in nadir; please report it.`);
}

/** The stack here, deep enough to reach out of nested derivatives. */
function wholeStack(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const { stack } = new Error();
  Error.stackTraceLimit = limit;
  return stack;
}

/** The first frame of a stack outside nadir and Node, which is where the user called us. */
function userFrame(stack: string | undefined): string | undefined {
  for (const line of stack?.split("\n").slice(1) ?? []) {
    const place =
      /(?:\(|at |async )((?:file:\/\/|https?:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(
        line,
      )?.[1];
    if (place === undefined) continue;
    const url = place.startsWith("/") ? `file://${place}` : place;
    const inside = isOwnCode(url) && !/\.test\.[jt]s/.test(url);
    if (inside || /node:|\/node_modules\//.test(url)) continue;
    return place.replace(/^file:\/\//, "");
  }
  return undefined;
}
