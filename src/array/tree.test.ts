import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { flatten, sameStructure, type Tree, unflatten } from "./tree.ts";

const isNumber = (value: unknown): value is number => typeof value === "number";
const { tree } = fc.letrec<{ tree: Tree<number> }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.integer(),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "w", "10", "9"), tie("tree"), { maxKeys: 3 }),
  ),
}));

property.prop([tree])("taken apart and put together, a tree is as before", (value) => {
  const { leaves, paths, structure } = flatten(value, isNumber);
  expect(unflatten(structure, leaves)).toEqual(value);
  expect(paths).toHaveLength(leaves.length);
  expect(new Set(paths).size).toBe(paths.length);
});

/** Do both nest alike, whatever the numbers? */
function alike(a: Tree<number>, b: Tree<number>): boolean {
  if (isNumber(a) || isNumber(b)) return isNumber(a) && isNumber(b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  if (left.size !== right.size) return false;
  return [...left].every(([key, item]) => {
    const other = right.get(key);
    return other !== undefined && alike(item, other);
  });
}

property.prop([tree, tree])("structures are the same where trees nest alike", (a, b) => {
  const [left, right] = [a, b].map((value) => flatten(value, isNumber).structure);
  expect(sameStructure(left!, right!)).toBe(alike(a, b));
});

describe("flatten", () => {
  test("gives leaves in the order of sorted keys, with their places", () => {
    const { leaves, paths } = flatten({ b: [1, { z: 2, a: 3 }], a: 4 }, isNumber);
    expect(leaves).toEqual([4, 1, 3, 2]);
    expect(paths).toEqual(["a", "b.0", "b.1.a", "b.1.z"]);
  });

  test.for([
    [{ a: "text" }, 'params.a is the string "text"'],
    [[1, null], "params.1 is null"],
    [undefined, "params is undefined"],
    [{ f: () => 1 }, "params.f is a function"],
    [{ a: { b: true } }, "params.a.b is a boolean"],
    [{ t: new Float64Array(1) }, "params.t is a Float64Array"],
  ] as const)("refuses %j", ([value, message]) => {
    expect(() => flatten(value, isNumber, "params")).toThrow(message);
  });
});
