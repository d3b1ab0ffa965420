import type { Tensor } from "../../array/tensor.ts";
import type { Tree } from "../../array/tree.ts";
import type { Refresh, RefreshPlace, Rule } from "./rule.ts";

/** The refresh of rules side by side, where `renew` renews the state of each; undefined if none has one. */
export function refreshTogether<S>(
  rules: readonly Rule[],
  renew: Refresh<S>["renew"],
): Refresh<S> | undefined {
  if (rules.every(({ refresh }) => refresh === undefined)) return undefined;
  return { due: (step) => rules.some(({ refresh }) => refresh?.due(step) === true), renew };
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
    due: refresh.due,
    renew: (state, place) => ({ ...state, [key]: refresh.renew(state[key], place) }),
  };
}
