import { NadirError, type Tensor } from "nadir";
import { transform } from "sucrase";
import { arrayLanguage } from "./arrayLanguage.ts";
import type { Pair, Problem } from "./protocol.ts";

/** What the engine calls the typed text in a stack. */
const file = "nadir-play/loss.ts";
/** Lines that `new Function` puts before its body. */
const linesBefore = 2;

/** A function of two unknowns, as it was typed. */
export interface Loss {
  readonly f: (x: Tensor) => Tensor;
  /** What it exports as `x0`. */
  readonly start?: Pair;
}

/** What was typed cannot be used: told to the person who typed it. */
export class CodeError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.summary);
    this.problem = problem;
  }
}

/**
 * Reads a file as `nadir minimize FILE` does: `export default (x) => …`, or `f`, and beside it `x0`. Types are dropped,
 * not checked; imports are from "nadir" alone.
 *
 * @throws CodeError with the line
 */
export function readLoss(code: string): Loss {
  const exports: Record<string, unknown> = {};
  try {
    const text = transform(code, { transforms: ["typescript", "imports"], filePath: file }).code;
    const run = new Function("exports", "require", `${text}\n//# sourceURL=${file}`);
    run(exports, requireNadir);
  } catch (error) {
    throw new CodeError(problemOf(error));
  }
  const f = exports["default"] ?? exports["f"];
  if (typeof f !== "function") {
    throw new CodeError({
      summary: "there is no function to minimize here",
      expected: "export default (x) => …, a function of one vector",
      hint: "export default (x) => x.at(0).square().add(x.at(1).square());",
    });
  }
  const loss = { f: f as Loss["f"] }; // traced before it is used, and refused there if it gives no tensor
  const { x0 } = exports;
  if (x0 === undefined) return loss;
  if (Array.isArray(x0) && x0.length === 2 && x0.every(Number.isFinite))
    return { ...loss, start: [x0[0], x0[1]] };
  throw new CodeError({
    summary: "x0 is no point of the plane",
    expected: "export const x0 = [-1.2, 1]: two finite numbers",
    line: lineOf(code, /\bx0\b/),
  });
}

/** What went wrong, in the words of who threw it, and the line of the typed text that did it. */
export function problemOf(error: unknown): Problem {
  if (error instanceof CodeError) return { ...placeOf(error.stack), ...error.problem };
  if (error instanceof NadirError) {
    const { expected, hint } = error.advice;
    return { summary: error.summary, expected, hint, code: error.code, ...placeOf(error.stack) };
  }
  if (!(error instanceof Error)) return { summary: `it threw ${String(error)}` };
  // sucrase tells the place in its message: "Error transforming FILE: Unexpected token (3:12)".
  const syntax = /^(?:Error transforming [^:]*: )?(.*?) ?\((\d+):(\d+)\)$/s.exec(error.message);
  if (syntax !== null)
    return {
      summary: syntax[1]!,
      syntax: true,
      line: Number(syntax[2]),
      column: Number(syntax[3]),
    };
  return { summary: `${error.name}: ${error.message}`, ...placeOf(error.stack) };
}

function placeOf(stack: string | undefined): Pick<Problem, "line" | "column"> {
  const found = /nadir-play\/loss\.ts:(\d+):(\d+)/.exec(stack ?? "");
  if (found === null) return {};
  const line = Math.max(1, Number(found[1]) - linesBefore);
  // Before the first line's own text stands what became of its imports.
  return line === 1 ? { line } : { line, column: Number(found[2]) };
}

function lineOf(code: string, what: RegExp): number | undefined {
  const at = code.search(what);
  return at < 0 ? undefined : code.slice(0, at).split("\n").length;
}

const words: ReadonlyMap<string | symbol, unknown> = new Map(Object.entries(arrayLanguage));

const nadir = new Proxy<object>(
  {},
  {
    get: (_, name) => {
      if (words.has(name) || typeof name === "symbol") return words.get(name);
      throw new CodeError({
        summary: `"nadir" gives no ${name} here`,
        expected: `the array language: ${Object.keys(arrayLanguage).join(", ")}`,
      });
    },
  },
);

function requireNadir(name: string): object {
  if (name === "nadir") return nadir;
  throw new CodeError({
    summary: `there is no "${name}" here`,
    expected: 'imports from "nadir" alone: nothing else is loaded',
  });
}
