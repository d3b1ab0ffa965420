import { NadirError } from "../../base/errors.ts";
import type { Remedy } from "./finding.ts";

/** The number that a remedy has, by its kind; kinds without one have none. */
const amounts = {
  rate: "factor",
  "warm-up": "part",
  schedule: undefined,
  steps: "factor",
  "batch-size": "size",
  clip: "norm",
  decay: "factor",
  redraw: undefined,
  disturb: "part",
  standardize: undefined,
  shuffle: undefined,
  balance: undefined,
  "early-stopping": "patience",
} as const satisfies Record<Exclude<Remedy["kind"], "told">, string | undefined>;

type Kind = keyof typeof amounts;

/** A remedy as a command line has it: `rate:0.1`, `shuffle`. Undefined for one that is told and not done. */
export function remedyText(remedy: Remedy): string | undefined {
  if (remedy.kind === "told") return undefined;
  const amount = amounts[remedy.kind];
  // The table says which of its own fields holds the number.
  return amount === undefined
    ? remedy.kind
    : `${remedy.kind}:${(remedy as unknown as Readonly<Record<string, number>>)[amount]}`;
}

/**
 * Reads what `remedyText` writes.
 *
 * @throws NadirError `remedy/unknown`
 */
export function parseRemedy(text: string): Exclude<Remedy, { kind: "told" }> {
  const [kind = "", number] = text.split(":");
  const value = Number(number);
  if (Object.hasOwn(amounts, kind)) {
    const amount = amounts[kind as Kind];
    const isGiven = number !== undefined && Number.isFinite(value) && value > 0;
    if ((amount === undefined) === (number === undefined) && (amount === undefined || isGiven))
      // Kind and field come from the table, which the type holds to the union.
      return { kind, ...(amount === undefined ? {} : { [amount]: value }) } as never;
  }
  throw new NadirError("remedy/unknown", `there is no change "${text}"`, {
    expected: `one of ${Object.entries(amounts)
      .map(([name, amount]) => (amount === undefined ? name : `${name}:${amount}`))
      .join(", ")}`,
    hint: "nadir diagnose RUN names the one that it would try",
  });
}
