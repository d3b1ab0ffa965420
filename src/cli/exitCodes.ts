/** What the program's exit code says. A number never changes its meaning. */
export const exitCode = {
  /** Done; the verdict is as expected. */
  done: 0,
  /** A bug in nadir; a report was printed. */
  internal: 1,
  /** Usage, settings, or the user's own code. */
  usage: 2,
  /** `--expect` was not met. */
  unexpected: 3,
  /** Diverged beyond rollbacks. */
  diverged: 4,
  /** Something is missing on this machine; the remedy was shown. */
  missing: 5,
  /** A file or the run store is damaged or cannot be written; nothing was overwritten. */
  damaged: 6,
  /** A worker or rank was lost beyond retries; the run can be resumed. */
  lost: 7,
  /** Stopped by a limit before what it was to reach. */
  limit: 8,
  /** The run store is locked by another process; try later. */
  locked: 75,
  /** The terminal was closed (SIGHUP); a checkpoint was saved. */
  hungUp: 129,
  /** Interrupted (Ctrl-C); a checkpoint was saved. */
  interrupted: 130,
  /** Told to end (SIGTERM); a checkpoint was saved. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
