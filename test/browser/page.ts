import { type Work, work } from "./work.ts";

declare global {
  /** What the test calls in the page. */
  var nadirWork: () => Promise<Work>;
}

globalThis.nadirWork = work;
