import { einsum } from "../array/operations/contraction.ts";
import { conv2d } from "../array/operations/convolution.ts";
import { eye } from "../array/operations/creation.ts";
import { reshape, transpose } from "../array/operations/shaping.ts";
import type { Padding } from "../array/primitives/window.ts";
import { formatShape } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { pullback } from "../autodiff/pullback.ts";
import { NadirError } from "../base/errors.ts";

/** A place where a graph is linear in params: s = aW + b for each example, or for each place of each example. */
export interface LinearLayer {
  /** Which of the params W is: `[in, out]`, or the filters `[out, in, height, width]` of a convolution. */
  readonly weight: number;
  /** Which of them b is: `[out]`; undefined if nothing is added. */
  readonly bias: number | undefined;
  /** Examples in the batch: the length of the first axis. */
  readonly examples: number;
  /** Places of one example that share the weights: 1 for features, height · width for pictures. */
  readonly places: number;
  /** a, `[examples · places, in]`; patches `[examples · places, in · height · width]` of a convolution's input. */
  readonly input: Tensor;
  /** The derivative of the value by s: `[examples · places, out]`. */
  readonly cotangent: Tensor;
}

/**
 * The linear layers of a traced value, read off its graph: each param that stands as the right factor of just one
 * matrix product, or as the filters of one convolution, with what goes in and the derivative by what comes out. No
 * layer needs to be declared: a loss written by hand has them as a `sequential` model does.
 *
 * @param value - a scalar
 * @param params - the params it was traced from, in a trace of their own (`identify`)
 * @throws NadirError `layers/shared` for weights used more than once, `layers/groups`
 * @see Botev & Martens (2022), KFAC-JAX (layers found in the graph); Grosse & Martens (2016), §3.1 (patches)
 */
export function linearLayers(value: Tensor, params: readonly Tensor[]): readonly LinearLayer[] {
  const users = usersOf(value, params);
  const found: LinearLayer[] = [];
  params.forEach((param, weight) => {
    const uses = users.get(param) ?? [];
    const use = uses.find((node) => isLinear(node, param));
    if (use === undefined) return;
    if (uses.length > 1) throw shared(param, uses.length);
    const [cotangent] = pullback([value], [value.graph.full([], 1, value.dtype)], [use]);
    if (cotangent === undefined) return; // the value does not depend on it
    const bias = biasOf(users.get(use) ?? [], use, params);
    found.push({ weight, bias, ...(use.op === "conv" ? convolved : multiplied)(use, cotangent) });
  });
  return found;
}

/** Who uses the params, and who uses those. */
function usersOf(value: Tensor, params: readonly Tensor[]): ReadonlyMap<Tensor, readonly Tensor[]> {
  const users = new Map<Tensor, Tensor[]>(params.map((param) => [param, []]));
  const first = params.reduce((least, { id }) => Math.min(least, id), value.id);
  for (let id = first; id <= value.id; id++) {
    const node = value.graph.nodes[id]!;
    for (const input of new Set(node.inputs)) {
      const known = users.get(input);
      if (known === undefined) continue;
      known.push(node);
      if (params.includes(input)) users.set(node, []);
    }
  }
  return users;
}

const axes = (node: Tensor, name: string): readonly number[] =>
  node.attrs[name] as readonly number[]; // dot's own attributes

const isLinear = (node: Tensor, param: Tensor): boolean => {
  if (node.op === "conv") return node.inputs[1] === param && node.inputs[0] !== param;
  if (node.op !== "dot" || node.inputs[1] !== param || node.inputs[0] === param) return false;
  const right = axes(node, "rhsContract");
  return (
    param.shape.length === 2 &&
    right.length === 1 &&
    right[0] === 0 &&
    axes(node, "lhsBatch").length === 0 &&
    node.inputs[0]!.shape.length > 1
  );
};

/** The param that is added to a layer's product, the same for each example. */
function biasOf(
  users: readonly Tensor[],
  product: Tensor,
  params: readonly Tensor[],
): number | undefined {
  const [sum] = users;
  if (users.length !== 1 || sum?.op !== "add") return undefined;
  let added = sum.inputs[0] === product ? sum.inputs[1]! : sum.inputs[0]!;
  while (added.op === "reshape" || added.op === "broadcastTo") added = added.inputs[0]!;
  const found = params.indexOf(added);
  const width = product.shape[product.op === "conv" ? 1 : product.shape.length - 1];
  return found >= 0 && added.size === width ? found : undefined;
}

type Ends = Pick<LinearLayer, "examples" | "places" | "input" | "cotangent">;

function multiplied(product: Tensor, cotangent: Tensor): Ends {
  const [x, weight] = product.inputs;
  const [contracted] = axes(product, "lhsContract");
  const order = x!.shape.map((_, axis) => axis).filter((axis) => axis !== contracted);
  const last = transpose(x!, [...order, contracted!]);
  const rows = product.size / weight!.shape[1]!;
  const examples = product.shape[0]!;
  return {
    ...{ examples, places: rows / examples },
    input: reshape(last, [rows, weight!.shape[0]!]),
    cotangent: reshape(cotangent, [rows, weight!.shape[1]!]),
  };
}

function convolved(product: Tensor, cotangent: Tensor): Ends {
  const [x, filters] = product.inputs;
  const { stride, padding, dilation, groups } = product.attrs as {
    readonly stride: readonly [number, number];
    readonly padding: Padding;
    readonly dilation: readonly [number, number];
    readonly groups: number;
  }; // conv's own attributes
  if (groups !== 1) {
    throw new NadirError("layers/groups", `a convolution in ${groups} groups has no factors here`, {
      expected: "groups: 1, for methods that work layer by layer",
    });
  }
  const [out = 0, channels = 0, height = 0, width = 0] = filters!.shape;
  const taps = channels * height * width;
  // A filter for each tap, 1 there and 0 elsewhere: what it gives is the tap's part of each patch.
  const picks = reshape(eye(taps, x!.dtype), [taps, channels, height, width]);
  const patches = conv2d(x!, picks, { stride, padding, dilation });
  const examples = product.shape[0]!;
  const places = product.shape[2]! * product.shape[3]!;
  const byPlace = (pictures: Tensor, depth: number): Tensor =>
    reshape(einsum("nchw->nhwc", pictures), [examples * places, depth]);
  return {
    ...{ examples, places },
    input: byPlace(patches, taps),
    cotangent: byPlace(cotangent, out),
  };
}

const shared = ({ shape }: Tensor, uses: number): NadirError =>
  new NadirError("layers/shared", `weights ${formatShape(shape)} are used ${uses} times`, {
    expected: "each weight in one layer, for methods that work layer by layer",
    hint: "give shared weights another rule with byPath",
  });
