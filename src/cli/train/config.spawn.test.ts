import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../runs/testing.ts";
import { nadir, spawned } from "../testing.ts";
import { storeIn } from "./storeOfConfig.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const training = `import { dataset, defineTraining, problem, sgd } from "nadir";
export default defineTraining({
  settings: { rate: 0.2 },
  build: ({ rate }) => problem({
    params: [0], loss: (w, { x }) => x.mul(w).sub(1).square().mean(),
    data: dataset({ x: [[1], [2]] }), method: sgd(rate), tolerance: 1e-3,
  }),
});
`;

/** A folder with a training and a configuration of this text. */
function project(name: string, config: string): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  writeFileSync(join(dir, "net.ts"), training);
  writeFileSync(join(dir, "nadir.config.ts"), config);
  return dir;
}

describe("nadir.config.ts", () => {
  test("stands below the file, and that below the command line; --dry-run says which it was", async () => {
    const dir = project(
      "layers",
      `import { defineConfig } from "nadir";
       const epochs: number = 3;
       export default defineConfig({
         store: "kept", seed: 5, threads: 1, tolerance: 1e-7, epochs, checkpoint: 60, tags: ["paper"],
       });`,
    );
    const words = ["train", "net.ts", "--seed", "6", "--tag", "first"];
    const { stdout, exit } = await spawned([...words, "--dry-run", "--json"], dir);
    expect(exit).toBe(0);
    const [line, file, config] = ["command line", "net.ts", "nadir.config.ts"];
    expect(JSON.parse(stdout).options).toEqual([
      { name: "seed", value: 6, from: line },
      { name: "engine", value: "auto", from: "default" },
      { name: "threads", value: 1, from: config },
      { name: "dtype", value: "f32", from: "default" },
      { name: "tolerance", value: 1e-3, from: file },
      { name: "batchSize", value: 2, from: "default" },
      { name: "epochs", value: 3, from: config },
      { name: "store", value: "kept", from: config },
      { name: "checkpoint", value: 60, from: config },
      { name: "tag", value: "paper", from: config },
      { name: "tag", value: "first", from: line },
    ]);
    expect(existsSync(join(dir, "kept"))).toBe(false);
    const ran = JSON.parse((await spawned([...words, "--json"], dir)).stdout);
    expect(ran).toMatchObject({ seed: 6, steps: 3, tags: ["first", "paper"] });
    expect(ran.config).toMatchObject({ tolerance: 1e-3, flags: { config: { threads: 1 } } });
    expect(ran.dir).toBe(join(dir, "kept", ran.id));
  });

  test("is not run by commands that only look, which find its store all the same", async () => {
    const dir = project(
      "looked",
      `import { writeFileSync } from "node:fs";
       writeFileSync("sentinel", "run");
       export default { store: "kept" };`,
    );
    for (const words of [
      ["show", "@"],
      ["compare", "@", "@2"],
    ]) {
      const { stderr } = await nadir(words, dir);
      expect(stderr).toContain(join(dir, "kept"));
    }
    expect(existsSync(join(dir, "sentinel"))).toBe(false);
  });

  test("that is none, or whose store is computed, is refused by what runs it", async () => {
    const dir = project("computed", 'export default { store: ["a"].join("") };');
    const { exit, stderr } = await spawned(["train", "net.ts"], dir);
    expect([exit, stderr]).toEqual([
      2,
      expect.stringMatching(/nadir\.config\.ts: store is "a", and is not written so/),
    ]);
    writeFileSync(join(dir, "nadir.config.ts"), "export default 1;");
    const none = await spawned(["train", "net.ts"], dir);
    expect(none.stderr).toMatch(/exports no configuration[\s\S]*export default defineConfig/);
  });

  test.skipIf(process.platform === "win32")("that is a device is not read", async () => {
    const dir = project("device", "");
    rmSync(join(dir, "nadir.config.ts"));
    symlinkSync("/dev/zero", join(dir, "nadir.config.ts"));
    expect((await spawned(["ls"], dir)).exit).toBe(0);
    const { exit, stderr } = await spawned(["train", "net.ts"], dir);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/nadir\.config\.ts is not a/)]);
  });

  test("that throws is told by its line", async () => {
    const dir = project(
      "throws",
      `const list: number[] = [];\nlist[0]!.toFixed();\nexport default {};`,
    );
    const { exit, stderr } = await spawned(["train", "net.ts"], dir);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/nadir\.config\.ts:2:\d+/)]);
  });
});

test("a store is read where it stands as a text, and nowhere else", () => {
  const ways: readonly (readonly [string, string | undefined])[] = [
    ["export default defineConfig({ seed: 1, store: 'runs/a', })", "runs/a"],
    ['export default { "store": "a\\"b" /* here */ }', 'a"b'],
    [
      "export default { tags: ['store', 'x'], nested: { store: 'b' }, /* store: 'c', */ }",
      undefined,
    ],
    ["export default { store: 'a\\\\u' }", "a\\u"],
    ["export default { store: 'a\\u0062' }", undefined],
    ["export default { store: 'a' + 'b' }", undefined],
    ["export default { store: f('a') }", undefined],
    ["const other = { store: 'a' }; export default other", undefined],
    ["export default {", undefined],
  ];
  for (const [source, store] of ways) expect(storeIn(source)).toBe(store);
});
