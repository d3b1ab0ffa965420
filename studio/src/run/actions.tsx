import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Job, JobKind, Problem } from "../../../src/studio/protocol.ts";
import { hrefTo } from "../app/router.ts";
import { api } from "../data/api.ts";
import { hello, jobs, runs } from "../data/live.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";
import { markOf, markWord } from "../parts/verdictMark.tsx";
import type { RunState } from "./runData.ts";

/** What can be done to a run; all but `stop` start a command of nadir's. */
interface Action {
  readonly kind: Extract<JobKind, "resume" | "escape" | "fix"> | "stop";
  readonly label: string;
  /** What will happen, before it is confirmed. */
  readonly does: string;
  /** The same by hand; stopping is done in the run's own terminal. */
  readonly command?: string;
}

/** What makes sense for a run as it stands. */
function actionsOf({ reply }: Pick<RunState, "reply">): readonly Action[] {
  const { id, status, sweep, verdict, file = "its function" } = reply.run;
  const trains = reply.config["task"] === "train";
  const made = trains || reply.config["task"] === "minimize";
  if (!made || sweep !== undefined) return [];
  if (status === "running") {
    const does = "It finishes the call in flight, saves a checkpoint, and can be resumed.";
    return [{ kind: "stop", label: "Stop", does }];
  }
  const runsFile = `This runs ${file} on this machine`;
  return [
    ...(status === "ended"
      ? []
      : [
          {
            ...{ kind: "resume" as const, label: "Resume", command: `nadir resume ${id}` },
            does: `${runsFile}, on from the run's last checkpoint.`,
          },
        ]),
    ...(verdict === "saddle"
      ? [
          {
            ...{ kind: "escape" as const, label: "Escape", command: `nadir escape ${id}` },
            does: `${runsFile}, as a new run that begins beside the saddle, lower along its direction of descent.`,
          },
        ]
      : []),
    ...(trains
      ? [
          {
            ...{ kind: "fix" as const, label: "Fix", command: `nadir diagnose ${id} --fix` },
            does: `${runsFile}: looks for what it suffers from, makes the one change that is proposed in a new run, and compares.`,
          },
        ]
      : []),
  ];
}

/** What can be done to a run: by the server, if it may change the store, once it is confirmed; else as commands to copy. */
export function Actions({ state }: { readonly state: RunState }) {
  const [asked, ask] = useState<Action | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const { run } = state.reply;
  const actions = actionsOf(state);
  const job = newestJob(run.id);
  const busy = job !== undefined && isOpen(job);
  if (hello.value?.write !== true) {
    return (
      <>
        {actions.map(({ kind, label, command }) =>
          command === undefined ? (
            <p key={kind} class="quiet">
              To stop it: Ctrl-C in its terminal, once; it saves a checkpoint and can be resumed.
            </p>
          ) : (
            <CopyLine key={kind} label={`${label}:`} text={command} />
          ),
        )}
      </>
    );
  }
  const start = async (kind: Action["kind"]): Promise<void> => {
    ask(undefined);
    setProblem(undefined);
    try {
      if (kind === "stop") await api.stop(run.id);
      else await api.startJob({ kind, run: run.id });
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <div class="actions">
      <p>
        {actions.map((action) => (
          <button
            key={action.kind}
            type="button"
            disabled={busy && action.kind !== "stop"}
            aria-expanded={asked?.kind === action.kind}
            onClick={() => ask(asked?.kind === action.kind ? undefined : action)}
          >
            {action.label}
          </button>
        ))}
      </p>
      {asked !== undefined && (
        <Confirm
          key={asked.kind}
          action={asked}
          start={() => void start(asked.kind)}
          leave={() => ask(undefined)}
        />
      )}
      {problem !== undefined && <ProblemBox problem={problem} place={`run ${run.id}`} />}
      {job !== undefined && <Progress job={job} />}
    </div>
  );
}

interface ConfirmProps {
  readonly action: Action;
  readonly start: () => void;
  readonly leave: () => void;
}

function Confirm({ action: { label, does, command }, start, leave }: ConfirmProps) {
  const button = useRef<HTMLButtonElement>(null);
  // Before it is seen: a key pressed at once is the question's, not the button's that asked it.
  useLayoutEffect(() => button.current?.focus(), []);
  return (
    <section
      class="confirm"
      aria-label={`${label}?`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        leave();
      }}
    >
      <p>
        {does}
        {command !== undefined && (
          <>
            {" "}
            <code>{command}</code>
          </>
        )}
      </p>
      <button type="button" ref={button} onClick={start}>
        {label} now
      </button>{" "}
      <button type="button" class="plain" onClick={leave}>
        Not now
      </button>
    </section>
  );
}

const trainings: readonly JobKind[] = ["resume", "escape", "fix"];

const newestJob = (run: string): Job | undefined =>
  [...jobs.value.values()]
    .filter((job) => job.run === run && trainings.includes(job.kind))
    .toSorted((a, b) => b.created - a.created)[0];

const isOpen = ({ status }: Job): boolean => status === "waiting" || status === "running";

/** How far what was started has come, and the run that it leads to. */
function Progress({ job }: { readonly job: Job }) {
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const stop = async (): Promise<void> => {
    try {
      await api.cancelJob(job.id);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  // Before its command has ended, the new run is known by its parent.
  const made = job.kind === "resume" ? undefined : childSince(job);
  const result = job.result ?? made;
  return (
    <>
      {isOpen(job) && (
        <p class="quiet">
          {job.status === "waiting" ? "waiting for other trainings" : (job.progress ?? "starting")}{" "}
          …{" "}
          <button type="button" onClick={() => void stop()}>
            {job.status === "waiting" ? "Cancel" : "Stop and save"}
          </button>
        </p>
      )}
      {job.status === "cancelled" && <p class="quiet">{job.kind} was stopped.</p>}
      {job.status === "failed" && job.problem !== undefined && (
        <ProblemBox problem={job.problem} place={job.kind} />
      )}
      {problem !== undefined && <ProblemBox problem={problem} place={job.kind} />}
      <p aria-live="polite">{result !== undefined && <Result job={job} run={result} />}</p>
    </>
  );
}

const childSince = ({ run, created }: Job): string | undefined =>
  [...runs.value.values()].findLast((row) => row.parent === run && row.created >= created)?.id;

function Result({ job, run }: { readonly job: Job; readonly run: string }) {
  const row = runs.value.get(run);
  const word = row === undefined ? "" : `: ${markWord(markOf(row))}`;
  if (run === job.run) return isOpen(job) ? null : <>went on{word}</>;
  return (
    <>
      {job.kind === "fix" ? "with the change made: " : "from beside the saddle: "}
      <a href={hrefTo(`/run/${run}`)}>run {run}</a>
      {word} · <a href={hrefTo(`/compare?r=${job.run},${run}`)}>both beside each other</a>
    </>
  );
}
