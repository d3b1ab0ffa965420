import { describe, expect, test } from "vitest";
import type { BenchRequest } from "./measurement.ts";
import { linePrefix, startSession } from "./session.ts";

/** A child that runs this code, where `say` writes a line of the protocol. */
const child = (code: string) =>
  startSession({
    command: process.execPath,
    args: [
      "-e",
      `const say = (m) => console.log(${JSON.stringify(linePrefix)} + JSON.stringify(m)); ${code}`,
    ],
    env: {},
  });

const request: BenchRequest = {
  case: { kind: "collection", id: "mgh", title: "all" },
  files: {},
  budgetMs: 1,
};

describe("a session", () => {
  test("gives what the child answers, past lines that libraries print", async () => {
    const session = await child(`
      console.log("a banner"); say({ hello: ["toy 1.0"] });
      process.stdin.on("data", (line) => {
        console.log("more");
        say({ measurements: [{ variant: JSON.parse(line).case.id, medianMs: 2, spread: [1, 3] }] });
      });`);
    if (typeof session === "string") throw new Error(session);
    expect(session.versions).toEqual(["toy 1.0"]);
    expect(await session.ask(request)).toEqual({
      measurements: [{ variant: "mgh", medianMs: 2, spread: [1, 3] }],
    });
    await session[Symbol.asyncDispose]();
  });

  test("says why a child did not start", async () => {
    expect(await child(`say({ missing: "toy is not installed" })`)).toBe("toy is not installed");
    expect(await child(`throw new Error("no such library")`)).toMatch(/Node\.js|no such library/);
    const none = await startSession({ command: "no-such-program", args: [], env: {} });
    expect(none).toMatch(/ENOENT/);
  });

  test("answers that a child died, and goes on saying so", async () => {
    const session = await child(`
      say({ hello: [] });
      process.stdin.on("data", () => { process.stderr.write("out of memory\\n", () => process.exit(3)); });`);
    if (typeof session === "string") throw new Error(session);
    expect(await session.ask(request)).toEqual({ missing: "out of memory" });
    expect(await session.ask(request)).toEqual({ missing: "out of memory" });
    await session[Symbol.asyncDispose]();
  });
});
