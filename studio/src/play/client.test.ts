import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Kernel } from "./client.ts";
import type { FromKernel, ToKernel } from "./kernel/protocol.ts";

/** A worker that keeps what it is asked, and says what it is told to. */
class Mute extends EventTarget {
  readonly asked: ToKernel[] = [];
  ended = false;
  postMessage(message: ToKernel): void {
    this.asked.push(message);
  }
  say(message: FromKernel): void {
    this.dispatchEvent(new MessageEvent("message", { data: message }));
  }
  terminate(): void {
    this.ended = true;
  }
}

/** A kernel whose worker has started and said hello. */
async function started() {
  const workers: Mute[] = [];
  const kernel = new Kernel(() => {
    workers.push(new Mute());
    return workers.at(-1) as Mute & Worker; // of a worker, the kernel uses these
  });
  const hello = kernel.ask("hello", {});
  workers[0]?.say({ id: 1, kind: "end", end: { sealed: true, methods: [] } });
  await hello.answer;
  return { kernel, workers };
}

describe("the kernel of the playground", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("ends a worker that says nothing for 2 s, and asks the next question of another", async () => {
    const { kernel, workers } = await started();
    const refused = expect(kernel.ask("check", { code: "loop" }).answer).rejects.toThrow(
      "no answer for 2 s: stopped",
    );
    vi.advanceTimersByTime(1999);
    expect(workers[0]?.ended).toBe(false);
    vi.advanceTimersByTime(1);
    expect(workers[0]?.ended).toBe(true);
    await refused;
    const last = expect(kernel.ask("check", { code: "fine" }).answer).rejects.toThrow("stopped");
    expect(workers).toHaveLength(2);
    kernel.stop();
    await last;
  });

  test("takes one tick of the clock for one, however late it comes: the machine had slept", async () => {
    const { kernel, workers } = await started();
    const { answer } = kernel.ask("check", { code: "fine" });
    vi.advanceTimersToNextTimer();
    expect(workers[0]?.ended).toBe(false);
    workers[0]?.say({ id: 2, kind: "end", end: { start: [1, 2] } });
    expect(await answer).toEqual({ start: [1, 2] });
    // Answered: nothing is waited for any more.
    expect(vi.getTimerCount()).toBe(0);
  });
});
