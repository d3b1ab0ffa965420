import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { describeMachine, gitRevision, packageVersion, versions } from "./machine.ts";
import { temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const commit = "0123456789abcdef0123456789abcdef01234567";
function repository(name: string, files: Record<string, string>): string {
  const root = join(folder, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

describe("the machine", () => {
  test("is described by what bears on speed", () => {
    const machine = describeMachine();
    expect(machine.cpu).not.toBe("");
    expect(machine.cores).toBeGreaterThanOrEqual(1);
    expect(machine.memory).toBeGreaterThan(2 ** 28);
    expect(`v${machine.node}`).toBe(process.version);
    expect(machine.platform).toBe(`${process.platform} ${process.arch}`);
  });

  test("versions are those of the packages that are installed", () => {
    expect(packageVersion()).toBe(packageJson.version);
    expect(versions()).toMatchObject({
      nadir: packageJson.version,
      node: process.versions.node,
      libsql: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });
});

describe("the git revision", () => {
  test("is what git itself says, from any folder within", () => {
    const root = repository("real", { "src/deep/file.txt": "x" });
    const git = (...args: string[]): string =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
      }).trim();
    git("init", "-q", "-b", "main");
    expect(gitRevision(root)).toBeUndefined();
    git("add", ".");
    git("commit", "-q", "-m", "one");
    const head = git("rev-parse", "HEAD");
    expect(gitRevision(join(root, "src/deep"))).toBe(head);
    git("pack-refs", "--all");
    expect(gitRevision(root)).toBe(head);
    git("worktree", "add", "-q", join(folder, "tree"), "-b", "other");
    expect(gitRevision(join(folder, "tree"))).toBe(head);
    git("checkout", "-q", "--detach");
    expect(gitRevision(root)).toBe(head);
  });

  test("follows a ref that names another", () => {
    const root = repository("symbolic", {
      ".git/HEAD": "ref: refs/heads/alias\n",
      ".git/refs/heads/alias": "ref: refs/heads/main\n",
      ".git/refs/heads/main": `${commit}\n`,
    });
    expect(gitRevision(root)).toBe(commit);
  });

  test.for([
    ["names itself", "ref: refs/heads/loop", { ".git/refs/heads/loop": "ref: refs/heads/loop" }],
    ["leaves the repository", "ref: refs/../../secret", { secret: commit }],
    ["is not a commit", "ref: refs/heads/main", { ".git/refs/heads/main": "hello" }],
    ["is empty", "", {}],
  ] as const)("is undefined where HEAD %s", ([name, head, files]) => {
    expect(gitRevision(repository(name, { ".git/HEAD": head, ...files }))).toBeUndefined();
  });
});
