import type { ComponentChildren } from "preact";
import { ErrorBoundary } from "../parts/errorBoundary.tsx";

interface SectionProps {
  /** Of the link to it. */
  readonly id: string;
  readonly title: string;
  /** Beside the title: what it comes to, for those who leave it closed. */
  readonly aside?: string | undefined;
  readonly closed?: boolean;
  readonly children: ComponentChildren;
}

/** A part of the page that can be closed; a failure in it stays in it. */
export const Section = ({ id, title, aside, closed = false, children }: SectionProps) => (
  <details class="section" id={id} open={!closed}>
    <summary>
      <h2>{title}</h2>
      {aside !== undefined && <span class="quiet">{aside}</span>}
    </summary>
    <ErrorBoundary place={title}>{children}</ErrorBoundary>
  </details>
);
