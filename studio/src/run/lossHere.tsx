import { formatNumber, wordsOf } from "../../../src/cli/format.ts";
import {
  type LandscapeArtefact,
  lossAt,
  type PlacesArtefact,
} from "../../../src/drawing/landscape.ts";
import type { ArtefactInfo, RunReply } from "../../../src/studio/protocol.ts";
import { TableFrame } from "../figure/dataTable.tsx";
import { useArtefact } from "./artefacts.ts";
import { Measure } from "./measureButton.tsx";
import type { Place } from "./placeLayer.tsx";
import { evaluationsCost, flagsOf } from "./slices.ts";

interface LossHereProps {
  readonly reply: RunReply;
  readonly slice: LandscapeArtefact;
  readonly place: Place | undefined;
  /** What the slice is kept as. */
  readonly info: ArtefactInfo;
  /** False while finer ones come. */
  readonly isWhole: boolean;
}

/** The loss at the place that was dragged to: as the grid tells it, and exactly where that was asked for. */
export function LossHere({ reply, slice, place, info, isWhole }: LossHereProps) {
  const { run, artefacts } = reply;
  const { grid: _, span: __, ...plane } = flagsOf(info);
  const flags = { ...plane, place: place === undefined ? "" : place.join(",") };
  const exact = artefacts.findLast(
    (one) =>
      one.kind === "landscape-place" &&
      one.step === info.step &&
      sameFlags(flagsOf(one), flagsOf({ name: nameOf(flags) })),
  );
  const read = useArtefact<PlacesArtefact>(run.id, exact);
  if (place === undefined) {
    return (
      <p class="readout">Drag over the map, or use its arrow keys, for the loss at a place.</p>
    );
  }
  const told = lossAt(slice, place);
  const where = slice.axes
    .map(({ name }, i) => `${name} ${formatNumber(place[i] ?? 0, 4)}`)
    .join(", ");
  const measured = read.kind === "ready" ? read.value.places[0] : undefined;
  return (
    <>
      <p class="readout">
        {where}: {told === undefined ? "outside of the slice" : lossWords(told)}
        {measured !== undefined &&
          ` · evaluated there: ${[inWords(measured.loss), ...Object.entries(measured.metrics ?? {}).map(([name, value]) => `${wordsOf(name)} ${inWords(value)}`)].join(", ")}`}
      </p>
      {measured?.outputs !== undefined && (
        <TableFrame
          label="Table: what the model says there"
          caption="What the model says there of the first rows of the data"
          head={["row", ...(measured.outputs[0] ?? []).map((_, i) => `output ${i + 1}`)]}
        >
          {measured.outputs.map((said, row) => (
            <tr key={row}>
              <td>{row + 1}</td>
              {said.map((value, i) => (
                <td key={i}>{inWords(value)}</td>
              ))}
            </tr>
          ))}
        </TableFrame>
      )}
      {isWhole && run.status !== "running" && measured === undefined && (
        <Measure
          run={run.id}
          kind="landscape"
          flags={flags}
          label="Evaluate exactly there"
          cost={`${evaluationsCost(reply, 1, slice.rows < slice.ofRows ? slice.rows : 0, slice)}, after its directions were found again`}
          mine={({ place: at }) => at === flags.place}
        />
      )}
    </>
  );
}

const inWords = (value: number | null): string =>
  value === null ? "not finite" : formatNumber(value, 5);

function lossWords({ loss, isInterpolated }: NonNullable<ReturnType<typeof lossAt>>): string {
  if (!Number.isFinite(loss)) return "the loss is not finite there, or beside it";
  return `loss ${formatNumber(loss, 5)}, ${isInterpolated ? "interpolated between the grid's places" : "measured there"}`;
}

const nameOf = (flags: Readonly<Record<string, unknown>>): string =>
  ["landscape", ...Object.entries(flags).map(([name, value]) => `${name}=${value}`)].join(" ");

const sameFlags = (a: object, b: object): boolean =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
