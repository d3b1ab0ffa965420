import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { connection, lastHeard, reconnect, runs, togglePause } from "../data/live.ts";
import { clock } from "../parts/format.ts";
import { PATIENCE_MS } from "./lostBanner.tsx";

/** Whether what is shown is live: full while it is, hollow when the server was not heard for three seconds. */
export function LiveDot(): JSX.Element {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 1000);
    return () => clearInterval(timer);
  }, [now]);
  const state = connection.value;
  const lost = state.kind === "lost" && now.value - state.since >= PATIENCE_MS;
  if (state.kind === "alone") return <span class="dot-text quiet">no server</span>;
  if (state.kind === "lost" && lost) {
    const seconds = Math.max(0, Math.ceil((state.nextTry - now.value) / 1000));
    return (
      <button type="button" class="plain dot-text" onClick={reconnect} title="Try again now">
        <span class="dot dot-hollow" /> last update {clock(lastHeard.value)} · trying again
        {seconds > 0 ? ` in ${seconds} s` : " …"}
      </button>
    );
  }
  const running = [...runs.value.values()].filter(({ status }) => status === "running").length;
  const paused = state.kind === "paused";
  const told = paused ? "paused" : running > 0 ? `${running} running` : "live";
  return (
    <button
      type="button"
      class="plain dot-text"
      onClick={togglePause}
      aria-pressed={paused}
      title={paused ? "Go on with what is live (.)" : "Stop what is live (.)"}
    >
      <span class={`dot ${paused || state.kind === "starting" ? "dot-hollow" : "dot-full"}`} />{" "}
      {told}
    </button>
  );
}
