import { NadirError } from "../../base/errors.ts";
import type { Setting, SettingDefaults } from "../../training/defineTraining.ts";
import type { Dimension } from "./space.ts";
import { strategyNames } from "./strategies.ts";
import type { Measured } from "./strategy.ts";
import type { Objective, Span, SweepRequest, SweepTrial } from "./sweepRecord.ts";

/**
 * A kept sweep's settings as what was asked for. The record may have been edited, or made by another
 * version of nadir.
 *
 * @throws NadirError `sweep/record` naming the first field that is not as this version writes it
 */
export function readSweepRequest(kept: unknown): SweepRequest {
  const of = new Fields(kept, "its settings");
  return {
    ...{ shown: of.text("shown"), path: of.text("path") },
    space: of.list("space", readDimension),
    fixed: of.list("fixed", (item, what) =>
      typeof item === "string" ? item : odd(what, "a text"),
    ),
    strategy: of.word("strategy", strategyNames),
    ...{ trials: of.maybe("trials", of.number), levels: of.maybe("levels", of.number) },
    ...{ eta: of.maybe("eta", of.number), smallest: of.maybe("smallest", of.number) },
    ...{ seed: of.number("seed"), steps: of.maybe("steps", of.number) },
    metric: of.maybe("metric", of.text),
    goal: of.maybe("goal", (key) => of.word(key, goals)),
    ...{ workers: of.number("workers"), threads: of.number("threads") },
    patience: of.maybe("patience", of.number),
    stopBad: of.maybe("stopBad", of.claim),
    objective: of.maybe("objective", (key) => readObjective(of.value(key))),
  };
}

/**
 * A kept sweep's trials.
 *
 * @throws NadirError as {@link readSweepRequest}
 */
export const readSweepTrials = (kept: readonly unknown[]): SweepTrial[] =>
  kept.map((record, i): SweepTrial => {
    const of = new Fields(record, `trial ${i}`);
    return {
      number: of.number("number"),
      settings: of.settings("settings"),
      share: of.number("share"),
      status: of.word("status", ["running", "waiting", "failed", "stopped"]),
      measured: of.list("measured", readMeasured),
      ...{ run: of.maybe("run", of.text), why: of.maybe("why", of.text) },
      spans: of.list("spans", readSpan),
    };
  });

const goals = ["min", "max"] as const;

function readDimension(kept: unknown, what: string): Dimension {
  const of = new Fields(kept, what);
  const name = of.text("name");
  const kind = of.word("kind", ["choice", "range"]);
  if (kind === "choice") return { name, kind, values: of.list("values", readSetting) };
  return {
    ...{ name, kind, low: of.number("low"), high: of.number("high") },
    ...{ scale: of.word("scale", ["linear", "log"]), whole: of.claim("whole") },
  };
}

function readObjective(kept: unknown): Objective {
  const of = new Fields(kept, "its objective");
  return { metric: of.text("metric"), goal: of.word("goal", goals) };
}

function readMeasured(kept: unknown, what: string): Measured {
  const of = new Fields(kept, what);
  return { share: of.number("share"), value: of.number("value") };
}

function readSpan(kept: unknown, what: string): Span {
  const of = new Fields(kept, what);
  return {
    ...{ worker: of.number("worker"), began: of.number("began"), ended: of.number("ended") },
    outcome: of.word("outcome", ["told", "stopped", "refused", "lost"]),
  };
}

function readSetting(kept: unknown, what: string): Setting {
  if (kept === null || ["number", "boolean", "string"].includes(typeof kept)) {
    return kept as Setting; // one of the four, by the line above
  }
  if (Array.isArray(kept)) return kept.map((item, i) => readSetting(item, `${what}[${i}]`));
  return new Fields(kept, what).allSettings();
}

/** The fields of one kept object, each by the type that it must have. Methods are bound: they are handed on. */
class Fields {
  readonly #fields: ReadonlyMap<string, unknown>;
  readonly #what: string;

  /** @param what - the object in words, for the error: `trial 3` */
  constructor(kept: unknown, what: string) {
    if (typeof kept !== "object" || kept === null || Array.isArray(kept)) odd(what, "an object");
    this.#fields = new Map(Object.entries(kept));
    this.#what = what;
  }

  readonly value = (key: string): unknown => this.#fields.get(key);

  readonly text = (key: string): string => {
    const value = this.value(key);
    return typeof value === "string" ? value : this.#refuse(key, "a text");
  };

  readonly number = (key: string): number => {
    const value = this.value(key);
    return typeof value === "number" ? value : this.#refuse(key, "a number");
  };

  readonly claim = (key: string): boolean => {
    const value = this.value(key);
    return typeof value === "boolean" ? value : this.#refuse(key, "true or false");
  };

  word<W extends string>(key: string, known: readonly W[]): W {
    const value = this.value(key);
    return known.find((word) => word === value) ?? this.#refuse(key, `one of ${known.join(", ")}`);
  }

  list<T>(key: string, read: (item: unknown, what: string) => T): T[] {
    const value = this.value(key);
    if (!Array.isArray(value)) return this.#refuse(key, "a list");
    return value.map((item, i) => read(item, `${key}[${i}] of ${this.#what}`));
  }

  /** What was undefined is not in the record. */
  maybe<T>(key: string, read: (key: string) => T): T | undefined {
    return this.value(key) === undefined ? undefined : read(key);
  }

  settings(key: string): SettingDefaults {
    return new Fields(this.value(key), `${key} of ${this.#what}`).allSettings();
  }

  allSettings(): SettingDefaults {
    const entries = [...this.#fields].map(([key, value]) => [
      key,
      readSetting(value, `${key} of ${this.#what}`),
    ]);
    return Object.fromEntries(entries);
  }

  #refuse(key: string, expected: string): never {
    return odd(`${key} of ${this.#what}`, expected);
  }
}

function odd(what: string, expected: string): never {
  throw new NadirError("sweep/record", `the sweep's record cannot be read: ${what} is not right`, {
    expected: `${expected}, as this version of nadir writes it`,
    hint: "go on with it in the version of nadir that made it, or start the sweep anew: nadir sweep FILE",
  });
}
