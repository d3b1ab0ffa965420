import { described } from "../method.ts";
import { rateAt, requirePositive, type Schedule } from "./schedule.ts";

/**
 * The same rate at every step; a plain number means the same.
 *
 * @param rate - above 0
 * @throws NadirError `schedules/rate`
 */
export const constant = described(
  {
    name: "constant",
    kind: "schedule",
    summary: "The same rate at every step.",
    guarantee:
      "A stochastic method with a constant rate ends in a noise ball whose size grows with the rate.",
    source: "Robbins & Monro (1951), A stochastic approximation method",
  },
  (rate: number): Schedule => {
    requirePositive("schedules/rate", rate);
    return {
      kind: "schedule",
      name: "constant",
      at: (step) => rateAt(rate, { ...step, scale: 1 }),
    };
  },
);
