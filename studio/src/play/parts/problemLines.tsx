import type { JSX } from "preact";
import type { Problem } from "../kernel/protocol.ts";

/** What is wrong, what was expected and what to try, and on which line of the function. */
export function ProblemLines({ problem }: { readonly problem: Problem }): JSX.Element {
  const { line, summary, expected, hint } = problem;
  return (
    <>
      <p>
        {line === undefined ? null : <b>line {line}: </b>}
        {summary}
      </p>
      {expected === undefined ? null : <p class="quiet">expected: {expected}</p>}
      {hint === undefined ? null : <p>try: {hint}</p>}
    </>
  );
}
