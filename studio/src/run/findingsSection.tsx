import { formatPercent } from "../../../src/cli/format.ts";
import { hello } from "../data/live.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { newestOf, useArtefact } from "./artefacts.ts";
import { Measure } from "./measureButton.tsx";
import type { RunState } from "./runData.ts";

/** What `nadir diagnose --json` says of a run. */
interface DiagnosisArtefact {
  readonly findings: readonly {
    readonly name: string;
    readonly severity: "serious" | "warning" | "note";
    readonly evidence: string;
    readonly cause: string;
    readonly advice: string;
    readonly confidence?: number;
  }[];
}

/** What keeps the run from what it could reach, each with what was measured, why, and the one change to try. */
export function FindingsSection({ state }: { readonly state: RunState }) {
  const { run, artefacts } = state.reply;
  const info = newestOf(artefacts, "diagnosis") ?? newestOf(artefacts, "diagnose");
  const read = useArtefact<DiagnosisArtefact>(run.id, info);
  return (
    <>
      {read.kind === "reading" && <Skeleton of="the findings" height={160} />}
      {read.kind === "failed" && <ProblemBox problem={read.problem} place="the findings" />}
      {read.kind === "ready" && read.value.findings.length === 0 && (
        <p>Nothing was found that keeps this training from what it could reach.</p>
      )}
      {read.kind === "ready" && (
        <ol class="findings">
          {read.value.findings.map(({ name, severity, evidence, cause, advice, confidence }) => (
            <li key={name} class={`finding finding-${severity}`}>
              <h3>
                {name.replaceAll("-", " ")} <span class="quiet">{severity}</span>
                {confidence !== undefined && (
                  <span class="quiet"> · sure to {formatPercent(confidence)}</span>
                )}
              </h3>
              <p>{evidence}</p>
              <p>
                <span class="quiet">likely because</span> {cause}
              </p>
              <p>
                <span class="quiet">try:</span> {advice}
              </p>
            </li>
          ))}
        </ol>
      )}
      {read.kind === "ready" && read.value.findings.length > 0 && hello.value?.write !== true && (
        <CopyLine
          label="the first change, as a new run beside this one:"
          text={`nadir diagnose ${run.id} --fix`}
        />
      )}
      {run.status !== "running" && read.kind !== "reading" && (
        <Measure
          run={run.id}
          kind="diagnose"
          label={read.kind === "ready" ? "Diagnose again" : "Diagnose this run"}
          cost="looks at data, start and end of the training, and makes some trial steps"
        />
      )}
    </>
  );
}
