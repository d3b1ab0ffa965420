import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { formatNumber } from "../../../src/cli/format.ts";
import { drawChart } from "../../../src/drawing/chart.ts";
import { csvOfChart } from "../../../src/drawing/csv.ts";
import { type SpectrumArtefact, spectraChart } from "../../../src/drawing/spectrum.ts";
import type { Style } from "../../../src/drawing/style.ts";
import { lineStyle } from "../app/colours.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { type Drawn, Figure } from "../figure/figure.tsx";
import { newestOf, useArtefact } from "../run/artefacts.ts";
import { commandOf } from "../run/measureButton.tsx";
import type { RunState } from "../run/runData.ts";

type Spectra = Readonly<Record<string, SpectrumArtefact>>;

/** The spectra that were measured, over one axis; and the commands that measure the others. */
export function SpectrumOverlay({ states }: { readonly states: readonly RunState[] }) {
  const [spectra, setSpectra] = useState<Spectra>({});
  const measured = states.filter(
    ({ reply }) => newestOf(reply.artefacts, "spectrum") !== undefined,
  );
  const missing = states.filter((state) => !measured.includes(state));
  const tell = useCallback((id: string, spectrum: SpectrumArtefact): void => {
    setSpectra((before) => ({ ...before, [id]: spectrum }));
  }, []);
  const shown = measured.map(({ reply }) => reply.run.id).filter((id) => id in spectra);
  return (
    <>
      {measured.map((state) => (
        <ReadSpectrum key={state.reply.run.id} state={state} tell={tell} />
      ))}
      {shown.length > 0 && <Overlay ids={shown} spectra={spectra} />}
      {missing.map(({ reply }) => (
        <p key={reply.run.id}>
          <CopyLine
            label={`${reply.run.id} has none yet:`}
            text={commandOf({ kind: "spectrum", run: reply.run.id, flags: { density: true } })}
          />
        </p>
      ))}
    </>
  );
}

/** Reads one run's spectrum; shows nothing itself. */
function ReadSpectrum({
  state,
  tell,
}: {
  readonly state: RunState;
  readonly tell: (id: string, spectrum: SpectrumArtefact) => void;
}) {
  const { run, artefacts } = state.reply;
  const read = useArtefact<SpectrumArtefact>(run.id, newestOf(artefacts, "spectrum"));
  useEffect(() => {
    if (read.kind === "ready") tell(run.id, read.value);
  }, [read, run.id, tell]);
  return read.kind === "failed" ? (
    <p class="quiet">
      the spectrum of {run.id} cannot be read: {read.problem.message}
    </p>
  ) : null;
}

function Overlay({ ids, spectra }: { readonly ids: readonly string[]; readonly spectra: Spectra }) {
  const chart = useMemo(
    () =>
      spectraChart(
        ids.flatMap((id) => {
          const spectrum = spectra[id];
          return spectrum === undefined
            ? []
            : [{ name: id, hue: lineStyle(id).colour, ...spectrum }];
        }),
        "",
      ),
    [ids, spectra],
  );
  const draw = useCallback(
    (style: Style, width: number): Drawn => {
      const frame = { left: 0, top: 0, width, height: 300 };
      const { marks, panel } = drawChart(chart, frame, style);
      const scene = { width, height: 300, paper: style.paper, fontSize: style.fontSize, marks };
      return { scene, panels: [panel] };
    },
    [chart],
  );
  const ends = ids.map((id) => {
    const [top, bottom] = [spectra[id]?.largest[0], spectra[id]?.smallest[0]];
    return `${id}: from ${formatNumber(bottom?.value ?? Number.NaN)} to ${formatNumber(top?.value ?? Number.NaN)}`;
  });
  return (
    <Figure
      name={`nadir-spectra-${ids.join("-")}`}
      title={`Spectra of ${ids.join(", ")}`}
      summary={`Eigenvalues of the Hessian. ${ends.join("; ")}.`}
      draw={draw}
      table={() => ({
        head: ["run", "eigenvalue", "error"],
        rows: ids.flatMap((id) =>
          [...(spectra[id]?.largest ?? []), ...(spectra[id]?.smallest ?? [])].map(
            ({ value, error }) => [id, value, error],
          ),
        ),
      })}
      csv={() => csvOfChart(chart)}
      command={`nadir plot ${ids.join(" ")} --kind spectrum --out spectra.svg`}
    />
  );
}
