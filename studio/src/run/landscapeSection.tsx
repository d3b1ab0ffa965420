import { useEffect, useState } from "preact/hooks";
import { formatSeconds } from "../../../src/cli/format.ts";
import type { LandscapeArtefact } from "../../../src/drawing/landscape.ts";
import type { ArtefactInfo, Job } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { jobs, runs } from "../data/live.ts";
import { ProblemBox } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { newestOf, useArtefact } from "./artefacts.ts";
import { Landscape } from "./landscapeFigure.tsx";
import { LossHere } from "./lossHere.tsx";
import { Measure } from "./measureButton.tsx";
import type { Place } from "./placeLayer.tsx";
import { RowsOfData } from "./rowsOfData.tsx";
import type { RunState } from "./runData.ts";
import { bySteps, evaluationsCost, flagsOf, keptSteps, planeFlags, planeKey } from "./slices.ts";
import { Through } from "./through.tsx";

const planes = ["curvature", "trajectory", "random", "gradient", "to"] as const;
type Plane = (typeof planes)[number];

const meanings: Readonly<Record<Plane, string>> = {
  random: "two random directions, each filter as long as its weights",
  curvature: "the directions of largest and smallest curvature",
  gradient: "the gradient, and the largest curvature",
  trajectory: "the plane that holds most of the way the training took",
  to: "the plane that leads to where another run ended",
};

