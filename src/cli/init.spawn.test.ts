import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { templates } from "./newProject.ts";
import { nadir, spawned } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-init-")));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => {
  const made = join(folder, name);
  mkdirSync(made);
  return made;
};

describe("nadir init", () => {
  test.concurrent.for(Object.entries(templates))(
    "%s writes a file that runs at once and reaches a verdict",
    async ([name, { run }], { expect }) => {
      const where = place(`run-${name}`);
      expect(await nadir(["init", name, "here"], where)).toMatchObject({ exit: 0, stderr: "" });
      expect(readdirSync(join(where, "here")).sort()).toEqual(
        [`${name}.ts`, "package.json", "tsconfig.json"].sort(),
      );
      const few = name === "sweep" ? ["--trials", "2", "--steps", "20"] : [];
      const words = [...run.split(" "), ...few, "--json"];
      const { exit, stdout } = await spawned(words, join(where, "here"));
      expect(exit).toBe(0);
      const told = JSON.parse(stdout);
      if (name === "sweep")
        expect(told).toMatchObject({ trials: [{ measured: [{ share: 1 }] }, {}] });
      else expect(told.verdict.kind).toMatch(/minimum|degenerate|noise-floor|not-stationary/);
    },
  );

  test("asks nothing, and tells what to do next; without words it takes a network, and this folder", async () => {
    const where = place("next");
    const { exit, stdout } = await nadir(["init"], where);
    expect([exit, stdout]).toEqual([
      0,
      "wrote mlp.ts, package.json, tsconfig.json\n  → npm install --ignore-scripts\n  → npx nadir train mlp.ts\n",
    ]);
    const other = await nadir(["init", "function", "sub/way", "--json"], where);
    expect(JSON.parse(other.stdout)).toMatchObject({
      schema: "nadir.init/1",
      template: "function",
      next: ["cd sub/way", "npm install --ignore-scripts", "npx nadir minimize function.ts"],
    });
    const { name, dependencies } = JSON.parse(
      readFileSync(join(where, "sub/way/package.json"), "utf8"),
    );
    expect([
      name,
      existsSync(join(where, "sub/way", dependencies.nadir.slice(5), "package.json")),
    ]).toEqual(["way", true]);
  });

  test("in a project that is there adds the file alone", async () => {
    const where = place("project");
    writeFileSync(join(where, "package.json"), "{}");
    await nadir(["init", "matrix"], where);
    expect(readdirSync(where).sort()).toEqual(["matrix.ts", "package.json"]);
    expect(readFileSync(join(where, "package.json"), "utf8")).toBe("{}");
  });

  test("replaces nothing unless it is told to, and then that alone", async () => {
    const where = place("kept");
    writeFileSync(join(where, "mlp.ts"), "mine");
    const { exit, stderr } = await nadir(["init", "mlp"], where);
    expect([exit, stderr]).toEqual([
      2,
      expect.stringMatching(/mlp\.ts is there already\n.*\n.*--force/),
    ]);
    expect(readdirSync(where)).toEqual(["mlp.ts"]);
    expect(readFileSync(join(where, "mlp.ts"), "utf8")).toBe("mine");
    expect((await nadir(["init", "mlp", ".", "--force"], where)).exit).toBe(0);
    expect(readFileSync(join(where, "mlp.ts"), "utf8")).toMatch(/defineTraining/);
    expect(readdirSync(where)).toEqual(["mlp.ts"]);
  });

  test("tells what is no template, and what is no folder", async () => {
    const where = place("misuse");
    writeFileSync(join(where, "file"), "");
    const unknown = await nadir(["init", "mpl"], where);
    expect([unknown.exit, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/"mpl"\n.*\n.*mean mlp\?/),
    ]);
    const taken = await nadir(["init", "mlp", "file"], where);
    expect([taken.exit, taken.stderr]).toEqual([2, expect.stringMatching(/file is a file/)]);
    expect((await nadir(["init", "--list"], where)).stdout.split("\n")).toHaveLength(5);
    expect(readdirSync(where)).toEqual(["file"]);
  });
});
