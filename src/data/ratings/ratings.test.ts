import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdOut } from "./holdOut.ts";
import { type RatingsFileOptions, readRatingsFile } from "./readRatingsFile.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nadir-ratings-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string, options?: RatingsFileOptions) {
  const path = join(folder, "ratings");
  await writeFile(path, text);
  return readRatingsFile(path, options);
}

describe("readRatingsFile", () => {
  const wanted = {
    users: [196, 186],
    items: [242, 302],
    values: Float64Array.of(3, 3.5),
    times: Float64Array.of(881250949, 891717742),
  };
  test.for([
    ["tabs, as in u.data", "196\t242\t3\t881250949\n186\t302\t3.5\t891717742\n"],
    ["colons, as in ratings.dat", "196::242::3::881250949\n186::302::3.5::891717742"],
    [
      "commas and headings, as in ratings.csv",
      "userId,movieId,rating,timestamp\r\n196,242,3.0,881250949\r\n186,302,3.5,891717742\r\n",
    ],
    ["spaces", "196 242 3  881250949\n\n186 302 3.5 891717742\n\n"],
    [
      "quotes, a byte order mark and semicolons",
      '\uFEFF"user";"item";"rating";"time"\n"196";"242";"3";"881250949"\n186;302;3.5;891717742\n',
    ],
  ] as const)("reads %s", async ([, text]) => {
    expect(await read(text)).toEqual(wanted);
  });

  test("keeps ids that are no plain numbers as words", async () => {
    const { users, items, times } = await read('007,"Alien, the ""film""",5\nann,12,4\n');
    expect(users).toEqual(["007", "ann"]);
    expect(items).toEqual(['Alien, the "film"', 12]);
    expect(times).toBeUndefined();
  });

  test("reads lines across the pieces of a stream", async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => `${i}\t${i % 977}\t${i % 5}`);
    const { users, values } = await read(lines.join("\n"));
    expect(users).toHaveLength(lines.length);
    expect(users.every((user, i) => user === i)).toBe(true);
    expect(values.every((value, i) => value === i % 5)).toBe(true);
  });

  test.for([
    ["1,2,3\n1,3\n", /ratings:2: 2 fields[\s\S]*separated by ","[\s\S]*"1,3"/],
    ["1,2,3\n1,3,4,5,6\n", /ratings:2: 5 fields/],
    ["1,2,3\n1,3,NaN\n", /ratings:2: the rating is "NaN", not a finite number/],
    ["1,2,NaN\n", /ratings:1: the rating is "NaN"/],
    ["1,2,\n", /ratings:1: the rating is empty/],
    ["a,b,c\n1,2,x\n", /ratings:2: the rating is "x"/],
    ["1,,3\n", /ratings:1: no item/],
    ["1,2,3,4\n1,3,4\n", /ratings:2: no time, unlike the lines before/],
    ["1,2,3,4\n1,3,4,soon\n", /ratings:2: the time is "soon"/],
    ["1,2,3\n1,3,4\n1,2,5\n", /ratings:3: user 1 rates item 2 again, after line 1[\s\S]*"last"/],
    ["", /holds no ratings/],
    ["userId,movieId,rating\n", /holds no ratings/],
  ] as const)("refuses %j", async ([text, message]) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test("says where there is no file, and of a folder that it is none", async () => {
    await expect(readRatingsFile(join(folder, "none"))).rejects.toThrow(/no ratings at .*none/);
    await expect(readRatingsFile(folder)).rejects.toThrow(/is no file/);
    await expect(readRatingsFile(folder, { duplicates: "first" as "last" })).rejects.toThrow(
      /one of error, last, mean/,
    );
  });

  test("takes the latest or the mean of a pair's ratings", async () => {
    const timed = "1,2,1,30\n1,3,9,10\n1,2,4,10\n1,2,2,20\n";
    const last = await read(timed, { duplicates: "last" });
    expect(last).toMatchObject({ items: [2, 3], values: Float64Array.of(1, 9) });
    expect(last.times).toEqual(Float64Array.of(30, 10));
    const mean = await read(timed, { duplicates: "mean" });
    expect(mean.values[0]).toBeCloseTo(7 / 3, 12);
    const untimed = await read("1,2,1\n1,2,4\n", { duplicates: "last" });
    expect(untimed.values).toEqual(Float64Array.of(4));
  });
});

describe("holdOut", () => {
  const ratings = {
    users: Array.from({ length: 5000 }, (_, e) => e % 70),
    items: Array.from({ length: 5000 }, (_, e) => Math.floor(e / 70)),
    values: Array.from({ length: 5000 }, (_, e) => e),
  };

  test("parts the ratings, the same way for the same seed", () => {
    const { train, held } = holdOut(ratings, { share: 0.2, seed: 3 });
    expect([...train.values, ...held.values].sort((a, b) => a - b)).toEqual(ratings.values);
    expect(held.values.length).toBeGreaterThan(900);
    expect(held.values.length).toBeLessThan(1100);
    expect(held.users[7]).toBe(held.values[7]! % 70);
    expect(holdOut(ratings, { share: 0.2, seed: 3 }).held).toEqual(held);
    expect(holdOut(ratings, { share: 0.2, seed: 4 }).held).not.toEqual(held);
  });

  test("refuses shares that leave nothing", () => {
    expect(() => holdOut(ratings, { share: 1 })).toThrow(/share is 1/);
    const one = { users: [1], items: [1], values: [1] };
    expect(() => holdOut(one, { share: 0.5 })).toThrow(/at least one of each/);
  });
});
