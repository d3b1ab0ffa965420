import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { examples } from "../examples.ts";
import { methodNames, settingsOf } from "../methods.ts";
import { defaults, raceOn } from "./defaults.ts";
import { readLink, writeLink } from "./link.ts";
import { activations, limits, type PlayState, toys } from "./state.ts";
import { pack, unpack } from "./text.ts";

const within = ([min, max]: readonly [number, number]) =>
  fc.double({ min, max, noNaN: true }).map((value) => (value === 0 ? 0 : value)); // −0 is written "0"
const whole = ([min, max]: readonly [number, number]) => fc.integer({ min, max });

const racers = fc
  .constantFrom(...methodNames)
  .chain((method) =>
    fc
      .record(
        Object.fromEntries(
          settingsOf(method).map(({ name, low, high }) => [name, within([low, high])]),
        ),
        { requiredKeys: [] },
      )
      .map((settings) => ({ method, settings: { ...settings } })),
  );

const views = fc
  .tuple(within([-1e6, 1e6]), within([1e-3, 1e6]), within([-1e6, 1e6]), within([1e-3, 1e6]))
  .map(([x, w, y, h]) => [x, x + w, y, y + h] as const);

const races: fc.Arbitrary<PlayState> = fc
  .record({
    start: fc.tuple(within([-1e6, 1e6]), within([-1e6, 1e6])),
    view: views,
    levels: fc.constantFrom("log" as const, "linear" as const),
    racers: fc.array(racers, { minLength: 1, maxLength: 6 }),
    budget: whole(limits.budget),
    seed: whole(limits.seed),
  })
  .chain((rest) =>
    fc
      .oneof(
        fc
          .constantFrom(...examples)
          .map(({ key, code }) => ({ example: key as string | undefined, code })),
        fc.string({ unit: "grapheme" }).map((code) => ({ example: undefined, code })),
      )
      .map((code) => ({ ...defaults, mode: "race" as const, race: { ...rest, ...code } })),
  );

const networks: fc.Arbitrary<PlayState> = fc
  .record({
    data: fc.constantFrom(...toys),
    noise: within(limits.noise),
    layers: fc.array(whole(limits.width), { maxLength: limits.depth[1] }),
    activation: fc.constantFrom(...activations),
    racer: racers,
    batchSize: whole(limits.batchSize),
    epochs: whole(limits.epochs),
    seed: whole(limits.seed),
  })
  .map((network) => ({ ...defaults, mode: "network" as const, network }));

describe("a link", () => {
  property.prop([fc.oneof(races, networks)])(
    "gives back the experiment it was made of",
    async (state) => {
      const { state: read, complaints } = await readLink(`#${await writeLink(state)}`);
      expect(complaints).toEqual([]);
      expect(read).toEqual(state);
    },
  );

  property.prop([fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.webFragments())])(
    "made of anything at all gives an experiment that can be run",
    async (hash) => {
      const { state } = await readLink(hash);
      expect(state.race.racers.length).toBeGreaterThan(0);
      expect(state.race.view[1]).toBeGreaterThan(state.race.view[0]);
    },
  );

  property.prop([races, fc.nat(), fc.string({ minLength: 1, maxLength: 4 })])(
    "with a piece replaced is read as far as it goes",
    async (state, at, piece) => {
      const link = await writeLink(state);
      const place = at % link.length;
      const { state: read } = await readLink(
        `#${link.slice(0, place)}${piece}${link.slice(place + 2)}`,
      );
      expect(read.race.racers.length).toBeGreaterThan(0);
      expect(read.race.budget).toBeGreaterThanOrEqual(limits.budget[0]);
    },
  );

  test("says only what differs from the usual", async () => {
    expect(await writeLink(defaults)).toBe("v=1&f=rosenbrock");
    const race = {
      ...raceOn(examples[1]!, defaults.race),
      racers: [{ method: "adam", settings: { beta1: 0.5 } }],
    };
    expect(await writeLink({ ...defaults, race })).toBe("v=1&f=himmelblau&m=adam(beta1:0.5)");
  });

  test.for([
    ["#v=7&f=beale", "version 7"],
    ["#f=beale", "nothing of an experiment"],
    ["#v=1&f=nowhere", 'no function "nowhere"'],
    ["#v=1&m=adam;zork", 'no method "zork"'],
    ["#v=1&m=adam(beta1:7)", 'adam cannot take "beta1:7"'],
    ["#v=1&x=1,north", "x is no 2 numbers"],
    ["#v=1&code=~AAAA", "damaged"],
    ["#v=1&view=1,1,0,2", "view is empty"],
    ["#v=1&zork=3", '"zork" means nothing'],
    ["#v=1&on=network&layers=8,9999", "layers cannot be built"],
  ] as const)("%s is told about: %s", async ([hash, sentence]) => {
    const { complaints } = await readLink(hash);
    expect(complaints.join(" ")).toContain(sentence);
  });

  test("takes the first six of many methods", async () => {
    const { state, complaints } = await readLink(`#v=1&m=${Array(9).fill("adam").join(";")}`);
    expect(state.race.racers).toHaveLength(6);
    expect(complaints).toEqual(["Of 9 methods the first 6 race."]);
  });
});

describe("a text in a link", () => {
  test("is deflated where that is shorter", async () => {
    const long = examples[0]!.code;
    const packed = await pack(long);
    expect(packed).toMatch(/^~[\w-]+$/);
    expect(packed.length).toBeLessThan(long.length);
    expect(await unpack(packed)).toBe(long);
    expect(await pack("x")).toBe(".eA");
  });

  test("that would unfold beyond any function is refused", async () => {
    expect(await unpack(await pack("0".repeat(1_000_000)))).toBeUndefined();
  });
});
