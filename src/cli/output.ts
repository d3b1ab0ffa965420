import pc from "picocolors";

/** Functions that put text in a colour, or leave it as it is where colours are not wanted. */
export type Colors = ReturnType<typeof pc.createColors>;

/** What a command returns to a program: one object, its schema first. */
export interface JsonResult {
  /** Name and version of the object's shape, such as `nadir.run/1`. */
  readonly schema: `nadir.${string}/${number}`;
  readonly [key: string]: unknown;
}

/** Where text goes. Process streams are such, and what a test hands in. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What a command says: its result to stdout, once; everything on the way to stderr. With `json` the
 * result is one JSON object on one line; with `quiet` nothing is said on the way.
 */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** True if stderr is a terminal on which a line may be drawn over and over. */
  readonly live: boolean;
  /** Colours for stdout, and for stderr: only one of them may be a terminal. */
  readonly colors: Colors;
  readonly noteColors: Colors;
  /** Width of stdout, and of stderr; 80 where it is no terminal. */
  readonly columns: number;
  readonly noteColumns: number;
  /** What a line of stdout may take: its width, or anything where it is no terminal. */
  readonly room: number;
  /** The stream that notes go to, for a library that draws on it. */
  readonly stderr: Sink;
  /** The result: `text` for a reader, or `data` for a program. Either may be given lazily. */
  result(text: string | (() => string), data: JsonResult): void;
  /** One of several results for a program, as a line of JSON. */
  line(data: JsonResult): void;
  /** A line on the way. */
  note(line: string): void;
}

/** An output that honours NO_COLOR, FORCE_COLOR, CI and TERM. */
export function createOutput(options: OutputOptions): Output {
  const { stdout, stderr, env, json = false, quiet = false } = options;
  return {
    json,
    quiet,
    live: !quiet && stderr.isTTY === true && !env["CI"] && env["TERM"] !== "dumb",
    colors: pc.createColors(wantsColor(stdout, env)),
    noteColors: pc.createColors(wantsColor(stderr, env)),
    // Read anew each time: a terminal may be resized while a run goes on.
    get columns() {
      return stdout.columns ?? 80;
    },
    get noteColumns() {
      return stderr.columns ?? 80;
    },
    get room() {
      return stdout.isTTY === true ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
    },
    stderr,
    result: (text, data) => {
      if (json) stdout.write(`${JSON.stringify(data, plain)}\n`);
      else stdout.write(`${typeof text === "function" ? text() : text}\n`);
    },
    line: (data) => {
      stdout.write(`${JSON.stringify(data, plain)}\n`);
    },
    note: (line) => {
      if (!quiet) stderr.write(`${line}\n`);
    },
  };
}

function wantsColor(stream: Sink, env: OutputOptions["env"]): boolean {
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && env["TERM"] !== "dumb" && !env["CI"];
}

/** Typed arrays as lists. JSON has no NaN and no infinity: they become null, as everywhere in JSON. */
export function plain(_key: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
    ? // Every view but DataView is iterable, over its numbers.
      [...(value as Float64Array)]
    : value;
}
