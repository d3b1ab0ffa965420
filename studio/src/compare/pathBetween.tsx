import type { RunState } from "../run/runData.ts";

/** The loss between the ends of two runs. */
export function PathBetween({ states }: { readonly states: readonly RunState[] }) {
  if (states.length !== 2)
    return <p class="quiet">A path is drawn between two runs: compare two.</p>;
  return <p class="quiet">No path between these two was computed.</p>;
}
