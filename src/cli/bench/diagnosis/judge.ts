import { diagnose } from "../../../inspection/diagnose.ts";
import type { RunEvent } from "../../../training/events.ts";
import { fit } from "../../../training/fit.ts";
import { untyped } from "../../../training/untyped.ts";
import { healthy, type SuiteCase } from "./suite.ts";

/** A training of the suite with what was said of it. */
export interface Judged {
  readonly case: SuiteCase;
  readonly seed: number;
  /** The first serious finding; "healthy" where there is none. */
  readonly said: string;
  readonly findings: Awaited<ReturnType<typeof diagnose>>["findings"];
  /** Seconds of training, and of diagnosis. */
  readonly seconds: readonly [training: number, diagnosis: number];
}

/** Trains one of the suite, and asks what is wrong with it. */
export async function judge(given: SuiteCase, seed: number): Promise<Judged> {
  const problem = await given.make(seed);
  const events: RunEvent[] = [];
  const begin = performance.now();
  const run = await fit({
    ...untyped(problem),
    onEvent: (event) => events.push(event),
  });
  const trained = performance.now();
  const { findings, seconds } = await diagnose(problem, {
    ...{ events, at: run.params },
    ...(problem.state === undefined ? {} : { state: run.state }),
    ...(given.generate === undefined ? {} : { generate: given.generate }),
  });
  const first = findings.find(({ severity }) => severity === "serious");
  return {
    ...{ case: given, seed, findings },
    said: first?.name ?? healthy,
    seconds: [(trained - begin) / 1000, seconds],
  };
}

/** Whether it was said what is so, or one of the names that say the same. */
export const isRight = ({ case: { fault, also = [] }, said }: Judged): boolean =>
  said === fault || also.includes(said);
