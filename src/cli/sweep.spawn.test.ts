import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../runs/store.ts";
import { runInfo } from "../runs/testing.ts";
import { spawned, start } from "./testing.ts";

/** A line through twelve points. `fault` breaks what it is told to break. */
const training = `
import { existsSync, writeFileSync } from "node:fs";
import { dataset, defineTraining, normal, problem, sgd } from "nadir";

const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), 1]);
const y = x.map(([a = 0]) => 2 * a - 1);

export default defineTraining({
  settings: { rate: 0.2, steps: 400, fault: "none", pace: 0 },
  build: async ({ rate, steps, fault, pace }) => {
    if (fault === "throws") throw new Error("this one cannot");
    const mark = "seen-" + process.env.NADIR_SWEEP?.replaceAll("/", "-");
    if (fault === "killed" && !existsSync(mark)) {
      writeFileSync(mark, "");
      process.kill(process.pid, "SIGKILL");
    }
    if (fault === "deaf") {
      writeFileSync("deaf", String(process.pid));
      for (;;) {}
    }
    // From the third point on, for as long as the sweep that began it lives.
    if (process.env.HOLD === "yes" && rate > 0.025) await new Promise(() => setInterval(() => {}, 1000));
    if (fault === "hangs") await new Promise(() => setInterval(() => {}, 1000));
    if (pace > 0) await new Promise((done) => setTimeout(done, pace));
    return problem({
      params: (key) => ({ w: normal(key, [2]) }),
      loss: ({ w }, batch) => batch.x.matmul(w).sub(batch.y).square().mean(),
      data: dataset({ x, y }),
      method: sgd(rate),
      steps,
      batchSize: 12,
    });
  },
});
`;

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-sweep-")));
  writeFileSync(join(folder, "line.ts"), training);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What \`nadir sweep --json\` says. */
interface Told {
  readonly best: string;
  readonly message: string;
  readonly trials: readonly {
    readonly settings: Readonly<Record<string, unknown>>;
    readonly measured: readonly { readonly share: number; readonly value: number | null }[];
    readonly status: string;
    readonly why?: string;
    readonly spans: readonly { readonly outcome: string; readonly worker: number }[];
  }[];
}

const sweep = async (
  ...words: string[]
): Promise<{ exit: unknown; told: Told; stderr: string }> => {
  const { exit, stdout, stderr } = await spawned(["sweep", ...words, "--json"], folder);
  return { exit, told: JSON.parse(stdout), stderr };
};

describe("nadir sweep", () => {
  test("trains each point of a grid as a run of its own, and tells the best", async () => {
    const { exit, told, stderr } = await sweep(
      "line.ts",
      "rate=0.001,0.3,1e9",
      "--strategy",
      "grid",
    );
    expect(exit).toBe(0);
    expect(told.trials.map(({ settings }) => settings["rate"])).toEqual([0.001, 0.3, 1e9]);
    expect(told.trials[2]?.measured).toEqual([{ share: 1, value: null }]); // it diverged
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    const [kept] = store.sweeps.list();
    expect(kept).toMatchObject({ status: "ended", bestRun: told.best });
    const runs = store.runs({ sweep: kept?.id });
    expect(runs).toHaveLength(3);
    expect(store.run(told.best).config["settings"]).toMatchObject({ rate: 0.3 });
    expect(stderr).toMatch(/#1 {2}rate=0\.3 .*best so far/);
  });

  test("halving: what goes on ends as if it had never paused", async () => {
    const words = ["line.ts", "rate=log:1e-3..3e-1", "--strategy", "halving", "--trials", "4"];
    const { told } = await sweep(...words, "--eta", "2");
    const whole = told.trials.filter(({ measured }) => measured.length === 3);
    expect(whole).toHaveLength(1);
    const [best] = whole;
    const alone = await spawned(
      ["train", "line.ts", `rate=${best?.settings["rate"]}`, "--json"],
      folder,
    );
    expect(best?.measured.at(-1)).toEqual({ share: 1, value: JSON.parse(alone.stdout).loss });
  });

  test("a training that is killed is tried again; one that throws has failed, and the rest goes on", async () => {
    const { exit, told } = await sweep("line.ts", "fault=killed,throws,none", "--strategy", "grid");
    expect(exit).toBe(0);
    const [killed, throws, none] = told.trials;
    expect(killed?.spans.map(({ outcome }) => outcome)).toEqual(["lost", "told"]);
    expect(killed?.measured).toEqual(none?.measured);
    const why = expect.stringMatching(/this one cannot/);
    expect(throws).toMatchObject({ status: "failed", why });
  });

  test("a training that hangs is ended, tried once more, and has failed", async () => {
    const words = ["fault=hangs", "pace=1,2", "--strategy", "grid", "--patience", "1s"];
    const { exit, told } = await sweep("line.ts", ...words);
    expect(exit).toBe(7); // none has told anything
    expect(told.trials[0]).toMatchObject({ status: "failed", why: "had not ended after 1 s" });
    expect(told.trials[0]?.spans).toHaveLength(2);
  });

  test.for([
    ["SIGINT", 130],
    ["SIGKILL", "SIGKILL"],
  ] as const)(
    "ended by %s, it goes on at once to the same end, and trains nothing twice",
    async ([signal, code]) => {
      const words = ["line.ts", "rate=0.01,0.02,0.03,0.04,0.05", "--strategy", "grid"];
      const first = start(["sweep", ...words, "--workers", "1"], folder, { HOLD: "yes" });
      await first.saying(/#1 /);
      first.child.kill(signal);
      expect((await first.ended).exit).toBe(code);
      const { exit, stdout } = await spawned(["sweep", "--resume", "--json"], folder);
      expect(exit).toBe(0);
      const { trials }: Told = JSON.parse(stdout);
      expect(trials.map(({ measured }) => measured.length)).toEqual([1, 1, 1, 1, 1]);
      await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
      const runs = store.runs({ sweep: store.sweeps.get("@").id });
      expect(runs.map(({ status }) => status)).toEqual(Array(5).fill("ended"));
    },
  );
});

test("a training that outlived its sweep is waited for, heard, and not done again", async () => {
  const { told } = await sweep("line.ts", "rate=0.1,0.3", "--strategy", "grid");
  await using store = await openStore(join(folder, ".nadir"));
  const { id } = store.sweeps.get("@");
  const [first, second] = store.sweeps.trials(id);
  const open = { status: "running", measured: [], spans: [] };
  // The end of the first was not heard; the second is still trained, by this process.
  store.sweeps.putTrial(id, 0, { ...first, ...open });
  store.sweeps.putTrial(id, 1, { ...second, ...open, run: undefined });
  store.sweeps.update(id, { status: "interrupted" });
  const outliving = store.createRun(runInfo("line", { sweep: id, config: { trial: 1 } }));
  const { child, ended } = start(["sweep", "--resume", "--json"], folder);
  child.stderr.once("data", () =>
    setTimeout(() => outliving.end({ status: "ended", loss: 0.125, steps: 4, seconds: 1 }), 1000),
  );
  const { trials }: Told = JSON.parse((await ended).stdout);
  expect(trials[0]?.measured).toEqual(told.trials[0]?.measured);
  expect(trials[1]?.measured).toEqual([{ share: 1, value: 0.125 }]);
  expect(store.runs()).toHaveLength(3);
});

test("a training that hears nothing ends too when its sweep is killed", async () => {
  const words = [
    "sweep",
    "line.ts",
    "fault=deaf",
    "pace=1,2",
    "--workers",
    "1",
    "--strategy",
    "grid",
  ];
  const { child, ended } = start(words, folder);
  const mark = join(folder, "deaf");
  await expect.poll(() => existsSync(mark) && readFileSync(mark, "utf8") !== "").toBe(true);
  const deaf = Number(readFileSync(mark, "utf8"));
  child.kill("SIGKILL");
  await ended;
  await expect.poll(() => isAlive(deaf)).toBe(false);
});

/** Whether a process still runs; one that has ended, and that nobody has asked about, does not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

test.for([
  [["line.ts"], /nothing is to be searched/],
  [["line.ts", "rat=1,2"], /did you mean rate/],
  [["line.ts", "rate=a,b"], /a number, as its default 0\.2 is/],
  [["line.ts", "rate=1,2", "--strategy", "gird"], /did you mean grid/],
  [["nowhere.ts", "rate=1,2"], /nowhere\.ts/],
] as const)("%j: misuse leaves nothing behind", async ([words, message]) => {
  const { exit, stderr } = await spawned(["sweep", ...words], folder);
  expect(exit).toBe(2);
  expect(stderr).toMatch(message);
  expect(existsSync(join(folder, ".nadir"))).toBe(false);
});

test("there is nothing to go on with where there is no store", async () => {
  const { exit, stderr } = await spawned(["sweep", "--resume"], folder);
  expect([exit, stderr]).toEqual([5, expect.stringMatching(/there is no run store/)]);
});
