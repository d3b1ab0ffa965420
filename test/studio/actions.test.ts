import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Started, spawned, start } from "../../src/cli/testing.ts";
import { readTensors } from "../../src/runs/checkpoint.ts";
import { openStore } from "../../src/runs/store.ts";
import type { Job } from "../../src/studio/protocol.ts";
import { findChromium, quietFlags } from "../browser/chromium.ts";
import { patience, patient } from "../patience.ts";
import { ask, type ServedStudio, serveStudio } from "./studio.ts";
import { violations } from "./trained.ts";

/** Two factors that begin at 0, which is a saddle that gradient descent never leaves. */
const factors = `import { dataset, defineTraining, problem, sgd } from "nadir";

export default defineTraining({
  settings: { learningRate: 0.01, epochs: 200 },
  build: ({ learningRate, epochs }) =>
    problem({
      params: { u: [[0], [0]], v: [[0, 0]] },
      loss: (params, batch) => batch.x.sub(params.u.matmul(params.v)).square().sum(),
      data: dataset({ x: Array.from({ length: 8 }, () => [[1, 0.5], [0.5, 1]]) }),
      method: sgd(learningRate),
      ...{ epochs, batchSize: 8, engine: "js", dtype: "f64" },
    }),
});
`;

const executablePath = findChromium();

