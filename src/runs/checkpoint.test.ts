import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NadirError } from "../base/errors.ts";
import {
  latestCheckpoint,
  listCheckpoints,
  readTensors,
  saveCheckpoint,
  saveTensors,
} from "./checkpoint.ts";
import { readSafetensors } from "./safetensors.ts";
import { bundleProgram, faultyFiles, seeded, start, temporaryFolder } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const content = (step: number) => ({
  tensors: {
    w: { dtype: "f32" as const, shape: [2, 2], data: Float32Array.of(step, -0, Number.NaN, 0.1) },
    key: { dtype: "u32" as const, shape: [2], data: Uint32Array.of(step, 4294967295) },
    mask: { dtype: "bool" as const, shape: [3], data: Uint8Array.of(1, 0, 1) },
  },
  meta: { step, best: Number.POSITIVE_INFINITY, order: Int32Array.of(3, 1, 2), note: "é" },
});
let names = 0;
const newFolder = (): string => join(folder, String(names++));

describe("a checkpoint", () => {
  test("comes back to the bit, tensors and data", () => {
    const { file, bytes, sha256 } = saveCheckpoint(newFolder(), 7, content(7));
    expect(readTensors(file)).toStrictEqual(content(7));
    expect(readFileSync(file)).toHaveLength(bytes);
    expect(readFileSync(file, "latin1")).toContain(`"sha256":"${sha256}"`);
  });

  test("is a safetensors file like any other", () => {
    const { file } = saveCheckpoint(newFolder(), 7, content(7));
    expect(readSafetensors(readFileSync(file)).tensors).toStrictEqual(content(7).tensors);
  });

  test("the same content gives the same bytes", () => {
    const [a, b] = [newFolder(), newFolder()].map((at) => saveCheckpoint(at, 1, content(1)).sha256);
    expect(a).toBe(b);
  });

  test("of 2000 changed, shortened or lengthened copies not one is accepted", () => {
    const { file } = saveCheckpoint(newFolder(), 3, content(3));
    const whole = new Uint8Array(readFileSync(file));
    const damaged = join(folder, "damaged.safetensors");
    const random = seeded(11);
    const below = (n: number): number => Math.floor(random() * n);
    const refused = (bytes: Uint8Array, what: string): void => {
      writeFileSync(damaged, bytes);
      let error: unknown;
      try {
        readTensors(damaged);
      } catch (thrown) {
        error = thrown;
      }
      expect(error, what).toBeInstanceOf(NadirError);
      expect(error, what).toMatchObject({ code: "checkpoint/damaged" });
    };
    const flipped = (at: number, bit: number): Uint8Array => {
      const copy = whole.slice();
      copy[at] = whole[at]! ^ (1 << bit);
      return copy;
    };
    let mutations = 0;
    // Every byte once, so that no region is left to luck: length, seal, metadata, places, padding, data.
    for (let at = 0; at < whole.length; at++, mutations++) {
      refused(flipped(at, at % 8), `bit ${at % 8} of byte ${at}`);
    }
    // Every length at which the file may have been cut.
    for (let length = 0; length < whole.length; length++, mutations++) {
      refused(whole.subarray(0, length), `cut to ${length} bytes`);
    }
    for (; mutations < 2000; mutations++) {
      const [from, to, size] = [below(whole.length), below(whole.length), 1 + below(64)];
      const copy = whole.slice();
      if (mutations % 3 === 0) copy.copyWithin(to, from, from + size);
      else if (mutations % 3 === 1) copy.fill(below(256), from, from + size);
      const changed =
        mutations % 3 === 2
          ? new Uint8Array(Buffer.concat([whole, whole.subarray(from, from + size)]))
          : copy;
      if (Buffer.compare(changed, whole) !== 0) refused(changed, `mutation ${mutations}`);
    }
    expect(mutations).toBe(2000);
    expect(readTensors(file)).toStrictEqual(content(3));
  });

  test("an upper-case seal is a changed seal", () => {
    const { file, sha256 } = saveCheckpoint(newFolder(), 3, content(3));
    const text = readFileSync(file, "latin1").replace(sha256, sha256.toUpperCase());
    writeFileSync(file, text, "latin1");
    expect(() => readTensors(file)).toThrow(/SHA-256/);
  });

  test("says when the file is not there", () => {
    expect(() => readTensors(join(folder, "none"))).toThrow(
      expect.objectContaining({ code: "checkpoint/missing" }),
    );
  });
});

