import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { bestOf } from "../../../src/search/sweep/sweepRecord.ts";
import type { SweepReply } from "../../../src/studio/protocol.ts";
import { useKeys } from "../app/keyboard.ts";
import type { PageProps } from "../app/pages.ts";
import { navigate } from "../app/router.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { PageProblem } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { Section } from "../run/section.tsx";
import { Head } from "./head.tsx";
import { Matters } from "./matters.tsx";
import { Parallel } from "./parallel.tsx";
import { Progress } from "./progress.tsx";
import { type Brushes, passes, trialAxes } from "./scenes.ts";
import { Slice } from "./slice.tsx";
import { useSweep } from "./sweepData.ts";
import { TrialsTable } from "./trialsTable.tsx";
import { Workers } from "./workers.tsx";
import "../figure/figure.css";
import "../run/run.css";
import "../compare/compare.css";
import "./sweep.css";

/** One sweep: what is best so far, how settings and values hang together, who did what. */
export function SweepPage({ params }: PageProps): JSX.Element {
  const id = params["id"] ?? "";
  const loading = useSweep(id);
  switch (loading.kind) {
    case "reading":
      return <Skeleton of={`sweep ${id}`} height={700} />;
    case "failed":
      return <PageProblem title={`Sweep ${id}`} problem={loading.problem} />;
    case "ready":
      return <SweepView reply={loading.reply} />;
  }
}

function SweepView({ reply }: { readonly reply: SweepReply }) {
  const { sweep, request, trials } = reply;
  const { objective, space } = request;
  const best = bestOf(trials);
  const axes = useMemo(() => trialAxes(space, trials, objective), [space, trials, objective]);
  const [brushes, setBrushes] = useState<Brushes>(new Map());
  const shown = trials.filter((trial) => passes(trial, axes, brushes));
  useKeys("Sweep", [
    {
      keys: "b",
      does: "open the best run",
      run: () => best?.run !== undefined && navigate(`/run/${best.run}`),
    },
  ]);
  return (
    <div class="page">
      <Head reply={reply} />
      {trials.length === 0 ? (
        <p class="quiet">No trial has begun yet.</p>
      ) : (
        <>
          <Section id="progress" title="Progress">
            <Progress reply={reply} />
          </Section>
          <Section id="settings" title="Settings and what they came to">
            <Parallel {...{ reply, axes, brushes, setBrushes }} best={best?.number} />
            <Matters reply={reply} />
          </Section>
          {space.length > 1 && (
            <Section id="slice" title="Two settings">
              <Slice {...{ reply, axes }} best={best?.number} />
            </Section>
          )}
          <Section id="trials" title="Trials" aside={`${shown.length} of ${trials.length}`}>
            <TrialsTable {...{ reply, shown }} best={best?.number} />
          </Section>
          <Section id="workers" title="Workers">
            <Workers reply={reply} />
          </Section>
        </>
      )}
      <CopyLine label="to repeat it:" text={sweep.command} />
    </div>
  );
}
