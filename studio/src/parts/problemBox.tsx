import type { JSX } from "preact";
import type { Problem } from "../../../src/studio/protocol.ts";
import { hrefTo, isFile } from "../app/router.ts";
import { ApiError } from "../data/api.ts";

/** What went wrong as four plain facts: code, cause, what would have been right, what to do. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return { code: error.code, message: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  // Each browser has its own words for a part of the page that did not come.
  if (error instanceof TypeError && /import(ing|ed)? (a )?module|module script/i.test(message)) {
    return {
      code: "studio/gone",
      message: "this part of the studio could not be loaded: the studio does not answer",
      hint: "nadir studio, in the folder of the runs; then reload this page",
    };
  }
  return {
    code: "studio/page",
    message: `internal: ${message}`,
    hint: "reload the page; if it happens again, please report it",
  };
}

export interface ProblemBoxProps {
  readonly problem: Problem;
  /** What could not be shown: "the spectrum". */
  readonly place?: string;
  readonly retry?: (() => void) | undefined;
}

/** A page that cannot be shown: what it would have been, why not, and where to go from there. */
export const PageProblem = ({
  title,
  problem,
  retry,
}: {
  readonly title: string;
  readonly problem: Problem;
  readonly retry?: (() => void) | undefined;
}): JSX.Element => (
  <div class="empty">
    <h1>{title}</h1>
    <ProblemBox problem={problem} retry={retry} />
    <p>
      <a href={hrefTo("/")}>To the runs</a>
      {isFile ? null : (
        <>
          {" "}
          · <a href={hrefTo("/play")}>Play</a>
        </>
      )}
    </p>
  </div>
);

/** A failure, shown where it happened: the rest of the page goes on working. */
export function ProblemBox({ problem, place, retry }: ProblemBoxProps): JSX.Element {
  const { code, message, expected, hint } = problem;
  return (
    <div class="problem" role="alert">
      <p class="problem-head">
        <code>{code}</code> {place === undefined ? null : <span>· {place}</span>}
      </p>
      <p>{message}</p>
      {expected === undefined ? null : <p class="quiet">expected: {expected}</p>}
      {hint === undefined ? null : <p>try: {hint}</p>}
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
