import { statSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { Tensor } from "../array/tensor.ts";
import { NadirError } from "../base/errors.ts";
import { findTestFunction } from "../data/testFunctions/registry.ts";
import type { TestFunction } from "../data/testFunctions/testFunction.ts";
import { loadUserFile, type UserFile } from "./loadUserFile.ts";

/** A function to minimize, and the options that stand beside it. */
export interface FunctionTarget {
  /** As the user wrote it: a file, or a test function's name. */
  readonly shown: string;
  /** Absolute; left out for a test function. */
  readonly path?: string;
  readonly f: (x: never) => Tensor;
  /** What the file exports beside the function: `x0`, `method`, … */
  readonly options: Readonly<Record<string, unknown>>;
  /** The lowest value that is known, of a test function. */
  readonly lowest?: number | undefined;
  /** The box that a test function is customarily searched in. */
  readonly domain?: TestFunction["domain"];
}

/** What a file may export beside its function. */
export const exportedOptions = [
  ...["x0", "method", "tolerance", "maxIterations", "maxEvaluations", "escapeSaddles"],
  ...["outlook", "dtype", "engine"],
] as const;

/** What a file may export beside, and no word can say. */
const exportedObjects = ["constraint"] as const;

/**
 * The function that a word names: a file's, or a test function's by its name.
 *
 * @param dimension - unknowns of a test function, where it has a form for that
 * @throws NadirError `minimize/target`, `user-file/…`, `testFunctions/…`
 */
export async function findFunction(
  word: string,
  cwd: string,
  dimension?: number,
): Promise<FunctionTarget> {
  if (isFile(word, cwd)) return readFunction(await loadUserFile(word, cwd));
  try {
    const found = findTestFunction(word, dimension);
    const lowest = found.minima[0]?.value;
    const { domain } = found;
    return { shown: found.key, f: found.f, options: { x0: found.start }, lowest, domain };
  } catch (error) {
    if (!(error instanceof NadirError) || error.code !== "testFunctions/unknown") throw error;
    throw new NadirError(
      "minimize/target",
      `there is neither a file nor a test function "${word}"`,
      {
        expected: "the path of a .ts or .js file, or a name such as rosenbrock",
        hint: error.advice.hint,
      },
    );
  }
}

/** Names have no ending and no folder; a file that is there is a file. */
const isFile = (word: string, cwd: string): boolean =>
  /[/\\]/.test(word) ||
  /^\.[mc]?[jt]sx?$/.test(extname(word)) ||
  statSync(resolve(cwd, word), { throwIfNoEntry: false })?.isFile() === true;

/**
 * The function that a file exports: by default, as `f`, or as the `f` of an object that is.
 *
 * @throws NadirError `user-file/no-function`
 */
function readFunction({ exports, shown, path }: UserFile): FunctionTarget {
  const { default: main, f: named } = exports;
  const holder = [main, exports].find(
    (value) => isRecord(value) && typeof value["f"] === "function",
  ) as Record<string, unknown> | undefined;
  const f = typeof main === "function" ? main : (holder?.["f"] ?? named);
  if (typeof f !== "function") {
    const trains = isRecord(main) && ("build" in main || "loss" in main);
    throw new NadirError("user-file/no-function", `${shown} exports no function to minimize`, {
      expected: "export default (x) => …, with export const x0 = […]; or { f, x0 }",
      hint: trains ? `nadir train ${shown}` : undefined,
    });
  }
  const beside = typeof main === "function" ? exports : (holder ?? exports);
  const options = Object.fromEntries(
    [...exportedOptions, ...exportedObjects].flatMap((name) =>
      beside[name] === undefined ? [] : [[name, beside[name]]],
    ),
  );
  return { shown, path, f: f as (x: never) => Tensor, options };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
