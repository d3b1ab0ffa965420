import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useKeys } from "../../app/keyboard.ts";
import { dark } from "../../app/theme.ts";
import { markWord, VerdictMark } from "../../parts/verdictMark.tsx";
import type { Activation, Toy } from "../kernel/protocol.ts";
import { activations, limits, toys } from "../link/state.ts";
import { settingsOf, settingsWith } from "../methods.ts";
import { MethodChoice } from "../parts/methodChoice.tsx";
import { ProblemLines } from "../parts/problemLines.tsx";
import { Slider } from "../parts/slider.tsx";
import { paletteNow } from "../race/palette.ts";
import { figuresOf } from "../race/racers.tsx";
import { drawLandscape, drawSurface } from "./drawNetwork.ts";
import { LossCurves } from "./lossCurves.tsx";
import type { NetworkModel } from "./model.ts";

/** Pixels along a side of a picture; the page scales it. */
const side = 560;

/** A small network on data that can be seen: what it says, how it learns, where it ends. */
export function NetworkView({ network }: { readonly network: NetworkModel }): JSX.Element {
  const state = network.state.value;
  const held = state === "paused";
  const busy = state === "running" || held;
  const toggle = (): void => (held ? network.resume() : busy ? network.pause() : network.train());
  useKeys("Play", [
    { keys: " ", does: "train, hold, go on", run: toggle },
    { keys: "x", does: "end the training where it is", run: network.stop },
  ]);
  return (
    <div class="play-columns play-network">
      <div class="play-left">
        <Choices network={network} />
      </div>
      <section class="play-middle" aria-label="What the network says">
        <Surface network={network} />
        <div class="play-tools" role="toolbar" aria-label="The training">
          <button type="button" class="main" onClick={toggle}>
            {held ? "Go on" : busy ? "Pause" : "Train"}
          </button>
          <button type="button" disabled={!busy} onClick={network.stop}>
            Stop here
          </button>
          <span class="quiet number">
            {network.frame.value === undefined
              ? "not trained yet"
              : `epoch ${Math.round(network.frame.value.epoch)} of ${network.settings.value.epochs}`}
          </span>
        </div>
        <p class="quiet">
          ● and ■ are the two classes (or low and high values); hollow ones are kept for the test.
        </p>
      </section>
      <div class="play-right">
        <LossCurves network={network} />
        <End network={network} />
        <Landscape network={network} />
      </div>
    </div>
  );
}

