import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dark } from "../../app/theme.ts";
import { type Kernel, Refused } from "../client.ts";
import type { Outcomes } from "../kernel/protocol.ts";
import { mappedMethods, settingsOf, settingsWith } from "../methods.ts";
import type { RaceModel } from "./model.ts";
import {
  axesOf,
  mapSize,
  mapSteps,
  mapTolerance,
  nearestIndex,
  outcomeOf,
  quickness,
  sentenceOf,
  tellMap,
} from "./outcomes.ts";
import { between, css, paletteNow } from "./palette.ts";

/** Pixels of one place of the map. */
const cell = 10;

/** What a rule does at every learning rate and momentum: a press takes a place's settings. */
export function OutcomeMap({
  race,
  kernel,
}: {
  readonly race: RaceModel;
  readonly kernel: Kernel;
}): JSX.Element {
  const { racers, code, start } = race.settings.value;
  const fits = racers.flatMap(({ method }, i) => (mappedMethods.includes(method) ? [i] : []));
  const chosen = useSignal(fits[0] ?? 0);
  const index = fits.includes(chosen.value) ? chosen.value : fits[0];
  if (index === undefined)
    return (
      <p class="quiet">Add a rule with momentum, such as momentum or adam, to map its settings.</p>
    );
  const { method } = racers[index]!;
  return (
    <>
      {fits.length > 1 ? (
        <label>
          of{" "}
          <select
            value={index}
            onChange={({ currentTarget }) => {
              chosen.value = Number(currentTarget.value);
            }}
          >
            {fits.map((i) => (
              <option key={i} value={i}>
                {racers[i]!.method} ({i + 1})
              </option>
            ))}
          </select>
        </label>
      ) : (
        <span>of {method}</span>
      )}
      <MapOf key={`${method}${index}`} {...{ race, kernel, index, method, code }} start={start} />
    </>
  );
}

function MapOf({
  race,
  kernel,
  index,
  method,
  code,
  start,
}: {
  readonly race: RaceModel;
  readonly kernel: Kernel;
  readonly index: number;
  readonly method: string;
  readonly code: string;
  readonly start: readonly [number, number];
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const rows = useSignal<readonly (Outcomes | undefined)[]>([]);
  const trouble = useSignal("");
  const [rate, second] = settingsOf(method);
  const axes = axesOf(rate!, second!); // mapped methods have both
  const set = settingsWith(method, race.settings.value.racers[index]?.settings ?? {});
  const others = JSON.stringify({ ...set, [rate!.name]: 0, [second!.name]: 0 });
  const [x, y] = start;
  useEffect(() => {
    let asking: ReturnType<typeof kernel.ask<"outcomes">> | undefined;
    const timer = setTimeout(() => {
      rows.value = axes.second.map(() => undefined);
      trouble.value = "";
      const given = {
        ...{
          code,
          method,
          start: [x, y] as const,
          steps: mapSteps,
          tolerance: mapTolerance,
          rates: axes.rates,
        },
        settings: race.settings.peek().racers[index]?.settings ?? {},
        second: { name: second!.name, values: axes.second },
      };
      asking = kernel.ask("outcomes", given, (part) => {
        rows.value = rows.value.with(part.row, part);
      });
      asking.answer.catch((error: unknown) => {
        if (error instanceof Refused) trouble.value = error.problem.summary;
      });
    }, 250);
    return () => {
      clearTimeout(timer);
      asking?.cancel();
    };
  }, [code, x, y, method, others]);
  const told = useComputed(() => tellMap(rows.value, axes));
  const here = {
    i: nearestIndex(axes.rates.map(Math.log), Math.log(set[rate!.name]!)),
    j: nearestIndex(
      axes.second.map((v) => Math.log(1 - v)),
      Math.log(1 - set[second!.name]!),
    ),
  };
  useEffect(() => {
    void dark.value;
    const context = canvas.current?.getContext("2d");
    if (context != null) draw(context, rows.value, here);
  });
  const take = (i: number, j: number): void => {
    const { settings } = race.settings.peek().racers[index]!;
    const to = { [rate!.name]: axes.rates[i]!, [second!.name]: axes.second[j]! };
    race.setRacer(index, { settings: { ...settings, ...to } });
  };
  return (
    <figure class="play-outcomes">
      <button
        type="button"
        class="play-picture"
        aria-label={`Outcomes of ${method} by ${rate!.name} and ${second!.name}. Arrow keys change both. ${sentenceOf(told.value)}`}
        onPointerDown={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const i = Math.floor(((event.clientX - box.left) / box.width) * mapSize.rates);
          const j = Math.floor((1 - (event.clientY - box.top) / box.height) * mapSize.rows);
          take(within(i, mapSize.rates), within(j, mapSize.rows));
        }}
        onKeyDown={(event) => {
          const [di, dj] = arrows[event.key] ?? [0, 0];
          if (di === 0 && dj === 0) return;
          event.preventDefault();
          take(within(here.i + di, mapSize.rates), within(here.j + dj, mapSize.rows));
        }}
      >
        <canvas ref={canvas} width={mapSize.rates * cell} height={mapSize.rows * cell} />
      </button>
      <figcaption>
        <span class="quiet">
          → learning rate {rate!.low} … {rate!.high}, ↑ {second!.name} 0 … {second!.high}
        </span>
        <span class="play-key">
          <i class="play-key-converged" /> converged, brighter: sooner{" "}
          <i class="play-key-diverged" /> × diverged <i class="play-key-not" /> not within{" "}
          {mapTolerance} of a zero gradient in {mapSteps} steps
        </span>
        <span class="quiet">{trouble.value === "" ? sentenceOf(told.value) : trouble.value}</span>
      </figcaption>
    </figure>
  );
}

