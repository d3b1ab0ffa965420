import { reachable } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";

/** What enters a traced loss. */
export interface Entrances {
  readonly params: readonly Tensor[];
  readonly batch: readonly Tensor[];
  /** Rows of the batch. */
  readonly rows: number;
}

/** A product of something of the batch with params. */
export interface Product {
  readonly node: Tensor;
  /** Which of the params. */
  readonly param: number;
}

/** x + f(x), with params in f. */
export interface Branch {
  readonly skip: Tensor;
  readonly branch: Tensor;
  readonly param: number;
}

/** The output of a nonlinearity. */
export interface Unit {
  readonly node: Tensor;
  readonly op: "relu" | "tanh" | "sigmoid";
  /** The weights that feed it; undefined where none does. */
  readonly param: number | undefined;
  /** True where its input goes on beside it, as in a leaky relu, or where it only scales something else, as a gate does. */
  readonly beside: boolean;
}

/** What classes are told by, with what they are to be. */
export interface Scores {
  readonly scores: Tensor;
  /** A row of probabilities each. */
  readonly targets: Tensor;
}

/** What can be read off a loss's graph. */
export interface GraphFacts {
  readonly products: readonly Product[];
  readonly units: readonly Unit[];
  readonly branches: readonly Branch[];
  readonly scores: Scores | undefined;
  /** Whether something of the batch is divided by a square root: a normalization, as a rule. */
  readonly isNormalized: boolean;
  /** Which of the batch's arrays are features: those that products are made of. */
  readonly features: readonly number[];
}

/** Nonlinearities that are looked at, at most, spread evenly over the graph. */
const mostUnits = 64;

/** Reads a traced loss: no model needs to be declared, as a loss written by hand has these too. */
export function readGraph(value: Tensor, { params, batch, rows }: Entrances): GraphFacts {
  const nodes = reachable([value]);
  const place = new Map<Tensor, number>();
  nodes.forEach((node, i) => {
    place.set(node, i);
  });
  const ofParams = marked(nodes, place, params);
  const ofBatch = marked(nodes, place, batch);
  const users = new Map<Tensor, Tensor[]>();
  for (const node of nodes)
    for (const input of new Set(node.inputs)) users.set(input, [...(users.get(input) ?? []), node]);
  const isOf = (marks: Uint8Array, node: Tensor): boolean => marks[place.get(node) ?? -1] === 1;
  const bare = (node: Tensor): Tensor => {
    let at = node;
    while (["alias", "reshape", "transpose", "cast"].includes(at.op)) at = at.inputs[0]!;
    return at;
  };
  const paramOf = (node: Tensor): number => params.indexOf(bare(node));

  const products: Product[] = [];
  for (const node of nodes) {
    if (node.op !== "dot" && node.op !== "conv") continue;
    const param = node.inputs.map(paramOf).find((index) => index >= 0);
    if (param !== undefined && isOf(ofBatch, node)) products.push({ node, param });
  }
  const productOf = new Map(products.map(({ node, param }) => [node, param]));

  /** The weights whose product is nearest behind a node. */
  const ownerOf = (node: Tensor): number | undefined => {
    const queue = [node];
    const seen = new Set<Tensor>(queue);
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      const own = productOf.get(at);
      if (own !== undefined) return own;
      for (const input of at.inputs) {
        if (seen.has(input) || !isOf(ofBatch, input)) continue;
        seen.add(input);
        queue.push(input);
      }
      queue.sort((a, b) => b.id - a.id);
    }
    return undefined;
  };

  const isBatch = (node: Tensor): boolean =>
    node.shape.length > 1 && node.shape[0] === rows && isOf(ofBatch, node);
  const units: Unit[] = [];
  for (const node of nodes) {
    if (node.op !== "relu" && node.op !== "tanh" && node.op !== "sigmoid") continue;
    if (!isBatch(node) || !isOf(ofParams, node)) continue;
    const input = node.inputs[0]!;
    const after = users.get(node) ?? [];
    const scales = after.length > 0 && after.every((user) => isGateOf(user, node, isOf, ofBatch));
    const beside = (users.get(input)?.length ?? 0) > 1 || scales;
    units.push({ node, op: node.op, param: ownerOf(input), beside });
  }

  const branches: Branch[] = [];
  for (const node of nodes) {
    if (node.op !== "add" || !isBatch(node)) continue;
    const [a, b] = node.inputs as readonly [Tensor, Tensor];
    if (a.shape.join() !== b.shape.join() || a === b) continue;
    const [skip, branch] = a.id < b.id ? [a, b] : [b, a];
    if (!isOf(ofBatch, skip)) continue;
    const between = productBetween(skip, branch, productOf);
    if (between !== undefined) branches.push({ skip, branch, param: between });
  }

  let scores: Scores | undefined;
  for (const node of nodes) {
    if (node.op !== "logSoftmax" || !isBatch(node)) continue;
    for (const user of users.get(node) ?? []) {
      if (user.op !== "mul") continue;
      const targets = user.inputs.find((input) => input !== node);
      if (targets === undefined || isOf(ofParams, targets) || !isOf(ofBatch, targets)) continue;
      if (targets.shape.join() === node.shape.join()) scores = { scores: node.inputs[0]!, targets };
    }
  }

  const features = batch.flatMap((input, i) => {
    if (input.shape.length < 2 || (input.dtype !== "f32" && input.dtype !== "f64")) return [];
    const own = marked(nodes, place, [input]);
    return products.some(({ node }) => isOf(own, node)) ? [i] : [];
  });
  const every = Math.max(1, units.length / mostUnits);
  return {
    products,
    units: units.filter((_, i) => Math.floor(i / every) !== Math.floor((i - 1) / every)),
    branches,
    scores,
    isNormalized: nodes.some(
      ({ op, inputs }) => op === "div" && isOf(ofBatch, inputs[0]!) && rootOf(inputs[1]!),
    ),
    features,
  };
}