describe("what a page may have done to a run", () => {
  let studio: ServedStudio;
  let saddle = "";
  let endless = "";
  let training: Started;

  const send = (path: string, body: object = {}, method = "POST") =>
    ask(studio.port, method, path, {
      headers: { Cookie: studio.cookie, Origin: studio.origin },
      body: method === "DELETE" ? "" : JSON.stringify(body),
    });
  const jobOf = async (id: string): Promise<Job | undefined> => {
    const headers = { Cookie: studio.cookie };
    const { text } = await ask(studio.port, "GET", "/api/jobs", { headers });
    return (JSON.parse(text).jobs as Job[]).find((job) => job.id === id);
  };
  const runOf = async (id: string) => {
    await using store = await openStore(studio.store, { readOnly: true });
    return store.run(id);
  };
  const count = async (): Promise<number> => {
    await using store = await openStore(studio.store, { readOnly: true });
    return store.runs().length;
  };

  beforeAll(async () => {
    studio = await serveStudio(
      async (store) => {
        const folder = dirname(store);
        writeFileSync(join(folder, "factors.ts"), factors);
        const train = ["train", "factors.ts", "--json"];
        saddle = JSON.parse((await spawned(train, folder)).stdout).id;
        training = start(["train", "factors.ts", "epochs=100000000", "--name", "endless"], folder);
        const newest = async () => {
          await using opened = await openStore(store, { readOnly: true });
          return opened.runs({ limit: 1 })[0];
        };
        await vi.waitFor(async () => expect((await newest())?.name).toBe("endless"), patience);
        endless = (await newest())?.id ?? "";
      },
      ["--write"],
    );
  });
  afterAll(async () => {
    training?.child.kill("SIGKILL");
    await training?.ended;
    await studio?.[Symbol.asyncDispose]();
  });

  test("nothing is started or stopped for a stranger, another origin, a word that is no run or no action", async () => {
    const { port, cookie, origin } = studio;
    const before = await count();
    const job = JSON.stringify({ kind: "escape", run: saddle });
    const as = (headers: Record<string, string>, path = "/api/jobs") =>
      ask(port, "POST", path, { headers, body: job });
    for (const path of ["/api/jobs", `/api/runs/${endless}/stop`]) {
      expect((await as({ Origin: origin }, path)).status).toBe(401);
      expect((await as({ Cookie: cookie }, path)).status).toBe(403);
      expect((await as({ Cookie: cookie, Origin: "http://evil.example" }, path)).status).toBe(403);
      const crossSite = { Cookie: cookie, Origin: origin, "Sec-Fetch-Site": "cross-site" };
      expect((await as(crossSite, path)).status).toBe(403);
      expect(
        (await as({ Cookie: cookie, Origin: origin, Host: "evil.example" }, path)).status,
      ).toBe(421);
    }
    const odd: [number, object][] = [
      [400, { kind: "train", run: saddle }],
      [400, { kind: "constructor", run: saddle }],
      [400, { kind: ["escape"], run: saddle }],
      [400, { kind: "escape", run: saddle, flags: { store: "/tmp" } }],
      [400, { kind: "fix", run: saddle, flags: { rows: 1 } }],
      [400, { kind: "resume", run: saddle, flags: { "x; touch y": true } }],
      [404, { kind: "escape", run: "--help" }],
      [404, { kind: "escape", run: "../../etc" }],
      [404, { kind: "escape", run: "factors.ts" }],
      [404, { kind: "escape", run: "zzzz" }],
      [409, { kind: "resume", run: saddle }],
      [409, { kind: "escape", run: endless }],
      [409, { kind: "fix", run: endless }],
    ];
    for (const [status, body] of odd) {
      expect([body, (await send("/api/jobs", body)).status]).toEqual([body, status]);
    }
    expect((await send(`/api/runs/${saddle}/stop`)).status).toBe(409);
    expect((await send("/api/runs/zzzz/stop")).status).toBe(404);
    expect((await send("/api/runs/1/stop")).status).toBe(404);
    expect(await count()).toBe(before);
    expect((await runOf(endless)).status).toBe("running");
  });

  test("a run escapes from its saddle into a lower one that knows its parent, and the job names it", async () => {
    const answer = await send("/api/jobs", { kind: "escape", run: saddle });
    expect(answer.status).toBe(201);
    const { id } = JSON.parse(answer.text) as Job;
    const again = await send("/api/jobs", { kind: "escape", run: saddle });
    expect([201, 409]).toContain(again.status);
    await expect.poll(async () => (await jobOf(id))?.status).toBe("done");
    const made = await runOf((await jobOf(id))?.result ?? "");
    const from = await runOf(saddle);
    expect(from.verdictKind).toBe("saddle");
    expect(made).toMatchObject({ parent: saddle, command: `nadir escape ${saddle}` });
    expect(made.loss).toBeLessThan(0.5 * (from.loss ?? 0));
    expect(made.verdictKind).not.toBe("saddle");
  });

  test("a run stops as Ctrl-C stops it, asked twice or once: saved, so that it goes on from there", async () => {
    const stops = await Promise.all([0, 1, 2].map(() => send(`/api/runs/${endless}/stop`)));
    expect(stops.map(({ status }) => status)).toEqual([202, 202, 202]);
    await expect.poll(async () => (await runOf(endless)).status).toBe("interrupted");
    const { exit } = await training.ended;
    expect(exit).toBe(130);
    const { steps: saved = 0, dir } = await runOf(endless);
    expect(Object.keys(readTensors(join(dir, "params.safetensors")).tensors)).not.toEqual([]);

    const { id } = JSON.parse((await send("/api/jobs", { kind: "resume", run: endless })).text);
    await expect.poll(async () => (await runOf(endless)).status).toBe("running");
    await expect.poll(async () => (await runOf(endless)).steps ?? 0).toBeGreaterThan(saved);
    expect((await send("/api/jobs", { kind: "resume", run: endless })).status).toBe(409);
    expect((await send(`/api/jobs/${id}`, {}, "DELETE")).status).toBe(200);
    expect((await send(`/api/runs/${endless}/stop`)).status).toBe(202);
    await expect.poll(async () => (await jobOf(id))?.status).toBe("cancelled");
    const stopped = await runOf(endless);
    expect([stopped.status, (await jobOf(id))?.result]).toEqual(["interrupted", endless]);
    expect(stopped.steps).toBeGreaterThan(saved);
  });

  test.skipIf(executablePath === undefined)(
    "on the page an action is confirmed, told while it goes on, and ends at the run that it made",
    async () => {
      const path = executablePath === undefined ? {} : { executablePath };
      const browser: Browser = await chromium.launch({
        ...path,
        args: [...quietFlags],
        timeout: patience,
      });
      try {
        const page: Page = patient(await browser.newPage());
        await page.goto(studio.link);
        await page.waitForSelector("tr[data-line]");
        await page.goto(`${studio.origin}/run/${saddle}`);
        const before = await count();
        const leave = page.getByRole("button", { name: "Escape", exact: true });
        await leave.click();
        const confirm = page.getByRole("region", { name: "Escape?" });
        await expect.poll(() => confirm.innerText()).toContain(`nadir escape ${saddle}`);
        await expect.poll(() => confirm.innerText()).toContain("factors.ts");
        expect(await violations(page)).toEqual([]);
        await page.keyboard.press("Escape");
        await expect.poll(() => confirm.count()).toBe(0);
        expect(await count()).toBe(before);
        await leave.click();
        await page.keyboard.press("Enter");
        await expect.poll(count).toBe(before + 1);
        const link = page.locator(".actions a").first();
        await expect
          .poll(() => page.locator(".actions").innerText())
          .toMatch(/run \w+: (?!running)/);
        await link.click();
        await page.waitForURL(/\/run\/(?!.*saddle)/);
        await expect.poll(() => page.locator("h1").innerText()).not.toContain(saddle);
        await page.goto(`${studio.origin}/run/${endless}`);
        await page.getByRole("button", { name: "Resume", exact: true }).click();
        await page.getByRole("button", { name: "Resume now" }).click();
        const stop = page.getByRole("button", { name: "Stop and save" });
        await stop.waitFor();
        await expect.poll(async () => (await runOf(endless)).status).toBe("running");
        await stop.click();
        await expect
          .poll(() => page.locator(".actions").innerText())
          .toContain("resume was stopped");
      } finally {
        await browser.close();
      }
    },
  );
});
