import { type Operand, tensor } from "../array/operations/operand.ts";
import { foldIn, type Key } from "../array/operations/random.ts";
import type { Shape } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import { NadirError } from "../base/errors.ts";
import {
  type Activation,
  type Layer,
  type LayerContext,
  type ParamsOf,
  requireInputShape,
  type StateOf,
  within,
} from "./layer.ts";

/** In which mode a model is applied, with what that mode needs. The context of a loss is one. */
export interface ApplyContext {
  readonly training: boolean;
  /** For layers that draw random numbers, in training. */
  readonly key?: Key | undefined;
  /** What the model remembers, for layers with running statistics. */
  readonly state?: unknown;
}

/** Layers in a row. Itself a layer, so models nest. Params and state are lists, one entry a layer. */
export interface Model<P extends Tree<Tensor> = Tree<Tensor>, S extends Tree<Tensor> = Tree<Tensor>>
  extends Layer<P, S> {
  readonly layers: readonly Layer[];
  /** What is likely to go wrong, in plain words: initialisers that do not fit what follows them. */
  readonly advice: readonly string[];
  /**
   * The output for a batch `[batch, ...inputShape]`.
   *
   * A model that behaves alike in training and outside needs no context. One with dropout or batch norm
   * must be told which it is, so that neither is left out by accident; in training, `run` is for
   * models that remember something.
   *
   * @throws NadirError `model/context`, `model/key`, `model/state`, and what its layers throw
   */
  apply(params: P, x: Operand, context?: ApplyContext): Tensor;
}

/**
 * Layers in a row, each applied to the output of the one before. Weights are drawn by He's rule where a
 * nonlinearity that cuts off one side follows, else by Xavier's.
 *
 * @example
 * const model = sequential(dense(256), relu(), dense(10));
 * await fit({
 *   params: model.init([784]),
 *   loss: (params, batch) => crossEntropy(model.apply(params, batch.x), batch.label),
 * });
 *
 * @throws NadirError `model/empty`, `model/layer`
 */
export function sequential<const L extends readonly Layer[]>(
  ...layers: L
): Model<ParamsOf<L>, StateOf<L>> {
  requireLayers(layers);
  const place = (i: number): string => `layer ${i}, ${layers[i]!.name}`;
  const random = layers.some((layer) => layer.random);
  const stateful = layers.some((layer) => layer.stateful);
  const followsOf = (i: number, after: Activation): Activation =>
    layers.slice(i + 1).find(({ activation }) => activation !== undefined)?.activation ?? after;
  const varianceFactor = (follows: Activation): number =>
    layers.reduce((factor, layer, i) => factor * layer.varianceFactor(followsOf(i, follows)), 1);

  /** The input shape of each layer, then the output shape of the last. */
  const shapes = (inputShape: Shape): Shape[] => {
    requireInputShape(inputShape);
    const found: Shape[] = [inputShape];
    for (const [i, layer] of layers.entries()) {
      found.push(within(place(i), () => layer.outputShape(found[i]!)));
    }
    return found;
  };

  const run = (params: Tree<Tensor>, x: Tensor, context: LayerContext<unknown>) => {
    const { training, key } = context;
    const ofLayers = entries(params, layers.length, "params");
    const states = stateful
      ? entries(context.state, layers.length, "state")
      : layers.map(() => ({}));
    if (training && random && key === undefined) throw missingKey(layers);
    let output = x;
    const state = layers.map((layer, i) => {
      const own = layer.random && key !== undefined ? foldIn(key, i) : undefined;
      const result = within(place(i), () =>
        layer.run(ofLayers[i]!, output, { training, key: own, state: states[i]! }),
      );
      output = result.output;
      return result.state;
    });
    return { output, state };
  };

  const shrinks = varianceFactor("linear");
  const advice = shrinks < 0.1 || shrinks > 10 ? [initialiserAdvice(shrinks)] : [];

  // The lists built here have one entry for each layer, made by that layer: what P and S say.
  return {
    kind: "layer",
    name: "sequential",
    activation: layers.find(({ activation }) => activation !== undefined)?.activation,
    random,
    stateful,
    layers,
    advice,
    varianceFactor,
    outputShape: (inputShape) => shapes(inputShape)[layers.length]!,
    init: (inputShape, follows = "linear") => {
      const along = shapes(inputShape);
      const draws = layers.map((layer, i) =>
        within(place(i), () => layer.init(along[i]!, followsOf(i, follows))),
      );
      return (key) => draws.map((draw, i) => draw(foldIn(key, i))) as ParamsOf<L>;
    },
    state: (inputShape) => {
      const along = shapes(inputShape);
      const makes = layers.map((layer, i) => layer.state(along[i]!));
      return () => makes.map((make) => make()) as StateOf<L>;
    },
    run: (params, x, context) => {
      const result = run(params, x, context);
      return { output: result.output, state: result.state as StateOf<L> };
    },
    apply: (params, x, context) => {
      if (context === undefined && (random || stateful)) throw missingMode(layers);
      const training = context?.training ?? false;
      if (training && stateful) throw forgetful(layers);
      const { key, state } = context ?? {};
      return run(params, tensor("apply", x), { training, key, state }).output;
    },
  };
}

