import { type FitOptions, type FitResult, fit } from "./fit.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Trains, stopping in the call that reaches each of some steps, and going on from the snapshot taken there as a file would give
 * it: nothing of it is shared with the run, and progress went through JSON.
 */
export async function inParts<P, B, S>(
  options: FitOptions<P, B, S>,
  stops: readonly number[],
): Promise<FitResult<P, S> & { readonly parts: number; readonly last: Snapshot }> {
  let last: Snapshot | undefined;
  for (let part = 0; ; part++) {
    const controller = new AbortController();
    const result = await fit({
      ...options,
      signal: controller.signal,
      onEvent: (event) => {
        options.onEvent?.(event);
        if (event.kind === "progress" && event.step >= (stops[part] ?? Number.POSITIVE_INFINITY))
          controller.abort();
      },
      checkpoints: {
        save: (snapshot) => {
          last = {
            ...structuredClone(snapshot),
            progress: JSON.parse(JSON.stringify(snapshot.progress)),
          };
          return "snapshot";
        },
      },
      ...(last === undefined ? {} : { resume: last }),
    });
    if (result.ended !== "stopped" && last !== undefined) return { ...result, parts: part, last };
  }
}
