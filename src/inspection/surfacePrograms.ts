import type { Aval } from "../array/primitives/primitive.ts";
import { finish, type Program, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { differentiate, gnvp, hvp } from "../autodiff/grad.ts";
import { close, requireScalar } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { internal, NadirError } from "../base/errors.ts";
import { evaluateLoss, scalarReport } from "../training/step.ts";
import type { Values } from "../training/values.ts";
import type { Located } from "./point.ts";

/** What is computed of a loss; `state` is the model's after a batch in training mode. */
export type Part = "value" | "gradient" | "hvp" | "gnvp" | "state";

/** The pieces that a program is traced from. */
export interface Pieces {
  readonly params: Tree<Tensor>;
  readonly state: unknown;
  readonly batch: unknown;
  readonly key: Tensor;
  readonly rest: readonly Tensor[];
}

/** The loss of a batch in eval mode, of params. */
export const lossOf =
  ({ loss }: Located, { state, batch, key }: Pieces) =>
  (params: Tree<Tensor>): Tensor =>
    evaluateLoss(loss, params, batch, { key, training: false, state }).value;

/** What a loss tells of a batch beside its value, in eval mode, by name: the user's own metrics. */
export function metricsOf(
  { loss }: Located,
  { params, state, batch, key }: Pieces,
): readonly (readonly [name: string, metric: Tensor])[] {
  const { aux } = evaluateLoss(loss, params, batch, { key, training: false, state });
  return Object.entries(aux.metrics).map(([name, metric]) => [name, scalarReport(name, metric)]);
}

/** What the model says of a batch, in eval mode; none where it cannot be told apart from the loss. */
export const outputsOf = (
  { parts }: Located,
  { params, state, batch, key }: Pieces,
): readonly Tensor[] =>
  parts === undefined
    ? []
    : tensorsOf(parts.outputs(params, batch, { key, training: false, state }) as Tree<Tensor>);

/** What a part computes of these pieces; `rest` holds the direction of a product. */
export function traceOf(located: Located, part: Part, pieces: Pieces): readonly Tensor[] {
  const { params, batch, state, key, rest } = pieces;
  const loss = lossOf(located, pieces);
  const direction = (): Tree<Tensor> => close(located.params.structure, rest);
  switch (part) {
    case "value":
      return [loss(params)];
    case "gradient": {
      const of = (p: Tree<Tensor>) => ({ value: loss(p), aux: undefined });
      const { value, gradient } = differentiate(params, of, "inspect");
      return [value, ...tensorsOf(gradient)];
    }
    case "hvp":
      return tensorsOf(hvp(loss, params, direction()));
    case "gnvp": {
      const { parts } = located;
      if (parts === undefined) throw noParts();
      const context = { key, training: false, state };
      const outputs = (p: Tree<Tensor>) => parts.outputs(p, batch, context) as Tree<Tensor>;
      const outer = (q: Tree<Tensor>) => requireScalar("loss", parts.loss(q, batch));
      return tensorsOf(gnvp(outputs, outer, params, direction()));
    }
    case "state": {
      const context = { key, training: true, state };
      return tensorsOf(evaluateLoss(located.loss, params, batch, context).aux.state ?? state);
    }
  }
}

const noParts = (): NadirError =>
  new NadirError("inspect/gauss-newton", "the Gauss–Newton matrix of a loss that is one piece", {
    expected: "a loss whose model can be told apart: JᵀHJ takes the model's J and the loss's own H",
    hint: "loss: compositeLoss((params, batch) => outputs, (outputs, batch) => loss), or leastSquares(residuals)",
  });

/** A program of params, state, the arrays of a batch, the key, and what else it is given. */
export function programOf(
  { params, state, dtype }: Located,
  values: Values,
  extra: readonly Aval[],
  trace: (pieces: Pieces) => readonly Tensor[],
): Program {
  const key: Aval = { shape: [2], dtype: "i32" };
  const groups: readonly (readonly Aval[])[] = [
    params.arrays,
    state.arrays,
    values.arrays,
    [key],
    extra,
  ];
  const recorded = record(
    groups.flat(),
    (...inputs) => {
      const lengths = groups.map(({ length }) => length);
      const [own, remembered, rows, [root] = [], rest] = cut(inputs, lengths);
      if (root === undefined) throw internal("a surface without its key");
      return trace({
        params: close(params.structure, own!),
        state: close(state.structure, remembered!),
        batch: close(values.structure, rows!),
        key: root,
        rest: rest!,
      });
    },
    dtype,
  );
  return finish(recorded);
}
