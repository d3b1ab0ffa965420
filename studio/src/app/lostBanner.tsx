import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { connection, lastHeard } from "../data/live.ts";
import { clock } from "../parts/format.ts";
import { pages } from "./pages.ts";
import { place } from "./router.ts";

/** So long a server may be away before it is worth a word, milliseconds. */
export const PATIENCE_MS = 3000;

/** Said above the page while no server answers: what is shown, since when, and what to do. The page stays as it is. */
export function LostBanner(): JSX.Element | null {
  const state = connection.value;
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1000);
    return () => clearInterval(timer);
  }, [now]);
  if (state.kind !== "lost" || now.value - state.since < PATIENCE_MS) return null;
  const alone = pages.some(
    ({ path, standsAlone }) => standsAlone === true && path.test(place.value.path),
  );
  if (alone) return null;
  return (
    <div class="lost" role="status">
      {state.stranger ? (
        <p>
          A studio answers again, but was started anew and does not know this browser: open the link
          that it printed. What is shown here is from {clock(lastHeard.value)}.
        </p>
      ) : (
        <p>
          The studio does not answer: what is shown is from {clock(lastHeard.value)}, and goes on by
          itself once it does. If it has ended, start it again: <code>nadir studio</code>, in the
          folder of the runs.
        </p>
      )}
    </div>
  );
}