/** Which nodes are made of some of the entrances. */
function marked(
  nodes: readonly Tensor[],
  place: ReadonlyMap<Tensor, number>,
  entrances: readonly Tensor[],
): Uint8Array {
  const marks = new Uint8Array(nodes.length);
  const sources = new Set(entrances);
  nodes.forEach((node, i) => {
    const made = node.inputs.some((input) => marks[place.get(input) ?? -1] === 1);
    if (sources.has(node) || made) marks[i] = 1;
  });
  return marks;
}

/** Whether a node scales something else of the batch by this one. */
const isGateOf = (
  user: Tensor,
  node: Tensor,
  isOf: (marks: Uint8Array, node: Tensor) => boolean,
  ofBatch: Uint8Array,
): boolean =>
  user.op === "mul" && user.inputs.some((input) => input !== node && isOf(ofBatch, input));

/** The weights of a product on the way from one node to another; undefined where there is no way, or no product on it. */
function productBetween(
  from: Tensor,
  to: Tensor,
  productOf: ReadonlyMap<Tensor, number>,
): number | undefined {
  const seen = new Map<Tensor, { readonly leads: boolean; readonly param: number | undefined }>();
  const nothing = { leads: false, param: undefined };
  const visit = (node: Tensor): { leads: boolean; param: number | undefined } => {
    if (node === from) return { leads: true, param: undefined };
    if (node.id < from.id) return nothing;
    const known = seen.get(node);
    if (known !== undefined) return known;
    const ways = node.inputs.map(visit).filter(({ leads }) => leads);
    const own = productOf.get(node);
    const found =
      ways.length === 0
        ? nothing
        : { leads: true, param: ways.find(({ param }) => param !== undefined)?.param ?? own };
    seen.set(node, found);
    return found;
  };
  return visit(to).param;
}

/** Whether it is a square root, spread out or not. */
function rootOf(node: Tensor): boolean {
  let at = node;
  while (["broadcastTo", "reshape", "alias"].includes(at.op)) at = at.inputs[0]!;
  return at.op === "sqrt";
}
