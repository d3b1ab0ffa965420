import { NadirError } from "../base/errors.ts";

/** Nested arrays and plain objects of leaves. */
export type Tree<L> = L | readonly Tree<L>[] | { readonly [key: string]: Tree<L> };

/** How a tree is nested, without its leaves. Object keys are sorted. */
export type Structure =
  | { readonly kind: "leaf" }
  | { readonly kind: "list"; readonly items: readonly Structure[] }
  | {
      readonly kind: "record";
      readonly keys: readonly string[];
      readonly items: readonly Structure[];
    };

/** Tells leaves from branches. */
export type IsLeaf<L> = (value: unknown) => value is L;

/** The leaves, in the order of `structure`, and where each stands, as `layers.0.weight`. */
export interface Flattened<L> {
  readonly leaves: readonly L[];
  readonly paths: readonly string[];
  readonly structure: Structure;
}

/**
 * Takes a tree apart.
 *
 * @throws NadirError `tree/leaf` where something is neither a leaf, an array nor a plain object
 */
export function flatten<L>(tree: unknown, isLeaf: IsLeaf<L>, what = "tree"): Flattened<L> {
  const leaves: L[] = [];
  const paths: string[] = [];
  const walk = (value: unknown, path: string): Structure => {
    if (isLeaf(value)) {
      leaves.push(value);
      paths.push(path);
      return { kind: "leaf" };
    }
    const below = (key: string | number): string => (path === "" ? `${key}` : `${path}.${key}`);
    if (Array.isArray(value)) {
      return { kind: "list", items: value.map((item, i) => walk(item, below(i))) };
    }
    if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
      const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      return {
        kind: "record",
        keys: entries.map(([key]) => key),
        items: entries.map(([key, item]) => walk(item, below(key))),
      };
    }
    const place = path === "" ? what : `${what}.${path}`;
    throw new NadirError("tree/leaf", `${place} is ${describe(value)}`, {
      expected:
        "numbers, arrays of numbers, typed arrays or tensors, nested in arrays and plain objects",
    });
  };
  const structure = walk(tree, "");
  return { leaves, paths, structure };
}

/** Puts leaves back into a structure. The inverse of `flatten`. */
export function unflatten<L>(structure: Structure, leaves: readonly L[]): Tree<L> {
  let next = 0;
  const build = (part: Structure): Tree<L> => {
    switch (part.kind) {
      case "leaf":
        return leaves[next++] as L; // `leaves` has one entry for each leaf of the structure
      case "list":
        return part.items.map(build);
      case "record":
        return Object.fromEntries(part.keys.map((key, i) => [key, build(part.items[i]!)]));
    }
  };
  return build(structure);
}

/** True if both nest alike. */
export function sameStructure(a: Structure, b: Structure): boolean {
  if (a.kind === "leaf" || b.kind === "leaf") return a.kind === b.kind;
  if (a.kind !== b.kind || a.items.length !== b.items.length) return false;
  if (a.kind === "record" && b.kind === "record" && a.keys.some((key, i) => key !== b.keys[i]))
    return false;
  return a.items.every((item, i) => sameStructure(item, b.items[i]!));
}

const describe = (value: unknown): string =>
  typeof value === "string"
    ? `the string "${value}"`
    : value === null || value === undefined
      ? String(value)
      : `a ${typeof value === "object" ? value.constructor.name : typeof value}`;
