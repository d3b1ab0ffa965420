import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { spawned } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-bad-")));
afterAll(() => rmSync(folder, { recursive: true }));

const before = `import { adam, crossEntropy, dataset, defineTraining, mse, normal, problem, sgd } from "nadir";
const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const y = x.map(([a = 0, b = 0]) => a * b);
const good = { params: (key) => normal(key, [2]), loss: (w, { x, y }) => mse(x.matmul(w), y),
  data: dataset({ x, y }), method: sgd(0.1), batchSize: 4, epochs: 3 };
`;
/** Where the user's own line stands. */
const line = before.split("\n").length;

/** What is wrong, how the file says it, and what is told: the first line, and what follows. */
const files: readonly (readonly [name: string, source: string, told: RegExp])[] = [
  [
    "wrong shapes",
    "export default problem({ ...good, params: (key) => normal(key, [3]) });",
    /^✗ matmul: cannot multiply \[4, 2\] by \[3\]\n {2}expected: .*\n {2}at: .*\.ts:4:\d+\n$/,
  ],
  [
    "a wait for what never comes, at once",
    "await new Promise(() => {}); export default problem(good);",
    /^✗ the file waits for what never comes\n {2}expected: promises that are settled/,
  ],
  [
    "a wait for what never comes, when it is built",
    "export default defineTraining({ settings: {}, build: () => new Promise(() => {}) });",
    /^✗ the file waits for what never comes\n/,
  ],
  [
    "wrong shapes of the test data",
    "export default problem({ ...good, test: dataset({ x: [[1]], y: [1] }) });",
    /^✗ matmul: cannot multiply \[1, 1\] by \[2\]\n/,
  ],
  [
    "a loss that is not a scalar",
    "export default problem({ ...good, loss: (w, { x, y }) => x.matmul(w).sub(y) });",
    /^✗ .*\.ts: loss: the function returned an array of shape \[4\].*\n.*one number.*\n.*\.mean\(\)\n$/,
  ],
  [
    "a loss that returns nothing",
    "export default problem({ ...good, loss: () => {} });",
    /^✗ .*\.ts: loss: the function returned nothing\n/,
  ],
  [
    "a metric that is not a scalar",
    "export default problem({ ...good, test: good.data, loss: (w, { x, y }) => ({ loss: mse(x.matmul(w), y), metrics: { off: x } }) });",
    /^✗ .*metric "off" is an array of shape \[12, 2\]\n/,
  ],
  [
    "NaN in the data",
    "export default defineTraining({ build: () => problem({ ...good, data: dataset({ x: [[1, 2], [3, NaN]], y }) }) });",
    new RegExp(
      `^✗ data\\.x holds NaN in row 1, column 1\\n.*\\n.*\\n {2}at: .*\\.ts:${line}:\\d+\\n$`,
    ),
  ],
  [
    "NaN in the params",
    "export default problem({ ...good, params: [1, NaN] });",
    /^✗ .*\.ts: params holds NaN at position 1\n/,
  ],
  [
    "labels out of range",
    "export default problem({ ...good, params: (key) => normal(key, [2, 3]), loss: (w, { x, y }) => crossEntropy(x.matmul(w), y), data: dataset({ x, y: Int32Array.from(x, (_, i) => i % 4) }) });",
    /^✗ .*\.ts: data\.y of row 3 is 3\n.*a class from 0 to 2/,
  ],
  [
    "an empty data set",
    "export default defineTraining({ build: () => problem({ ...good, data: dataset({ x: [], y: [] }) }) });",
    /^✗ data\.x is empty\n/,
  ],
  [
    "columns of unequal length",
    "export default defineTraining({ build: () => problem({ ...good, data: dataset({ x, y: [1] }) }) });",
    /^✗ data\.x has 12 rows, data\.y has 1\n/,
  ],
  [
    "data that were not checked",
    "export default problem({ ...good, data: { x, y } });",
    /^✗ .*fit: data is no data set\n.*\n.*dataset\(/,
  ],
  [
    "a batch larger than the data",
    "export default problem({ ...good, batchSize: 13 });",
    /^✗ .*fit: a batch of 13 from 12 rows\n.*at most 12\n.*batchSize: 12\n$/,
  ],
  [
    "an unknown method",
    'export default problem({ ...good, method: "adm" });',
    /^✗ .*fit: method is "adm"\n.*a rule, such as adam.*\n.*nadir methods/,
  ],
  [
    "a method that is not exported",
    "import { adm } from 'nadir'; export default problem({ ...good, method: adm(1) });",
    /^✗ "nadir" has no export named adm\n/,
  ],
  [
    "an unknown option",
    "export default problem({ ...good, epoch: 3 });",
    /^✗ .*fit: unknown option "epoch"\n.*\n.*did you mean epochs\?/,
  ],
  [
    "an unknown option of a method",
    "export default defineTraining({ build: () => problem({ ...good, method: adam(0.1, { beta: 0.9 }) }) });",
    /^✗ adam: unknown option "beta"\n.*\n.*did you mean beta1\?/,
  ],
  [
    "a value out of its range",
    "export default defineTraining({ build: () => problem({ ...good, method: adam(-1) }) });",
    /^✗ learningRate is -1\n.*above 0/,
  ],
  [
    "no params",
    "export default problem({ loss: good.loss, data: good.data, method: adam(0.1) });",
    /^✗ .*fit: params are missing\n.*\n.*model\.init/,
  ],
  [
    "params that hold nothing",
    "export default problem({ ...good, params: {} });",
    /^✗ .*fit: params hold no array\n/,
  ],
  [
    "no usable export",
    "export const a = 3;",
    /^✗ .*\.ts exports no training\n.*it exports a \(a number\)\n$/,
  ],
  [
    "a build without a result",
    "export default defineTraining({ build: () => {} });",
    /^✗ build of .*\.ts returned nothing\n.*\n.*return problem/,
  ],
  [
    "an error of the user's own",
    'export default defineTraining({ build: () => { throw new Error("no such table"); } });',
    new RegExp(`^✗ Error: no such table\\n {2}at: .*\\.ts:${line}:\\d+\\n$`),
  ],
];

/** Refused in one clear message with exit code 2, no stack, and nothing written. */
async function refuses(words: readonly string[], told: RegExp): Promise<void> {
  const { exit, stdout, stderr } = await spawned(words, folder);
  expect(stderr).toMatch(told);
  expect([exit, stdout]).toEqual([2, ""]);
  expect(stderr.split("\n").filter((text) => /^\s+at (?!:)/.test(text))).toEqual([]);
  expect(existsSync(join(folder, ".nadir"))).toBe(false);
}

describe.concurrent("nadir train refuses", () => {
  test.for(files)("%s", async ([name, source, told]) => {
    const file = `${name.replaceAll(/\W+/g, "-")}.ts`;
    writeFileSync(join(folder, file), before + source);
    await refuses(["train", file], told);
  });

  test("unknown settings, and settings of another type, before it builds anything", async () => {
    const source =
      "export default defineTraining({ settings: { learningRate: 0.1 }, build: () => {} });";
    writeFileSync(join(folder, "settings.ts"), before + source);
    await refuses(["train", "settings.ts", "learningrate=1"], /mean learningRate\?/);
    await refuses(["train", "settings.ts", "learningRate=fast"], /is "fast"\n.*a number/);
    await refuses(["train", "settings.ts", "learningRate"], /cannot read the setting/);
  });

  test.for([
    [["gone.ts"], /^✗ there is no file gone\.ts\n/],
    [[], /^✗ nadir train: file is missing\n/],
    [["x.ts", "--engine", "cuda"], /^✗ --engine is "cuda"\n.*js, onnx/],
    [["x.ts", "--steps", "0"], /^✗ --steps is "0"\n.*whole number, at least 1/],
    [["x.ts", "--time", "soon"], /^✗ --time is "soon"\n.*90s/],
    [["x.ts", "--seed", "1.5"], /^✗ --seed is "1\.5"\n/],
    [["x.ts", "--expect", "sadle"], /^✗ --expect is "sadle"\n.*\n.*did you mean saddle\?/],
    [["x.ts", "--expct", "saddle"], /^✗ unknown flag "--expct"\n.*\n.*did you mean --expect\?/],
  ] as const)("%j", async ([words, told]) => {
    await refuses(["train", ...words], told);
  });

  test("shows the stack of a misuse to who debugs", async () => {
    writeFileSync(
      join(folder, "debug.ts"),
      `${before}export default problem({ ...good, batchSize: 13 });`,
    );
    const { exit, stderr } = await spawned(["train", "debug.ts", "--debug"], folder);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/ {4}at .*fit\.ts:\d+:\d+/);
  });
});

