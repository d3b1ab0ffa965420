import type { Tensor } from "../array/tensor.ts";

/** How a param enters what depends on the batch: as a matrix, as filters, as a table, or element by element. */
export type UseKind = "dense" | "conv" | "embedding" | "elementwise";

/** Where a param meets the batch first. */
export interface Use {
  readonly node: Tensor;
  readonly kind: UseKind;
}

/** Params that make one layer. */
export interface LayerOfPaths {
  readonly path: string;
  readonly kind: UseKind;
  readonly params: readonly number[];
}

/**
 * Which params make a layer: those that stand in one record; where a record holds several matrices, or stands at the root,
 * each matrix with what is added to its product. In the order of use; params that the loss does not use come last.
 */
export function layersOfPaths(
  paths: readonly string[],
  uses: readonly (Use | undefined)[],
): readonly LayerOfPaths[] {
  const records = new Map<string, number[]>();
  paths.forEach((path, at) => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf(".")));
    records.set(parent, [...(records.get(parent) ?? []), at]);
  });
  const layers = [...records].flatMap(([parent, params]) => {
    const matrices = params.filter((at) => isMatrix(uses[at]));
    if (parent !== "" && matrices.length <= 1) return [layer(parent, params, uses)];
    return split(params, matrices, uses).map((own) => layer(paths[own[0]!] || "params", own, uses));
  });
  const firstUse = ({ params }: LayerOfPaths): number =>
    Math.min(...params.map((at) => uses[at]?.node.id ?? Number.POSITIVE_INFINITY));
  return layers
    .map((own) => ({ own, at: firstUse(own) }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ own }) => own);
}

const isMatrix = (use: Use | undefined): boolean => use !== undefined && use.kind !== "elementwise";

function layer(
  path: string,
  params: readonly number[],
  uses: readonly (Use | undefined)[],
): LayerOfPaths {
  const kinds = params.map((at) => uses[at]?.kind);
  return {
    path,
    params,
    kind: kinds.find((kind) => kind && kind !== "elementwise") ?? "elementwise",
  };
}

/** Each matrix with the params whose first use takes in its product; the rest alone. */
function split(
  params: readonly number[],
  matrices: readonly number[],
  uses: readonly (Use | undefined)[],
): number[][] {
  const own = new Map(matrices.map((at) => [at, [at]]));
  const rest: number[][] = [];
  for (const at of params) {
    if (matrices.includes(at)) continue;
    const matrix = matrices.find((one) => addsTo(uses[at], uses[one]!));
    if (matrix === undefined) rest.push([at]);
    else own.get(matrix)!.push(at);
  }
  return [...own.values(), ...rest];
}

/** Whether a param is added to a product, or to a sum with it. */
function addsTo(use: Use | undefined, product: Use): boolean {
  if (use === undefined || use.node.op !== "add") return false;
  return use.node.inputs.some(
    (input) =>
      input === product.node ||
      (input.op === "add" && input.inputs.some((inner) => inner === product.node)),
  );
}
