import { type ExitCode, exitCode } from "./exitCodes.ts";

/** Waits for who watches: what to leave with once they want to. */
export interface Leaving extends Disposable {
  /** Waits so many milliseconds, or until it is to be left: then the code to leave with. */
  wait(milliseconds: number): Promise<ExitCode | undefined>;
}

const signals = {
  SIGINT: exitCode.interrupted,
  SIGTERM: exitCode.terminated,
  SIGHUP: exitCode.hungUp,
} as const;

/**
 * Listens for signals and, on a terminal, for `q` and Ctrl-C: nothing has to be saved, so that the first one leaves.
 *
 * @param keys - whether keys are heard, where stdin is a terminal too
 */
export function listenToLeave(keys: boolean): Leaving {
  let left: ExitCode | undefined;
  let wake: () => void = () => {};
  const leave = (code: ExitCode): void => {
    left ??= code;
    wake();
  };
  const hear = (name: NodeJS.Signals): void => leave(signals[name as keyof typeof signals]); // heard below for these alone
  for (const name of Object.keys(signals)) process.on(name, hear);
  const { stdin } = process;
  const heard = keys && stdin.isTTY === true;
  const onKey = (bytes: Buffer): void => {
    const text = bytes.toString();
    if (text.includes("\u0003")) leave(exitCode.interrupted);
    else if (/q/i.test(text)) leave(exitCode.done);
  };
  if (heard) {
    // Else a key is told with the end of its line, and is seen on the screen.
    stdin.setRawMode(true);
    stdin.on("data", onKey);
  }
  return {
    wait: (milliseconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => wake(), milliseconds);
        wake = () => {
          clearTimeout(timer);
          wake = () => {};
          resolve(left);
        };
        if (left !== undefined) wake();
      }),
    [Symbol.dispose]: () => {
      for (const name of Object.keys(signals)) process.off(name, hear);
      if (!heard) return;
      stdin.off("data", onKey);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
