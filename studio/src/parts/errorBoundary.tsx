import { Component, type ComponentChildren } from "preact";
import { ProblemBox, problemOf } from "./problemBox.tsx";

interface Props {
  /** What stands inside, for the message: "the loss curve". */
  readonly place: string;
  readonly children: ComponentChildren;
}

/** Keeps a failure inside to its own place. */
export class ErrorBoundary extends Component<Props, { error?: unknown }> {
  static override getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ComponentChildren {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const retry = (): void => this.setState({ error: undefined });
    return <ProblemBox problem={problemOf(error)} place={this.props.place} retry={retry} />;
  }
}
