import { costInWords } from "../../../src/cli/costWords.ts";
import { formatCount, formatNumber, formatSeconds, wordsOf } from "../../../src/cli/format.ts";
import type { SpectrumArtefact } from "../../../src/drawing/spectrum.ts";
import { earlierVerdicts } from "../../../src/records/earlierVerdicts.ts";
import { hrefTo } from "../app/router.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { markOf, VerdictMark } from "../parts/verdictMark.tsx";
import { Actions } from "./actions.tsx";
import { BigMark } from "./bigMark.tsx";
import { isUndecided, smallestOfVerdict } from "./decide.tsx";
import type { RunState } from "./runData.ts";
import { figuresOf, statusLine, verdictLine, verdictOf } from "./verdictWords.ts";

/** What the run reached, with the evidence, the tolerance, the error and the cost; and what can be done next. */
export function Head({
  state,
  spectrum,
}: {
  readonly state: RunState;
  readonly spectrum: SpectrumArtefact | undefined;
}) {
  const { reply, events } = state;
  const { run } = reply;
  const verdict = verdictOf(reply);
  const kind = markOf(run);
  const line = verdict === undefined ? statusLine(reply) : verdictLine(verdict, run.loss);
  const earlier = earlierVerdicts(events).at(-1);
  const spectral = verdict !== undefined && "smallestEigenvalue" in verdict ? verdict : undefined;
  const progress = events.findLast(({ event }) => event.kind === "progress")?.event;
  const pace = progress?.kind === "progress" ? progress.stepsPerSecond : undefined;
  const running = run.status === "running";
  const smallest = spectrum?.smallest[0] ?? smallestOfVerdict(reply);
  const weak = !running && smallest !== undefined && isUndecided(smallest);
  const costLine = costInWords(reply.cost ?? {});
  return (
    <header class="run-head">
      <BigMark
        kind={kind}
        largest={spectrum?.largest[0]?.value}
        smallest={spectral?.smallestEigenvalue ?? spectrum?.smallest[0]?.value}
      />
      <div class="run-head-words">
        <h1>
          {run.name} <span class="quiet">{run.id}</span>
        </h1>
        <p class="run-verdict" id="evidence">
          <VerdictMark kind={kind} size={20} /> {line}
        </p>
        <dl class="key-figures">
          {keyFigures(reply, running ? pace : undefined).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {/* Verdicts alone are announced. */}
        <p class="only-read" aria-live="polite">
          {running ? "" : line}
        </p>
        {verdict !== undefined && <p class="figures">{figuresOf(verdict).join(" · ")}</p>}
        {verdict !== undefined && (
          <ul class="evidence">
            {verdict.evidence.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
            {verdict.advice.map((sentence) => (
              <li key={sentence} class="advice">
                {sentence}
              </li>
            ))}
          </ul>
        )}
        {earlier !== undefined && (
          <p class="quiet">
            Judged anew by a <a href="#spectrum">spectrum</a> that knows the curvature better;
            before: {verdictLine(earlier, run.loss)}
          </p>
        )}
        {weak && (
          <p>
            The smallest eigenvalue is not told from 0:{" "}
            <a href="#spectrum">spend four times more on it</a>.
          </p>
        )}
        {costLine !== "" && <p class="quiet figures">cost: {costLine}</p>}
        <Family state={state} />
        <Next state={state} />
      </div>
    </header>
  );
}

/** The numbers that a run is asked for first. */
function keyFigures(
  { run, config }: RunState["reply"],
  pace: number | undefined,
): (readonly [name: string, value: string])[] {
  // A training's is that of many batches, unlike its curve's last point.
  const name = config["task"] === "train" ? "loss, mean of last epoch" : "loss";
  return [
    ...(run.loss === undefined ? [] : [[name, formatNumber(run.loss, 4)] as const]),
    ...Object.entries(run.metrics).map(
      ([name, value]) => [wordsOf(name), formatNumber(value, 4)] as const,
    ),
    ...(run.steps === undefined ? [] : [["steps", formatCount(run.steps)] as const]),
    ...(pace === undefined ? [] : [["steps a second", formatNumber(pace)] as const]),
    ...(run.seconds === undefined ? [] : [["time", formatSeconds(run.seconds)] as const]),
  ];
}

/** The sweep that it is a trial of, the run that it goes on from, and those that go on from it. */
function Family({ state }: { readonly state: RunState }) {
  const { run, children } = state.reply;
  if (run.parent === undefined && run.sweep === undefined && children.length === 0) return null;
  const link = (id: string) => (
    <a key={id} href={hrefTo(`/run/${id}`)}>
      {id}
    </a>
  );
  return (
    <p>
      {run.sweep !== undefined && (
        <>
          a trial of <a href={hrefTo(`/sweep/${run.sweep}`)}>sweep {run.sweep}</a>{" "}
        </>
      )}
      {run.parent !== undefined && (
        <>
          from {link(run.parent)} (
          <a href={hrefTo(`/compare?r=${run.parent},${run.id}`)}>what it changed</a>){" "}
        </>
      )}
      {children.length > 0 && <>went on as {children.flatMap((id) => [link(id), " "])}</>}
    </p>
  );
}

/** What can be done next. */
function Next({ state }: { readonly state: RunState }) {
  return (
    <div class="next">
      <Actions state={state} />
      {state.reply.run.status !== "running" && (
        <CopyLine label="the same again" text={state.reply.command} />
      )}
    </div>
  );
}