function Choices({ network }: { readonly network: NetworkModel }): JSX.Element {
  const { data, layers, activation, racer, batchSize, epochs, noise, seed } =
    network.settings.value;
  const values = settingsWith(racer.method, racer.settings);
  const width = layers[0] ?? 0;
  const count = (name: string, [low, high]: readonly [number, number], initial: number) =>
    ({ name, low, high, initial, scale: "whole" }) as const;
  const shape = (depth: number, wide: number): void =>
    network.set({ layers: Array.from({ length: depth }, () => wide) });
  return (
    <section aria-label="The network">
      <div class="play-pair">
        <label>
          data
          <select
            class="play-wide"
            value={data}
            onChange={({ currentTarget }) => network.set({ data: currentTarget.value as Toy })}
          >
            {toys.map((toy) => (
              <option key={toy} value={toy}>
                {toy === "waves" ? "waves (regression)" : toy}
              </option>
            ))}
          </select>
        </label>
        <label>
          activation
          <select
            class="play-wide"
            value={activation}
            onChange={({ currentTarget }) =>
              network.set({ activation: currentTarget.value as Activation })
            }
          >
            {activations.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      <Slider
        range={{ name: "noise", low: 0, high: limits.noise[1], initial: 0.02, scale: "linear" }}
        value={noise}
        onChange={(value) => network.set({ noise: value })}
      />
      <Slider
        range={count("hiddenLayers", limits.depth, 2)}
        value={layers.length}
        onChange={(depth) => shape(depth, width || 16)}
      />
      <Slider
        range={count("width", limits.width, 16)}
        value={width || 16}
        onChange={(wide) => shape(layers.length, wide)}
      />
      <div class="play-method">
        method
        <MethodChoice
          value={racer.method}
          label="Method of the training"
          onChange={(method) => network.set({ racer: { method, settings: {} } })}
        />
      </div>
      {settingsOf(racer.method).map((range) => (
        <Slider
          key={range.name}
          range={range}
          value={values[range.name]!}
          onChange={(value) =>
            network.set({
              racer: { ...racer, settings: { ...racer.settings, [range.name]: value } },
            })
          }
        />
      ))}
      <Slider
        range={count("batchSize", limits.batchSize, 40)}
        value={batchSize}
        onChange={(value) => network.set({ batchSize: value })}
      />
      <Slider
        range={{ ...count("epochs", limits.epochs, 200), scale: "log" }}
        value={epochs}
        onChange={(value) => network.set({ epochs: Math.round(value) })}
      />
      <Slider
        range={count("seed", [0, 20], 1)}
        value={Math.min(20, seed)}
        onChange={(value) => network.set({ seed: value })}
      />
    </section>
  );
}

function Surface({ network }: { readonly network: NetworkModel }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(
    () =>
      effect(() => {
        void dark.value;
        const [data, frame] = [network.data.value, network.frame.value];
        if (canvas.current === null || data === undefined) return;
        drawSurface(canvas.current, frame?.surface, frame?.size ?? 0, data, paletteNow());
      }),
    [network],
  );
  const frame = network.frame.value;
  const told =
    frame === undefined
      ? "not trained yet"
      : `after epoch ${Math.round(frame.epoch)} the training loss is ${frame.loss.toPrecision(3)}, the test loss ${frame.test.toPrecision(3)}`;
  return (
    <canvas
      ref={canvas}
      class="play-square"
      width={side}
      height={side}
      role="img"
      aria-label={`What the network says of ${network.settings.value.data}: ${told}`}
    />
  );
}

/** The verdict, told aloud when it comes. */
function End({ network }: { readonly network: NetworkModel }): JSX.Element {
  const [end, problem] = [network.end.value, network.problem.value];
  return (
    <section aria-label="Verdict">
      <div class="only-read" aria-live="polite">
        {end === undefined
          ? ""
          : `${markWord(end.verdict.kind)}, training loss ${end.loss.toPrecision(3)}`}
      </div>
      {problem === undefined ? null : (
        <div class="play-problem" role="alert">
          <ProblemLines problem={problem} />
        </div>
      )}
      {end === undefined ? (
        <VerdictMark kind="running" size={20} word />
      ) : (
        <>
          <p class="play-verdict">
            <VerdictMark kind={end.verdict.kind} size={24} word />{" "}
            <span class="number">
              ‖g‖ {Number(end.verdict.gradientNorm.toPrecision(3))} (tolerance{" "}
              {Number(end.verdict.tolerance.toPrecision(2))}){figuresOf(end.verdict)}
            </span>
          </p>
          <p class="number">
            loss {Number(end.loss.toPrecision(4))} · test{" "}
            {Number((end.metrics["testLoss"] ?? Number.NaN).toPrecision(4))} · {end.steps} steps
            {end.stopped ? ", stopped" : ""}
          </p>
          <ul class="play-sentences">
            {[...end.verdict.evidence, ...end.verdict.advice.map((advice) => `→ ${advice}`)].map(
              (sentence) => (
                <li key={sentence}>{sentence}</li>
              ),
            )}
          </ul>
        </>
      )}
    </section>
  );
}

function Landscape({ network }: { readonly network: NetworkModel }): JSX.Element | null {
  const canvas = useRef<HTMLCanvasElement>(null);
  const found = network.landscape.value;
  useEffect(
    () =>
      effect(() => {
        void dark.value;
        const part = network.landscape.value;
        if (canvas.current !== null && part !== undefined)
          drawLandscape(canvas.current, part.grid, paletteNow());
      }),
    [network, found === undefined],
  );
  if (found === undefined)
    return network.state.value === "looking" ? (
      <p class="quiet" role="status">
        looking at the loss around the end …
      </p>
    ) : null;
  const list = (values: readonly number[]): string =>
    values.map((value) => Number(value.toPrecision(3))).join(", ");
  return (
    <figure class="play-landscape">
      <canvas
        ref={canvas}
        width={side}
        height={side}
        role="img"
        aria-label={`The loss on a plane of two random, filter-normalised directions around the end, where it is ${found.loss.toPrecision(3)}`}
      />
      <figcaption>
        the loss around the end: two random directions, filter-normalised, one filter's length each
        way.
        <br />
        <b>curvature</b>: largest {list(found.largest)}; smallest {list(found.smallest)}
      </figcaption>
    </figure>
  );
}