describe("checkpoints of a run", () => {
  test("the last two are kept, the newest is found", () => {
    const at = newFolder();
    for (const step of [0, 90, 100, 1000]) saveCheckpoint(at, step, content(step));
    expect(listCheckpoints(at).map(({ step }) => step)).toEqual([1000, 100]);
    expect(latestCheckpoint(at)).toMatchObject({ step: 1000, damaged: [], ...content(1000) });
    expect(readdirSync(at)).toHaveLength(2);
  });

  test("waymarks stay beside them, spread over the training however long it gets", () => {
    const at = newFolder();
    for (let step = 10; step <= 640; step += 10) {
      saveCheckpoint(at, step, content(step), { waymarks: 4 });
      if (step !== 160 && step !== 640) continue;
      const steps = listCheckpoints(at).map((found) => found.step);
      expect(steps).toHaveLength(6);
      expect(steps.slice(0, 2)).toEqual([step, step - 10]);
      // In five parts, none more than twice as long as even ones would be.
      const gaps = [...steps.slice(1), 0].map((low, i) => steps[i]! - low);
      expect(Math.max(...gaps)).toBeLessThanOrEqual((2 * step) / 5);
    }
  });

  test("a damaged one is passed over and named", () => {
    const at = newFolder();
    saveCheckpoint(at, 1, content(1));
    const { file } = saveCheckpoint(at, 2, content(2));
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    const found = latestCheckpoint(at);
    expect(found?.step).toBe(1);
    expect(found?.damaged.map(({ summary }) => summary)).toEqual([
      expect.stringContaining(`${file} is damaged`),
    ]);
    expect(existsSync(file)).toBe(true);
  });

  test("where all are damaged that is an error, where there are none it is not", () => {
    const at = newFolder();
    expect(latestCheckpoint(at)).toBeUndefined();
    mkdirSync(at);
    writeFileSync(join(at, "ck-5.safetensors"), "torn");
    expect(() => latestCheckpoint(at)).toThrow(/no checkpoint in .* is whole/);
  });

  test("those of a future that was given up are removed", () => {
    const at = newFolder();
    for (const step of [50, 100]) saveCheckpoint(at, step, content(step));
    saveCheckpoint(at, 60, content(60));
    expect(listCheckpoints(at).map(({ step }) => step)).toEqual([60, 50]);
  });

  test.for(["ENOSPC", "EIO"])("%s at any call leaves the last good one", (code) => {
    let failures = 0;
    for (let n = 1; ; n++) {
      const at = newFolder();
      for (const step of [1, 2]) saveCheckpoint(at, step, content(step));
      const { files, failed } = faultyFiles(n, code);
      let saved = true;
      try {
        saveCheckpoint(at, 3, content(3), { files });
      } catch (error) {
        expect(error).toBeInstanceOf(NadirError);
        saved = false;
        failures++;
      }
      const found = latestCheckpoint(at);
      expect(saved ? [3] : [2, 3], `call ${n}`).toContain(found?.step);
      expect(found).toMatchObject({ ...content(found?.step ?? 0), damaged: [] });
      if (!failed()) break;
    }
    expect(failures).toBeGreaterThan(10);
  });
});

describe("kill -9 while checkpoints are written", () => {
  let program: string;
  beforeAll(async () => {
    program = await bundleProgram(
      folder,
      "saver",
      `import { saveCheckpoint } from "./checkpoint.ts";
       const [folder = "", first = "0"] = process.argv.slice(2);
       for (let step = Number(first); ; step++) {
         const data = new Float64Array(50_000).fill(step);
         saveCheckpoint(folder, step, { tensors: { w: { dtype: "f64", shape: [50_000], data } }, meta: { step } });
         if (step === Number(first) + 1) console.log("saving");
       }`,
    );
  });

  /** Kills one process after another that write into the same folder. */
  async function killing(kills: number, seed: number): Promise<void> {
    const at = newFolder();
    const random = seeded(seed);
    let next = 0;
    for (let kill = 0; kill < kills; kill++) {
      const child = start(program, [at, String(next)]);
      await child.said("saving");
      await new Promise((resolve) => setTimeout(resolve, random() * 12));
      await child.kill();
      const found = latestCheckpoint(at);
      expect(found?.damaged).toEqual([]);
      expect(found?.step).toBeGreaterThanOrEqual(next);
      expect(found?.meta).toEqual({ step: found?.step });
      expect(new Set(found?.tensors["w"]?.data)).toEqual(new Set([found?.step]));
      for (const { file } of listCheckpoints(at)) readTensors(file);
      // Each process removes what the one before left: at most two checkpoints, one about to go, one torn temporary.
      expect(readdirSync(at).length).toBeLessThanOrEqual(4);
      next = (found?.step ?? 0) + 1;
    }
  }

  test("never leaves a torn file: 100 kills", async () => {
    await Promise.all([5, 6, 7, 8].map((seed) => killing(25, seed)));
  });
});

describe("final parameters", () => {
  test("are saved whole under the name given", () => {
    const file = join(folder, "params.safetensors");
    saveTensors(file, content(1));
    saveTensors(file, content(2));
    expect(readTensors(file)).toStrictEqual(content(2));
  });
});
