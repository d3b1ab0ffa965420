import { useState } from "preact/hooks";
import { formatBytes, formatCount, formatNumber } from "../../../src/cli/format.ts";
import type { StoredEvent } from "../../../src/runs/run.ts";
import type { Problem } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { hello } from "../data/live.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";
import { CodeFiles } from "./codeFiles.tsx";
import type { RunState } from "./runData.ts";

/** What was set and where it ran; how to do it again; log, files, notes and tags. */
export function RanSection({
  state,
  reread,
}: {
  readonly state: RunState;
  readonly reread: () => void;
}) {
  const { reply } = state;
  const { run, config, command, versions, revision, machine } = reply;
  const given = overridden(config);
  const settings = Object.entries(run.settings).filter(([name]) => !name.startsWith("flags."));
  return (
    <>
      <CopyLine label="to repeat it:" text={command} />
      <h3>Settings</h3>
      <dl class="facts">
        {settings.map(([name, value]) => (
          <div key={name} class={given.has(name) ? "given" : ""}>
            <dt>{name}</dt>
            <dd>{typeof value === "number" ? formatNumber(value, 6) : String(value)}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        {given.size === 0
          ? "Everything was left as the file has it."
          : "Bold: set on the command line, in place of the file's own."}
      </p>
      <h3>Circumstances</h3>
      <dl class="facts">
        <Fact name="seed" value={run.seed === undefined ? "none" : String(run.seed)} />
        <Fact name="file" value={run.file ?? "none"} />
        <Fact name="code as of" value={revision ?? "no git revision was recorded"} />
        <Fact name="begun" value={new Date(run.created).toLocaleString()} />
        <Fact
          name="machine"
          value={Object.entries(machine)
            .filter(([, value]) => value !== "" && value !== 0)
            .map(([name, value]) =>
              name === "memory" && typeof value === "number"
                ? `memory ${formatBytes(value)}`
                : `${name} ${value}`,
            )
            .join(" · ")}
        />
        <Fact
          name="versions"
          value={Object.entries(versions)
            .map(([name, value]) => `${name} ${value}`)
            .join(" · ")}
        />
      </dl>
      <CodeFiles state={state} />
      <Tags {...{ state, reread }} />
      <Notes {...{ state, reread }} />
      <Files state={state} />
      <h3>Log</h3>
      <Log events={state.events} />
    </>
  );
}

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);

/** The settings that the command line gave: `learningRate=0.1` among its words. */
function overridden({ words }: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const list = Array.isArray(words) ? words : [];
  const names = list.flatMap((word) =>
    typeof word === "string" && word.includes("=") ? [word.slice(0, word.indexOf("="))] : [],
  );
  return new Set(names);
}

/** Does something to the store; what is refused is said beside it. */
function useChange(reread: () => void) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const change = async (work: () => Promise<unknown>): Promise<void> => {
    setProblem(undefined);
    try {
      await work();
      reread();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return { problem, change: (work: () => Promise<unknown>) => void change(work) };
}

interface Editable {
  readonly state: RunState;
  readonly reread: () => void;
}

function Tags({ state, reread }: Editable) {
  const { run } = state.reply;
  const { problem, change } = useChange(reread);
  const [text, setText] = useState("");
  const write = hello.value?.write === true;
  const add = (event: Event): void => {
    event.preventDefault();
    const tags = text.split(/[\s,]+/).filter((tag) => tag !== "");
    if (tags.length === 0) return;
    change(() => api.tag({ runs: [run.id], add: tags }));
    setText("");
  };
  return (
    <>
      <h3>Tags</h3>
      <p>
        {run.tags.length === 0 && <span class="quiet">none </span>}
        {run.tags.map((tag) => (
          <span key={tag} class="tag">
            {tag}
            {write && (
              <button
                type="button"
                class="plain"
                aria-label={`Remove the tag ${tag}`}
                onClick={() => change(() => api.tag({ runs: [run.id], remove: [tag] }))}
              >
                ×
              </button>
            )}
          </span>
        ))}
      </p>
      {write ? (
        <form onSubmit={add}>
          <input
            type="text"
            aria-label="New tag"
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />{" "}
          <button type="submit">Add</button>
        </form>
      ) : (
        <CopyLine text={`nadir tag ${run.id} TAG`} />
      )}
      {problem !== undefined && <ProblemBox problem={problem} place="the tags" />}
    </>
  );
}

function Notes({ state, reread }: Editable) {
  const { run, notes } = state.reply;
  const { problem, change } = useChange(reread);
  const [text, setText] = useState("");
  const [step, setStep] = useState("");
  const write = hello.value?.write === true;
  const add = (event: Event): void => {
    event.preventDefault();
    if (text.trim() === "") return;
    const at = step.trim() === "" ? {} : { step: Number(step) };
    change(() => api.note(run.id, { text, ...at }));
    setText("");
    setStep("");
  };
  return (
    <>
      <h3>Notes</h3>
      {notes.length === 0 && <p class="quiet">none</p>}
      <ul class="notes">
        {notes.map((note) => (
          <li key={note.id}>
            {note.step !== undefined && <span class="quiet">step {formatCount(note.step)}: </span>}
            {note.text}{" "}
            {write && (
              <button
                type="button"
                class="plain"
                aria-label={`Remove the note ${note.text.slice(0, 40)}`}
                onClick={() => change(() => api.removeNote(run.id, note.id))}
              >
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      {write ? (
        <form onSubmit={add}>
          <input
            type="text"
            class="wide"
            aria-label="New note"
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />{" "}
          <label>
            at step{" "}
            <input
              type="number"
              value={step}
              onInput={({ currentTarget }) => setStep(currentTarget.value)}
            />
          </label>{" "}
          <button type="submit">Add</button>
        </form>
      ) : (
        <CopyLine text={`nadir note ${run.id} "…"`} />
      )}
      {problem !== undefined && <ProblemBox problem={problem} place="the notes" />}
    </>
  );
}

function Files({ state }: { readonly state: RunState }) {
  const { run } = state.reply;
  const artefacts = state.reply.artefacts.filter(({ kind }) => kind !== "code");
  return (
    <>
      <h3>Files</h3>
      {artefacts.length === 0 && (
        <p class="quiet">no artefacts; checkpoints and params stand in the run's folder</p>
      )}
      <ul>
        {artefacts.map(({ sha256, kind, name, size, mediaType }) => (
          <li key={sha256}>
            <a
              href={api.artefactUrl(run.id, sha256)}
              download={`${run.id}-${kind}.${endingOf(mediaType)}`}
            >
              {name}
            </a>{" "}
            <span class="quiet">
              {kind}, {formatBytes(size)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

const endingOf = (mediaType: string): string =>
  mediaType === "image/svg+xml" ? "svg" : (mediaType.split("/")[1] ?? "bin");

/** Lines of the log that are shown at once. */
const MOST_LINES = 200;

/** What the run told, newest last. */
export function Log({
  events,
  lines = MOST_LINES,
}: {
  readonly events: readonly StoredEvent[];
  readonly lines?: number;
}) {
  const shown = events.slice(-lines);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <pre class="log" tabIndex={0}>
      {shown.length < events.length &&
        `… ${formatCount(events.length - shown.length)} earlier lines\n`}
      {shown.map(({ time, event }) => `${new Date(time).toLocaleTimeString()}  ${lineOf(event)}\n`)}
      {events.length === 0 && "nothing was told"}
    </pre>
  );
}

function lineOf(event: StoredEvent["event"]): string {
  switch (event.kind) {
    case "start":
      return `start: ${event.method} on ${event.engine}, ${formatCount(event.parameters)} parameters`;
    case "progress":
      return `step ${formatCount(event.step)}: loss ${formatNumber(event.loss, 4)}, gradient norm ${formatNumber(event.gradientNorm)}`;
    case "evaluation":
      return `step ${formatCount(event.step)}: ${Object.entries(event.metrics)
        .map(([name, value]) => `${name} ${formatNumber(value, 4)}`)
        .join(", ")}`;
    case "rollback":
      return `step ${formatCount(event.step)}: rolled back to ${formatCount(event.to)}: ${event.cause}`;
    case "plateau":
      return `step ${formatCount(event.step)}: plateau at ${formatNumber(event.metric)}`;
    case "saddle-left":
      return `step ${formatCount(event.step)}: left a saddle, the loss falls by ${formatNumber(event.decrease)}`;
    case "checkpoint":
      return `step ${formatCount(event.step)}: checkpoint`;
    case "note":
      return `step ${formatCount(event.step)}: ${event.text}`;
    case "health":
      return `step ${formatCount(event.step)}: health of ${formatCount(event.layers.length)} layers`;
    case "verdict":
      return `judged anew by more evidence: ${event.verdict.kind}`;
    case "end":
      return `end at step ${formatCount(event.step)}: ${event.verdict.kind}`;
    default:
      // Kinds that a newer nadir tells.
      return (event as { kind: string }).kind;
  }
}
