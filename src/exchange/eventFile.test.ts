import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { NadirError } from "../base/errors.ts";
import { crc32c, maskedCrc32c } from "./crc32c.ts";
import golden from "./eventFile.golden.json" with { type: "json" };
import { readEventFile, type ScalarPoint, writeEventFile } from "./eventFile.ts";
import { readTfRecords, tfRecord } from "./tfRecord.ts";

const bytesOf = (points: readonly ScalarPoint[]): Uint8Array =>
  new Uint8Array(Buffer.concat([...writeEventFile(points, 1.7e9)]));

test("CRC-32C: the check value, and RFC 3720's examples", () => {
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
});

describe("a file that TensorBoard wrote", () => {
  const file = new Uint8Array(Buffer.from(golden.base64, "base64"));

  test("gives its numbers, however they are kept, and counts the rest", () => {
    const { points, leftOut, damage } = readEventFile(file);
    expect(damage).toBeUndefined();
    const of = (tag: string): number[][] =>
      points.filter((point) => point.tag === tag).map(({ step, value }) => [step, value]);
    const third = Math.fround(1 / 3);
    expect(of("loss")).toEqual([[0, 1], [1, 0.5], [2, third], [2 ** 40, Number.NaN]]); // biome-ignore format: a row
    expect(of("val/accuracy")).toEqual([[0, 0.5], [10, 1.5], [20, 2.5]]); // biome-ignore format: a row
    expect(of("double")).toEqual([[7, Math.PI]]);
    expect(of("listed")).toEqual([[8, 2.25]]);
    expect(of("größe")).toEqual([[2 ** 40, -1.5]]);
    expect(points[0]?.wallTime).toBe(1700000000.5);
    expect(leftOut).toEqual({ histograms: 1, tensors: 1 });
  });

  test("cut off anywhere, it gives what is whole before the cut", () => {
    const whole = readEventFile(file).points.length;
    let most = 0;
    for (let length = 1; length < file.length; length++) {
      const { records, damage } = readTfRecords(file.subarray(0, length));
      if (records.length === 0) {
        expect(() => readEventFile(file.subarray(0, length))).toThrow(/no TensorBoard event file/);
        continue;
      }
      const read = readEventFile(file.subarray(0, length));
      if (damage !== undefined) expect(read.damage).toMatch(/record \d+ is cut off/);
      expect(read.points.length).toBeGreaterThanOrEqual(most);
      most = read.points.length;
    }
    expect(most).toBeLessThan(whole);
  });

  test("with any one byte changed, nothing wrong is read", () => {
    const right = readEventFile(file).points;
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      try {
        const { points, damage } = readEventFile(changed);
        expect(damage).toMatch(/record \d+/);
        expect(points).toEqual(right.slice(0, points.length));
      } catch (error) {
        expect(error).toBeInstanceOf(NadirError);
      }
    }
  });
});

property.prop([
  fc.array(
    fc.record({
      tag: fc.string({ minLength: 1, unit: "grapheme" }),
      step: fc.nat(2 ** 40),
      value: fc.float(),
      wallTime: fc.double({ min: 0, max: 2e9, noNaN: true }),
    }),
  ),
])("what is written is read again", (points) => {
  expect(readEventFile(bytesOf(points))).toEqual({ points, leftOut: {}, damage: undefined });
});

property.prop([fc.uint8Array({ maxLength: 200 })])(
  "any record's bytes give points or an error that teaches",
  (data) => {
    try {
      readEventFile(tfRecord(data));
    } catch (error) {
      expect(error).toBeInstanceOf(NadirError);
    }
  },
);

test("a length beyond the file is not believed", () => {
  const bytes = tfRecord(new Uint8Array(4));
  new DataView(bytes.buffer).setBigUint64(0, 2n ** 60n, true);
  new DataView(bytes.buffer).setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  expect(readTfRecords(bytes)).toEqual({ records: [], damage: "record 1 is cut off" });
});
