import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { outputFlag, writeOutputFile } from "./outputFile.ts";

let folder: string;
const text = [Buffer.from("a,b\n"), Buffer.from("1,2\n")];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nadir-output-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file is written whole, over another of its name too, and nothing is left beside it", () => {
  const path = join(folder, "a.csv");
  writeFileSync(path, "what was there, and is longer than what comes");
  writeOutputFile(path, text);
  expect(readFileSync(path, "utf8")).toBe("a,b\n1,2\n");
  expect(readdirSync(folder)).toEqual(["a.csv"]);
});

test("a link stays a link, and its file is written", () => {
  const [path, link] = [join(folder, "a.csv"), join(folder, "latest.csv")];
  writeFileSync(path, "old");
  symlinkSync(path, link);
  writeOutputFile(link, text);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(path, "utf8")).toBe("a,b\n1,2\n");
});

test.skipIf(process.platform === "win32")(
  "what is no file is written into, not replaced",
  async () => {
    const pipe = join(folder, "pipe");
    await once(spawn("sh", ["-c", `mkfifo "$0"`, pipe]), "exit");
    const reader = spawn("cat", [pipe]);
    const read = reader.stdout.setEncoding("utf8").toArray();
    writeOutputFile(pipe, text);
    expect((await read).join("")).toBe("a,b\n1,2\n");
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  },
);

test.skipIf(process.platform !== "linux")("a full device says so and stays a device", () => {
  // By a link in a folder of the test's own: were it replaced, no device of the machine would be.
  const link = join(folder, "full");
  symlinkSync("/dev/full", link);
  expect(() => writeOutputFile(link, text)).toThrow(expect.objectContaining({ code: "file/full" }));
  expect(lstatSync("/dev/full").isCharacterDevice()).toBe(true);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test("a folder, and a file in no folder, are refused before anything is measured", () => {
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "sub"));
  for (const [given, said] of [
    ["sub", /sub is a folder/],
    ["nowhere/a.svg", /nowhere is not there/],
    ["file/a.svg", /file is a file/],
  ] as const) {
    expect(() => outputFlag({ picture: given }, "picture", folder)).toThrow(said);
    expect(() => writeOutputFile(join(folder, given), text)).toThrow(said);
  }
  expect(outputFlag({ picture: "a.svg" }, "picture", folder)).toBe(join(folder, "a.svg"));
  expect(outputFlag({}, "picture", folder)).toBeUndefined();
  expect(readdirSync(folder).sort()).toEqual(["file", "sub"]);
});
