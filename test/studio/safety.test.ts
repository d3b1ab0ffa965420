import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { start } from "../../src/cli/testing.ts";
import { openStore } from "../../src/runs/store.ts";
import { ask, circumstances, fillStore, type ServedStudio, serveStudio } from "./studio.ts";
import { spellings } from "./traversal.ts";

const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
  "form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

describe("what the studio refuses", () => {
  let studio: ServedStudio;
  let id = "";
  let get: (path: string, headers?: Record<string, string>) => ReturnType<typeof ask>;

  beforeAll(async () => {
    studio = await serveStudio(async (store) => {
      [id = ""] = await fillStore(store, [{ name: "mlp", losses: [3, 2, 1] }]);
    });
    get = (path, headers = {}) =>
      ask(studio.port, "GET", path, { headers: { Cookie: studio.cookie, ...headers } });
  });
  afterAll(() => studio[Symbol.asyncDispose]());

  test.for([
    "evil.example",
    "evil.example:4141",
    "127.0.0.1",
    "127.0.0.1.evil.example",
    "localhost.evil.example:PORT",
    "169.254.169.254:PORT",
    "0.0.0.0:PORT",
    "[::]:PORT",
  ])("answers 421 to the host name %s", async (name) => {
    const Host = name.replace("PORT", String(studio.port));
    expect((await get("/", { Host })).status).toBe(421);
    expect((await get("/api/runs", { Host })).status).toBe(421);
  });

  test.for(["localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT", "LOCALHOST:PORT"])(
    "answers to its own name %s",
    async (name) => {
      const Host = name.replace("PORT", String(studio.port));
      expect((await get("/", { Host })).status).toBe(200);
    },
  );

  test("lets no one without the cookie see a run, and gives the cookie only for the token", async () => {
    const { port, origin } = studio;
    expect((await ask(port, "GET", "/api/runs")).status).toBe(401);
    expect((await get("/api/runs", { Cookie: `nadir-${port}=${"0".repeat(64)}` })).status).toBe(
      401,
    );
    const session = (token: unknown) =>
      ask(port, "POST", "/api/session", {
        headers: { Origin: origin },
        body: JSON.stringify({ token }),
      });
    for (const token of ["", "0".repeat(64), 7, null, ["x"]]) {
      const refused = await session(token);
      expect(refused.status).toBe(401);
      expect(refused.headers["set-cookie"]).toBeUndefined();
    }
    const let_in = await session(studio.link.split("#token=")[1]);
    expect(let_in.status).toBe(204);
    expect(String(let_in.headers["set-cookie"])).toMatch(
      /^nadir-\d+=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await get("/api/runs")).status).toBe(200);
  });

  test("prints the token nowhere but in the link", () => {
    expect(studio.said()).not.toContain(studio.link.split("#token=")[1]);
  });

  test("asks for its own Origin wherever something could change, and sends no CORS headers", async () => {
    const { port, cookie, origin } = studio;
    const post = (headers: Record<string, string>) =>
      ask(port, "POST", "/api/runs/tags", { headers: { Cookie: cookie, ...headers }, body: "{}" });
    for (const headers of [
      {},
      { Origin: "null" },
      { Origin: "http://evil.example" },
      { Origin: `https://127.0.0.1:${port}` },
      { Origin: `http://localhost:${port}` },
      { Origin: origin, "Sec-Fetch-Site": "cross-site" },
    ]) {
      const { status, text } = await post(headers);
      expect([status, JSON.parse(text).code]).toEqual([403, "studio/origin"]);
    }
    const own = await get("/api/runs", { Origin: "http://evil.example" });
    expect(own.status).toBe(403);
    const read = await get("/api/runs");
    expect(Object.keys(read.headers).filter((name) => /access-control/.test(name))).toEqual([]);
    expect((await get("/api/runs", { "Sec-Fetch-Site": "same-site" })).status).toBe(403);
  });

  test.for([
    ["POST", "/api/runs/tags", '{"runs":["ID"],"add":["x"]}'],
    ["POST", "/api/runs/archive", '{"runs":["ID"],"archived":true}'],
    ["POST", "/api/runs/delete", '{"runs":["ID"],"count":1}'],
    ["POST", "/api/runs/ID/notes", '{"text":"x"}'],
    ["DELETE", "/api/runs/ID/notes/1", ""],
    ["POST", "/api/jobs", '{"kind":"spectrum","run":"ID"}'],
    ["DELETE", "/api/jobs/1", ""],
    ["POST", "/api/play/runs", "{}"],
    ["PUT", "/api/runs", "{}"],
  ] as const)("changes nothing without --write: %s %s", async ([method, path, body]) => {
    const { port, cookie, origin } = studio;
    const answer = await ask(port, method, path.replace("ID", id), {
      headers: { Cookie: cookie, Origin: origin },
      body: body.replace("ID", id),
    });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text).code).toBe("studio/read-only");
    const { text } = await get(`/api/runs/${id}`);
    expect(JSON.parse(text)).toMatchObject({ run: { tags: [], archived: false }, notes: [] });
  });

  test("answers 404 to every spelling of a path that leads out", async () => {
    const all = spellings();
    expect(all.length).toBeGreaterThan(500);
    const wrong: string[] = [];
    await Promise.all(
      all.map(async (path) => {
        const { status, text } = await get(path);
        // Node itself refuses what is no request line at all.
        if (!(status === 404 || status === 400) || /root:|"name": "nadir"/.test(text)) {
          wrong.push(`${status} ${path}`);
        }
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("carries its headers on every route, whatever it answers", async () => {
    const page = await get("/");
    const script = /src="(\/main-\w+\.js)"/.exec(page.text)?.[1] ?? "";
    expect(page.text).not.toMatch(/<script(?![^>]*src=)|style=|onload=/);
    const routes = ["/", "/play", "/compare", `/run/${id}`, "/sweep/abc", script, "/raster.js"];
    const api = ["hello", "runs", "overviews", `runs/${id}`, `runs/${id}/events`, "jobs", "none"];
    for (const path of [...routes, ...api.map((route) => `/api/${route}`), "/none", "/../x"]) {
      const { headers, status } = await get(path);
      expect([path, status]).toEqual([path, /none|\.\./.test(path) ? 404 : 200]);
      expect(headers).toMatchObject({
        "content-security-policy": pagePolicy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
      });
    }
    const kernel = await get("/kernel.js");
    expect(kernel.headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'none'",
    );
  });

  test("takes no body of more than a megabyte, and no JSON that is none", async () => {
    const { port, origin } = studio;
    const send = (body: string) =>
      ask(port, "POST", "/api/session", { headers: { Origin: origin }, body });
    expect((await send("x".repeat(1_000_001))).status).toBe(413);
    for (const body of ["", "x", "7", "null", "[", '"x"']) {
      expect((await send(body)).status).toBe(400);
    }
  });

  test("opens a live connection only to its own pages, and closes it on what it does not know", async () => {
    const { port, cookie, origin } = studio;
    const opening = (headers: Record<string, string>, path = "/api/live?after=x") =>
      new Promise<WebSocket | number>((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
        socket.on("open", () => resolve(socket));
        socket.on("unexpected-response", (_, answer) => resolve(answer.statusCode ?? 0));
        socket.on("error", () => resolve(0));
      });
    expect(await opening({ Cookie: cookie })).toBe(403);
    expect(await opening({ Cookie: cookie, Origin: "http://evil.example" })).toBe(403);
    expect(await opening({ Origin: origin })).toBe(401);
    expect(await opening({ Origin: origin, Cookie: cookie }, "/api/runs")).toBe(404);
    expect(await opening({ Origin: origin, Cookie: cookie, Host: "evil.example" })).toBe(421);
    for (const frame of ["x", "{}", '{"kind":"follow","runs":[null]}', "x".repeat(70_000)]) {
      const socket = await opening({ Origin: origin, Cookie: cookie });
      if (typeof socket === "number") throw new Error(`refused with ${socket}`);
      const closed = new Promise<number>((resolve) => socket.on("close", resolve));
      socket.send(frame);
      expect([1003, 1009]).toContain(await closed);
    }
  });

  test("holds 64 connections at most, and answers again when they are gone", async () => {
    const sockets = Array.from({ length: 90 }, () => connect(studio.port, "127.0.0.1"));
    let dropped = 0;
    for (const socket of sockets) {
      socket.on("close", () => dropped++);
      socket.on("error", () => {});
    }
    await expect.poll(() => dropped).toBeGreaterThanOrEqual(90 - 64);
    for (const socket of sockets) socket.destroy();
    await expect.poll(async () => (await get("/").catch(() => undefined))?.status).toBe(200);
  });
});

describe("deleting and exporting", () => {
  const json = JSON.stringify;

  test("deletes what is named with its count, all of it or nothing", async () => {
    let ids: string[] = [];
    await using studio = await serveStudio(
      async (store) => {
        ids = await fillStore(
          store,
          [1, 2, 3, 4].map((i) => ({ name: `run${i}`, losses: [i] })),
        );
      },
      ["--write"],
    );
    const [a, b, c] = ids;
    const { port, cookie, origin, store } = studio;
    await using writer = await openStore(store);
    const { id: running } = writer.createRun({ ...circumstances, name: "going", command: "x" });
    const send = async (body: string, headers: Record<string, string> = { Origin: origin }) => {
      const answer = await ask(port, "POST", "/api/runs/delete", {
        headers: { Cookie: cookie, ...headers },
        body,
      });
      return [answer.status, answer.text === "" ? "" : JSON.parse(answer.text).code];
    };
    const left = async (): Promise<string[]> => {
      await using opened = await openStore(store, { readOnly: true });
      return opened.runs().map(({ id }) => id);
    };
    for (const count of [undefined, 0, 1, 3, "2", null, [2], true]) {
      expect(await send(json({ runs: [a, b], count }))).toEqual([400, "studio/count"]);
    }
    // Twice the same is one run.
    expect(await send(json({ runs: [a, a], count: 2 }))).toEqual([400, "studio/count"]);
    expect(await send(json({ runs: [a, "zzzz"], count: 2 }))).toEqual([404, "store/unknown-run"]);
    for (const odd of ["../x", "@", "run1", "*", "", a?.slice(0, 2)]) {
      expect(await send(json({ runs: [odd], count: 1 }))).toEqual([404, "store/unknown-run"]);
    }
    for (const runs of [a, {}, [[a]], [1], null]) {
      expect(await send(json({ runs, count: 1 }))).toEqual([400, "studio/request"]);
    }
    expect(await send(json({ runs: [a, running], count: 2 }))).toEqual([409, "store/running"]);
    expect(await send(json({ runs: [a], count: 1 }), {})).toEqual([403, "studio/origin"]);
    expect((await left()).length).toBe(5);
    expect(await send(json({ runs: [a, b], count: 2 }))).toEqual([204, ""]);
    expect(await left()).toEqual([running, ...ids.slice(2).reverse()]);
    expect(existsSync(join(store, a ?? ""))).toBe(false);
    expect(existsSync(join(store, c ?? ""))).toBe(true);
  });

  test("exports to those who may look, and only what is asked for", async () => {
    let ids: string[] = [];
    await using studio = await serveStudio(async (store) => {
      ids = await fillStore(store, [{ name: "=cmd|x", losses: [2, 1] }]);
    });
    const get = (query: string, headers: Record<string, string> = { Cookie: studio.cookie }) =>
      ask(studio.port, "GET", `/api/export?${query}`, { headers });
    const good = `runs=${ids[0]}&as=csv&table=series`;
    const answer = await get(good);
    expect(answer.text).toBe(`run,step,loss\n${ids[0]},1,2\n${ids[0]},2,1\n`);
    expect(answer.headers).toMatchObject({
      "content-type": "text/csv",
      "content-disposition": `attachment; filename="${ids[0]}-series.csv"`,
      "content-security-policy": pagePolicy,
    });
    expect((await get(good, {})).status).toBe(401);
    for (const odd of [
      "",
      "runs=",
      `runs=${ids[0]}`,
      good.replace("csv", "html"),
      good.replace("series", "x"),
      good.replace("csv", "__proto__"),
    ]) {
      expect([odd, (await get(odd)).status]).toEqual([odd, 400]);
    }
    expect((await get("runs=../x&as=csv&table=runs")).status).toBe(404);
  });
});

test("another host needs --token, and is warned of", async () => {
  const refused = await start(["studio", "--no-open", "--host", "0.0.0.0"], ".").ended;
  expect(refused.exit).toBe(2);
  expect(refused.stderr).toMatch(/needs? --token|--token beside it/);
  await using studio = await serveStudio(undefined, ["--host", "0.0.0.0", "--token"]);
  expect(studio.said()).toMatch(/not encrypted/);
});

test("a port that is taken is told, and Ctrl-C ends the studio cleanly", async () => {
  await using studio = await serveStudio();
  const second = await start(["studio", "--no-open", "--port", String(studio.port)], ".").ended;
  expect(second.exit).toBe(2);
  expect(second.stderr).toContain(`port ${studio.port} is taken`);
  // As soon as it has said anything at all: the link stands first.
  const third = start(["studio", "--no-open", "--port", "0"], ".");
  await once(third.child.stdout, "data");
  third.child.kill("SIGINT");
  expect((await third.ended).exit).toBe(0);
});
