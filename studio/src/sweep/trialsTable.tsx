import { formatNumber, formatPercent, formatSeconds, wordsOf } from "../../../src/cli/format.ts";
import { lastValue } from "../../../src/search/sweep/strategy.ts";
import { doneOf, type SweepTrial } from "../../../src/search/sweep/sweepRecord.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";
import { hrefTo } from "../app/router.ts";
import { shownValue } from "./scenes.ts";
import { cellOf } from "./trials.ts";

interface TrialsProps {
  readonly reply: SweepReply;
  readonly shown: readonly SweepTrial[];
  /** The number of the best trial. */
  readonly best: number | undefined;
}

/** The trials that are shown, the best first. */
export function TrialsTable({ reply, shown, best }: TrialsProps) {
  const { space, objective } = reply.request;
  const ranked = [...shown].sort(
    (a, b) => doneOf(b) - doneOf(a) || lastValue(a) - lastValue(b) || a.number - b.number,
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="compare-scroll" tabIndex={0} aria-label="Trials">
      <table class="compare-table">
        <caption class="only-read">Trials, the best first</caption>
        <thead>
          <tr>
            {[
              "trial",
              "run",
              objective?.metric ?? "value",
              "trained",
              ...space.map(({ name }) => name),
              "time",
              "what came of it",
            ].map((head) => (
              <th key={head} scope="col">
                {wordsOf(head)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ranked.map((trial) => (
            <tr key={trial.number} class={trial.number === best ? "differs" : ""}>
              <th scope="row">{trial.number}</th>
              <td>
                {trial.run === undefined ? (
                  ""
                ) : (
                  <a href={hrefTo(`/run/${trial.run}`)}>{trial.run}</a>
                )}
              </td>
              <td>{trial.measured.length === 0 ? "" : told(shownValue(trial, objective))}</td>
              <td>{trainedPart(doneOf(trial))}</td>
              {space.map(({ name }) => (
                <td key={name}>{cellOf(trial.settings[name])}</td>
              ))}
              <td>{timeOf(trial)}</td>
              <td>{outcomeOf(trial)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const trainedPart = (part: number): string =>
  part === 0 ? "" : part >= 1 ? "whole" : formatPercent(part);

const told = (value: number): string =>
  Number.isFinite(value) ? formatNumber(value, 4) : "diverged";

const timeOf = ({ spans }: SweepTrial): string =>
  spans.length === 0
    ? ""
    : formatSeconds(spans.reduce((sum, { began, ended }) => sum + ended - began, 0) / 1000);

function outcomeOf(trial: SweepTrial): string {
  const { status, why, spans } = trial;
  const lost = spans.filter(({ outcome }) => outcome === "lost").length;
  const retries = lost > 0 ? ` (lost ${lost}×)` : "";
  if (status === "failed") return `failed: ${why ?? ""}${retries}`;
  if (status === "stopped") return `stopped: ${why ?? ""}${retries}`;
  if (status === "running") return `running${retries}`;
  return `${doneOf(trial) < 1 ? "left early" : "done"}${retries}`;
}
