import type { JSX } from "preact";
import type { PageProps } from "../app/pages.ts";

/** The place of the page; what it shows is on its way. */
export function SweepPage({ params }: PageProps): JSX.Element {
  return <h1>Sweep {params["id"]}</h1>;
}
