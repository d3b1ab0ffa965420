import type { JSX } from "preact";
import type { PageProps } from "../app/pages.ts";

/** The place of the page; what it shows is on its way. */
export function PlayPage({ params }: PageProps): JSX.Element {
  return <h1>Play {params["id"]}</h1>;
}
