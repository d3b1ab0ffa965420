import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Kernel, Refused } from "../client.ts";
import type { Finish, Grid, Pair, Problem, Racer, View } from "../kernel/protocol.ts";
import type { RaceSettings } from "../link/state.ts";
import { advanced, clockAt, longestOf, nextMove, partAt, reached } from "./clock.ts";

/** Places along each side of the map. */
const gridSize = 181;

/** A race on the page: what was set, what came of it, and how far it is shown. */
export interface RaceModel {
  readonly settings: Signal<RaceSettings>;
  readonly grid: ReadonlySignal<Grid | undefined>;
  /** One for each racer, undefined while it runs. */
  readonly finishes: ReadonlySignal<readonly (Finish | undefined)[]>;
  readonly problem: ReadonlySignal<Problem | undefined>;
  /** Problems of single racers: a setting that a method refuses. */
  readonly busy: ReadonlySignal<boolean>;
  readonly playing: Signal<boolean>;
  /** Part of the race that is shown, from 0 to 1. */
  readonly part: Signal<number>;
  readonly speed: Signal<number>;
  readonly longest: ReadonlySignal<number>;
  readonly clock: ReadonlySignal<number>;
  /** True where each racer's verdict is there and shown. */
  readonly over: ReadonlySignal<boolean>;
  /** True where code of a link waits for a yes. */
  readonly held: Signal<boolean>;
  set(change: Partial<RaceSettings>): void;
  setRacer(index: number, change: Partial<Racer>): void;
  step(): void;
  restart(): void;
  /** Shows this much more: called for each frame while it plays. */
  advance(seconds: number): void;
  dispose(): void;
}

/** What decides the paths; anything else leaves them as they are. */
const courseOf = ({ code, start, racers, budget, seed }: RaceSettings): string =>
  JSON.stringify([code, start, racers, budget, seed]);

/**
 * @param still - whether nothing is to move by itself
 * @param held - whether the code came from elsewhere, and the kernel could reach a network
 */
export function raceModel(
  kernel: Kernel,
  first: RaceSettings,
  { still, held }: { readonly still: boolean; readonly held: boolean },
): RaceModel {
  const settings = signal(first);
  const grid = signal<Grid | undefined>(undefined);
  const finishes = signal<readonly (Finish | undefined)[]>([]);
  const problem = signal<Problem | undefined>(undefined);
  const busy = signal(false);
  const playing = signal(!still);
  const part = signal(still ? 1 : 0);
  const speed = signal(1);
  const waits = signal(held);
  const longest = computed(() => longestOf(finishes.value));
  const clock = computed(() => clockAt(part.value, longest.value));
  const over = computed(
    () => part.value >= 1 && finishes.value.length > 0 && !finishes.value.includes(undefined),
  );

  let course = "";
  let pictured = "";
  let cancel = (): void => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;

  const restart = (): void => {
    batch(() => {
      part.value = still ? 1 : 0;
      playing.value = !still;
    });
  };

  async function refresh(): Promise<void> {
    const now = settings.value;
    const own = ++turn;
    const [nextCourse, nextPicture] = [courseOf(now), JSON.stringify([now.code, now.view])];
    const stale = (): boolean => own !== turn;
    cancel();
    try {
      busy.value = true;
      if (nextCourse !== course || nextPicture !== pictured)
        await kernel.ask("check", { code: now.code }).answer;
      if (stale()) return;
      if (nextPicture !== pictured) {
        const given = { code: now.code, view: now.view, width: gridSize, height: gridSize };
        const found = await kernel.ask("grid", given).answer;
        if (stale()) return;
        pictured = nextPicture;
        grid.value = found;
      }
      if (nextCourse !== course) {
        const { code, start, racers, budget, seed } = now;
        batch(() => {
          finishes.value = racers.map(() => undefined);
          problem.value = undefined;
          restart();
        });
        const asking = kernel.ask("race", { code, start, racers, budget, seed }, (finish) => {
          if (stale()) return;
          finishes.value = finishes.value.with(finish.racer, finish);
        });
        cancel = asking.cancel;
        await asking.answer;
        if (stale()) return;
        course = nextCourse;
      }
      problem.value = undefined;
    } catch (error) {
      if (stale()) return;
      course = "";
      batch(() => {
        problem.value = error instanceof Refused ? error.problem : { summary: String(error) };
        playing.value = false;
      });
    } finally {
      if (!stale()) busy.value = false;
    }
  }

  const stop = effect(() => {
    void settings.value;
    if (waits.value) return;
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), 40);
  });

  return {
    ...{ settings, grid, finishes, problem, busy, playing, part, speed, longest, clock, over },
    held: waits,
    set: (change) => {
      settings.value = { ...settings.value, ...change };
    },
    setRacer: (index, change) => {
      const { racers } = settings.value;
      settings.value = {
        ...settings.value,
        racers: racers.with(index, { ...racers[index]!, ...change }),
      };
    },
    step: () => {
      batch(() => {
        playing.value = false;
        part.value = partAt(nextMove(finishes.value, clock.value) * (1 + 1e-12), longest.value);
      });
    },
    restart,
    advance: (seconds) => {
      // Who has not come in yet may yet take longer than all others: the clock waits short of the end.
      const most = finishes.value.includes(undefined) ? 0.98 : 1;
      const next = Math.min(most, advanced(part.value, seconds, speed.value));
      batch(() => {
        part.value = next;
        if (next >= 1) playing.value = false;
      });
    },
    dispose: () => {
      clearTimeout(timer);
      cancel();
      stop();
    },
  };
}

/** True where a racer has reached its end by now. */
export const isIn = (finish: Finish | undefined, clock: number): finish is Finish =>
  finish !== undefined && reached(finish, clock) === finish.spent.length;

/** A view with its middle kept, larger or smaller. */
export const zoomed = ([left, right, bottom, top]: View, factor: number): View => {
  const [x, y] = [(left + right) / 2, (bottom + top) / 2];
  const [w, h] = [((right - left) * factor) / 2, ((top - bottom) * factor) / 2];
  return [round(x - w), round(x + w), round(y - h), round(y + h)];
};

/** A view moved by parts of its sides. */
export const moved = ([left, right, bottom, top]: View, dx: number, dy: number): View => {
  const [x, y] = [dx * (right - left), dy * (top - bottom)];
  return [round(left + x), round(right + x), round(bottom + y), round(top + y)];
};

/** Few enough digits for a link. */
const round = (value: number): number => Number(value.toPrecision(5));

/** A point with as many digits as a view of this size can tell apart. */
export function roundedTo([left, right, bottom, top]: View, [x, y]: Pair): Pair {
  const to = (value: number, side: number): number => {
    const unit = 10 ** (Math.floor(Math.log10(side)) - 3);
    return Number((Math.round(value / unit) * unit).toPrecision(8));
  };
  return [to(x, right - left), to(y, top - bottom)];
}
