import type { TypedArray } from "../../array/dtype.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Tree } from "../../array/tree.ts";
import { internal } from "../../base/errors.ts";
import type { HeldState, Refresh, RefreshPlace, Rule } from "./rule.ts";

/**
 * The refresh of rules side by side, each with its part of the state at `key`; undefined if none has one. It is due where any is due,
 * and renews the state of each.
 */
export function refreshTogether<S>(
  rules: readonly (readonly [key: string | number, rule: Rule])[],
  renew: Refresh<S>["renew"],
): Refresh<S> | undefined {
  const parts = rules.flatMap(([key, { refresh }]) =>
    refresh === undefined ? [] : [[key, refresh] as const],
  );
  if (parts.length === 0) return undefined;
  return {
    next: (step, state) =>
      Math.min(...parts.map(([key, refresh]) => refresh.next(step, partOf(state, key)))),
    quiet: (state) =>
      parts.every(([key, refresh]) => refresh.quiet?.(partOf(state, key)) !== false),
    renew,
  };
}

/** A rule's state, renewed if it has a refresh. */
export const renewed = <S extends Tree<Tensor>>(
  { refresh }: Rule<S>,
  state: S,
  place: RefreshPlace,
): S => (refresh === undefined ? state : refresh.renew(state, place));

/** The refresh of a wrapper that keeps the state of the rule inside at `key`. */
export function refreshWithin<
  K extends string,
  S extends Tree<Tensor>,
  W extends { readonly [_ in K]: S },
>(rule: Rule<S>, key: K): Refresh<W> | undefined {
  const { refresh } = rule;
  if (refresh === undefined) return undefined;
  return {
    next: (step, state) => refresh.next(step, partOf(state, key)),
    quiet: (state) => refresh.quiet?.(partOf(state, key)) !== false,
    renew: (state, place) => ({ ...state, [key]: refresh.renew(state[key], place) }),
  };
}

/** One branch of a held state. */
export function partOf(state: HeldState, key: string | number): HeldState {
  // A rule's state is nested as the rule made it, and the rule asks for branches that it made.
  const part = (state as Readonly<Record<string | number, HeldState>>)[key];
  if (part === undefined) throw internal(`a rule's state without its ${key}`);
  return part;
}

/** A scalar of a held state. */
export const heldNumber = (state: HeldState, key: string): number =>
  (partOf(state, key) as TypedArray)[0]!; // a scalar is a leaf of one element
