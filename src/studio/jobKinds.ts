import { NadirError } from "../base/errors.ts";
import type { ArtefactLabel } from "../runs/artefacts.ts";
import type { Run } from "../runs/run.ts";
import type { Job, JobKind, Problem } from "./protocol.ts";

type FlagType = "number" | "text" | "switch";

/** What a page may ask the server to start: a command of nadir's about one known run. */
export interface JobCommand {
  /** A measurement beside another measures neither; trainings may go on beside one another. */
  readonly lane: "measurement" | "training";
  /** The words of its command line. */
  readonly words: (run: string) => readonly string[];
  /** The flags that a page may give; no other word of a client's reaches a command line. */
  readonly flags: Readonly<Record<string, FlagType>>;
  /** Why it cannot be done to a run, if it cannot. */
  readonly refuse?: (run: Run) => NadirError | undefined;
}

export const commands: Readonly<Record<JobKind, JobCommand>> = {
  spectrum: {
    lane: "measurement",
    words: (run) => ["spectrum", run],
    flags: {
      ...{ rows: "number", largest: "number", layer: "text", matrix: "text", seed: "number" },
      ...{ density: "switch", products: "number", tol: "number", dtype: "text" },
    },
  },
  landscape: {
    lane: "measurement",
    // Coarse to fine: each line of its output is a whole result, the last the one that is kept.
    words: (run) => ["landscape", run, "--jsonl"],
    flags: {
      ...{ plane: "text", line: "switch", grid: "number", span: "number", rows: "number" },
      ...{ seed: "number", to: "text", through: "number", place: "text" },
    },
  },
  diagnose: {
    lane: "measurement",
    words: (run) => ["diagnose", run],
    flags: { rows: "number", seed: "number" },
  },
  resume: {
    lane: "training",
    words: (run) => ["resume", run],
    flags: {},
    refuse: ({ id, status, sweep }) => {
      if (status === "ended") {
        return new NadirError(
          "resume/ended",
          `run ${id} has ended: there is nothing to go on with`,
        );
      }
      if (sweep === undefined) return undefined;
      return new NadirError("studio/trial", `run ${id} is a trial of a sweep`, {
        hint: `nadir sweep --resume ${sweep}`,
      });
    },
  },
  escape: {
    lane: "training",
    words: (run) => ["escape", run],
    flags: {},
    refuse: ({ id, verdictKind, status }) =>
      verdictKind === "saddle"
        ? undefined
        : new NadirError("escape/no-saddle", `run ${id} did not end at a saddle`, {
            expected: `a run whose verdict is saddle, not ${verdictKind ?? status}`,
          }),
  },
  fix: { lane: "training", words: (run) => ["diagnose", run, "--fix"], flags: {} },
};

const isKind = (word: unknown): word is JobKind =>
  typeof word === "string" && Object.hasOwn(commands, word);

/**
 * What a page asks for, checked: it comes from outside.
 *
 * @throws NadirError `studio/job` for a kind or a flag that is none
 */
export function checkedJob(wanted: unknown, given: unknown): Pick<Job, "kind" | "flags"> {
  if (!isKind(wanted)) {
    throw new NadirError("studio/job", `there is no measurement ${JSON.stringify(wanted)}`, {
      expected: `one of ${Object.keys(commands).join(", ")}`,
    });
  }
  const known = commands[wanted].flags;
  const flags: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    const type = Object.hasOwn(known, name) ? known[name] : undefined;
    if (type === "number" && typeof value === "number" && Number.isFinite(value)) {
      flags[name] = value;
    } else if (type === "switch" && typeof value === "boolean") {
      flags[name] = value;
    } else if (type === "text" && typeof value === "string" && /^[\w.*, -]{1,200}$/.test(value)) {
      flags[name] = value;
    } else {
      const flag = `${name} of ${JSON.stringify(value)}`;
      throw new NadirError("studio/job", `${wanted} has no flag ${flag}`, {
        expected:
          Object.entries(known)
            .map(([one, needed]) => `${one} (${needed})`)
            .join(", ") || "none",
      });
    }
  }
  return { kind: wanted, flags };
}

/** The command line of a job, after the program: an array, which no shell reads. */
export const wordsOf = ({ kind, run, flags }: Pick<Job, "kind" | "run" | "flags">): string[] => [
  ...commands[kind].words(run),
  ...given(flags).map((word) => `--${word}`),
];

/** What a measurement's result is kept as: its kind, what was asked for, and the step that it says it is of. */
export function labelOf({ kind, flags }: Pick<Job, "kind" | "flags">, text: string): ArtefactLabel {
  const { step } = parsed(text);
  return {
    kind: kind === "landscape" && "place" in flags ? "landscape-place" : kind,
    name: [kind, ...given(flags)].join(" "),
    ...(typeof step === "number" && Number.isFinite(step) ? { step } : {}),
  };
}

/** How the lines of a result begin that comes coarse to fine; undefined where there is one line alone. */
export const coarserPrefix = (kind: JobKind, flags: Job["flags"]): string | undefined =>
  kind === "landscape" && !("place" in flags) ? '{"schema":"nadir.landscape/' : undefined;

const given = (flags: Job["flags"]): string[] =>
  Object.entries(flags)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`));

/** The run that a training of a job made or went on with, by what its command said as JSON; or why there is none. */
export function resultOf(
  kind: JobKind,
  code: number | null,
  text: string,
  line: string | undefined,
): Pick<Job, "result" | "problem"> {
  const said = parsed(text);
  const made = kind === "fix" ? objectOf(said["fix"])["run"] : said["id"];
  if (typeof made === "string" && /^[a-z0-9]{1,16}$/.test(made)) return { result: made };
  if (kind === "fix" && said["schema"] === "nadir.fix/1") {
    const message =
      code === 0
        ? "nothing was found to fix"
        : "nothing was tried: what the first finding asks for, only the file can change";
    return { problem: { code: "studio/nothing-to-fix", message } };
  }
  return { problem: failure(kind, code, text, line) };
}

/** Why a command failed: what it said as JSON, or its last line. */
export function failure(
  kind: JobKind,
  code: number | null,
  text: string,
  line: string | undefined,
): Problem {
  const { code: word, message, hint, expected } = parsed(text);
  if (typeof word === "string" && typeof message === "string") {
    return {
      ...{ code: word, message },
      ...(typeof expected === "string" ? { expected } : {}),
      ...(typeof hint === "string" ? { hint } : {}),
    };
  }
  const end = code === null ? "was killed" : `ended with ${code}`;
  return { code: "studio/job", message: line ?? `nadir ${kind} ${end}` };
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    // It ended before it could say anything.
    return {};
  }
}
