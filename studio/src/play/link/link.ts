import { examples } from "../examples.ts";
import type { Racer } from "../kernel/protocol.ts";
import { isMethod, settingsOf } from "../methods.ts";
import { defaults, raceOn } from "./defaults.ts";
import {
  activations,
  limits,
  mostRacers,
  type NetworkSettings,
  type PlayState,
  type RaceSettings,
  toys,
} from "./state.ts";
import { pack, unpack } from "./text.ts";

const version = "1";

/** What a link said, and a sentence for each part of it that could not be used. */
export interface ReadLink {
  readonly state: PlayState;
  readonly complaints: readonly string[];
}

/**
 * The experiment as the part of a link after `#`: `v=1&on=race&f=himmelblau&x=0,0&m=adam(learningRate:0.1);lbfgs`. What
 * is as it would be anyway is left out.
 */
export async function writeLink({ mode, race, network }: PlayState): Promise<string> {
  const fields: Record<string, string> = { v: version };
  if (mode === "network") {
    const told = networkFields(network);
    const usual = networkFields(defaults.network);
    return join({ ...fields, on: "network", ...differing(told, usual) });
  }
  const example = examples.find(({ code }) => code === race.code);
  if (example === undefined) fields["code"] = await pack(race.code);
  else fields["f"] = example.key;
  const usual = raceFields(example === undefined ? defaults.race : raceOn(example, defaults.race));
  return join({ ...fields, ...differing(raceFields(race), usual) });
}

