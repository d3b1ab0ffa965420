import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { problemOf } from "../../parts/problemBox.tsx";
import { exampleOf, examples } from "../examples.ts";
import type { Problem } from "../kernel/protocol.ts";
import { raceOn } from "../link/defaults.ts";
import { ProblemLines } from "../parts/problemLines.tsx";
import type { CodeEditor } from "./codeMirror.ts";
import type { RaceModel } from "./model.ts";

/** The function: chosen, or typed; what is wrong with it is told on its line and below. */
export function Editor({ race }: { readonly race: RaceModel }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const problem = useSignal<Problem | undefined>(undefined);
  useEffect(() => {
    let editor: CodeEditor | undefined;
    let stop = (): void => {};
    let gone = false;
    const load = import("./codeMirror.ts").then(({ openEditor }) => {
      if (gone || place.current === null) return;
      editor = openEditor(place.current, race.settings.peek().code, (code) => {
        const example = examples.find((each) => each.code === code)?.key;
        race.set({ code, example });
      });
      const opened = editor;
      stop = effect(() => {
        opened.setText(race.settings.value.code);
        problem.value = opened.show(race.problem.value);
      });
    });
    load.catch((error: unknown) => {
      const { message, hint = "" } = problemOf(error);
      if (!gone) problem.value = { summary: `The editor is not here: ${message}`, hint };
    });
    return () => {
      gone = true;
      stop();
      editor?.dispose();
    };
  }, [race]);
  const { example } = race.settings.value;
  return (
    <section class="play-code" aria-label="The function">
      <label class="play-example">
        <span class="only-read">Function</span>
        <select
          aria-label="Function"
          value={example ?? ""}
          onChange={({ currentTarget }) => {
            const found = exampleOf(currentTarget.value);
            if (found !== undefined) race.set(raceOn(found, race.settings.peek()));
          }}
        >
          {example === undefined ? <option value="">your own</option> : null}
          {examples.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <p class="quiet play-about-example">
        {exampleOf(example)?.about ??
          "Your own function: whatever of the array language gives one number."}
      </p>
      <div class="play-editor" data-keys="own" ref={place} />
      <div class="play-problem" role="status">
        {problem.value === undefined ? null : <ProblemLines problem={problem.value} />}
      </div>
    </section>
  );
}
