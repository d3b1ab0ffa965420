import type { JSX } from "preact";
import type { PageProps } from "../app/pages.ts";

/** The place of the page; what it shows is on its way. */
export function ComparePage({ params }: PageProps): JSX.Element {
  return <h1>Compare {params["id"]}</h1>;
}
