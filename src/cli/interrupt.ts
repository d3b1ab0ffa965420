import { type ExitCode, exitCode } from "./exitCodes.ts";

/** The signals that ask a run to end, and the code it then leaves with. */
const exits = {
  SIGINT: exitCode.interrupted,
  SIGTERM: exitCode.terminated,
  SIGHUP: exitCode.hungUp,
} as const satisfies Partial<Record<NodeJS.Signals, ExitCode>>;

/** What a run hears of signals and limits. Release it when the run has ended. */
export interface Interrupt extends Disposable {
  /** Aborted at the first signal, and when the time is up. */
  readonly signal: AbortSignal;
  /** What to leave with, if a signal came or the time was up. */
  readonly exit: ExitCode | undefined;
  /** Asks the run to finish the call in flight and to save, without a signal. */
  stop(): void;
  /** Waits for something that is not worth finishing: a signal ends the wait. */
  race<T>(work: Promise<T>): Promise<T>;
}

/** Thrown by `race`: nothing had begun that must be finished. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exit: ExitCode;

  constructor(exit: ExitCode) {
    super("interrupted before the run began");
    this.exit = exit;
  }
}

/**
 * Listens for Ctrl-C and requests to end. The first one asks the run to finish the call in flight and
 * to save; the second leaves at once.
 *
 * @param note - says a line to the user
 * @param seconds - after which the run is to end, if it has a limit
 */
export function listenForSignals(note: (line: string) => void, seconds?: number): Interrupt {
  const controller = new AbortController();
  let exit: ExitCode | undefined;
  let timeIsUp = false;
  let giveUp: (error: Interrupted) => void = () => {};
  const hear = (name: NodeJS.Signals): void => {
    const code = exits[name as keyof typeof exits]; // heard below for these alone
    if (exit !== undefined) process.exit(code);
    exit = code;
    // The terminal that hung up reads no more.
    if (name !== "SIGHUP") note("finishing the call in flight, to save; once more leaves now");
    controller.abort();
    giveUp(new Interrupted(code));
  };
  for (const name of Object.keys(exits)) process.on(name, hear);
  const endInTime = (): void => {
    timeIsUp = !controller.signal.aborted;
    controller.abort();
  };
  const timer = seconds === undefined ? undefined : setTimeout(endInTime, 1000 * seconds);
  return {
    signal: controller.signal,
    get exit() {
      return exit ?? (timeIsUp ? exitCode.limit : undefined);
    },
    stop: () => controller.abort(),
    race: (work) =>
      new Promise((resolve, reject) => {
        giveUp = reject;
        if (exit !== undefined) reject(new Interrupted(exit));
        work.then(resolve, reject).finally(() => {
          giveUp = () => {};
        });
      }),
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      for (const name of Object.keys(exits)) process.off(name, hear);
    },
  };
}
