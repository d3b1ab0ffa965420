import { createInterface } from "node:readline";
import type { BenchRequest, Runner } from "../measurement.ts";
import { linePrefix } from "../session.ts";

/**
 * A system's process: says hello with its versions, then answers each request on standard input
 * until that ends.
 *
 * @param start - loads the system; what it throws is the reason the system is missing
 */
export async function serve(start: () => Promise<Runner>): Promise<void> {
  const say = (message: object): void => {
    process.stdout.write(`${linePrefix}${JSON.stringify(message)}\n`);
  };
  let runner: Runner;
  try {
    runner = await start();
  } catch (error) {
    say({ missing: reason(error) });
    return;
  }
  say({ hello: runner.versions });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      // The other end is `startSession`, which writes BenchRequests.
      say({ measurements: await runner.measure(JSON.parse(line) as BenchRequest) });
    } catch (error) {
      say({ missing: reason(error) });
    }
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const notInstalled = /Cannot find (?:package|module) '([^']+)'/.exec(error.message);
  return notInstalled
    ? `${notInstalled[1]} is not installed`
    : (error.message.split("\n")[0] ?? "");
}
