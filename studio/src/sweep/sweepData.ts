import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Problem, SweepReply } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { runs } from "../data/live.ts";
import { problemOf } from "../parts/problemBox.tsx";

export type SweepLoading =
  | { readonly kind: "reading" }
  | { readonly kind: "ready"; readonly reply: SweepReply }
  | { readonly kind: "failed"; readonly problem: Problem };

/** While a sweep runs it is read again at most this often. */
const AGAIN_MS = 1000;

/** A sweep, read again while it runs whenever one of its runs has changed, and once a second at most. */
export function useSweep(id: string): SweepLoading {
  const loading = useSignal<SweepLoading>({ kind: "reading" });
  const ofSweep = useComputed(() => {
    const own = [...runs.value.values()].filter(({ sweep }) => sweep === id);
    return own.map((run) => `${run.id} ${run.status} ${run.steps ?? ""}`).join();
  });
  const news = ofSweep.value;
  const asked = useRef(0);
  useEffect(() => {
    let gone = false;
    const read = async (): Promise<void> => {
      asked.current = Date.now();
      try {
        const reply = await api.sweep(id);
        if (!gone) loading.value = { kind: "ready", reply };
      } catch (error) {
        if (!gone) loading.value = { kind: "failed", problem: problemOf(error) };
      }
    };
    const wait = Math.max(0, asked.current + AGAIN_MS - Date.now());
    const first = setTimeout(() => void read(), wait);
    // Trials that fail before they have a run change no run; and a sweep's end comes after its last run's.
    const again = setInterval(() => {
      const { value } = loading;
      if (value.kind !== "ready" || value.reply.sweep.status === "running") void read();
    }, 3 * AGAIN_MS);
    return () => {
      gone = true;
      clearTimeout(first);
      clearInterval(again);
    };
  }, [id, news]);
  return loading.value;
}
