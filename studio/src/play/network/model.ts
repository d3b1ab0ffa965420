import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Asking, type Kernel, Refused } from "../client.ts";
import type { Problem, TrainingPart } from "../kernel/protocol.ts";
import type { NetworkSettings } from "../link/state.ts";

type PartOf<K extends TrainingPart["kind"]> = Extract<TrainingPart, { kind: K }>;

/** A small training on the page. */
export interface NetworkModel {
  readonly settings: Signal<NetworkSettings>;
  readonly data: ReadonlySignal<PartOf<"data"> | undefined>;
  readonly frame: ReadonlySignal<PartOf<"frame"> | undefined>;
  /** Epoch, training loss and test loss, in turn. */
  readonly history: ReadonlySignal<
    readonly (readonly [epoch: number, loss: number, test: number])[]
  >;
  readonly end: ReadonlySignal<PartOf<"end">["end"] | undefined>;
  readonly landscape: ReadonlySignal<PartOf<"landscape"> | undefined>;
  readonly problem: ReadonlySignal<Problem | undefined>;
  readonly state: ReadonlySignal<"idle" | "running" | "paused" | "looking">;
  set(change: Partial<NetworkSettings>): void;
  train(): void;
  pause(): void;
  resume(): void;
  stop(): void;
  dispose(): void;
}

export function networkModel(kernel: Kernel, first: NetworkSettings): NetworkModel {
  const settings = signal(first);
  const data = signal<PartOf<"data"> | undefined>(undefined);
  const frame = signal<PartOf<"frame"> | undefined>(undefined);
  const history = signal<readonly (readonly [number, number, number])[]>([]);
  const end = signal<PartOf<"end">["end"] | undefined>(undefined);
  const landscape = signal<PartOf<"landscape"> | undefined>(undefined);
  const problem = signal<Problem | undefined>(undefined);
  const state = signal<"idle" | "running" | "paused" | "looking">("idle");
  let asking: Asking<"train"> | undefined;
  // Frames come faster than a screen shows them: of those between two, the last is drawn.
  let waiting: PartOf<"frame">[] = [];
  let drawing: ReturnType<typeof setTimeout> | undefined;

  const flush = (): void => {
    drawing = undefined;
    const latest = waiting.at(-1);
    if (latest === undefined) return;
    const points = waiting
      .filter(({ epoch }) => epoch > 0)
      .map(({ epoch, loss, test }) => [epoch, loss, test] as const);
    waiting = [];
    batch(() => {
      frame.value = latest;
      history.value = [...history.value, ...points];
    });
  };
  const hear = (part: TrainingPart): void => {
    switch (part.kind) {
      case "data":
        data.value = part;
        break;
      case "frame":
        waiting.push(part);
        if (drawing === undefined) drawing = setTimeout(flush, 16);
        break;
      case "end":
        flush();
        batch(() => {
          end.value = part.end;
          state.value = "looking";
        });
        break;
      case "landscape":
        landscape.value = part;
        break;
    }
  };
  const giveUp = (): void => {
    asking?.cancel();
    asking = undefined;
    waiting = [];
  };
  return {
    ...{ settings, data, frame, history, end, landscape, problem, state },
    set: (change) => {
      settings.value = { ...settings.value, ...change };
    },
    train: () => {
      giveUp();
      batch(() => {
        history.value = [];
        for (const each of [end, landscape, problem, frame]) each.value = undefined;
        state.value = "running";
      });
      const own = kernel.ask("train", settings.value, (part) => {
        if (asking === own) hear(part);
      });
      asking = own;
      own.answer
        .catch((error: unknown) => {
          if (asking === own)
            problem.value = error instanceof Refused ? error.problem : { summary: String(error) };
        })
        .finally(() => {
          if (asking === own) state.value = "idle";
        });
    },
    pause: () => {
      asking?.pause();
      state.value = "paused";
    },
    resume: () => {
      asking?.resume();
      state.value = "running";
    },
    stop: () => asking?.cancel(),
    dispose: giveUp,
  };
}