describe.concurrent("nadir minimize refuses", () => {
  const f = "export default (x) => x.square().sum();";
  test.for([
    ["a function without a start", f, [], /there is no point to start from\n.*x0=\[…\]/],
    ["NaN in the start", `${f} export const x0 = [1, NaN];`, [], /x0 holds NaN at position 1/],
    [
      "a function that is not a scalar",
      "export default (x) => x.mul(2); export const x0 = [1, 2];",
      [],
      /returned an array of shape \[2\]/,
    ],
    [
      "a file without a function",
      "export const x0 = [1];",
      [],
      /exports no function to minimize\n/,
    ],
    [
      "an unknown method",
      f,
      ["x0=[1]", "method=lbfg"],
      /there is no method "lbfg"\n.*\n.*mean lbfgs\?/,
    ],
    [
      "an unknown setting",
      f,
      ["x0=[1]", "tolerence=1"],
      /unknown setting "tolerence".*\n.*\n.*mean tolerance\?/,
    ],
    [
      "an unknown option of the method",
      f,
      ["x0=[1]", "method=lbfgs", "memry=3"],
      /unknown setting "memry" for lbfgs\n.*\n.*mean memory\?/,
    ],
    [
      "a setting of another type",
      f,
      ["x0=[1]", "tolerance=low"],
      /"tolerance" is "low"\n.*a number/,
    ],
    ["a rule without a rate", f, ["x0=[1]", "method=adam"], /adam needs a learning rate\n/],
    ["a dimension for a file", f, ["x0=[1]", "dimension=3"], /unknown setting "dimension"/],
  ] as const)("%s", async ([name, source, words, told]) => {
    const file = `${name.replaceAll(/\W+/g, "-")}.ts`;
    writeFileSync(join(folder, file), source);
    await refuses(["minimize", file, ...words], told);
  });

  test("a name that is no function's", async () => {
    await refuses(
      ["minimize", "rosenbrok"],
      /neither a file nor a test function "rosenbrok"\n.*\n.*mean rosenbrock\?/,
    );
    await refuses(["minimize", "gone.ts"], /there is no file gone\.ts/);
  });
});
