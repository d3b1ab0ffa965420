import { describe, expect, test } from "vitest";
import { NadirError } from "../base/errors.ts";
import { describeFailure } from "./errors.ts";

const circumstances = { words: ["train", "mlp.ts"], version: "1.2.3", debug: false };
const told = (error: unknown): ReturnType<typeof describeFailure> =>
  describeFailure(error, circumstances);

/** An error as if thrown at a place. */
function thrownAt(place: string, error: Error): Error {
  error.stack = `${error.name}: ${error.message}\n    at f (${place})\n    at node:internal/x:1:2`;
  return error;
}
const own = (file: string): string => new URL(file, import.meta.url).href;

describe("describeFailure", () => {
  test.for([
    ["matmul/shape", 2],
    ["settings/unknown", 2],
    ["user-file/missing", 2],
    ["store/unknown-run", 2],
    ["store/running", 2],
    ["mnist/not-installed", 5],
    ["store/missing", 5],
    ["store/corrupt", 2],
    ["store/foreign", 2],
    ["store/newer", 6],
    ["store/full", 6],
    ["file/full", 6],
    ["checkpoint/damaged", 6],
    ["safetensors/malformed", 6],
    ["store/locked", 75],
  ] as const)("leaves with %s as %i", ([code, exit]) => {
    expect(told(new NadirError(code, "what")).exit).toBe(exit);
  });

  test("tells a NadirError by its message alone", () => {
    const failure = told(new NadirError("a/b", "it is 3", { expected: "2", hint: "take 2" }));
    expect(failure.text).toMatch(/^it is 3\n {2}expected: 2\n {2}try: take 2/);
    expect(failure.text).not.toMatch(/errors\.test\.ts.*\n.*errors\.test\.ts/);
    expect(failure.data).toMatchObject({ schema: "nadir.error/1", code: "a/b", exit: 2 });
  });

  test("tells what failed first, where closing the store failed after it too", async () => {
    const full = (what: string): NadirError => new NadirError("store/full", what);
    const failing = async (): Promise<void> => {
      await using _outer = { [Symbol.asyncDispose]: () => Promise.reject(full("third")) };
      await using _inner = { [Symbol.asyncDispose]: () => Promise.reject(full("second")) };
      throw full("first");
    };
    const failure = told(await failing().catch((error: unknown) => error));
    expect(failure).toMatchObject({
      exit: 6,
      text: expect.stringMatching(/^first\n/),
      data: { code: "store/full" },
    });
  });

  test("names the line of the user's own code that threw", () => {
    const error = thrownAt("file:///home/ada/mlp.ts:12:7", new TypeError("x is undefined"));
    expect(told(error)).toMatchObject({
      exit: 2,
      text: "TypeError: x is undefined\n  at: /home/ada/mlp.ts:12:7",
    });
  });

  test("reports an error in nadir's own code as a bug, with what a report needs", () => {
    const { exit, text } = told(thrownAt(`${own("./progress.ts")}:3:4`, new RangeError("oops")));
    expect(exit).toBe(1);
    expect(text).toContain("This is a bug in nadir. Please report it");
    expect(text).toContain(`nadir 1.2.3 · node ${process.version}`);
    expect(text).toContain("nadir train mlp.ts");
    expect(text).not.toContain("progress.ts:3:4");
  });

  test("shows the stack, causes included, only to who debugs", () => {
    const error = new NadirError("a/b", "what", { cause: new Error("the cause") });
    expect(told(error).text).not.toContain("errors.test.ts:1");
    const { text } = describeFailure(error, { ...circumstances, debug: true });
    expect(text).toMatch(/errors\.test\.ts:\d+[\s\S]*caused by: Error: the cause/);
  });

  test.for([
    [Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" }), 6, /free space/],
    [new Error("Cannot find package '@x/y' imported from /a.js"), 5, /npm i @x\/y/],
    ["a string", 2, /something threw a string/],
  ] as const)("knows failures that are not nadir's: %s", ([error, exit, text]) => {
    const failure = told(error);
    expect(failure.exit).toBe(exit);
    expect(failure.text).toMatch(text);
  });
});
