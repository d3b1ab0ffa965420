import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../base/packageRoot.ts";
import { openStore } from "../runs/store.ts";
import { runInfo } from "../runs/testing.ts";
import { commands } from "./commands.ts";
import { settingNames } from "./settingNames.ts";
import { nadir } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-completion-")));
afterAll(() => rmSync(folder, { recursive: true }));
let id: string;

beforeAll(async () => {
  await using store = await openStore(join(folder, ".nadir"));
  const run = store.createRun(runInfo("digits"));
  run.end({ status: "ended", steps: 1, seconds: 1 });
  store.createRun(runInfo("with a space")).end({ status: "ended", steps: 1, seconds: 1 });
  ({ id } = run);
  writeFileSync(
    join(folder, "net.ts"),
    "export default defineTraining({ settings: { rate: 1, net: { wide: [1, 2], deep: 3 } } })",
  );
  mkdirSync(join(folder, "bin"));
  symlinkSync(
    fileURLToPath(new URL("dist/cli/main.js", packageRoot)),
    join(folder, "bin", "nadir"),
  );
});

const isInstalled = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

/** What may stand in the place of the last word. */
async function offeredAfter(...words: string[]): Promise<string[]> {
  const { exit, stdout, stderr } = await nadir(
    ["completion", "bash", "--", "nadir", ...words],
    folder,
  );
  expect([exit, stderr]).toEqual([0, ""]);
  return stdout.trimEnd().split("\n");
}

describe("nadir completion", () => {
  test("offers commands, flags and what flags take", async () => {
    expect(await offeredAfter("")).toEqual([
      ...commands.map(({ name }) => name),
      "--help",
      "--version",
    ]);
    expect(await offeredAfter("com")).toEqual(["compare", "completion"]);
    for (const { name, flags = [] } of commands) {
      const offered = await offeredAfter(name, "--");
      expect(offered).toEqual([
        ...flags.map(([flag]) => flag.split(" ")[0]),
        ...["--json", "--quiet", "--store", "--debug", "--help"],
      ]);
    }
    expect(await offeredAfter("train", "x.ts", "--expect", "s")).toEqual(["saddle", "stationary"]);
    expect(await offeredAfter("range", "x.ts", "--picture", "")).toEqual([":files"]);
  });

  test("offers runs, files, terms and the settings that a file states", async () => {
    expect(await offeredAfter("show", "")).toEqual([
      "@",
      expect.stringMatching(/^\w{4}$/),
      id,
      "digits",
    ]);
    expect(await offeredAfter("compare", "@", "dig")).toEqual(["digits"]);
    expect(await offeredAfter("show", "--store", "elsewhere", "")).toEqual([""]);
    expect(await offeredAfter("train", "n")).toEqual([":files"]);
    expect(await offeredAfter("train", "net.ts", "")).toEqual(["rate=", "net.wide=", "net.deep="]);
    // As bash takes them apart.
    expect(await offeredAfter("train", "net.ts", "rate", "=", "2", "net.d")).toEqual(["net.deep="]);
    expect(await offeredAfter("train", "net.ts", "rate", "=", "2")).toEqual([""]);
    expect(await offeredAfter("minimize", "x.ts", "tol")).toEqual(["tolerance="]);
    expect(await offeredAfter("explain", "saddle-p")).toEqual(["saddle-point"]);
    expect(await offeredAfter("nonsense", "")).toEqual([""]);
  });

  test("reads names in a source, not what stands in texts and comments", () => {
    const source = `x({ settings: { a: "b, c: 1", /* d: 2 */ 'e': f(1, { g: 2 }), // h: 3
      i: { j: 1, k: [{ l: 1 }] }, m }, build() {} })`;
    expect(settingNames(source)).toEqual(["a", "e", "i.j", "i.k", "m"]);
    expect(settingNames("nothing here")).toEqual([]);
  });

  /** What a shell says of a script, with the program as a command of its own. */
  const said = async (shell: string, args: readonly string[]): Promise<string[]> => {
    const { stdout } = await promisify(execFile)(shell, args, {
      cwd: folder,
      env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` },
    });
    return stdout.trimEnd().split("\n");
  };

  test.skipIf(process.platform === "win32")("works in bash", async () => {
    // The words as bash itself takes a line apart, and what it is told then.
    const ask = (line: string): string => `
      COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
      COMP_WORDS=(${line.replaceAll("=", " = ")}); [[ $COMP_LINE == *" " ]] && COMP_WORDS+=("")
      COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _nadir; echo "\${COMPREPLY[*]}"`;
    const lines = [
      "nadir explai",
      "nadir show dig",
      "nadir train net",
      "nadir train net.ts rate=2 net.w",
    ];
    const script = `source <(nadir completion bash); complete -p nadir; ${lines.map(ask).join("\n")}`;
    expect(await said("bash", ["--norc", "-c", script])).toEqual([
      ...["complete -F _nadir nadir", "explain", "digits", "net.ts", "net.wide="],
    ]);
  });

  test.skipIf(!isInstalled("zsh"))("works in zsh", async () => {
    // What zsh's own completion would be told: its functions work on a terminal alone.
    const script = `
      compdef() { print "compdef $*" }
      compadd() { print "compadd $*" }
      _files() { print "files" }
      nadir() { command nadir "$@" }
      source <(nadir completion zsh)
      ask() { words=("$@"); CURRENT=$#words; _nadir }
      ask nadir explai; ask nadir show dig; ask nadir train net; ask nadir train net.ts rate=2 net.w
      ask nadir train net.ts --engine ""`;
    expect(await said("zsh", ["-f", "-c", script])).toEqual([
      ...["compdef _nadir nadir", "compadd -- explain", "compadd -- digits", "files"],
      ...["compadd -S  -- net.wide=", "compadd -- js onnx"],
    ]);
  });

  test.skipIf(!isInstalled("fish"))("works in fish", async () => {
    const lines = ["nadir explai", "nadir show dig", "nadir train net", "nadir train net.ts net.w"];
    const script = `
      function nadir; command nadir $argv; end
      nadir completion fish | source
      ${lines.map((line) => `complete -C '${line}'`).join("\n")}`;
    expect(await said("fish", ["--no-config", "-c", script])).toEqual([
      ...["explain", "digits", "net.ts", "net.wide="],
    ]);
  });

  test("refuses a shell that it does not know", async () => {
    const { exit, stderr } = await nadir(["completion", "tcsh"], folder);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/one of bash, zsh, fish/)]);
  });
});
