import { NadirError } from "../base/errors.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { verdictOf } from "../exchange/keptRunText.ts";
import { PlainFields, type Refuse } from "../exchange/plainFields.ts";
import type { KeptRun } from "../runs/keptRun.ts";
import { packageVersion } from "../runs/machine.ts";
import { newRunId } from "../runs/runReference.ts";
import type { SaveRaceRequest } from "./protocol.ts";

const MOST_RACERS = 12;
/** Of the function's text, and of the link that holds it deflated; of a name. */
const [LONGEST_CODE, LONGEST_LINK, LONGEST_NAME] = [200_000, 100_000, 200];
/** What a note holds; see runs/notes.ts. */
const LONGEST_NOTE = 9_000;

/**
 * A race that a page measured, as runs: one a method, with one tag. Everything in the request is checked by type, size and
 * value; the words that a run is told by are this function's own.
 *
 * @throws NadirError `studio/request`
 */
export function keptRace(
  request: Partial<SaveRaceRequest>,
  now: number,
): { readonly runs: readonly KeptRun[]; readonly tag: string } {
  const fields = new PlainFields(request, "the race", refused);
  const target = textOf(fields, "target", LONGEST_NAME);
  if (!/^[\p{L}\p{N} ._-]+$/u.test(target)) throw refused("the race's target is no name");
  const [code, link] = [textOf(fields, "code", LONGEST_CODE), textOf(fields, "link", LONGEST_LINK)];
  if (!/^[\w.~!*'();:@&=+$,/?%#[\]-]*$/.test(link))
    throw refused("the link is no part of an address");
  const start = Array.from(fields.numbers("start"));
  if (start.length !== 2 || !start.every(Number.isFinite)) throw refused("the start is no point");
  const [budget, seed] = [wholeOf(fields, "budget"), wholeOf(fields, "seed")];
  const racers = fields.list("racers");
  if (racers.length < 1 || racers.length > MOST_RACERS) {
    throw refused(`the race has ${racers.length} racers`);
  }
  const tag = `play/${newRunId(6)}`;
  const common = {
    command: `nadir studio  # then Play; the link of this race is in its note`,
    ...{ versions: { nadir: packageVersion() }, files: [] },
    status: "ended",
    machine: {
      ...{ cpu: "measured in a browser", cores: 0, memory: 0, node: "" },
      platform: textOf(fields, "browser", LONGEST_NAME * 2),
    },
    tags: [tag],
    notes: [{ text: noteOf(link), created: now }],
    artefacts: [
      {
        ...{ kind: "code", name: `${target}.ts`, mediaType: "text/plain", created: now },
        bytes: new TextEncoder().encode(code),
      },
    ],
  } as const;
  const ids = new Set<string>();
  while (ids.size < racers.length) ids.add(newRunId());
  const own = [...ids];
  const runs = racers.map((item, i): KeptRun => {
    const racer = racerOf(item, `racer ${i + 1}`);
    const { method, settings, series, iterations, saddlesLeft, verdict } = racer;
    const price = racer.spent.at(-1);
    return {
      ...common,
      // The last stands first in the list: so the list has the order of the page.
      ...{
        id: own[i] ?? newRunId(),
        name: `${target} ${method}`,
        created: now + racers.length - i,
        heartbeat: now,
      },
      config: {
        ...{ task: "play", target, method, budget, x0: start, settings },
      },
      ...{ seed, verdict, steps: iterations, loss: racer.loss, metrics: {} },
      cost: { gradientEquivalents: price, saddlesLeft },
      events: [
        {
          ...{ seq: 0, time: now },
          event: { kind: "start", method, engine: "js", parameters: 2, steps: undefined },
        },
      ],
      series,
    };
  });
  return { runs: runs.toReversed(), tag };
}

function racerOf(item: unknown, where: string) {
  const racer = new PlainFields(item, where, refused);
  const settings = racer.table("settings", "number");
  const names = Object.keys(settings);
  if (names.length > 50 || !names.every((name) => /^\w{1,64}$/.test(name))) {
    throw refused(`the settings of ${where} are none`);
  }
  if (!Object.values(settings).every(Number.isFinite)) {
    throw refused(`a setting of ${where} is not finite`);
  }
  const method = racer.text("method");
  if (!/^\w{1,64}$/.test(method)) throw refused(`the method of ${where} is no name`);
  const [values, spent] = [racer.numbers("values"), racer.numbers("spent")];
  const path = racer.numbers("path");
  const { length } = values;
  if (length < 1 || spent.length !== length || path.length !== 2 * length) {
    throw refused(
      `${where} has ${length} values, ${spent.length} prices and ${path.length / 2} points`,
    );
  }
  if (
    !spent.every((price, k) => price >= (spent[k - 1] ?? 0) && price < Number.POSITIVE_INFINITY)
  ) {
    throw refused(`the prices of ${where} do not rise`);
  }
  const steps = Float64Array.from(values, (_, k) => k);
  const of = (column: Float64Array) => ({ steps, values: column });
  return {
    ...{ method, settings, spent, loss: values.at(-1) },
    ...{ iterations: wholeOf(racer, "iterations"), saddlesLeft: wholeOf(racer, "saddlesLeft") },
    verdict: withVectors(verdictOf(racer.record("verdict"), where, refused), where),
    series: new Map([
      ["loss", of(values)],
      ["gradientEquivalents", of(spent)],
      ["x", of(path.filter((_, k) => k % 2 === 0))],
      ["y", of(path.filter((_, k) => k % 2 === 1))],
    ]),
  };
}

/** Vectors come as lists, and are kept as what a verdict holds. */
function withVectors(verdict: Verdict, where: string): Verdict {
  const vectors = Object.entries(verdict).flatMap(([key, value]) => {
    if (!["direction", "along", "certificate"].includes(key)) return [];
    return [[key, new PlainFields({ [key]: value }, where, refused).numbers(key)] as const];
  });
  return { ...verdict, ...Object.fromEntries(vectors) };
}

const noteOf = (link: string): string =>
  link.length <= LONGEST_NOTE
    ? `from Play: /play#${link}`
    : "from Play: its link is too long for a note; the function stands under What ran";

function textOf(fields: PlainFields, key: string, longest: number): string {
  const text = fields.text(key);
  if (text.length <= longest && !/\0|\p{Surrogate}/u.test(text)) return text;
  throw refused(`${key} of the race is no text of at most ${longest} characters`);
}

function wholeOf(fields: PlainFields, key: string): number {
  const value = fields.number(key);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw refused(`${key} is ${value}, no whole number`);
}

const refused: Refuse = (what) =>
  new NadirError("studio/request", what, { expected: "a race as the page of Play saves it" });
