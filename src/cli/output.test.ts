import { describe, expect, test } from "vitest";
import { createOutput } from "./output.ts";
import { keep, keptOutput } from "./testing.ts";

describe("output", () => {
  test("puts results on stdout and notes on stderr", () => {
    const { output, stdout, stderr } = keptOutput();
    output.note("on the way");
    output.result("done", { schema: "nadir.test/1" });
    expect([stdout.text, stderr.text]).toEqual(["done\n", "on the way\n"]);
  });

  test("with json, prints one object on one line, its schema first, and never builds the text", () => {
    const { output, stdout } = keptOutput({ json: true });
    const unwanted = (): string => {
      throw new Error("the text was asked for");
    };
    output.result(unwanted, {
      schema: "nadir.test/1",
      point: Float64Array.of(1, 2),
      loss: Number.NaN,
    });
    expect(stdout.text).toBe('{"schema":"nadir.test/1","point":[1,2],"loss":null}\n');
  });

  test("when quiet, says nothing on the way", () => {
    const { output, stdout, stderr } = keptOutput({ quiet: true, columns: 80 });
    output.note("on the way");
    output.result("done", { schema: "nadir.test/1" });
    expect([output.live, stdout.text, stderr.text]).toEqual([false, "done\n", ""]);
  });

  test.for([
    ["a terminal", 80, {}, true],
    ["a pipe", undefined, {}, false],
    ["a terminal with NO_COLOR", 80, { NO_COLOR: "1" }, false],
    ["a pipe with FORCE_COLOR", undefined, { FORCE_COLOR: "1" }, true],
    ["a terminal with FORCE_COLOR=0", 80, { FORCE_COLOR: "0" }, false],
    ["NO_COLOR against FORCE_COLOR", 80, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
    ["a terminal in CI", 80, { CI: "true" }, false],
    ["a dumb terminal", 80, { TERM: "dumb" }, false],
  ] as const)("colours on %s", ([, columns, env, colored]) => {
    const { output } = keptOutput({ env, ...(columns === undefined ? {} : { columns }) });
    expect(output.colors.red("x") !== "x").toBe(colored);
  });

  test("draws live on a terminal only, and not in CI", () => {
    expect(keptOutput({ columns: 80 }).output.live).toBe(true);
    expect(keptOutput({ columns: 80, env: { CI: "1" } }).output.live).toBe(false);
    expect(keptOutput().output.live).toBe(false);
  });

  test("colours stdout and stderr each by its own stream", () => {
    const output = createOutput({ stdout: keep(), stderr: keep(80), env: {} });
    expect(output.colors.red("x")).toBe("x");
    expect(output.noteColors.red("x")).not.toBe("x");
  });
});
