import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { SpectrumArtefact } from "../../../src/drawing/spectrum.ts";
import { useKeys } from "../app/keyboard.ts";
import type { PageProps } from "../app/pages.ts";
import { navigate } from "../app/router.ts";
import { runs } from "../data/live.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { PageProblem, ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { newestOf, useArtefact } from "./artefacts.ts";
import { CurveSection } from "./curveSection.tsx";
import { FindingsSection } from "./findingsSection.tsx";
import { Head } from "./head.tsx";
import { HealthSection } from "./healthSection.tsx";
import { LandscapeSection } from "./landscapeSection.tsx";
import { ModelSection } from "./modelSection.tsx";
import { Log, RanSection } from "./ranSection.tsx";
import { type RunReader, type RunState, useRun } from "./runData.ts";
import { Section } from "./section.tsx";
import { SpectrumSection } from "./spectrumSection.tsx";
import "../figure/figure.css";
import "./run.css";

/** One run on one page: what it reached, its curves, the loss around it, its curvature, its layers, and what ran. */
export function RunPage({ params }: PageProps): JSX.Element {
  const reader = useRun(params["id"] ?? "");
  useBeside(reader.id);
  const loading = reader.loading.value;
  switch (loading.kind) {
    case "reading":
      return <Skeleton of={`run ${reader.id}`} height={700} />;
    case "failed":
      return (
        <PageProblem
          title={`Run ${reader.id}`}
          problem={loading.problem}
          retry={() => void reader.reread()}
        />
      );
    case "ready":
      return <RunView state={loading.state} reader={reader} />;
  }
}

/** `[` and `]`: the run before and after this one. */
function useBeside(id: string): void {
  const go = (by: number): void => {
    const ids = [...runs.peek().values()].filter(({ archived }) => !archived).map((row) => row.id);
    const beside = ids[ids.indexOf(id) + by];
    if (beside !== undefined) navigate(`/run/${beside}`);
  };
  useKeys("Run", [
    { keys: "[", does: "the run before this one", run: () => go(-1) },
    { keys: "]", does: "the run after this one", run: () => go(1) },
  ]);
}

function RunView({ state, reader }: { readonly state: RunState; readonly reader: RunReader }) {
  const { reply, damaged } = state;
  const { run, artefacts } = reply;
  const [chosen, choose] = useState<string | undefined>(undefined);
  const info = useMemo(
    () => artefacts.find(({ sha256 }) => sha256 === chosen) ?? newestOf(artefacts, "spectrum"),
    [artefacts, chosen],
  );
  const spectrum = useArtefact<SpectrumArtefact>(run.id, info);
  return (
    <div class="page run">
      <Head state={state} spectrum={spectrum.kind === "ready" ? spectrum.value : undefined} />
      {[...damaged].map(([place, problem]) => (
        <ProblemBox key={place} problem={problem} place={place} />
      ))}
      {damaged.size > 0 && (
        <CopyLine label="what is damaged, and what survived:" text="nadir doctor" />
      )}
      {run.status === "crashed" && (
        <section class="crash" aria-label="The end of the log">
          <p>
            The process that ran it is gone, and did not say why: it was killed, or the machine
            stopped. What it had told until then is here.
          </p>
          <Log events={state.events} lines={20} />
        </section>
      )}
      <Section id="curve" title="Curve">
        <CurveSection state={state} />
      </Section>
      <Section id="landscape" title="Landscape">
        <LandscapeSection state={state} />
      </Section>
      <Section id="spectrum" title="Spectrum">
        <SpectrumSection {...{ state, choose }} read={spectrum} />
      </Section>
      <Section id="model" title="Model">
        <ModelSection state={state} />
      </Section>
      <Section id="health" title="Health by layer">
        <HealthSection state={state} />
      </Section>
      <Section id="findings" title="Findings">
        <FindingsSection state={state} />
      </Section>
      <Section id="ran" title="What ran">
        <RanSection state={state} reread={() => void reader.reread()} />
      </Section>
    </div>
  );
}
