import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-main-")));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the built program as a user would, off any terminal. */
function nadir(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { NO_COLOR: _, FORCE_COLOR: __, ...rest } = process.env;
  return spawnSync(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...rest, ...env },
    encoding: "utf8",
  });
}

describe("the built program", () => {
  test("answers a question on stdout and leaves with 0", () => {
    const { status, stdout, stderr } = nadir(["explain", "saddle"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^saddle-point/);
  });

  test("tells misuse on stderr and leaves with 2", () => {
    const { status, stdout, stderr } = nadir(["explian"]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^✗ unknown command "explian"\n.*\n.*did you mean explain\?\n$/);
  });

  test("shows the stack to who debugs", () => {
    const { stderr } = nadir(["explain", "nonsense", "--debug"]);
    expect(stderr).toMatch(/at .*explain\.ts:\d+:\d+/);
  });

  test("reports what nobody caught as a bug", () => {
    const late = join(folder, "late.mjs");
    // As thrown by nadir's own code: what a user's file throws is told as the user's.
    const stack = `RangeError: late\\n    at f (${new URL("../../dist/x.js", import.meta.url)}:1:1)`;
    const thrown = `Object.assign(new RangeError("late"), { stack: "${stack}" })`;
    const ready = 'process.listenerCount("uncaughtException") > 0';
    writeFileSync(late, `setInterval(() => { if (${ready}) throw ${thrown}; }, 1);`);
    const { status, stderr } = nadir(["explain"], { NODE_OPTIONS: `--import=${late}` });
    expect(stderr).toMatch(/^✗ RangeError: late\n {2}This is a bug in nadir\./);
    expect(status).toBe(1);
  });

  test("colours a pipe only when forced to", () => {
    expect(nadir(["explain", "saddle"]).stdout).not.toContain("\u001b[");
    expect(nadir(["explain", "saddle"], { FORCE_COLOR: "1" }).stdout).toContain("\u001b[");
    const both = nadir(["explain", "saddle"], { FORCE_COLOR: "1", NO_COLOR: "1" });
    expect(both.stdout).not.toContain("\u001b[");
  });

  test("ends quietly when its reader has left", async () => {
    const child: ChildProcess = spawn(process.execPath, [program, "explain"], { cwd: folder });
    child.stdout?.destroy();
    let told = "";
    child.stderr?.on("data", (text) => {
      told += text;
    });
    const status = await new Promise((done) => child.on("close", done));
    expect([status, told]).toEqual([0, ""]);
  });

  test.for([["--help"], ["--version"], ["explain"], ["explian"]])(
    "loads nothing heavy to answer %s",
    (words) => {
      // Every module that Node opens, native ones too, is named on stderr in this mode.
      const { stderr } = nadir(words, { NODE_DEBUG: "esm,module" });
      const packages = [...stderr.matchAll(/node_modules\/((?:@[\w.-]+\/)?[\w.-]+)/g)];
      const names = new Set(packages.map(([, name]) => name));
      expect([...names].sort()).toEqual(["commander", "picocolors"]);
    },
  );
});
