import { useState } from "preact/hooks";
import { formatBytes } from "../../../src/cli/format.ts";
import type { ArtefactInfo, Problem } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";
import type { RunState } from "./runData.ts";

/** The user's files as the run read them. They are text here, and are never run. */
export function CodeFiles({ state }: { readonly state: RunState }) {
  const { run, artefacts } = state.reply;
  const files = artefacts.filter(({ kind }) => kind === "code");
  if (files.length === 0) return null;
  return (
    <>
      <h3>Code as run</h3>
      {files.map((file) => (
        <CodeFile key={file.sha256} run={run.id} file={file} />
      ))}
    </>
  );
}

/** One file, read when it is opened. */
function CodeFile({ run, file }: { readonly run: string; readonly file: ArtefactInfo }) {
  const [text, setText] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const read = (event: { readonly currentTarget: HTMLDetailsElement }): void => {
    if (!event.currentTarget.open || text !== undefined) return;
    api
      .artefactText(run, file.sha256)
      .then(setText, (error: unknown) => setProblem(problemOf(error)));
  };
  return (
    <details onToggle={read}>
      <summary>
        {file.name} <span class="quiet">{formatBytes(file.size)}</span>
      </summary>
      {problem !== undefined && <ProblemBox problem={problem} place={file.name} />}
      {text !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <pre class="log" tabIndex={0}>
          {text}
        </pre>
      )}
    </details>
  );
}
