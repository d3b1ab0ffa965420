import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { openStore, type Store } from "../runs/store.ts";
import { runInfo, temporaryFolder } from "../runs/testing.ts";
import { unpackAnswers } from "./archive.ts";
import type { Hello, RunReply, SeriesHead, SweepReply, SweepsReply } from "./protocol.ts";
import { runFile } from "./runFile.ts";
import { decodeJson, decodePacket } from "./wire.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const template = '<p><script type="application/octet-stream" data-runs></script>';
const hostile = "</script><img src=x onerror=alert(1)>$&";

function fill(store: Store, name: string, points: number): string {
  const run = store.createRun(runInfo(name));
  const steps = Array.from({ length: points }, (_, i) => i + 1);
  const values = { loss: steps.map((i) => (i === 777 ? -5 : 1 / i)), few: steps.map(() => 1) };
  run.event({
    kind: "progress",
    step: points,
    loss: 1,
    gradientNorm: 1,
    series: { steps, values },
  });
  run.end({ status: "ended", steps: points, seconds: 1 });
  return run.id;
}

/** What the pages of a file are told. */
function told(html: string) {
  const packed = /data-runs>([A-Za-z0-9+/=]+)<\/script>$/.exec(html)?.[1] ?? "";
  const answers = unpackAnswers(new Uint8Array(gunzipSync(Buffer.from(packed, "base64"))));
  const bytesOf = (name: string): Uint8Array => answers.get(name) ?? new Uint8Array();
  return {
    names: [...answers.keys()],
    json: <T>(name: string): T => decodeJson<T>(new TextDecoder().decode(bytesOf(name))),
    series: (name: string) => decodePacket<SeriesHead>(bytesOf(name).slice().buffer),
  };
}

test("a file holds what the server would answer, long curves as buckets, and nothing of a text as markup", async () => {
  await using store = await openStore(folder);
  const [short, long] = [fill(store, hostile, 100), fill(store, "long", 5000)];
  store.tags.add(short, ["paper"]);
  const runs = [short, long].map((id) => store.run(id));
  const { html, buckets } = runFile(store, runs, template, 7);
  expect(html).not.toContain("<img");
  expect(buckets).toBe(1024);
  const file = told(html);
  expect(file.json<Hello>("hello")).toMatchObject({ write: false, file: { made: 7, buckets } });
  expect(file.json<RunReply>(`runs/${short}`).run).toMatchObject({
    name: hostile,
    tags: ["paper"],
  });
  const points = file.series(`runs/${short}/series loss`);
  expect([points.head.width, points.columns["value"]?.length]).toEqual([1, 100]);
  const thinned = file.series(`runs/${long}/series loss`);
  expect([thinned.head.count, thinned.head.width]).toEqual([5000, 8]);
  expect(thinned.columns["low"]?.[Math.floor(776 / 8)]).toBe(-5);
  expect(runFile(store, [store.run(short)], template, 7).buckets).toBeUndefined();
});

test("the sweep of a trial is in the file too; one whose record cannot be read is left out", async () => {
  await using store = await openStore(folder);
  const info = { name: "rates", command: "nadir sweep x.ts", space: {} };
  const request = {
    ...{ shown: "x.ts", path: "x.ts", fixed: [], strategy: "random", seed: 0, workers: 1 },
    ...{ threads: 1, space: [{ name: "rate", kind: "choice", values: [1, 2] }] },
  };
  const trialOf = (settings: object): readonly [sweep: string, run: string] => {
    const { id } = store.sweeps.create({ ...info, settings: { ...settings } });
    const run = store.createRun({ ...runInfo("trial"), sweep: id });
    run.end({ status: "ended", steps: 1, seconds: 1 });
    return [id, run.id];
  };
  const [sweep, first] = trialOf(request);
  store.sweeps.putTrial(sweep, 0, {
    ...{ number: 0, settings: { rate: 2 }, share: 1, status: "waiting", run: first },
    ...{ measured: [{ share: 1, value: 0.5 }], spans: [] },
  });
  const [odd, second] = trialOf({ shown: 7 });
  const runs = [first, second].map((id) => store.run(id));
  const file = told(runFile(store, runs, template, 7).html);
  expect(file.json<SweepsReply>("sweeps").sweeps.map(({ id }) => id)).toEqual([sweep]);
  expect(file.json<SweepReply>(`sweeps/${sweep}`).trials).toMatchObject([{ run: first }]);
  expect(file.names).not.toContain(`sweeps/${odd}`);
});

test("what would be too large is refused with what takes the room", async () => {
  await using store = await openStore(folder);
  const id = fill(store, "large", 2);
  const bytes = randomBytes(4_000_000);
  const label = { kind: "figure", name: "noise", mediaType: "image/png" };
  store.artefacts.put(id, { ...label, bytes });
  expect(() => runFile(store, [store.run(id)], template, 7)).toThrow(
    new RegExp(`would take 5\\.\\d MB[\\s\\S]*at most 5\\.0 MB: the artefacts of ${id} 5\\.3 MB`),
  );
});
