import { type PackedOverview, packOverviews, unpackOverviews } from "../records/overview.ts";
import { factsOf, type Setting } from "../records/runFacts.ts";
import type { RunSummary } from "../runs/run.ts";
import type { RunRow } from "./protocol.ts";
import { sparkline } from "./spark.ts";

/** Settings of a row at most, and the longest text among them: a row is for a list. */
const MOST_SETTINGS = 60;
const LONGEST_TEXT = 200;

/** A run of the store as a row of the list. */
export function rowOf(run: RunSummary, overview: PackedOverview | undefined): RunRow {
  const { settings, ...facts } = factsOf(run);
  const glance = overview && unpackOverviews(packOverviews([overview])).get(run.id);
  return {
    ...facts,
    settings: Object.fromEntries(Object.entries(settings).slice(0, MOST_SETTINGS).map(shortened)),
    rewound: run.rewound,
    best: glance && lowest(glance.low),
    sharpness: facts.metrics["sharpness"],
    spark: glance === undefined ? "" : sparkline(glance.low, glance.high),
  };
}

const shortened = ([name, value]: readonly [string, Setting]): [string, Setting] => [
  name,
  typeof value === "string" && value.length > LONGEST_TEXT
    ? `${value.slice(0, LONGEST_TEXT)}…`
    : value,
];

function lowest(values: Float64Array): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < least) least = value;
  return least === Number.POSITIVE_INFINITY ? undefined : least;
}
