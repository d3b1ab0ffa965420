import { jit, vmap } from "nadir";

/** `jit` where trees are of a structure that types do not tell: a rule's state, a list of layers. The caller says what comes back. */
export const jitTree = jit as unknown as <R>(
  f: (...args: never[]) => unknown,
) => (...args: readonly unknown[]) => R;

/** `vmap`, inside a traced function, likewise. */
export const vmapTree = vmap as unknown as <A extends readonly unknown[], R>(
  f: (...args: A) => R,
) => (...args: A) => R;