/** Reads what `writeLink` wrote; of anything else as much as can be used. Never throws. */
export async function readLink(hash: string): Promise<ReadLink> {
  const complaints: string[] = [];
  const told = split(hash.replace(/^#/, ""));
  if (told.size === 0) return { state: defaults, complaints };
  const v = told.get("v");
  if (v !== version) {
    return {
      state: defaults,
      complaints: [
        v === undefined
          ? "This link says nothing of an experiment: here is the usual one."
          : `This link is of version ${v.slice(0, 12)}, and this page reads version ${version}: here is the usual experiment.`,
      ],
    };
  }
  const known = ["v", "on", ...Object.keys(raceFields(defaults.race)), "f", "code"];
  const all = new Set([...known, ...Object.keys(networkFields(defaults.network))]);
  for (const key of told.keys())
    if (!all.has(key)) complaints.push(`The link's "${key.slice(0, 20)}" means nothing here.`);
  const reader = new Reader(told, complaints);
  const mode = reader.word("on", ["race", "network"] as const, "race");
  if (mode === "network") {
    const network = readNetwork(reader);
    return { state: { ...defaults, mode, network }, complaints };
  }
  return { state: { ...defaults, mode, race: await readRace(reader) }, complaints };
}

async function readRace(reader: Reader): Promise<RaceSettings> {
  const key = reader.text("f");
  const example = examples.find((each) => each.key === key);
  if (key !== undefined && example === undefined)
    reader.complain(
      `There is no function "${key.slice(0, 30)}" here: Rosenbrock's takes its place.`,
    );
  const packed = reader.text("code");
  const code = packed === undefined ? undefined : await unpack(packed);
  if (packed !== undefined && code === undefined)
    reader.complain("The function in this link is damaged: Rosenbrock's takes its place.");
  const base = raceOn(example ?? examples[0]!, defaults.race);
  const { start, view, racers } = base;
  const x = reader.numbers("x", 2);
  const window = reader.numbers("view", 4);
  const [left, right, bottom, top] = window ?? view;
  const isView = window !== undefined && right! > left! && top! > bottom!;
  if (window !== undefined && !isView)
    reader.complain("The link's view is empty: the usual one is shown.");
  return {
    ...(code === undefined ? base : { ...base, example: undefined, code }),
    start: x === undefined ? start : [x[0]!, x[1]!],
    view: isView ? [left!, right!, bottom!, top!] : view,
    levels: reader.word("levels", ["log", "linear"] as const, base.levels),
    racers: reader.racers("m") ?? racers,
    budget: reader.whole("budget", limits.budget, base.budget),
    seed: reader.whole("seed", limits.seed, base.seed),
  };
}

function readNetwork(reader: Reader): NetworkSettings {
  const usual = defaults.network;
  const [racer = usual.racer] = reader.racers("by") ?? [];
  const layers = reader.text("layers");
  const widths = layers === "none" ? [] : layers?.split(",").map(Number);
  const [[least, most], [, deepest]] = [limits.width, limits.depth];
  const fits =
    widths !== undefined &&
    widths.length <= deepest &&
    widths.every((width) => Number.isInteger(width) && width >= least && width <= most);
  if (widths !== undefined && !fits)
    reader.complain("The link's layers cannot be built: the usual ones are.");
  return {
    data: reader.word("data", toys, usual.data),
    noise: reader.number("noise", limits.noise, usual.noise),
    layers: fits ? widths : usual.layers,
    activation: reader.word("activation", activations, usual.activation),
    racer,
    batchSize: reader.whole("batch", limits.batchSize, usual.batchSize),
    epochs: reader.whole("epochs", limits.epochs, usual.epochs),
    seed: reader.whole("draw", limits.seed, usual.seed),
  };
}

const raceFields = ({ start, view, levels, racers, budget, seed }: RaceSettings) => ({
  ...{ x: start.join(), view: view.join(), levels, m: racers.map(racerText).join(";") },
  ...{ budget: String(budget), seed: String(seed) },
});

const networkFields = (network: NetworkSettings) => ({
  ...{ data: network.data, noise: String(network.noise) },
  layers: network.layers.length === 0 ? "none" : network.layers.join(),
  ...{ activation: network.activation, by: racerText(network.racer) },
  ...{ batch: String(network.batchSize), epochs: String(network.epochs) },
  draw: String(network.seed),
});

const differing = (told: Record<string, string>, usual: Record<string, string>) =>
  Object.fromEntries(Object.entries(told).filter(([key, value]) => value !== usual[key]));

/** `adam(learningRate:0.1,beta1:0.8)`, or a name alone. */
function racerText({ method, settings }: Racer): string {
  const set = Object.entries(settings).map(([name, value]) => `${name}:${value}`);
  return set.length === 0 ? method : `${method}(${set.join()})`;
}

// Commas, colons, semicolons and parentheses may stand after `#` as they are, and keep the link readable.
const join = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(
      ([key, value]) =>
        `${key}=${encodeURIComponent(value).replaceAll(/%(2C|3A|3B)/g, decodeURIComponent)}`,
    )
    .join("&");

function split(hash: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of hash.split("&")) {
    const at = part.indexOf("=");
    if (at <= 0) continue;
    try {
      found.set(decodeURIComponent(part.slice(0, at)), decodeURIComponent(part.slice(at + 1)));
    } catch {
      found.set(part.slice(0, at), part.slice(at + 1)); // a % that begins no character
    }
  }
  return found;
}

/** Fields of a link, read with their limits; what does not fit is told once and left out. */
class Reader {
  readonly #told: ReadonlyMap<string, string>;
  readonly #complaints: string[];

  constructor(told: ReadonlyMap<string, string>, complaints: string[]) {
    this.#told = told;
    this.#complaints = complaints;
  }

  complain(sentence: string): void {
    this.#complaints.push(sentence);
  }

  text(key: string): string | undefined {
    return this.#told.get(key);
  }

  word<W extends string>(key: string, known: readonly W[], usual: W): W {
    const text = this.text(key);
    const found = known.find((word) => word === text);
    if (text !== undefined && found === undefined)
      this.complain(`The link's ${key} is "${text.slice(0, 20)}": ${usual} is taken.`);
    return found ?? usual;
  }

  number(key: string, [low, high]: readonly [number, number], usual: number): number {
    const text = this.text(key);
    if (text === undefined) return usual;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (value >= low && value <= high) return value;
    this.complain(`The link's ${key} is not between ${low} and ${high}: ${usual} is taken.`);
    return usual;
  }

  whole(key: string, limits: readonly [number, number], usual: number): number {
    return Math.round(this.number(key, limits, usual));
  }

  numbers(key: string, count: number): number[] | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const values = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
    if (values.length === count && values.every((value) => Math.abs(value) <= 1e9)) return values;
    this.complain(`The link's ${key} is no ${count} numbers: the usual ones are taken.`);
    return undefined;
  }

  racers(key: string): Racer[] | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const found = text.split(";").flatMap((part): Racer[] => {
      const [, method = "", inner = ""] = /^([a-zA-Z0-9]+)(?:\((.*)\))?$/.exec(part) ?? [];
      if (!isMethod(method)) {
        this.complain(`There is no method "${part.slice(0, 30)}" here: it does not race.`);
        return [];
      }
      return [{ method, settings: this.#settings(method, inner) }];
    });
    if (found.length > mostRacers)
      this.complain(`Of ${found.length} methods the first ${mostRacers} race.`);
    return found.length === 0 ? undefined : found.slice(0, mostRacers);
  }

  #settings(method: string, inner: string): Record<string, number> {
    const set: Record<string, number> = {};
    for (const part of inner === "" ? [] : inner.split(",")) {
      const [name = "", text = ""] = part.split(":");
      const range = settingsOf(method).find((each) => each.name === name);
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (range !== undefined && value >= range.low && value <= range.high) set[name] = value;
      else this.complain(`${method} cannot take "${part.slice(0, 30)}": it keeps what it has.`);
    }
    return set;
  }
}
