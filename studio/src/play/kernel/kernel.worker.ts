/** The worker in which all code runs that is typed or generated. It answers questions; the page has no eval. */
import { methodFacts } from "./makers.ts";
import { trainNetwork } from "./network.ts";
import { outcomeRow } from "./outcomes.ts";
import type { FromKernel, QuestionName, Questions, ToKernel } from "./protocol.ts";
import { checkLoss, gridOf, runRacer } from "./race.ts";
import { type Loss, problemOf, readLoss } from "./userCode.ts";

Error.stackTraceLimit = 100; // the typed line stands deep under nested derivatives

type Asked<K extends QuestionName> = {
  readonly given: Questions[K]["given"];
  readonly tell: (part: Questions[K]["part"]) => void;
  readonly signal: AbortSignal;
  /** Lets messages in, and waits while the question is paused. */
  readonly turn: () => Promise<void>;
};

const answers: {
  readonly [K in QuestionName]: (asked: Asked<K>) => Promise<Questions[K]["end"]>;
} = {
  hello: async () => ({ sealed: await isSealed(), methods: methodFacts() }),
  check: async ({ given }) => {
    const loss = lossOf(given.code);
    checkLoss(loss);
    return loss.start === undefined ? {} : { start: loss.start };
  },
  grid: async ({ given: { code, view, width, height } }) =>
    gridOf(lossOf(code).f, view, width, height),
  race: async ({ given, tell, signal, turn }) => {
    const loss = lossOf(given.code);
    for (let i = 0; i < given.racers.length && !signal.aborted; i++) {
      tell(await runRacer(loss, given, i));
      await turn();
    }
    return undefined;
  },
  outcomes: async ({ given, tell, signal, turn }) => {
    const loss = lossOf(given.code);
    for (const row of coarseToFine(given.second.values.length)) {
      if (signal.aborted) break;
      tell(outcomeRow(loss, given, row));
      await turn();
    }
    return undefined;
  },
  train: async ({ given, tell, signal, turn }) => {
    await trainNetwork(given, { tell, turn, signal });
    return undefined;
  },
};

/** Every eighth row, then every fourth, …: a picture of the whole as soon as there can be one. */
function coarseToFine(rows: number): number[] {
  const rank = (row: number): number => (row === 0 ? 8 : Math.min(8, row & -row));
  return Array.from({ length: rows }, (_, row) => row).sort((a, b) => rank(b) - rank(a) || a - b);
}

let last: { readonly code: string; readonly loss: Loss } | undefined;

function lossOf(code: string): Loss {
  if (last?.code !== code) last = { code, loss: readLoss(code) };
  return last.loss;
}

/** True where the policy that this worker came with shuts the network: not even data may be fetched. */
async function isSealed(): Promise<boolean> {
  try {
    await fetch("data:,");
    return false;
  } catch {
    return true;
  }
}

interface Running {
  readonly stop: AbortController;
  resume: (() => void) | undefined;
  paused: Promise<void> | undefined;
}

const running = new Map<number, Running>();

const post = (message: FromKernel): void => {
  postMessage(message);
};

async function answer<K extends QuestionName>(
  id: number,
  ask: K,
  given: Questions[K]["given"],
): Promise<void> {
  const own: Running = { stop: new AbortController(), resume: undefined, paused: undefined };
  running.set(id, own);
  try {
    const end = await answers[ask]({
      given,
      tell: (part) => post({ id, kind: "part", part }),
      signal: own.stop.signal,
      turn: async () => {
        await new Promise((resolve) => setTimeout(resolve));
        if (own.paused !== undefined) await own.paused;
      },
    });
    post({ id, kind: "end", end });
  } catch (error) {
    post({ id, kind: "problem", problem: problemOf(error) });
  } finally {
    running.delete(id);
  }
}

addEventListener("message", ({ data }: MessageEvent<ToKernel>) => {
  const { id, ask } = data;
  const own = running.get(id);
  switch (ask) {
    case "cancel":
      own?.stop.abort();
      own?.resume?.();
      break;
    case "pause":
      if (own !== undefined)
        own.paused ??= new Promise((resolve) => {
          own.resume = () => {
            own.paused = undefined;
            resolve();
          };
        });
      break;
    case "resume":
      own?.resume?.();
      break;
    default:
      void answer(id, ask, data.given);
  }
});
