import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { isAlive, REMOTE_SILENCE_MS, thisProcess } from "./liveness.ts";

const now = 1_000_000_000;

describe("a writer on this machine", () => {
  test("lives as long as its process, however long it was silent", () => {
    expect(isAlive(thisProcess(), 0, now)).toBe(true);
  });

  test("is dead when its process is, however lately it was heard", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    expect(isAlive({ ...thisProcess(), pid: child.pid ?? 0 }, now, now)).toBe(false);
  });

  test.skipIf(process.platform !== "linux")(
    "is not another process that was given its number",
    () => {
      expect(isAlive({ ...thisProcess(), started: "1" }, now, now)).toBe(false);
    },
  );

  test.skipIf(process.platform !== "linux")("is dead when only its number is left", async () => {
    // The shell becomes a program that never asks what became of its child.
    const parent = spawn("/bin/sh", ["-c", "sleep 0 & echo $!; exec sleep 30"]);
    const [said] = await once(parent.stdout, "data");
    const pid = Number(String(said));
    try {
      // proc(5): the state is field 3, the start is field 22.
      const stat = (of: number): string[] =>
        readFileSync(`/proc/${of}/stat`, "utf8")
          .replace(/^.*\) /, "")
          .split(" ");
      for (let i = 0; i < 100 && stat(pid)[0] !== "Z"; i++) await pause(20);
      expect(process.kill(pid, 0)).toBe(true);
      const writer = { ...thisProcess(), pid, started: stat(pid)[19] ?? "" };
      expect(isAlive(writer, now, now)).toBe(false);
      const living = parent.pid ?? 0;
      const start = stat(living)[19];
      expect(isAlive({ ...writer, pid: living, started: start ?? "" }, 0, now)).toBe(true);
    } finally {
      parent.kill();
    }
  });
});

describe("a writer on another machine", () => {
  test("is believed to live until it has been silent for too long", () => {
    const far = { ...thisProcess(), host: "elsewhere" };
    expect(isAlive(far, now - REMOTE_SILENCE_MS + 1, now)).toBe(true);
    expect(isAlive(far, now - REMOTE_SILENCE_MS, now)).toBe(false);
  });
});
