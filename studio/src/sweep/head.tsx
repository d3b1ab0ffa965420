import { formatNumber, wordsOf } from "../../../src/cli/format.ts";
import { bestOf, type SweepTrial } from "../../../src/search/sweep/sweepRecord.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";
import { hrefTo } from "../app/router.ts";
import { runs } from "../data/live.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { markOf, VerdictMark } from "../parts/verdictMark.tsx";
import { shownValue } from "./scenes.ts";

/** What the sweep is, how far it has come, and what was best in it. */
export function Head({ reply }: { readonly reply: SweepReply }) {
  const { sweep, request, trials } = reply;
  const { objective } = request;
  const best = bestOf(trials);
  const row = best?.run === undefined ? undefined : runs.value.get(best.run);
  const count = (what: (trial: SweepTrial) => boolean): number => trials.filter(what).length;
  const running = count(({ status }) => status === "running");
  const failed = count(({ status }) => status === "failed");
  const facts: readonly (readonly [string, string])[] = [
    ["status", sweep.status],
    ["strategy", request.strategy],
    ["trials", `${trials.length}${request.trials === undefined ? "" : ` of ${request.trials}`}`],
    ["running", String(running)],
    ["failed", String(failed)],
    ["workers", String(request.workers)],
    ["seed", String(request.seed)],
  ];
  return (
    <header>
      <h1>
        Sweep {sweep.name} <span class="quiet">{sweep.id}</span>
      </h1>
      {best === undefined ? (
        <p>No trial has told anything yet.</p>
      ) : (
        <p class="run-verdict">
          {sweep.status === "running" ? "Best so far" : "Best"}:{" "}
          {wordsOf(objective?.metric ?? "value")}{" "}
          <b>{formatNumber(shownValue(best, objective), 4)}</b>
          {", run "}
          {best.run === undefined ? (
            `trial ${best.number}`
          ) : (
            <a href={hrefTo(`/run/${best.run}`)}>{best.run}</a>
          )}
          {row !== undefined && (
            <>
              {" "}
              <VerdictMark kind={markOf(row)} word />
            </>
          )}
          {": "}
          {settingsOf(best)}
        </p>
      )}
      {(sweep.status === "interrupted" || sweep.status === "crashed") && (
        <CopyLine label="to go on:" text={`nadir sweep --resume ${sweep.id}`} />
      )}
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

const settingsOf = ({ settings }: SweepTrial): string =>
  Object.entries(settings)
    .map(
      ([name, value]) =>
        `${wordsOf(name)} ${typeof value === "number" ? formatNumber(value) : String(value)}`,
    )
    .join(", ");
