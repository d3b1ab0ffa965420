import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { matching } from "./state.ts";

const shown = signal<readonly RunRow[]>([]);

/** The runs that the pictures show: those of the list, once the frame that shows them in the list has been painted. */
export const pictured: ReadonlySignal<readonly RunRow[]> = shown;

/**
 * Lets the pictures follow the list, a frame behind: whoever types a filter waits for no picture, and of several changes
 * within a frame the last is drawn.
 *
 * @returns the function that ends it
 */
export function followList(): () => void {
  let frame = 0;
  let task: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    matching.value;
    cancelAnimationFrame(frame);
    clearTimeout(task);
    // A frame is painted after its callbacks: the task comes after that.
    frame = requestAnimationFrame(() => {
      task = setTimeout(() => {
        shown.value = matching.peek();
      });
    });
  });
  return () => {
    stop();
    cancelAnimationFrame(frame);
    clearTimeout(task);
  };
}
