import type { RunState } from "../run/runData.ts";
import { changeWords } from "./pairedTest.ts";

interface OneChangeProps {
  readonly states: readonly RunState[];
  readonly baseline: string | undefined;
}

/** What the runs say of the one thing that was changed between them; a warning when it was more than one. */
export function OneChange({ states, baseline }: OneChangeProps) {
  const rows = states.map(({ reply }) => reply.run);
  const { warns, sentences } = changeWords(rows, baseline);
  return (
    <div class={warns ? "change change-warning" : "change"}>
      {sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </div>
  );
}
