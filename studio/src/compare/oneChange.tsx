import { useMemo } from "preact/hooks";
import { compareGroups } from "../../../src/records/comparison.ts";
import { withRepetitions } from "../../../src/records/differences.ts";
import { equalButForSeed } from "../../../src/records/differenceWords.ts";
import { hrefTo } from "../app/router.ts";
import { runs } from "../data/live.ts";
import type { RunState } from "../run/runData.ts";

interface OneChangeProps {
  readonly states: readonly RunState[];
  readonly baseline: string | undefined;
}

/** What was changed between runs and what that did, over all seeds that were run: what `nadir compare` says of them. */
export function OneChange({ states, baseline }: OneChangeProps) {
  const all = runs.value;
  const groups = useMemo(
    () =>
      withRepetitions(
        states.map(({ reply }) => reply.run),
        [...all.values()],
      ),
    [states, all],
  );
  const place = groups.findIndex((group) => group.some(({ id }) => id === baseline));
  const { verdicts } = compareGroups(groups, Math.max(0, place));
  if (groups.length === 1) return <p class="change">{equalButForSeed}</p>;
  return groups.map(([head], i) => {
    const verdict = verdicts[i];
    if (verdict === undefined || head === undefined) return null;
    const { sentence, more, warnings } = verdict;
    return (
      <div key={head.id} class={warnings.length > 0 ? "change change-warning" : "change"}>
        <p>
          {groups.length > 2 && (
            <>
              <a href={hrefTo(`/run/${head.id}`)}>{head.id}</a>{" "}
            </>
          )}
          <b>{sentence}</b>
        </p>
        {more.length > 0 && <p>{more.join(" · ")}</p>}
        {warnings.map((warning) => (
          <p key={warning}>! {warning}</p>
        ))}
      </div>
    );
  });
}
