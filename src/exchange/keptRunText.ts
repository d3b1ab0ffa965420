import type { Verdict, VerdictKind } from "../diagnosis/verdict.ts";
import type { KeptRun } from "../runs/keptRun.ts";
import { packJson, unpackJson } from "../runs/packedJson.ts";
import type { Machine, SettingChange, StoredEvent } from "../runs/run.ts";
import type { RunEvent } from "../training/events.ts";
import { damaged, PlainFields, type Refuse } from "./plainFields.ts";

/** A kept run without its numbers and bytes, which are named. */
export interface KeptRunText extends Omit<KeptRun, "series" | "artefacts" | "files"> {
  readonly series: readonly string[];
  readonly artefacts: readonly NamedArtefact[];
  readonly files: readonly string[];
}

/** The words of an artefact, whose bytes are named by their hash. */
export type NamedArtefact = Omit<KeptRun["artefacts"][number], "bytes"> & {
  readonly sha256: string;
};

/** As packed JSON. */
export const writeKeptRunText = (text: KeptRunText): Uint8Array =>
  new TextEncoder().encode(packJson(text));

/**
 * What `writeKeptRunText` wrote, with every field of the type that it must have.
 *
 * @param where - what it is, for errors
 * @throws NadirError `import/damaged`
 */
export function readKeptRunText(bytes: Uint8Array, where: string): KeptRunText {
  let value: unknown;
  try {
    value = unpackJson(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw damaged(`${where} is not readable`, cause);
  }
  const run = new PlainFields(value, where);
  const text = (key: string): string => run.text(key);
  const number = (key: string): number => run.number(key);
  const { cpu, cores, memory, node, platform }: Machine = machineOf(run.record("machine"), where);
  return {
    ...{ id: run.text("id"), name: run.text("name"), command: run.text("command") },
    ...{ file: run.maybe("file", text), revision: run.maybe("revision", text) },
    ...{ config: run.record("config"), versions: run.table("versions", "string") },
    ...{ seed: run.maybe("seed", number), machine: { cpu, cores, memory, node, platform } },
    ...{ parent: run.maybe("parent", text), parentCreated: run.maybe("parentCreated", number) },
    change: run.maybe("change", (key) => changeOf(run.record(key), where)),
    ...{ created: run.number("created"), heartbeat: run.number("heartbeat") },
    archived: run.maybe("archived", number),
    status: run.word("status", ["ended", "interrupted", "crashed"]),
    verdict: run.maybe("verdict", (key) => verdictOf(run.record(key), where)),
    ...{ loss: run.maybe("loss", number), steps: run.maybe("steps", number) },
    metrics: run.maybe("metrics", (key) => run.table(key, "number")),
    ...{ seconds: run.maybe("seconds", number), cost: run.maybe("cost", (key) => run.record(key)) },
    tags: run.texts("tags"),
    notes: run.list("notes").map((item) => {
      const note = new PlainFields(item, `a note of ${where}`);
      const step = note.maybe("step", (key) => note.number(key));
      return { step, text: note.text("text"), created: note.number("created") };
    }),
    events: run.list("events").map((item) => eventOf(item, `an event of ${where}`)),
    series: run.texts("series"),
    artefacts: run.list("artefacts").map((item) => {
      const one = new PlainFields(item, `an artefact of ${where}`);
      return {
        ...{ kind: one.text("kind"), name: one.text("name"), sha256: one.text("sha256") },
        ...{ step: one.maybe("step", (key) => one.number(key)), created: one.number("created") },
        mediaType: one.text("mediaType"),
      };
    }),
    files: run.texts("files"),
  };
}

function machineOf(value: unknown, where: string): Machine {
  const machine = new PlainFields(value, `the machine of ${where}`);
  return {
    ...{ cpu: machine.text("cpu"), node: machine.text("node"), platform: machine.text("platform") },
    ...{ cores: machine.number("cores"), memory: machine.number("memory") },
  };
}

function changeOf(value: unknown, where: string): SettingChange {
  const change = new PlainFields(value, `the change of ${where}`);
  const { from, to } = value as { from?: unknown; to?: unknown }; // an object, by the line above
  const why = change.maybe("why", (key) => change.text(key));
  return { setting: change.text("setting"), from, to, ...(why === undefined ? {} : { why }) };
}

/** The numbers that a verdict of each kind must have beside its evidence. */
const verdictNumbers: Readonly<Record<VerdictKind, readonly string[]>> = {
  "global-minimum": ["primal", "dual", "gap"],
  "local-minimum": ["smallestEigenvalue", "eigenvalueError"],
  saddle: ["smallestEigenvalue", "eigenvalueError", "predictedDecrease"],
  degenerate: ["nearZeroEigenvalues", "smallestEigenvalue", "eigenvalueError"],
  stationary: [],
  plateau: ["since"],
  "noise-floor": ["learningRate", "gradientNoise"],
  "not-stationary": [],
  unbounded: [],
  infeasible: ["violation"],
  diverged: ["step"],
};
// Cast: keys of the table above, which has one for each kind.
const verdictKinds = Object.keys(verdictNumbers) as VerdictKind[];

/**
 * What was said to be a verdict, with every number and text that one of its kind is told by.
 *
 * @throws NadirError as `refuse` makes it
 */
export function verdictOf(value: object, where: string, refuse?: Refuse): Verdict {
  const verdict = new PlainFields(value, `the verdict of ${where}`, refuse);
  const kind = verdict.word("kind", verdictKinds);
  for (const key of ["gradientNorm", "tolerance", ...verdictNumbers[kind]]) verdict.number(key);
  for (const key of ["evidence", "advice"]) verdict.texts(key);
  if (kind === "not-stationary") verdict.text("why");
  if (kind === "diverged") verdict.text("cause");
  // Cast: it has what a verdict of its kind is told by; vectors beside it are shown, not computed with.
  return value as Verdict;
}

/** What an event of each kind must have to be told: its numbers, its texts, its lists, its objects. */
const eventFields: Readonly<Record<RunEvent["kind"], Readonly<Record<string, Field>>>> = {
  start: { method: "text", engine: "text", parameters: "number" },
  progress: { step: "number", loss: "number", gradientNorm: "number", series: "record" },
  evaluation: { step: "number", metrics: "record" },
  health: { step: "number", layers: "list" },
  rollback: { step: "number", to: "number", cause: "text", rateScale: "number" },
  plateau: { step: "number", metric: "number", rateScale: "number", noise: "number" },
  "plateau-detected": { step: "number", since: "number", evidence: "list", proposal: "text" },
  "saddle-left": { step: "number", smallestEigenvalue: "number", decrease: "number" },
  "label-suspects": { step: "number", suspects: "list", count: "number", rows: "number" },
  checkpoint: { step: "number", file: "text" },
  note: { step: "number", text: "text" },
  verdict: { step: "number", verdict: "record" },
  end: { step: "number", loss: "number", seconds: "number", verdict: "record", metrics: "record" },
};
type Field = "number" | "text" | "list" | "record";
// Cast: keys of the table above, which has one for each kind.
const eventKinds = Object.keys(eventFields) as RunEvent["kind"][];

function eventOf(item: unknown, where: string): StoredEvent {
  const stored = new PlainFields(item, where);
  const value = stored.record("event");
  const event = new PlainFields(value, where);
  const kind = event.word("kind", eventKinds);
  for (const [key, field] of Object.entries(eventFields[kind])) event[field](key);
  if (kind === "evaluation" || kind === "end") event.table("metrics", "number");
  if (kind === "end") verdictOf(event.record("verdict"), where);
  // Cast: it has the fields that an event of its kind is told by.
  return {
    ...{ seq: stored.number("seq"), time: stored.number("time") },
    event: value as unknown as RunEvent,
  };
}
