import { isFloat } from "../array/dtype.ts";
import { reachable } from "../array/program.ts";
import { sameShapes } from "../array/shape.ts";
import { splat } from "../array/simplify.ts";
import type { Tensor } from "../array/tensor.ts";
import { layersOfPaths, type Use, type UseKind } from "./layersOfPaths.ts";

/** A layer of a network: params that stand together, and what their values go through. */
export interface NetworkLayer {
  /** Where they stand in the tree of params. */
  readonly path: string;
  readonly kind: UseKind;
  /** Positions of its params. */
  readonly params: readonly number[];
  /** ReLU, sigmoid and tanh of what it gives, before the next layer; several where it is used several times. */
  readonly activations: readonly Tensor[];
  /** What the layer gives: the last value that its params enter, once for each time it is used. */
  readonly output: Tensor | undefined;
  /** True if no layer comes after it. */
  readonly isLast: boolean;
}

/** A sum of a value and of what layers made of it. */
export interface NetworkSum {
  readonly path: string;
  /** Positions of the params within. */
  readonly params: readonly number[];
  readonly branch: Tensor;
  readonly skip: Tensor;
}

export interface Network {
  /** In the order in which they are used. */
  readonly layers: readonly NetworkLayer[];
  readonly sums: readonly NetworkSum[];
}

/** A traced loss. */
export interface TracedLoss {
  readonly value: Tensor;
  readonly params: readonly Tensor[];
  /** Where each stands, as `2.weight`. */
  readonly paths: readonly string[];
  /** The arrays of the batch. */
  readonly batch: readonly Tensor[];
}

/**
 * The network in a loss, read off its graph: which params make a layer, the nonlinearities that follow it, and the
 * shortcuts around layers. No layer needs to be declared: a loss written by hand has them as a `sequential` model
 * does.
 *
 * Params that stand in one record are one layer, but for a record with several matrices, each of which is then a layer with
 * the bias that is added to its product. A value belongs to the layer that it went through last.
 */
export function networkOf({ value, params, paths, batch }: TracedLoss): Network {
  const nodes = reachable([value]);
  const trace = new Trace(nodes, params, batch);
  const groups = layersOfPaths(paths, trace.uses);
  const layerOf = new Map(groups.flatMap(({ params: own }, i) => own.map((at) => [at, i])));
  const owners = trace.owners(layerOf);
  const found = groups.map((): Tensor[] => []);
  const outputs: (Tensor | undefined)[] = groups.map(() => undefined);
  const goesOn = trace.beforeLayers();
  const isLast = groups.map(() => true);
  for (const node of nodes) {
    const owner = owners[node.id];
    if (owner === undefined) continue;
    if (trace.usedAt(node) !== undefined) outputs[owner] = node;
    if (goesOn[node.id] === 1) isLast[owner] = false;
    if (isActivation(node, trace) && (node.op !== "relu" || goesOn[node.id] === 1))
      found[owner]!.push(node);
  }
  const layers = groups.map(
    ({ path, kind, params: own }, i): NetworkLayer => ({
      ...{ path, kind, params: own },
      activations: found[i]!,
      output: outputs[i],
      isLast: isLast[i]!,
    }),
  );
  return { layers, sums: trace.sums(paths) };
}

/** The nodes of a loss with who uses them, and what they depend on. */
class Trace {
  readonly uses: (Use | undefined)[];
  readonly #nodes: readonly Tensor[];
  readonly #users = new Map<Tensor, Tensor[]>();
  /** By node: 1 if it depends on the batch. */
  readonly #isData: Uint8Array;
  /** By node that does not depend on it: the first param that it is made of. */
  readonly #source: (number | undefined)[] = [];
  /** By node at which params enter: which. */
  readonly #entering = new Map<Tensor, number[]>();