/** The loss around where the run stands: the chosen plane, or a button that computes it. */
export function LandscapeSection({ state }: { readonly state: RunState }) {
  const { reply } = state;
  const { run, artefacts } = reply;
  const kept = artefacts.filter(({ kind }) => kind === "landscape");
  const [chosen, choose] = useState<string | undefined>(undefined);
  const [step, setStep] = useState<number | undefined>(undefined);
  const [place, move] = useState<Place | undefined>(undefined);
  const first = kept.find(({ sha256 }) => sha256 === chosen) ?? newestOf(kept, "landscape");
  const steps = keptSteps(reply);
  const slices = first === undefined ? undefined : bySteps(kept, planeKey(first), steps.at(-1));
  const info = step === undefined ? first : slices?.get(step);
  const read = useArtefact<LandscapeArtefact>(run.id, info);
  const coming = useComing(run.id, artefacts);
  const follow = (): void => {
    choose(undefined);
    setStep(undefined);
  };
  const pick = (sha256: string): void => {
    choose(sha256);
    setStep(undefined);
    move(undefined);
  };
  const slice = coming?.slice ?? (read.kind === "ready" ? read.value : undefined);
  const measured = useLast(read.kind === "ready" ? read.value : undefined);
  return (
    <>
      {kept.length > 1 && (
        <label class="controls">
          slice{" "}
          <select value={info?.sha256} onChange={({ currentTarget }) => pick(currentTarget.value)}>
            {kept.map(({ sha256, name }) => (
              <option key={sha256} value={sha256}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {coming !== undefined && <p class="quiet">{coming.words}</p>}
      {coming === undefined && read.kind === "reading" && (
        <Skeleton of="the landscape" height={420} />
      )}
      {coming === undefined && read.kind === "failed" && (
        <ProblemBox problem={read.problem} place="the landscape" />
      )}
      {slice !== undefined && <Landscape run={run.id} {...{ slice, place, move }} />}
      {slice !== undefined && slice.axes.length === 2 && info !== undefined && (
        <LossHere {...{ reply, slice, place, info, isWhole: coming === undefined }} />
      )}
      {first !== undefined && slices !== undefined && run.status !== "running" && (
        <Through
          {...{ reply, steps, slices, setStep }}
          step={step ?? info?.step ?? steps.at(-1)}
          flags={planeFlags(flagsOf(first))}
          cost={(flags) => costOf(reply, flags, measured)}
        />
      )}
      {run.status !== "running" && (
        <Compute {...{ state, measured }} isFirst={first === undefined} onStart={follow} />
      )}
      {run.status === "running" && first === undefined && (
        <p class="quiet">
          A slice is computed at the run's end, or at a checkpoint once it has stopped.
        </p>
      )}
    </>
  );
}

/** Flags of a job that asks about one place belong to the place's own button. */
const isPlane = (flags: Job["flags"]): boolean => !("place" in flags);

interface ComputeProps {
  readonly state: RunState;
  readonly measured: LandscapeArtefact | undefined;
  readonly isFirst: boolean;
  readonly onStart: () => void;
}

/** Asks for a slice: along which plane, how fine, over how many rows. */
function Compute({ state, measured, isFirst, onStart }: ComputeProps) {
  const { reply } = state;
  const { run } = reply;
  const [plane, setPlane] = useState<Plane>("curvature");
  const [grid, setGrid] = useState(51);
  const [rows, setRows] = useState(0);
  // Whether another run has the same params, its checkpoint tells: here, those of the same file come first.
  const others = [...runs.value.values()]
    .filter(({ id, status, archived }) => id !== run.id && status !== "running" && !archived)
    .toSorted((a, b) => Number(b.file === run.file) - Number(a.file === run.file))
    .slice(0, 50);
  const [other, setOther] = useState<string | undefined>(undefined);
  const to = other ?? others[0]?.id;
  const flags = {
    ...(plane === "to" ? { to: to ?? "" } : { plane }),
    grid,
    ...(rows > 0 && { rows }),
  };
  return (
    <>
      <div class="controls">
        <label>
          plane{" "}
          <select
            value={plane}
            onChange={({ currentTarget }) =>
              // The options are these words.
              setPlane(currentTarget.value as Plane)
            }
          >
            {planes
              .filter((one) => one !== "to" || others.length > 0)
              .map((one) => (
                <option key={one} value={one}>
                  {one === "to" ? "to another run" : one}: {meanings[one]}
                </option>
              ))}
          </select>
        </label>
        {plane === "to" && (
          <label>
            run{" "}
            <select value={to} onChange={({ currentTarget }) => setOther(currentTarget.value)}>
              {others.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name} {id}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          grid{" "}
          <select
            value={String(grid)}
            onChange={({ currentTarget }) => setGrid(Number(currentTarget.value))}
          >
            {[11, 21, 51, 101].map((lines) => (
              <option key={lines} value={String(lines)}>
                {lines}²
              </option>
            ))}
          </select>
        </label>
        <RowsOfData rows={rows} choose={setRows} />
      </div>
      <Measure
        run={run.id}
        kind="landscape"
        flags={flags}
        label={isFirst ? "Compute the landscape" : "Compute another"}
        cost={costOf(reply, flags, measured)}
        mine={isPlane}
        onStart={onStart}
      />
    </>
  );
}

/** What a slice costs, in words: `51² = 2 602 evaluations …`, coarse ones on the way included. */
function costOf(
  reply: RunState["reply"],
  { grid, rows, plane }: Job["flags"],
  measured: LandscapeArtefact | undefined,
): string {
  const lines = typeof grid === "number" ? grid : 25;
  const looked = typeof rows === "number" ? rows : 0;
  const words = evaluationsCost(reply, lines * lines + 1, looked, measured);
  const besides =
    plane === "curvature" || plane === "gradient"
      ? "; and up to 200 products with the Hessian for the directions"
      : "";
  return `${lines}² places and the point: ${words}${besides}`;
}

interface Coming {
  readonly slice: LandscapeArtefact | undefined;
  readonly words: string;
}

/** The slice that is being computed, as coarse as it has come; or as it was when it was given up. */
function useComing(run: string, artefacts: readonly ArtefactInfo[]): Coming | undefined {
  const job = [...jobs.value.values()]
    .filter((one) => one.run === run && one.kind === "landscape" && isPlane(one.flags))
    .toSorted((a, b) => b.created - a.created)
    .find(({ coarser = 0 }) => coarser > 0);
  const [found, setFound] = useState<{ job: string; slice: LandscapeArtefact } | undefined>(
    undefined,
  );
  const [id, coarser] = [job?.id, job?.coarser];
  useEffect(() => {
    if (id === undefined || coarser === undefined) return;
    let wanted = true;
    api.coarser<LandscapeArtefact>(id).then(
      (slice) => wanted && slice !== null && setFound({ job: id, slice }),
      // The server is gone, which the page says; its next word leads here again.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [id, coarser]);
  if (job === undefined || job.status === "failed") return undefined;
  const isKept = artefacts.some(({ sha256 }) => sha256 === job.artefact);
  // What was given up is shown until something newer was kept.
  const isOver = job.status === "cancelled" && artefacts.some((one) => isSliceSince(one, job));
  if (isKept || isOver) return undefined;
  const slice = found?.job === job.id ? found.slice : undefined;
  const { through } = job.flags;
  const lines = slice?.axes[0]?.coordinates.length ?? 0;
  const wanted = Number(job.flags["grid"] ?? 25);
  if (slice === undefined && job.status !== "running") return undefined;
  if (job.status === "cancelled") return { slice, words: `given up at ${lines}²: not kept` };
  const where = through === undefined ? "" : ` through step ${String(through)}`;
  const left =
    slice === undefined
      ? ""
      : `, about ${formatSeconds((slice.cost.seconds / slice.cost.evaluations) * (wanted ** 2 - lines ** 2))} left`;
  const words = `${lines}² of ${wanted}²${where}${left}: finer ones replace it as they come`;
  return { slice, words };
}

const isSliceSince = ({ kind, created }: ArtefactInfo, job: Job): boolean =>
  kind === "landscape" && created > job.created;

/** What was last given. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value);
  useEffect(() => {
    if (value !== undefined) setLast(() => value);
  }, [value]);
  return value ?? last;
}
