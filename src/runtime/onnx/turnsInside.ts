import type { Program } from "../../array/program.ts";
import { internal } from "../../base/errors.ts";
import type { EngineOptions, LoopLayout } from "../engine.ts";
import { emitLoop, type Feed } from "./emit.ts";
import type { Turns } from "./loop.ts";
import { openSession } from "./session.ts";

/** All turns in one call, by a `Loop` node: for turns that take less time than a call does. */
export async function turnsInside(
  program: Program,
  layout: LoopLayout,
  block: number | undefined,
  options: EngineOptions,
): Promise<Turns> {
  const emitted = emitLoop(program, layout, block);
  const session = await openSession(emitted, options);
  const { inputs, outputs } = emitted;
  const [count, ...values] = inputs;
  if (count === undefined) throw internal("a loop without its number of turns");
  return {
    run: async (turns, { carried, fixed, each }, results, reports) => {
      const ofTurns = (feed: Feed): Feed => ({ ...feed, shape: [turns, ...feed.shape] });
      const same = layout.carried + layout.fixed;
      const fed = values.map((feed, i) => (i < same ? feed : ofTurns(feed)));
      const fetched = outputs.map((feed, i) => (i < layout.carried ? feed : ofTurns(feed)));
      const given = [BigInt64Array.of(BigInt(turns)), ...carried, ...fixed, ...each];
      await session.run([count, ...fed], given, fetched, [...results, ...reports]);
    },
    dispose: () => session.dispose(),
  };
}
