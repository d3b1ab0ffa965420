import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../base/packageRoot.ts";

const script = fileURLToPath(new URL("scripts/example.mjs", packageRoot));
const example = (...words: string[]) =>
  spawnSync(process.execPath, [script, "recommend", ...words], { encoding: "utf8" });

const errorOf = (stdout: string, name: string): number =>
  Number(new RegExp(`${name}.* (\\d\\.\\d+)$`, "m").exec(stdout)?.[1]);

describe("examples/recommend.ts", () => {
  test("finds tastes in ratings that it makes up: factors beat biases, biases the mean", () => {
    const { stdout, stderr, status } = example("user=7", "count=3");
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const [mean, biases, factors] = ["mean of all", "biases of users", "biases and 16"].map(
      (name) => errorOf(stdout, name),
    );
    expect(biases).toBeLessThan(mean! - 0.1);
    expect(factors).toBeLessThan(biases! - 0.2);
    expect(stdout).toMatch(/for user 7\n( {2}\d\.\d\d {2}item \d+\n){3}\n/);
    expect(stdout).toMatch(
      /(stationary|global-minimum), after \d+ iterations[\s\S]*objective fell/,
    );
  });

  test("reads a file, and names the line of one that is broken", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nadir-recommend-"));
    const path = join(folder, "u.data");
    const lines = Array.from({ length: 400 }, (_, e) => `u${e % 20}\t${e % 37}\t${1 + (e % 5)}\t9`);
    await writeFile(path, `${lines.join("\n")}\n`);
    const { stdout, status } = example(path, "user=u3", "rank=2");
    expect(status).toBe(0);
    expect(stdout).toMatch(/400 ratings of 37 items by 20 users[\s\S]*for user u3/);
    await writeFile(path, "1\t2\t3\n1\t2\n");
    const broken = example(path);
    expect(broken.status).toBe(2);
    expect(broken.stderr).toMatch(/u\.data:2: 2 fields/);
    await rm(folder, { recursive: true });
  });
});
