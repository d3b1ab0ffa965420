import type { Rule } from "../../../methods/rules/rule.ts";

/** A rule that tells when what it renews between steps is due: looks at the curvature. */
export function countedLooks(rule: Rule, look: () => void): Rule {
  const { refresh } = rule;
  if (refresh === undefined) return rule;
  return {
    ...rule,
    refresh: {
      ...refresh,
      next: (step, state) => {
        const at = refresh.next(step, state);
        if (at === step) look();
        return at;
      },
    },
  };
}

/** Gradients of a look of `curvatureNoise` with its defaults on all of the data: one, and three products of two each. */
export const lookPrice = 7;
