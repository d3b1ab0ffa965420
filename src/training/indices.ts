import type { NDArray } from "../array/ndarray.ts";
import type { Program } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { NadirError } from "../base/errors.ts";
import type { Values } from "./values.ts";

/** How a program uses the whole numbers of one of its inputs: as classes, or as positions, below a limit. */
interface Use {
  readonly input: Tensor;
  readonly limit: number;
  readonly what: "class" | "position";
}

/** What only picks rows or moves elements: its result holds no other numbers than its operand. */
const movers: ReadonlySet<string> = new Set(["reshape", "broadcastTo", "transpose", "alias"]);

/**
 * Refuses data whose whole numbers are used as classes or positions that there are not. Engines would
 * read past an array, and a one-hot row of a class that is none is silently empty.
 *
 * @param step - a training step, whose inputs from `first` on are the leaves of the data
 * @throws NadirError `data/labels`, with the first row
 */
export function requireIndices(
  step: Program,
  first: number,
  sets: Readonly<Record<string, Values | undefined>>,
): void {
  for (const { input, limit, what } of usesOf(step)) {
    const leaf = step.inputs.indexOf(input) - first;
    for (const [name, values] of Object.entries(sets)) {
      const array = values?.arrays[leaf];
      if (array !== undefined) requireBelow(array, limit, what, nameOf(name, values, leaf));
    }
  }
}

function usesOf({ inputs, nodes }: Program): Use[] {
  const whole = inputs.filter(({ dtype, shape }) => dtype === "i32" && shape.length > 0);
  const origins = new Map<Tensor, Tensor>(whole.map((input) => [input, input]));
  const uses: Use[] = [];
  const use = (node: Tensor | undefined, limit: number | undefined, what: Use["what"]): void => {
    const input = node === undefined ? undefined : origins.get(node);
    if (input !== undefined && limit !== undefined) uses.push({ input, limit, what });
  };
  for (const node of nodes) {
    const [a, b] = node.inputs;
    const origin = a === undefined ? undefined : origins.get(a);
    if (origin !== undefined && (movers.has(node.op) || isPick(node))) origins.set(node, origin);
    if (node.op === "gather") use(b, a?.shape[axisOf(node)], "position");
    if (node.op === "scatterAdd") use(a, Number(node.attrs["length"]), "position");
    if (node.op === "equal") {
      use(a, countOf(b), "class");
      use(b, countOf(a), "class");
    }
  }
  return uses;
}

/** Does it take whole rows? */
const isPick = (node: Tensor): boolean => node.op === "gather" && axisOf(node) === 0;

const axisOf = ({ attrs }: Tensor): number => Number(attrs["axis"]);

/** How many numbers 0, 1, 2 … stand along an axis, if that is what a value is. */
const countOf = (node: Tensor | undefined): number | undefined =>
  node?.op === "iota" ? node.shape[axisOf(node)] : undefined;

function requireBelow(array: NDArray, limit: number, what: Use["what"], name: string): void {
  const { data, shape } = array;
  let at = 0;
  while (at < data.length && data[at]! >= 0 && data[at]! < limit) at++;
  if (at === data.length) return;
  const row = Math.floor(at / (data.length / (shape[0] ?? 1)));
  throw new NadirError("data/labels", `${name} of row ${row} is ${data[at]}`, {
    expected: `a ${what} from 0 to ${limit - 1}: the loss uses it as one of ${limit}`,
    hint:
      what === "class"
        ? "give the model as many outputs as there are classes, or drop that row"
        : undefined,
  });
}

const nameOf = (set: string, values: Values | undefined, leaf: number): string => {
  const path = values?.paths[leaf] ?? "";
  return path === "" ? set : `${set}.${path}`;
};
