import { NadirError } from "../../base/errors.ts";
import { alone, type Threads } from "./crew.ts";

/** A page must not wait for another thread: the caller works alone. */
export const threads: Threads = {
  available: () => 1,
  start: (plan) => {
    if (plan.scratch.length === 1) return alone(plan);
    throw new NadirError("threads/none", `there are no ${plan.scratch.length} threads here`, {
      expected: "threads: 1 in a browser",
      hint: "leave threads out: the result is the same to the bit",
    });
  },
};
