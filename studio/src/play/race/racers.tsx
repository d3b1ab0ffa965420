import type { JSX } from "preact";
import { markWord, VerdictMark } from "../../parts/verdictMark.tsx";
import { facts } from "../facts.ts";
import type { Finish, Verdict } from "../kernel/protocol.ts";
import { mostRacers } from "../link/state.ts";
import { methodNames, settingsOf, settingsWith } from "../methods.ts";
import { MethodChoice } from "../parts/methodChoice.tsx";
import { Slider } from "../parts/slider.tsx";
import { isIn, type RaceModel } from "./model.ts";
import { racerColour } from "./palette.ts";

/** Who races: method, settings, and the verdict as soon as it is there. */
export function Racers({ race }: { readonly race: RaceModel }): JSX.Element {
  const { racers } = race.settings.value;
  return (
    <section class="play-racers" aria-label="Methods">
      {racers.map((racer, i) => (
        <RacerCard key={i} race={race} index={i} method={racer.method} />
      ))}
      {racers.length < mostRacers ? (
        <button
          type="button"
          onClick={() => {
            const free = methodNames.find((name) => racers.every(({ method }) => method !== name));
            race.set({ racers: [...racers, { method: free ?? "adam", settings: {} }] });
          }}
        >
          Add a method
        </button>
      ) : null}
    </section>
  );
}

function RacerCard({
  race,
  index,
  method,
}: {
  readonly race: RaceModel;
  readonly index: number;
  readonly method: string;
}): JSX.Element {
  const { racers } = race.settings.value;
  const { settings } = racers[index]!;
  const finish = race.finishes.value[index];
  const arrived = isIn(finish, race.clock.value);
  const about = facts.value.get(method);
  const values = settingsWith(method, settings);
  return (
    <article class="play-racer" style={{ borderLeftColor: racerColour(index) }}>
      <header>
        <MethodChoice
          value={method}
          label={`Method ${index + 1}`}
          onChange={(next) => race.setRacer(index, { method: next, settings: {} })}
        />
        <span class="play-racer-mark">
          <VerdictMark kind={arrived ? finish.verdict.kind : "running"} word />
        </span>
        <button
          type="button"
          class="plain"
          aria-label={`Take ${method} out of the race`}
          disabled={racers.length === 1}
          onClick={() => race.set({ racers: racers.filter((_, i) => i !== index) })}
        >
          ×
        </button>
      </header>
      {arrived ? <Evidence finish={finish} /> : <p class="quiet play-evidence">{about?.summary}</p>}
      <details>
        <summary>settings and what it promises</summary>
        {settingsOf(method).map((range) => (
          <Slider
            key={range.name}
            range={range}
            of={`${method} (${index + 1})`}
            value={values[range.name]!}
            onChange={(value) =>
              race.setRacer(index, { settings: { ...settings, [range.name]: value } })
            }
          />
        ))}
        {about === undefined ? null : (
          <dl class="play-about">
            <dt>does</dt>
            <dd>{about.summary}</dd>
            <dt>promises</dt>
            <dd>{about.guarantee}</dd>
            <dt>price</dt>
            <dd>{about.price}</dd>
            <dt>source</dt>
            <dd>{about.source}</dd>
          </dl>
        )}
      </details>
    </article>
  );
}

/** What was measured: figures first, then the sentences. */
function Evidence({ finish }: { readonly finish: Finish }): JSX.Element {
  const { verdict, iterations, saddlesLeft } = finish;
  const gradients = Math.round(finish.spent.at(-1) ?? 0);
  return (
    <>
      <p class="play-evidence number">
        f {short(finish.value)} · ‖g‖ {short(verdict.gradientNorm)} (tolerance{" "}
        {short(verdict.tolerance)}){figuresOf(verdict)} · <b>{gradients}</b> gradients, {iterations}{" "}
        iterations
        {saddlesLeft > 0 ? ` · left ${saddlesLeft} saddle${saddlesLeft === 1 ? "" : "s"}` : ""}
      </p>
      <details>
        <summary>evidence</summary>
        <ul class="play-sentences">
          {verdict.evidence.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
          {verdict.advice.map((sentence) => (
            <li key={sentence}>→ {sentence}</li>
          ))}
        </ul>
      </details>
    </>
  );
}

const short = (value: number): string => Number(value.toPrecision(3)).toString();

/** The figures that always stand beside a mark. */
export function figuresOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case "local-minimum":
    case "degenerate":
    case "saddle":
      return Number.isFinite(verdict.smallestEigenvalue)
        ? ` · λmin ${short(verdict.smallestEigenvalue)} ± ${Number(verdict.eigenvalueError.toPrecision(2))}`
        : "";
    case "not-stationary":
      return verdict.why === "budget" ? " · the budget is spent" : ` · ${verdict.why}`;
    case "diverged":
      return ` · ${verdict.cause}`;
    default:
      return "";
  }
}

/** A verdict as it is told aloud. */
export const announcement = (method: string, finish: Finish): string =>
  `${method}: ${markWord(finish.verdict.kind)} after ${Math.round(finish.spent.at(-1) ?? 0)} gradients, loss ${short(finish.value)}.`;
