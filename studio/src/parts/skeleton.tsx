import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";

export interface SkeletonProps {
  /** What is on the way, said to a screen reader and, after two seconds, to all: "the spectrum". */
  readonly of: string;
  /** Final height in pixels, so that nothing moves when it is there. */
  readonly height: number;
  readonly cancel?: () => void;
}

/** The place of something that is on its way: nothing for 200 ms, then its shape, and after 2 s what it is. */
export function Skeleton({ of, height, cancel }: SkeletonProps): JSX.Element {
  const stage = useSignal<"nothing" | "shape" | "named">("nothing");
  useEffect(() => {
    const shape = setTimeout(() => (stage.value = "shape"), 200);
    const named = setTimeout(() => (stage.value = "named"), 2000);
    return () => {
      clearTimeout(shape);
      clearTimeout(named);
    };
  }, [stage]);
  return (
    <div
      class={`skeleton skeleton-${stage.value}`}
      style={{ height: `${height}px` }}
      aria-busy="true"
    >
      <span class={stage.value === "named" ? "" : "only-read"}>reading {of} …</span>
      {stage.value === "named" && cancel !== undefined ? (
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      ) : null}
    </div>
  );
}
