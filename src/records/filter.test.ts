import { describe, expect, test } from "vitest";
import { parseFilter, requireFilter, unmatched } from "./filter.ts";
import { isEnding } from "./filterTerms.ts";
import type { RunFacts } from "./runFacts.ts";

const now = Date.UTC(2026, 10, 27);
const day = 86_400_000;
const run = (id: string, more: Partial<RunFacts>): RunFacts => ({
  ...{ id, name: id, created: now, status: "ended", metrics: {}, method: "adam" },
  ...{ settings: {}, tags: [], archived: false },
  ...more,
});
const runs = [
  run("a", {
    ...{ name: "mlp wide", loss: 0.05, verdict: "saddle", tags: ["paper"], created: now - day },
    settings: { learningRate: 0.01, "schedule.warmup": 0.1, optimizer: "Adam" },
  }),
  run("b", {
    ...{
      name: "mlp-2",
      loss: 0.5,
      verdict: "local-minimum",
      method: "sgd",
      created: now - 3 * day,
    },
    ...{ metrics: { testAccuracy: 0.97 }, settings: { learningRate: 1e-3 }, seed: 3 },
  }),
  run("c", {
    name: "conv",
    status: "crashed",
    loss: Number.NaN,
    archived: true,
    file: "/x/conv.ts",
  }),
];
const found = (text: string): string =>
  runs
    .filter(parseFilter(text, now).matches)
    .map(({ id }) => id)
    .join("");

describe("a filter", () => {
  test.for([
    ["", "abc"],
    ["method=adam", "ac"],
    ["method!=adam", "b"],
    ["loss<0.1", "a"],
    ["loss>=0.05 loss<=0.5", "ab"],
    ["learningRate=0.001", "b"],
    ["learningrate=1e-3", "b"],
    ["warmup=0.1", "a"],
    ["schedule.warmup>0", "a"],
    ["optimizer=adam", "a"],
    ["testAccuracy>0.9", "b"],
    ["seed=3", "b"],
    ["saddle", "a"],
    ["minimum", "b"],
    ["crashed", "c"],
    ["archived", "c"],
    ["-archived", "ab"],
    ["!archived !tag:paper", "b"],
    ["-saddle -crashed", "b"],
    ["tag:paper", "a"],
    ["name:mlp*", "ab"],
    ['name:"mlp wide"', "a"],
    ['"lp wi"', "a"],
    ["mlp", "ab"],
    ["file:conv.ts", "c"],
    ["file:*/conv.ts", "c"],
    ["verdict:minimum", "b"],
    ["status:crashed", "c"],
    ["since:2d", "ac"],
    ["since:1d", "ac"], // a was made just then
    ["before:1d", "b"],
    ["since:1w", "abc"],
    ["since:73h", "abc"],
    ["since:71h", "ac"],
    ["since:4319m", "ac"],
    ["since:4320m", "abc"],
    ["before:2026-11-25", "b"],
    ["nosuch=1", ""],
    ["name:*l*-*", "b"],
    ["name:m*m*", ""],
    ["name:*p-*-*", ""], // parts follow each other, and share nothing
    ["name:mlp-*-2", ""],
    ["-2", "b"], // a part of a name: no number is negated
    ["rate>0", ""], // learningRate is another name
    ["name:constructor", ""],
    ["constructor", ""],
  ] as const)("%j finds %j", ([text, ids]) => {
    expect(parseFilter(text, now).problems).toEqual([]);
    expect(found(text)).toBe(ids);
  });

  test.for([
    ["method=adam loss<low", 12, 20, /needs a number/],
    ["tga:paper", 0, 9, /did you mean tag:/],
    ["toString:x", 0, 10, /not known/],
    ['a "not closed', 2, 13, /not closed/],
    ["=3", 0, 2, /does not say/],
    ["x loss<", 2, 7, /does not say/],
    ["since:yesterday", 0, 15, /no time/],
    ["a!b", 0, 3, /not understood/],
  ] as const)(
    "%j says where it is wrong, and goes on with the rest",
    ([text, start, end, message]) => {
      const { problems } = parseFilter(text, now);
      expect(problems).toMatchObject([{ start, end, message: expect.stringMatching(message) }]);
      expect(() => requireFilter(text, now)).toThrow(
        expect.objectContaining({ code: "filter/syntax", message: expect.stringContaining("^") }),
      );
    },
  );

  test("of minimum means both kinds, and of global one", () => {
    const ends = [run("l", { verdict: "local-minimum" }), run("g", { verdict: "global-minimum" })];
    const of = (text: string): RunFacts[] => ends.filter(parseFilter(text, now).matches);
    expect([of("minimum"), of("global")]).toEqual([ends, [ends[1]]]);
  });

  test("keeps what could be read where a word could not", () => {
    expect(found("loss<low method=sgd")).toBe("b");
  });

  test("that finds nothing names the words that no run has", () => {
    const filter = parseFilter("method=adam learningrat=3 tag:poster", now);
    expect(unmatched(filter, runs)).toMatchObject([
      { start: 12, end: 25, hint: "did you mean learningRate?" },
      { message: "no run has tag:poster" },
    ]);
  });

  test("tells words for endings from parts of names", () => {
    const words = ["saddle", "minimum", "Crashed", "archived", "mlp", "constructor"];
    expect(words.map(isEnding)).toEqual([true, true, true, true, false, false]);
  });

  test("reads 10 000 words in no time", () => {
    const text = 'a* "'.repeat(10_000);
    expect(parseFilter(text, now).terms.length).toBeGreaterThan(1000);
  });
});
