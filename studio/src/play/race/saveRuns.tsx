import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { SaveRaceRequest } from "../../../../src/studio/protocol.ts";
import type { Finish } from "../kernel/protocol.ts";
import type { RaceSettings } from "../link/state.ts";
import type { RaceModel } from "./model.ts";

/** What a studio does with a race; by itself the playground has none. */
export interface RaceKeeper {
  /** Keeps its runs, and shows them; undefined where the studio only shows. */
  readonly keep: ((race: SaveRaceRequest) => Promise<void>) | undefined;
  /** The same runs as a file for `nadir import`, handed to the browser under this name. */
  readonly file: (race: SaveRaceRequest, name: string) => Promise<void>;
}

/** Saves the race as runs, one a method, once all verdicts are there. */
export function SaveRuns({
  race,
  keeper,
}: {
  readonly race: RaceModel;
  readonly keeper: RaceKeeper;
}): JSX.Element {
  const told = useSignal<JSX.Element | undefined>(undefined);
  const busy = useSignal(false);
  const { keep, file } = keeper;
  const finishes = race.finishes.value;
  const settings = race.settings.value;
  const all = finishes.filter((finish) => finish !== undefined);
  const ready = all.length > 0 && all.length === settings.racers.length && !race.busy.value;
  const save = async (): Promise<void> => {
    busy.value = true;
    told.value = undefined;
    const request = requestOf(settings, all);
    try {
      if (keep !== undefined) await keep(request);
      else {
        const name = `race-${request.target}.nadir`;
        await file(request, name);
        told.value = (
          <>
            Saved as a file, for this studio only shows. To keep its runs:{" "}
            <code>nadir import {name}</code>
          </>
        );
      }
    } catch (error) {
      told.value = <>Not saved: {error instanceof Error ? error.message : String(error)}</>;
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      <button
        type="button"
        disabled={!ready || busy.value}
        title={
          keep === undefined
            ? "A file for nadir import: one run a method (nadir studio --write keeps them itself)"
            : "One run a method, with its verdict as measured here"
        }
        onClick={() => void save()}
      >
        {keep === undefined ? "Save as file" : "Save as runs"}
      </button>
      <p class="play-saved" role="status">
        {told.value}
      </p>
    </>
  );
}

function requestOf(settings: RaceSettings, finishes: readonly Finish[]): SaveRaceRequest {
  const { example = "own", code, start, budget, seed, racers } = settings;
  return {
    ...{ target: example, code, start, budget, seed },
    ...{ link: location.hash.slice(1), browser: navigator.userAgent.slice(0, 400) },
    racers: finishes.map(({ racer, values, spent, path, iterations, saddlesLeft, verdict }) => ({
      method: racers[racer]?.method ?? "",
      settings: racers[racer]?.settings ?? {},
      ...{ values: Array.from(values), spent: Array.from(spent), path: Array.from(path) },
      ...{ iterations, saddlesLeft, verdict },
    })),
  };
}
