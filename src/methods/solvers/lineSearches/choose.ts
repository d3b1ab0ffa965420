import { NadirError } from "../../../base/errors.ts";
import { nearest } from "../../../base/require.ts";
import type { LineSearch } from "./lineSearch.ts";
import * as lineSearches from "./registry.ts";

/** Each refuses options that it does not know, so that what a solver was given may be offered to any. */
const makers = new Map<string, (options: object) => LineSearch>(
  Object.entries(lineSearches).map(([name, make]) => [
    name,
    make as (options: object) => LineSearch,
  ]),
);

/** A line search by name, or one that was made: `wolfe({ curvature: 0.1 })`. */
export type LineSearchChoice = keyof typeof lineSearches | LineSearch;

/** What solvers with a line search take, beside their own options. */
export interface LineSearchSettings {
  /** `wolfe`, `hagerZhang`, `armijo`, `nonmonotone`, or one with options of its own. */
  readonly lineSearch?: LineSearchChoice;
  /** c₁ of a line search given by name, in (0, ½). */
  readonly decrease?: number;
  /** c₂ of a line search given by name, in (c₁, 1), where it has one. */
  readonly curvature?: number;
}

/** The names of `LineSearchSettings`, to be known by a solver. */
export const lineSearchOptions = ["lineSearch", "decrease", "curvature"] as const;

/**
 * The line search that a solver's options ask for, with what the solver sets where they do not.
 *
 * @throws NadirError `${area}/lineSearch` for one that does not exist, or where options are given beside one
 *   that was made; and what the line search itself refuses
 */
export function chooseLineSearch(
  area: string,
  { lineSearch, decrease, curvature }: LineSearchSettings,
  otherwise: { readonly lineSearch: keyof typeof lineSearches; readonly curvature?: number },
): LineSearch {
  if (typeof lineSearch === "object" && lineSearch?.kind === "line-search") {
    if (decrease === undefined && curvature === undefined) return lineSearch;
    throw new NadirError(`${area}/lineSearch`, `${area}: the line search was made elsewhere`, {
      expected: "decrease and curvature only where the line search is given by name",
      hint: `lineSearch: ${lineSearch.name}({ … })`,
    });
  }
  const name = lineSearch ?? otherwise.lineSearch;
  const make = typeof name === "string" ? makers.get(name) : undefined;
  if (make === undefined) {
    const near = typeof name === "string" ? nearest(name, makers.keys()) : undefined;
    throw new NadirError(`${area}/lineSearch`, `${area}: lineSearch is ${String(name)}`, {
      expected: `one of ${[...makers.keys()].join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
  const c2 = curvature ?? (name === "wolfe" ? otherwise.curvature : undefined);
  return make({
    ...(decrease === undefined ? {} : { decrease }),
    ...(c2 === undefined ? {} : { curvature: c2 }),
  });
}
