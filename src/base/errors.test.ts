import { describe, expect, test } from "vitest";
import { NadirError } from "./errors.ts";
import { requireCount } from "./require.ts";

describe("NadirError", () => {
  test("says what was wrong, what was expected, what to do and where, one line each", () => {
    const error = new NadirError("a/b", "it is 3", { expected: "2", hint: "take 2" });
    const [what, expected, hint, at, ...rest] = error.message.split("\n");
    expect([what, expected, hint, rest]).toEqual(["it is 3", "  expected: 2", "  try: take 2", []]);
    expect(at).toMatch(/^ {2}at: .*errors\.test\.ts:\d+:\d+$/);
  });

  test("names the line of the user's code, past nadir's own", () => {
    expect(() => requireCount("a/count", -1)).toThrow(
      expect.objectContaining({ at: expect.stringMatching(/base\/errors\.test\.ts:\d+:\d+$/) }),
    );
  });

  test("names no line where only nadir and Node are on the stack", async () => {
    const thrown = Promise.resolve().then(requireCount.bind(null, "a/count", -1, 1));
    await expect(thrown).rejects.toMatchObject({ code: "a/count", at: undefined });
  });
});
