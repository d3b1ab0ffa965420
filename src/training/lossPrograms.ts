import type { Aval } from "../array/primitives/primitive.ts";
import { finish, type Program, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { differentiate, gnvp, hvp } from "../autodiff/grad.ts";
import { close, requireScalar } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { internal, NadirError } from "../base/errors.ts";
import type { Features } from "../linalg/ask.ts";
import { partsOf } from "./compositeLoss.ts";
import { type AnyLoss, evaluateLoss } from "./step.ts";
import { noValues, type Values } from "./values.ts";

/** What may be computed of a loss on a batch. */
export type Part = "value" | "gradient" | "hvp" | "gnvp";

/**
 * A loss on batches and its derivatives, as programs for batches of each size: in training mode, as a
 * rule's step sees it, without a model's state.
 */
export class LossPrograms {
  readonly loss: AnyLoss;
  readonly params: Values;
  readonly dtype: "f32" | "f64";

  constructor(loss: AnyLoss, params: Values, dtype: "f32" | "f64") {
    this.loss = loss;
    this.params = params;
    this.dtype = dtype;
  }

  /** What may be asked beyond values and derivatives: the keys of `Features`. */
  get features(): { readonly [K in keyof Features]?: true } {
    const rows = { rows: true, "row-count": true } as const;
    return partsOf(this.loss) === undefined ? rows : { ...rows, gnvp: true };
  }

  /** The program for a chunk like `batch`: of params, its arrays and the key, and of a direction for products. */
  of(kind: Part, batch: Values): Program {
    const ofDirection = kind === "hvp" || kind === "gnvp" ? this.params.arrays : [];
    const key: Aval = { shape: [2], dtype: "i32" };
    const groups: readonly (readonly Aval[])[] = [
      this.params.arrays,
      batch.arrays,
      [key],
      ofDirection,
    ];
    return finish(
      record(
        groups.flat(),
        (...inputs) => {
          const lengths = groups.map(({ length }) => length);
          const [leaves, rows, [root] = [], direction] = cut(inputs, lengths);
          if (root === undefined) throw internal("a loss without its key");
          const params = close<Tree<Tensor>>(this.params.structure, leaves!);
          const own = close<unknown>(batch.structure, rows!);
          const along = () => close<Tree<Tensor>>(this.params.structure, direction!);
          return this.#trace(kind, params, own, root, along);
        },
        this.dtype,
      ),
    );
  }

  #trace(
    kind: Part,
    params: Tree<Tensor>,
    batch: unknown,
    key: Tensor,
    direction: () => Tree<Tensor>,
  ): readonly Tensor[] {
    const context = { key, training: true, state: close(noValues.structure, []) };
    const loss = (p: Tree<Tensor>): Tensor => evaluateLoss(this.loss, p, batch, context).value;
    switch (kind) {
      case "value":
        return [loss(params)];
      case "gradient": {
        const of = (p: Tree<Tensor>) => ({ value: loss(p), aux: undefined });
        const { value, gradient } = differentiate(params, of, "fit");
        return [value, ...tensorsOf(gradient)];
      }
      case "hvp":
        return tensorsOf(hvp(loss, params, direction()));
      case "gnvp": {
        const parts = partsOf(this.loss);
        if (parts === undefined) throw internal("a Gauss–Newton product of a loss without parts");
        const outputs = (p: Tree<Tensor>) => parts.outputs(p, batch, context) as Tree<Tensor>;
        const outer = (q: Tree<Tensor>) => requireScalar("loss", parts.loss(q, batch));
        return tensorsOf(gnvp(outputs, outer, params, direction()));
      }
    }
  }
}

/**
 * Refuses a loss that is no function of params and batch alone.
 *
 * @param program - the loss's value, by `LossPrograms`
 * @param key - the position of the key among its inputs
 * @throws NadirError `fit/random`
 */
export function requireExact(program: Program, key: number, method: string): void {
  const root = program.inputs[key];
  const drawn = program.nodes.some(({ inputs }) => inputs.some((input) => input === root));
  if (!drawn) return;
  throw new NadirError("fit/random", `fit: ${method} needs the same loss at each evaluation`, {
    expected: "a loss that draws no random numbers: this one does (dropout, noise on its inputs)",
    hint: "leave dropout out and use weight decay, or train with a rule such as adam(1e-3)",
  });
}
