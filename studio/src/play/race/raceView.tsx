import { type Signal, useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useKeys } from "../../app/keyboard.ts";
import type { Kernel } from "../client.ts";
import { limits } from "../link/state.ts";
import { Slider } from "../parts/slider.tsx";
import { ContourMap, viewActions } from "./contourMap.tsx";
import { Curves } from "./curves.tsx";
import { Editor } from "./editor.tsx";
import { isIn, type RaceModel } from "./model.ts";
import { OutcomeMap } from "./outcomeMap.tsx";
import { announcement, Racers } from "./racers.tsx";
import { savePicture } from "./savePicture.ts";
import { type RaceKeeper, SaveRuns } from "./saveRuns.tsx";
import { SurfaceView } from "./surfaceView.tsx";

/** The race: function, map and methods, side by side. */
export function RaceView({
  race,
  mapKernel,
  keeper,
}: {
  readonly race: RaceModel;
  readonly mapKernel: Kernel;
  readonly keeper: RaceKeeper | undefined;
}): JSX.Element {
  const picture = useRef<HTMLDivElement>(null);
  const solid = useSignal(false);
  const mapped = useSignal(false);
  useFrames(race);
  const view = viewActions(race);
  const toggle = (): void => {
    if (race.over.peek() || race.part.peek() >= 1) {
      race.restart();
      race.playing.value = true;
    } else race.playing.value = !race.playing.peek();
  };
  const turnLevels = (): void =>
    race.set({ levels: race.settings.peek().levels === "log" ? "linear" : "log" });
  const save = (): void => {
    const { example = "own" } = race.settings.peek();
    if (picture.current !== null) savePicture(picture.current, `race-${example}`);
  };
  useKeys("Play", [
    { keys: " ", does: "start and hold the race", run: toggle },
    { keys: "n", does: "one step", run: race.step },
    { keys: "b", does: "back to the start", run: race.restart },
    {
      keys: "3",
      does: "the surface in three dimensions",
      run: flip(solid),
    },
    { keys: "y", does: "levels by logarithm or evenly", run: turnLevels },
    { keys: "o", does: "the map of settings", run: flip(mapped) },
    { keys: "e", does: "save the picture", run: save },
    { keys: "+", does: "closer", run: view.in },
    { keys: "-", does: "further away", run: view.out },
  ]);
  const { levels, budget } = race.settings.value;
  const playing = race.playing.value && !race.over.value;
  return (
    <div class="play-columns">
      <div class="play-left">
        <Editor race={race} />
        <Slider
          range={{ name: "budget", low: 50, high: limits.budget[1], initial: 5000, scale: "log" }}
          of="each method, in gradients"
          value={budget}
          onChange={(value) => race.set({ budget: Math.round(value) })}
        />
      </div>
      <section class="play-middle" aria-label="The race">
        {race.held.value ? <Held race={race} /> : null}
        <div ref={picture}>
          {solid.value ? <SurfaceView race={race} /> : <ContourMap race={race} />}
        </div>
        <div class="play-tools" role="toolbar" aria-label="The race">
          <button type="button" class="main" onClick={toggle}>
            {playing ? "Pause" : race.over.value ? "Again" : "Play"}
          </button>
          <button type="button" onClick={race.step}>
            Step
          </button>
          <button type="button" onClick={race.restart}>
            Start over
          </button>
          <label>
            <span class="only-read">Speed</span>
            <select
              aria-label="Speed"
              value={race.speed.value}
              onChange={({ currentTarget }) => {
                race.speed.value = Number(currentTarget.value);
              }}
            >
              {[0.25, 0.5, 1, 2, 4].map((speed) => (
                <option key={speed} value={speed}>
                  {speed}×
                </option>
              ))}
            </select>
          </label>
          <span class="play-gap" />
          <button type="button" aria-pressed={levels === "log"} onClick={turnLevels}>
            {levels === "log" ? "log levels" : "even levels"}
          </button>
          <button type="button" aria-pressed={solid.value} onClick={flip(solid)}>
            3-D
          </button>
          <button type="button" title="Save the picture as PNG (e)" onClick={save}>
            PNG
          </button>
          <button type="button" aria-label="Closer" onClick={view.in}>
            +
          </button>
          <button type="button" aria-label="Further away" onClick={view.out}>
            −
          </button>
        </div>
        {keeper === undefined ? null : (
          <div class="play-tools">
            <SaveRuns race={race} keeper={keeper} />
          </div>
        )}
        <progress
          class="play-progress"
          max={1}
          value={race.part.value}
          aria-label="How much of the race is shown"
        />
        <details
          class="play-mapped"
          open={mapped.value}
          onToggle={({ currentTarget }) => {
            mapped.value = currentTarget.open;
          }}
        >
          <summary>Map of settings: what becomes of every learning rate and momentum</summary>
          {mapped.value ? <OutcomeMap race={race} kernel={mapKernel} /> : null}
        </details>
      </section>
      <div class="play-right">
        <Curves race={race} />
        <Racers race={race} />
      </div>
      <Announcer race={race} />
    </div>
  );
}

const flip = (which: Signal<boolean>) => (): void => {
  which.value = !which.value;
};

/** Code of a link runs by itself only where it could reach nothing. */
function Held({ race }: { readonly race: RaceModel }): JSX.Element {
  return (
    <div class="play-held" role="alert">
      <p>
        This link brings a function of its own. Where these pages are now, code that runs could
        reach this site: read it, then run it.
      </p>
      <button
        type="button"
        class="main"
        onClick={() => {
          race.held.value = false;
        }}
      >
        Run it
      </button>
    </div>
  );
}

/** Moves the race on with the screen's frames while it plays; a hidden page has none. */
function useFrames(race: RaceModel): void {
  const running = useComputed(() => race.playing.value && race.finishes.value.some(Boolean));
  const on = running.value;
  useEffect(() => {
    if (!on) return;
    let last: number | undefined;
    let frame = requestAnimationFrame(function next(now) {
      race.advance(Math.min(0.1, (now - (last ?? now)) / 1000));
      last = now;
      if (race.playing.peek()) frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [race, on]);
}

/** Tells a screen reader each verdict as it comes, and nothing else. */
function Announcer({ race }: { readonly race: RaceModel }): JSX.Element {
  const { racers } = race.settings.value;
  const clock = race.clock.value;
  return (
    <div class="only-read" role="log" aria-live="polite" aria-label="Verdicts">
      {race.finishes.value.map((finish, i) =>
        isIn(finish, clock) ? (
          <p key={`${i}${finish.price}`}>{announcement(racers[i]?.method ?? "", finish)}</p>
        ) : null,
      )}
    </div>
  );
}
