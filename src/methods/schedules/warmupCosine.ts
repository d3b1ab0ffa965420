import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { cosine } from "./cosine.ts";
import type { Schedule } from "./schedule.ts";
import type { Span } from "./span.ts";
import { warmup } from "./warmup.ts";

export interface WarmupCosineOptions {
  /** The highest rate, reached at the end of the rise. */
  readonly peak: number;
  /** The steps of the rise: a count, or a fraction of the run. Default 0.03. */
  readonly warmup?: Span;
  /** The rate at the end of the run, at most the peak. Default 0. */
  readonly floor?: number;
  /** The part of the peak that the run starts with. Default 1/(warm-up steps + 1). */
  readonly from?: number;
}

/**
 * A straight rise to the peak, then half a cosine wave down to the floor over the rest of the run.
 *
 * @throws NadirError `schedules/peak`, `schedules/floor`, `schedules/warmup`, `schedules/from`
 */
export const warmupCosine = described(
  {
    name: "warmupCosine",
    kind: "schedule",
    summary: "A straight rise to the peak, then half a cosine wave down: the usual choice.",
    guarantee: "That of its two parts.",
    source: "Goyal et al. (2017), section 2.2; Loshchilov & Hutter (2017), SGDR, eq. (5)",
  },
  (options: WarmupCosineOptions): Schedule => {
    requireKnownOptions("warmupCosine", options, ["peak", "warmup", "floor", "from"]);
    const { peak, floor, from } = options;
    const joined = warmup(cosine({ peak, floor }), options.warmup, { from });
    return { ...joined, name: "warmupCosine" };
  },
);