  constructor(nodes: readonly Tensor[], params: readonly Tensor[], batch: readonly Tensor[]) {
    this.#nodes = nodes;
    this.uses = params.map(() => undefined);
    this.#isData = new Uint8Array(nodes.reduce((most, { id }) => Math.max(most, id), 0) + 1);
    const places = new Map(params.map((param, at) => [param, at]));
    const rows = new Set(batch);
    for (const node of nodes) {
      for (const input of node.inputs) {
        const known = this.#users.get(input);
        if (known === undefined) this.#users.set(input, [node]);
        else known.push(node);
      }
      const inputs = ingredients(node);
      const isData = rows.has(node) || inputs.some(({ id }) => this.#isData[id] === 1);
      if (!isData) {
        this.#source[node.id] =
          places.get(node) ??
          inputs.map(({ id }) => this.#source[id]).find((source) => source !== undefined);
        continue;
      }
      this.#isData[node.id] = 1;
      if (node.op === "custom") continue;
      for (const input of inputs) {
        const param = this.#source[input.id];
        if (param === undefined) continue;
        this.#entering.set(node, [...(this.#entering.get(node) ?? []), param]);
        this.uses[param] ??= { node, kind: kindOfUse(node) };
      }
    }
  }

  usersOf = (node: Tensor): readonly Tensor[] => this.#users.get(node) ?? [];
  usedAt = (node: Tensor): readonly number[] | undefined => this.#entering.get(node);

  /** By node that depends on the batch: the layer it went through last. */
  owners(layerOf: ReadonlyMap<number, number>): (number | undefined)[] {
    const owners: (number | undefined)[] = [];
    /** When the layer was entered; a node takes the latest of its inputs'. */
    const since: number[] = [];
    for (const node of this.#nodes) {
      if (this.#isData[node.id] === 0) continue;
      const [param] = this.#entering.get(node) ?? [];
      if (param !== undefined) {
        owners[node.id] = layerOf.get(param);
        since[node.id] = node.id;
        continue;
      }
      let latest = -1;
      for (const { id } of ingredients(node)) {
        if (owners[id] === undefined || since[id]! <= latest) continue;
        latest = since[id]!;
        owners[node.id] = owners[id];
      }
      since[node.id] = latest;
    }
    return owners;
  }

  /** By node: 1 if a matrix, filters or a table of embeddings come after it. */
  beforeLayers(): Uint8Array {
    const before = new Uint8Array(this.#isData.length);
    for (const node of [...this.#nodes].reverse()) {
      const enters = this.#entering.has(node) && kindOfUse(node) !== "elementwise";
      if (!enters && before[node.id] === 0) continue;
      for (const { id } of ingredients(node)) if (this.#isData[id] === 1) before[id] = 1;
    }
    return before;
  }

  /** The sums of a value and what layers made of it; or of two branches, where their paths say that they are. */
  sums(paths: readonly string[]): NetworkSum[] {
    const found = new Map<string, NetworkSum>();
    for (const node of this.#nodes) {
      const [a, b] = node.inputs;
      if (node.op !== "add" || !isFloat(node.dtype) || node.shape.length < 2) continue;
      if (this.#isData[a!.id] === 0 || this.#isData[b!.id] === 0) continue;
      if (!sameShapes(a!.shape, b!.shape)) continue;
      const sum = this.#identitySum(a!, b!, paths) ?? this.#projectedSum(a!, b!, paths);
      if (sum !== undefined) found.set(sum.path, sum);
    }
    return [...found.values()];
  }

  #identitySum(a: Tensor, b: Tensor, paths: readonly string[]): NetworkSum | undefined {
    const [early, late] = a.id < b.id ? [a, b] : [b, a];
    const { reaches, params } = this.#between(late, early);
    if (!reaches || params.length === 0) return undefined;
    return { path: sumPath(params, paths), params, branch: late, skip: unwrapped(early) };
  }

  #projectedSum(a: Tensor, b: Tensor, paths: readonly string[]): NetworkSum | undefined {
    const [left, right] = [a, b].map((node) => this.#nearestParam(node));
    if (left === undefined || right === undefined) return undefined;
    for (const [one, other, branch, skip] of [
      [left, right, a, b],
      [right, left, b, a],
    ] as const) {
      const [, path] = /^(.*?)\.?branch\./.exec(paths[one]!) ?? [];
      const prefix = path === undefined || path === "" ? "" : `${path}.`;
      if (path === undefined || !paths[other]!.startsWith(`${prefix}shortcut.`)) continue;
      const params = paths.flatMap((own, at) =>
        own.startsWith(`${prefix}branch.`) || own.startsWith(`${prefix}shortcut.`) ? [at] : [],
      );
      return { path: path === "" ? "residual" : path, params, branch, skip };
    }
    return undefined;
  }

  #nearestParam(node: Tensor): number | undefined {
    let at: Tensor | undefined = node;
    while (at !== undefined) {
      const [param]: readonly number[] = this.#entering.get(at) ?? [];
      if (param !== undefined) return param;
      at = ingredients(at).find(({ id }) => this.#isData[id] === 1);
    }
    return undefined;
  }

  /** Whether a value is made of an earlier one, and the params that enter between. */
  #between(late: Tensor, early: Tensor) {
    const from = unwrapped(early);
    const params = new Set<number>();
    const seen = new Set<Tensor>();
    let reaches = false;
    const waiting = [late];
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (node === from) reaches = true;
      if (node.id <= from.id || seen.has(node) || this.#isData[node.id] === 0) continue;
      seen.add(node);
      for (const param of this.#entering.get(node) ?? []) params.add(param);
      waiting.push(...ingredients(node));
    }
    return { reaches, params: [...params].sort((a, b) => a - b) };
  }
}

/** What a node is computed from: a custom derivative's value is its last input. */
const ingredients = (node: Tensor): readonly Tensor[] =>
  node.op === "custom" ? node.inputs.slice(-1) : node.inputs;

/** A value without the marks that only derivatives see. */
function unwrapped(node: Tensor): Tensor {
  let at = node;
  while (at.op === "alias" || at.op === "stopGradient" || at.op === "custom")
    at = at.inputs[at.inputs.length - 1]!;
  return at;
}

function kindOfUse({ op }: Tensor): Use["kind"] {
  if (op === "dot") return "dense";
  if (op === "conv") return "conv";
  return op === "gather" ? "embedding" : "elementwise";
}

/** The layers' common path, without the `branch` that `residual` puts them under. */
function sumPath(params: readonly number[], paths: readonly string[]): string {
  const [first = [], ...others] = params.map((at) => paths[at]!.split(".").slice(0, -1));
  const common = first.filter((_, i) =>
    others.every((other) => first.slice(0, i + 1).every((key, j) => other[j] === key)),
  );
  if (common.at(-1) === "branch") common.pop();
  if (common.length > 0 && (others.length === 0 || first.length > common.length))
    return common.join(".");
  const [from, to] = [params[0]!, params.at(-1)!].map((at) => paths[at]!.split(".")[0]);
  return from === to ? `residual ${from}` : `residual ${from}–${to}`;
}

/** Nonlinearities whose units can die or saturate: not where the same formula lets the input through beside them. */
function isActivation(node: Tensor, trace: Trace): boolean {
  const [input] = node.inputs;
  const users = trace.usersOf(node);
  switch (node.op) {
    case "sigmoid": // x · sigmoid(x) is silu
      return !users.some(({ op, inputs }) => op === "mul" && inputs.includes(input!));
    case "tanh": // 1 + tanh(…) is the one in gelu
      return !users.some(({ op, inputs }) => op === "add" && inputs.some((x) => splat(x) === 1));
    case "relu": // x − relu(x) is the one in elu; a·relu(x) + b·x is leaky
      return !users.some(
        (user) =>
          (user.op === "sub" && user.inputs.includes(input!)) ||
          trace.usersOf(user).some((sum) => sum.op === "add" && sum.inputs.some(isPartOf(input!))),
      );
    default:
      return false;
  }
}

const isPartOf =
  (x: Tensor) =>
  (node: Tensor): boolean =>
    node === x ||
    (node.op === "mul" && node.inputs[0] === x && splat(node.inputs[1]) !== undefined);
