import type { JSX } from "preact";
import type { PageProps } from "../app/pages.ts";

/** The place of the page; what it shows is on its way. */
export function RunPage({ params }: PageProps): JSX.Element {
  return <h1>Run {params["id"]}</h1>;
}
