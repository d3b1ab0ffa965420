/** What is known of a method besides its code: what `nadir methods` shows and the docs are made of. */
interface MethodFacts {
  /** The name it is exported, asked for and reported by. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly summary: string;
  /** What is proved of it, and under which assumptions; or that nothing is. */
  readonly guarantee: string;
  /** The paper, with equation or algorithm number. */
  readonly source: string;
}

/** What a step takes beside the loss itself. */
export interface Price {
  /** Gradients evaluated in a step. */
  readonly gradients: number;
  /** Tensors kept between steps for each tensor of params, of its shape. */
  readonly state: number;
  /** What these two numbers leave out. */
  readonly note?: string;
}

/** An update rule: turns a gradient into a step. */
export interface RuleInfo extends MethodFacts {
  readonly kind: "rule";
  /** Gradients a step, and tensors kept for each tensor of params; `note` where that is not all. */
  readonly price: Price;
}

/** Changes gradients or steps on their way; stands beside a rule in a `chain`, or around one. */
export interface TransformInfo extends MethodFacts {
  readonly kind: "transform";
  /** What it adds to the rule's own price. */
  readonly price: Price;
}

/** A learning rate as a function of the step. */
export interface ScheduleInfo extends MethodFacts {
  readonly kind: "schedule";
}

/** A host loop that asks for values, gradients and Hessian-vector products. */
export interface SolverInfo extends MethodFacts {
  readonly kind: "solver";
  /** Evaluations an iteration, and memory for n unknowns, in words. */
  readonly price: { readonly iteration: string; readonly memory: string };
}

/** A penalty added to a loss: its value, derivative and proximal operator. */
export interface PenaltyInfo extends MethodFacts {
  readonly kind: "penalty";
  /** What a prox costs, in words. */
  readonly price: string;
}

/** A set to stay in. */
export interface ConstraintInfo extends MethodFacts {
  readonly kind: "constraint";
  /** What a projection costs, in words. */
  readonly price: string;
}

/** How long a step along a direction is; solvers that have one take it as `lineSearch`. */
export interface LineSearchInfo extends MethodFacts {
  readonly kind: "line-search";
  /** Evaluations an iteration, and memory for n unknowns, in words. */
  readonly price: { readonly iteration: string; readonly memory: string };
}

/** One row of the table of methods, told apart by `kind`. */
export type MethodInfo =
  | RuleInfo
  | TransformInfo
  | ScheduleInfo
  | SolverInfo
  | LineSearchInfo
  | PenaltyInfo
  | ConstraintInfo;

/** A function that makes a method, with what is known of that method. */
export type Described<F, I extends MethodInfo = MethodInfo> = F & { readonly info: I };

/** Puts what is known of a method beside the function that makes it, so that it is said once. */
export const described = <const I extends MethodInfo, F extends object>(
  info: I,
  make: F,
): Described<F, I> => Object.assign(make, { info });

/** A method's price in words. */
export function priceInWords(info: MethodInfo): string {
  if (info.kind === "schedule") return "nothing";
  if (info.kind === "penalty" || info.kind === "constraint") return info.price;
  if (info.kind === "solver" || info.kind === "line-search")
    return `${info.price.iteration}; ${info.price.memory}`;
  const { gradients, state, note } = info.price;
  const added = info.kind === "transform";
  const parts = [
    ...(gradients > 0 || !added
      ? [`${gradients} gradient${gradients === 1 ? "" : "s"} a step`]
      : []),
    ...(state > 0 ? [`${state}× the params in state`] : []),
    ...(note === undefined ? [] : [note]),
  ];
  if (parts.length === 0) return "nothing";
  return parts.join(", ") + (added ? ", added to the rule's own" : "");
}