function requireLayers(layers: readonly Layer[]): void {
  if (layers.length === 0) {
    throw new NadirError("model/empty", "sequential: no layers", { expected: "at least one" });
  }
  const odd = layers.findIndex((layer) => layer?.kind !== "layer");
  if (odd < 0) return;
  const found: unknown = layers[odd];
  throw new NadirError(
    "model/layer",
    `sequential: argument ${odd} is ${typeof found === "function" ? `the function ${found.name}` : String(found)}`,
    {
      expected: "layers",
      hint: typeof found === "function" ? `call it: ${found.name}()` : undefined,
    },
  );
}

/** The entries of a list with one for each layer, or an error that says where such lists come from. */
function entries(list: unknown, count: number, what: "params" | "state"): readonly Tree<Tensor>[] {
  // Its leaves are tensors by the types of whoever made it; a plain list is all that can be asked of it here.
  if (Array.isArray(list) && list.length === count) return list as readonly Tree<Tensor>[];
  const found = Array.isArray(list)
    ? `has ${list.length} entries`
    : list === undefined
      ? "is missing"
      : "is no list";
  throw new NadirError(`model/${what}`, `model: ${what} ${found}`, {
    expected: `one entry for each of its ${count} layers`,
    hint:
      what === "params"
        ? "draw them with model.init(inputShape)"
        : "give state: model.state(inputShape) to fit, and the loss' context to the model",
  });
}

const names = (layers: readonly Layer[], which: (layer: Layer) => boolean): string =>
  layers.flatMap((layer, i) => (which(layer) ? [`layer ${i}, ${layer.name}`] : [])).join("; ");

const missingMode = (layers: readonly Layer[]): NadirError =>
  new NadirError(
    "model/context",
    `model: apply was not told whether this is training (${names(layers, (layer) => layer.random || layer.stateful)})`,
    {
      expected: "a context, as this model behaves differently in training",
      hint: "in a loss (params, batch, context) => …, pass context on; to predict, { training: false, state }",
    },
  );

const missingKey = (layers: readonly Layer[]): NadirError =>
  new NadirError(
    "model/key",
    `model: no key to draw random numbers from (${names(layers, ({ random }) => random)})`,
    {
      expected: "context.key in training",
      hint: "in a loss (params, batch, context) => …, pass context on",
    },
  );

const forgetful = (layers: readonly Layer[]): NadirError =>
  new NadirError(
    "model/state",
    `model: apply would forget what this model remembers in training (${names(layers, ({ stateful }) => stateful)})`,
    {
      expected: "run, which returns the state of the next step beside the output",
      hint: "const { output, state } = model.run(params, batch.x, context); return { loss, state };",
    },
  );

const initialiserAdvice = (factor: number): string =>
  `the initialisers chosen here make the variance of a signal ${
    factor < 1
      ? `${(1 / factor).toPrecision(2)} times smaller`
      : `${factor.toPrecision(2)} times larger`
  } on its way through than those that fit what follows each layer (He before relu and its kin, Xavier before the rest): ` +
  `expect gradients that ${factor < 1 ? "vanish" : "explode"}; leave init out to have the fitting ones`;
