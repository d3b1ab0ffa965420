import { primitiveOf } from "../array/graph.ts";
import { reachable } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { networkOf, type TracedLoss } from "./network.ts";

/** A layer of a traced network, as plain data. */
export interface GraphLayer {
  /** Where its params stand in their tree. */
  readonly path: string;
  readonly kind: string;
  /** Positions of its params. */
  readonly params: readonly number[];
  /** What it gives: the shape of the last value that its params enter, the rows of the batch first. */
  readonly output: readonly number[] | undefined;
  /** Operations on values that went through it last, by name, as often as each is recorded. */
  readonly operations: Readonly<Record<string, number>>;
  /** Of those operations, computed from their shapes. */
  readonly flops: number;
  /** Layers that values come from; −1 for the batch itself. Rising. */
  readonly from: readonly number[];
  /** Whether values go from it to the loss without another layer. */
  readonly toLoss: boolean;
}

/** The layers of a loss and what goes from which to which, read off its graph. */
export interface LayerGraph {
  /** In the order in which a batch passes them. */
  readonly layers: readonly GraphLayer[];
  /** Sums of a value and of what layers made of it: the params within, by position. */
  readonly shortcuts: readonly { readonly path: string; readonly params: readonly number[] }[];
}

/** What a value went through last: layers, or the batch (−1); several where it is made of several. */
type Origins = readonly number[];

/**
 * The layers in a loss as a graph. A layer's params make it (see `networkOf`); a value comes from the layers that it, or what
 * it is computed from, went through last.
 */
export function layerGraph(traced: TracedLoss): LayerGraph {
  const { layers, sums } = networkOf(traced);
  const { value, params, batch } = traced;
  const layerOf = new Map(layers.flatMap(({ params: own }, i) => own.map((at) => [at, i])));
  const places = new Map(params.map((param, at) => [param, at]));
  const rows = new Set(batch);
  const from = layers.map(() => new Set<number>());
  const operations = layers.map((): Record<string, number> => ({}));
  const flops = layers.map(() => 0);
  const outputs = layers.map((): readonly number[] | undefined => undefined);
  const origins = new Map<Tensor, Origins>();
  /** Of what is made of params alone: one of them. */
  const sources = new Map<Tensor, number>();
  for (const node of reachable([value])) {
    // A custom derivative's value is its last input.
    const inputs = node.op === "custom" ? node.inputs.slice(-1) : node.inputs;
    const param = places.get(node) ?? inputs.map((one) => sources.get(one)).find(isNumber);
    const isData = rows.has(node) || inputs.some((input) => origins.has(input));
    if (!isData) {
      if (param !== undefined) sources.set(node, param);
      continue;
    }
    const before = [...new Set(inputs.flatMap((input) => origins.get(input) ?? []))];
    // A penalty is added to a loss when the batch is one number already: no value goes through its params.
    const enters = node.op !== "custom" && node.size > 1;
    const entered = enters ? inputs.map((one) => sources.get(one)).find(isNumber) : undefined;
    const layer = entered === undefined ? undefined : layerOf.get(entered);
    if (layer === undefined) {
      origins.set(node, rows.has(node) ? [-1] : before);
    } else {
      for (const origin of before) if (origin !== layer) from[layer]!.add(origin);
      origins.set(node, [layer]);
      outputs[layer] = node.shape;
    }
    const owner = Math.max(...(origins.get(node) ?? []));
    if (owner < 0 || node.op === "custom" || node.op === "alias" || node.op === "stopGradient")
      continue;
    operations[owner]![node.op] = (operations[owner]![node.op] ?? 0) + 1;
    flops[owner] = flops[owner]! + primitiveOf(node.op).cost(node).flops;
  }
  const last = new Set(origins.get(value) ?? []);
  return {
    layers: layers.map(({ path, kind, params: own }, i) => ({
      ...{ path, kind, params: own, output: outputs[i] },
      ...{ operations: operations[i]!, flops: flops[i]! },
      from: [...from[i]!].sort((a, b) => a - b),
      toLoss: last.has(i),
    })),
    shortcuts: sums.map(({ path, params: own }) => ({ path, params: own })),
  };
}

const isNumber = (value: number | undefined): value is number => value !== undefined;
