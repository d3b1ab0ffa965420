import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

const dist = new URL("../../dist/", import.meta.url);
const repository = fileURLToPath(new URL("../../", import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-user-")));
afterAll(() => rmSync(folder, { recursive: true }));

const driver = `
  const { loadUserFile } = await import("${dist}cli/loadUserFile.js");
  const { describeFailure } = await import("${dist}cli/errors.js");
  try {
    const { exports } = await loadUserFile(process.argv[1], process.cwd());
    if (typeof exports.main === "function") exports.main();
    console.log(JSON.stringify(exports));
  } catch (error) {
    const failure = describeFailure(error, { words: [], version: "0", debug: false });
    console.log(failure.exit + " " + failure.text);
  }`;

/** What the built loader makes of a file, in a process of its own: the exports as JSON, or exit code and message. */
async function load(file: string, cwd = folder): Promise<string> {
  const args = ["--input-type=module", "-e", driver, file];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return stdout.trimEnd();
}

/** Writes files into the test's folder, by path. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

describe("loadUserFile", () => {
  test("runs TypeScript with relative imports, of .ts and of .js that means .ts", async () => {
    write({
      "good.ts": `
        import { two } from "./lib/two.ts";
        import { three } from "./lib/three.js";
        import type { Shape } from "./lib/types.ts";
        export const sum: Shape = { size: two + three };
        export default "here";`,
      "lib/two.ts": "export const two: number = 2;",
      "lib/three.ts": "export const three = 3 as const;",
      "lib/types.ts": "export interface Shape { readonly size: number }",
    });
    expect(JSON.parse(await load("good.ts"))).toEqual({ sum: { size: 5 }, default: "here" });
  });

  test("runs a .js file written as a module, though no package.json says so", async () => {
    write({ "module.js": "export const a = 1;" });
    expect(JSON.parse(await load("module.js"))).toEqual({ a: 1 });
  });

  test("finds nadir where the user's project has none", async () => {
    write({
      "own.ts": `import { dataset } from "nadir/data";
        export const size: number = dataset({ x: [[1], [2]] }).size;`,
    });
    expect(JSON.parse(await load("own.ts"))).toEqual({ size: 2 });
  });

  test("finds this nadir by its name inside its own repository", async () => {
    const inside = mkdtempSync(join(repository, "dist", "test-"));
    try {
      mkdirSync(join(inside, "x"));
      writeFileSync(
        join(inside, "x", "a.mjs"),
        'import { dataset } from "nadir/data"; export const size = dataset([1, 2]).size;',
      );
      expect(await load(join(inside, "x", "a.mjs"))).toBe('{"size":2}');
    } finally {
      rmSync(inside, { recursive: true });
    }
  });

  test("refuses a project with another copy of nadir, whose tensors this one would not know", async () => {
    write({
      "project/a.ts": 'import { dataset } from "nadir/data"; export const a = dataset;',
      "project/node_modules/nadir/package.json": JSON.stringify({
        name: "nadir",
        type: "module",
        exports: { "./data": "./data.js" },
      }),
      "project/node_modules/nadir/data.js": "export const dataset = 1;",
    });
    const told = await load("project/a.ts");
    expect(told).toMatch(/^2 project\/a\.ts imports another copy of nadir than the one that runs/);
    expect(told).toContain("npx nadir");
  });

  test("loads TypeScript that lies in an installed package, as nadir's own examples do", async () => {
    write({ "user/node_modules/other/a.ts": "export const size: number = 3;" });
    expect(await load("user/node_modules/other/a.ts")).toBe('{"size":3}');
  });

  test("maps the line of a misuse to the TypeScript source", async () => {
    write({
      "misuse.ts": `import { dataset } from "nadir/data";

interface Gone { readonly a: string; readonly b: string }

export const main = (): unknown => {
  const gone: Partial<Gone> = {};
  return dataset({ x: [1, Number.NaN], gone });
};`,
    });
    expect(await load("misuse.ts")).toMatch(
      /^2 data\.x holds NaN in row 1\n[\s\S]*at: .*\/misuse\.ts:7:10$/,
    );
  });

  test.for([
    [
      "syntax.ts",
      "const a = 1;\nexport const x = {\n  a: 1,,\n};",
      /^2 syntax\.ts:3:8: .*found ","/,
    ],
    ["nothing.ts", "const a: number = 1;", /^2 nothing\.ts exports nothing/],
    [
      "package.ts",
      'import "no-such-package";\nexport {};',
      /^2 package\.ts imports "no-such-package", which is not installed\n.*npm i no-such-package/,
    ],
    [
      "relative.ts",
      'import "./gone.ts";',
      /^2 relative\.ts imports a file that is not there: gone\.ts/,
    ],
    [
      "name.ts",
      'import { datset } from "nadir/data";\nexport const x = datset;',
      /^2 "nadir\/data" has no export named datset/,
    ],
    [
      "throws.ts",
      "interface A { a: 1 }\n\nexport const x = (undefined as any).f();",
      /^2 TypeError: .*\n.*at: .*\/throws\.ts:3:37$/,
    ],
    ["broken-inside.ts", 'import "./syntax.ts";\nexport {};', /^2 syntax\.ts:3:8: /],
  ] as const)("tells of %s in one sentence, without a stack", async ([name, text, told]) => {
    write({ [name]: text });
    const found = await load(name);
    expect(found).toMatch(told);
    expect(found.split("\n").filter((line) => /^\s+at (?!:)/.test(line))).toEqual([]);
  });

  test.for([
    ["missing.ts", /^2 there is no file missing\.ts/],
    ["good", /^2 there is no file good\n[\s\S]*did you mean good\.ts\?/],
    ["lib", /^2 lib is a folder/],
    ["data.csv", /^2 data\.csv is not a TypeScript or JavaScript file/],
  ] as const)("refuses %s", async ([name, told]) => {
    write({ "good.ts": "export const a = 1;", "lib/two.ts": "", "data.csv": "1,2" });
    expect(await load(name)).toMatch(told);
  });
});
