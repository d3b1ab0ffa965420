import { expect, test } from "vitest";
import { written } from "./runSweep.ts";
import { readSpace } from "./spaceWords.ts";

test("choices, ranges and single values", () => {
  const { space, fixed } = readSpace([
    "method=adam,sgd",
    "learningRate=log:1e-4..1e-1",
    "dropout=0..0.5",
    "layers=int:1..4",
    "width=logint:16..512",
    "hidden=[256,128],[64,32]",
    "epochs=5",
    "name=a..b",
  ]);
  expect(space).toEqual([
    { name: "method", kind: "choice", values: ["adam", "sgd"] },
    { name: "learningRate", kind: "range", low: 1e-4, high: 0.1, scale: "log", whole: false },
    { name: "dropout", kind: "range", low: 0, high: 0.5, scale: "linear", whole: false },
    { name: "layers", kind: "range", low: 1, high: 4, scale: "linear", whole: true },
    { name: "width", kind: "range", low: 16, high: 512, scale: "log", whole: true },
    {
      name: "hidden",
      kind: "choice",
      values: [
        [256, 128],
        [64, 32],
      ],
    },
  ]);
  expect(fixed).toEqual(["epochs=5", "name=a..b"]);
});

test.for([
  [["rate=log:1e-4"], /cannot read the range/],
  [["rate"], /cannot read the setting/],
  [["rate=1,2", "rate=3"], /given twice/],
  [["hidden=[1,2],[3"], /not JSON/],
] as const)("%j is refused", ([words, message]) => {
  expect(() => readSpace([...words])).toThrow(message);
});

test("a value is written so that it is read as it was", () => {
  for (const value of ["adam", "1e3", "true", 0.001, true, null, [1, 2], "two words", '["x"]'])
    expect(readSpace([`key=${written(value)},other`]).space[0]).toMatchObject({
      values: [value, "other"],
    });
});
