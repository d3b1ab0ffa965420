import * as node from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type FileSystem, removeStaleTemporaries, writeFileAtomically } from "./atomicFile.ts";
import { faultyFiles, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const temporaries = (at: string): string[] =>
  node.readdirSync(at).filter((name) => name.endsWith(".tmp"));

describe("an atomic write", () => {
  test("puts the pieces together and leaves nothing else", () => {
    const path = join(folder, "pieces");
    writeFileAtomically(path, [bytes("one "), bytes(""), bytes("two")]);
    writeFileAtomically(path, [bytes("three")]);
    expect(node.readFileSync(path, "utf8")).toBe("three");
    expect(temporaries(folder)).toEqual([]);
  });

  test("goes on where the system took only a part", () => {
    const path = join(folder, "parts");
    const files: FileSystem = {
      ...node,
      writeSync: (descriptor, data, at, length) =>
        node.writeSync(descriptor, data, at, Math.min(length, 3)),
    };
    writeFileAtomically(path, [bytes("more than three")], files);
    expect(node.readFileSync(path, "utf8")).toBe("more than three");
  });

  test.for(["ENOSPC", "EIO", "EACCES", "EMFILE"])(
    "that fails with %s at any call leaves the old or the new file, whole",
    (code) => {
      const path = join(folder, code);
      writeFileAtomically(path, [bytes("old")]);
      let failures = 0;
      for (let n = 1; ; n++) {
        const { files, failed } = faultyFiles(n, code);
        try {
          writeFileAtomically(path, [bytes("new"), bytes("er")], files);
        } catch (error) {
          failures++;
          expect(error).toMatchObject({
            code: { ENOSPC: "file/full", EACCES: "file/not-writable" }[code] ?? "file/io",
            message: expect.stringContaining(path),
          });
        }
        if (!failed()) break;
        expect(node.readFileSync(path, "utf8")).toMatch(/^(old|newer)$/);
        expect(temporaries(folder)).toEqual([]);
        writeFileAtomically(path, [bytes("old")]);
      }
      expect(node.readFileSync(path, "utf8")).toBe("newer");
      // open, write, write, fsync, close, rename; open, fsync and close of the folder
      expect(failures).toBe(9);
    },
  );

  test("says which folder is not there", () => {
    expect(() => writeFileAtomically(join(folder, "no", "file"), [])).toThrow(/ENOENT/);
  });
});

describe("stale temporary files", () => {
  test("of dead processes go, those of living ones and other files stay", () => {
    const own = `.a.${process.pid}-0123456789ab.tmp`;
    // Process ids end at 2²² on Linux.
    const dead = ".a.safetensors.99999999-0123456789ab.tmp";
    for (const name of [own, dead, ".a.tmp", "a.1-0123456789ab.tmp"]) {
      node.writeFileSync(join(folder, name), "");
    }
    removeStaleTemporaries(folder);
    expect(temporaries(folder).sort()).toEqual([own, ".a.tmp", "a.1-0123456789ab.tmp"].sort());
  });
});