const within = (i: number, count: number): number => Math.min(count - 1, Math.max(0, i));

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0] },
  ...{ ArrowUp: [0, 1], ArrowDown: [0, -1] },
};

/** From all the steps there were to few. */
const ramps = {
  light: ["#1d4f45", "#2f8f6f", "#8fd3a0", "#eafbd9"],
  dark: ["#10352f", "#1f7a5e", "#63c58c", "#e2ffc7"],
} as const;

function draw(
  context: CanvasRenderingContext2D,
  rows: readonly (Outcomes | undefined)[],
  here: { readonly i: number; readonly j: number },
): void {
  const night = paletteNow().dark;
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  for (const row of rows) {
    if (row === undefined) continue;
    row.steps.forEach((steps, i) => {
      const [x, y] = [i * cell, height - (row.row + 1) * cell];
      const outcome = outcomeOf(steps);
      context.fillStyle =
        outcome === "converged"
          ? css(between(night ? ramps.dark : ramps.light, quickness(steps, mapSteps)))
          : outcome === "diverged"
            ? "#b5400a"
            : night
              ? "#3a424c"
              : "#aab2bb";
      context.fillRect(x, y, cell - 0.5, cell - 0.5);
      if (outcome !== "diverged") return;
      // A shape beside the colour.
      context.strokeStyle = "#ffd9c2";
      context.lineWidth = 0.9;
      context.beginPath();
      context.moveTo(x + 3, y + 3);
      context.lineTo(x + cell - 3.5, y + cell - 3.5);
      context.moveTo(x + cell - 3.5, y + 3);
      context.lineTo(x + 3, y + cell - 3.5);
      context.stroke();
    });
  }
  const [x, y] = [here.i * cell, height - (here.j + 1) * cell];
  context.strokeStyle = night ? "#ffffff" : "#000000";
  context.lineWidth = 2;
  context.strokeRect(x - 0.5, y - 0.5, cell, cell);
  context.strokeStyle = night ? "#000000" : "#ffffff";
  context.lineWidth = 1;
  context.strokeRect(x - 2, y - 2, cell + 3, cell + 3);
}
