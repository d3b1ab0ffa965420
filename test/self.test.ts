import { dataset } from "nadir/data";
import { expect, test } from "vitest";
import { dataset as source } from "../src/training/dataset.ts";

test("a test that imports nadir by its name gets the sources, as the type checker does", () => {
  expect(dataset).toBe(source);
});
