import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import { bowls } from "./classic/bowls.ts";
import { plane } from "./classic/plane.ts";
import { rugged } from "./classic/rugged.ts";
import { smooth } from "./classic/smooth.ts";
import { adjustables } from "./mgh/adjustables.ts";
import { curveFits } from "./mgh/curveFits.ts";
import { equations } from "./mgh/equations.ts";
import { exponentials } from "./mgh/exponentials.ts";
import { linear } from "./mgh/linear.ts";
import { valleys } from "./mgh/valleys.ts";
import { factorizations } from "./saddles/factorizations.ts";
import { landscapes } from "./saddles/landscapes.ts";
import { octopus } from "./saddles/octopus.ts";
import type { LeastSquares, TestFunction } from "./testFunction.ts";

/** The 35 problems of Moré, Garbow and Hillstrom (1981) as least squares, Watson's with 6 and with 9 unknowns. */
export const mghProblems: readonly LeastSquares[] = [
  ...valleys,
  ...exponentials,
  ...curveFits,
  ...adjustables,
  ...equations,
  ...linear,
];

/** All test functions by key. */
export const testFunctions: ReadonlyMap<string, TestFunction> = new Map(
  [
    ...mghProblems,
    ...bowls,
    ...smooth,
    ...plane,
    ...rugged,
    ...landscapes,
    ...factorizations,
    octopus(),
  ].map((entry) => [entry.key, entry]),
);

/** Letters and digits alone: `Himmelblau`, `six_hump camel` and `powell-bs` are found too. */
const plain = (text: string): string =>
  text
    .normalize("NFD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");

const found = new Map<string, TestFunction>();
for (const entry of testFunctions.values()) {
  for (const word of [entry.key, entry.name]) {
    if (!found.has(plain(word))) found.set(plain(word), entry);
  }
}

/**
 * The test function with this key or name, whatever its case and punctuation.
 *
 * @param dimension - number of unknowns, where the function has a form for it
 * @throws NadirError `testFunctions/unknown`, `testFunctions/dimension`
 */
export function findTestFunction(name: string, dimension?: number): TestFunction {
  const entry = found.get(plain(name));
  if (entry === undefined) {
    const near = nearest(plain(name), found.keys());
    const key = near === undefined ? undefined : found.get(near)?.key;
    throw new NadirError("testFunctions/unknown", `there is no test function "${name}"`, {
      expected: `one of ${[...testFunctions.keys()].join(", ")}`,
      hint: key === undefined ? undefined : `did you mean ${key}?`,
    });
  }
  if (dimension === undefined || dimension === entry.dimension) return entry;
  if (entry.resize !== undefined) return entry.resize(dimension);
  throw new NadirError(
    "testFunctions/dimension",
    `${entry.key} has ${entry.dimension} unknowns, not ${dimension}`,
    { expected: `${entry.dimension}: this function has no other form` },
  );
}
