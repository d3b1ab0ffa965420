import { foldIn } from "../../array/operations/random.ts";
import { formatShape, type Shape, sameShapes } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Tree } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { type Layer, type None, type ParamsOf, pureLayer, type StateOf, within } from "../layer.ts";
import { sequential } from "../sequential.ts";

/** The params, or the state, of the layers that are skipped and of what skips them. */
export type Branches<B, C> = { readonly branch: B; readonly shortcut: C };

/**
 * x + f(x), with f the layers in a row. Put the nonlinearity that follows the sum behind it.
 *
 * @throws NadirError `residual/shape` unless f keeps the shape
 * @see He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, eq. (1)
 */
export const residual = <const L extends readonly Layer[]>(
  ...layers: L
): Layer<Branches<ParamsOf<L>, None>, Branches<StateOf<L>, None>> =>
  sum(
    "residual",
    pureLayer("shortcut", (x) => x),
    layers,
  );

/**
 * s(x) + f(x), with f the layers in a row and s a layer that brings x to the shape of f(x), as a
 * convolution of window 1 and the stride of f does.
 *
 * @throws NadirError `residual/shape` unless both have one shape
 * @see He, Zhang, Ren & Sun (2016), eq. (2)
 */
export const projectedResidual = <
  PS extends Tree<Tensor>,
  SS extends Tree<Tensor>,
  const L extends readonly Layer[],
>(
  shortcut: Layer<PS, SS>,
  ...layers: L
): Layer<Branches<ParamsOf<L>, PS>, Branches<StateOf<L>, SS>> =>
  sum("projectedResidual", shortcut, layers);

function sum<PS extends Tree<Tensor>, SS extends Tree<Tensor>, L extends readonly Layer[]>(
  name: string,
  shortcut: Layer<PS, SS>,
  layers: L,
): Layer<Branches<ParamsOf<L>, PS>, Branches<StateOf<L>, SS>> {
  const branch = sequential<L>(...layers);
  return {
    kind: "layer",
    name,
    activation: "linear",
    random: branch.random || shortcut.random,
    stateful: branch.stateful || shortcut.stateful,
    outputShape: (inputShape) => {
      const shape = branch.outputShape(inputShape);
      const short = within("shortcut", () => shortcut.outputShape(inputShape));
      requireOneShape(name, inputShape, shape, short);
      return shape;
    },
    init: (inputShape, follows = "linear") => {
      const draws = {
        branch: branch.init(inputShape, follows),
        shortcut: shortcut.init(inputShape, follows),
      };
      return (key) => ({
        branch: draws.branch(foldIn(key, 0)),
        shortcut: draws.shortcut(foldIn(key, 1)),
      });
    },
    state: (inputShape) => {
      const makes = { branch: branch.state(inputShape), shortcut: shortcut.state(inputShape) };
      return () => ({ branch: makes.branch(), shortcut: makes.shortcut() });
    },
    run: (params, x, { training, key, state }) => {
      const keyOf = (place: number) => (key === undefined ? undefined : foldIn(key, place));
      const long = branch.run(params.branch, x, { training, key: keyOf(0), state: state.branch });
      const short = within("shortcut", () =>
        shortcut.run(params.shortcut, x, { training, key: keyOf(1), state: state.shortcut }),
      );
      requireOneShape(name, x.shape, long.output.shape, short.output.shape);
      return {
        output: short.output.add(long.output),
        state: { branch: long.state, shortcut: short.state },
      };
    },
    // What the branch loses, the shortcut carries on.
    varianceFactor: (follows) => Math.max(1, branch.varianceFactor(follows)),
  };
}

function requireOneShape(name: string, given: Shape, long: Shape, short: Shape): void {
  if (sameShapes(long, short)) return;
  throw new NadirError(
    "residual/shape",
    `the layers turn ${formatShape(given)} into ${formatShape(long)}, the shortcut into ${formatShape(short)}`,
    {
      expected: "one shape, so that they can be added",
      hint:
        name === "residual"
          ? "use projectedResidual, with a shortcut such as conv2d(channels, 1, { stride })"
          : "give the shortcut the stride and the channels of the layers",
    },
  );
}
