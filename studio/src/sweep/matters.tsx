import { useMemo } from "preact/hooks";
import { formatPercent, wordsOf } from "../../../src/cli/format.ts";
import { importance } from "../../../src/search/sweep/importance.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";

/** What each setting alone explains of the values. */
export function Matters({ reply }: { readonly reply: SweepReply }) {
  const { space } = reply.request;
  const bars = useMemo(() => importance(space, reply.trials), [space, reply.trials]);
  if (bars.length === 0)
    return (
      <p class="quiet">What matters is told from eight whole trainings with different values on.</p>
    );
  return (
    <>
      <h3 id="matters">How much of the variance each setting explains by itself</h3>
      <dl class="matters" aria-labelledby="matters">
        {bars.map(({ name, share }) => (
          <div key={name}>
            <dt>{wordsOf(name)}</dt>
            <dd>
              <meter min={0} max={1} value={share}>
                {formatPercent(share)}
              </meter>{" "}
              {formatPercent(share)}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
