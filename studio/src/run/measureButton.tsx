import { useState } from "preact/hooks";
import type { Job, JobKind, JobRequest, Problem } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { hello, jobs } from "../data/live.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";

interface MeasureProps {
  readonly run: string;
  readonly kind: JobKind;
  readonly flags?: NonNullable<JobRequest["flags"]>;
  /** What the button says: "Compute the landscape". */
  readonly label: string;
  /** What it costs, before it is asked for. */
  readonly cost: string;
  /** Which jobs of that kind about the run are this button's. Default: all. */
  readonly mine?: (flags: Job["flags"]) => boolean;
  /** Hears that it was started. */
  readonly onStart?: () => void;
}

/** The command that measures, as it is typed. */
export function commandOf({
  kind,
  run,
  flags = {},
}: Pick<MeasureProps, "kind" | "run" | "flags">): string {
  const words = Object.entries(flags)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => {
      if (value === true) return `--${name}`;
      // A value that begins like a flag must not stand alone.
      return `--${name}${String(value).startsWith("-") ? "=" : " "}${value}`;
    });
  return ["nadir", kind, run, ...words].join(" ");
}

/** Asks for a measurement: by the server, if it may change the store; else as a command to copy. */
export function Measure(props: MeasureProps) {
  const { run, kind, flags, label, cost, mine = () => true, onStart } = props;
  const [asked, setAsked] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const all = [...jobs.value.values()].filter(
    (job) => job.run === run && job.kind === kind && mine(job.flags),
  );
  const job = all.findLast(
    ({ id, status }) => id === asked || status === "running" || status === "waiting",
  );
  const start = async (): Promise<void> => {
    setProblem(undefined);
    try {
      const { id } = await api.startJob({ kind, run, ...(flags && { flags }) });
      setAsked(id);
      onStart?.();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  if (hello.value?.write !== true) {
    return (
      <div class="measure">
        <CopyLine label={`${label} (${cost}):`} text={commandOf(props)} />
      </div>
    );
  }
  const busy = job !== undefined && (job.status === "waiting" || job.status === "running");
  const failed = problem ?? (job?.status === "failed" ? job.problem : undefined);
  return (
    <div class="measure">
      <button type="button" disabled={busy} onClick={() => void start()}>
        {label}
      </button>{" "}
      <span class="quiet">{cost}</span>
      {busy && (
        <p class="quiet">
          {job.status === "waiting"
            ? "waiting for another measurement"
            : (job.progress ?? "computing")}{" "}
          …{" "}
          <button type="button" onClick={() => void api.cancelJob(job.id)}>
            Cancel
          </button>
        </p>
      )}
      {failed !== undefined && <ProblemBox problem={failed} place={kind} />}
    </div>
  );
}
