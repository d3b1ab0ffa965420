import type { RunState } from "../run/runData.ts";
import { settingRows } from "./differences.ts";

interface OneChangeProps {
  readonly states: readonly RunState[];
  readonly baseline: string | undefined;
}

/** What the runs say of the one thing that was changed between them; a warning when it was more than one. */
export function OneChange({ states }: OneChangeProps) {
  const rows = settingRows(states.map(({ reply }) => reply.run)).filter(
    ({ differs, name }) => differs && name !== "seed",
  );
  if (rows.length === 0) return <p class="change">Nothing but the seed was changed.</p>;
  const names = rows.map(({ name }) => name);
  if (names.length === 1) return <p class="change">One thing was changed: {names[0]}.</p>;
  return (
    <p class="change change-warning">
      {names.length} things were changed at once ({names.slice(0, 6).join(", ")}
      {names.length > 6 ? " …" : ""}): what came of it belongs to none of them alone.
    </p>
  );
}
