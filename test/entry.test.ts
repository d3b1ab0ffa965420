import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import * as nadir from "nadir";
import * as data from "nadir/data";
import { describe, expect, test } from "vitest";
import * as rules from "../src/methods/rules/registry.ts";
import * as schedules from "../src/methods/schedules/registry.ts";
import * as solvers from "../src/methods/solvers/registry.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The functions that the files of a folder export. */
async function functionsIn(folder: string): Promise<string[]> {
  const files = readdirSync(`${root}src/${folder}`).filter((file) =>
    /^(?!.*\.test).*\.ts$/.test(file),
  );
  const modules = await Promise.all(
    files.map((file): Promise<object> => import(/* @vite-ignore */ `${root}src/${folder}/${file}`)),
  );
  return modules
    .flatMap((module) => Object.entries(module))
    .flatMap(([name, value]) => (typeof value === "function" ? [name] : []));
}

describe("the entry point", () => {
  test.for(Object.entries({ rules, schedules, solvers }))(
    "gives every one of the %s",
    ([, table]) => {
      for (const [name, make] of Object.entries(table)) {
        expect(nadir).toHaveProperty(name, make);
      }
    },
  );

  // What these say to each other is no operation.
  const internal = new Set([
    ...["binary", "isWeak", "lift", "graphOf", "tensor", "stretch", "commonDtype", "liftPair"],
    ...["isWhole", "convert", "asFloat", "keyData", "requireWithin"],
  ]);

  test("gives every array operation", async () => {
    const operations = await functionsIn("array/operations");
    expect(operations.length).toBeGreaterThan(80);
    const missing = operations.filter((name) => !internal.has(name) && !(name in nadir));
    expect(missing).toEqual([]);
  });

  test("gives every layer and loss", async () => {
    const helpers = new Set(["requirePictures", "reduce", "predictions", "pair"]);
    const made = [...(await functionsIn("models/layers")), ...(await functionsIn("models/losses"))];
    expect(made.filter((name) => !helpers.has(name) && !(name in nadir))).toEqual([]);
  });

  test("says relu of a layer and of a number", () => {
    expect(nadir.relu().kind).toBe("layer");
    expect(
      nadir
        .jit((x: nadir.Tensor) => nadir.relu(x))([-1, 2])
        .toArray(),
    ).toEqual([0, 2]);
  });

  test("knows the data sets of nadir/data as its own", () => {
    expect(nadir.dataset).toBe(data.dataset);
  });

  test("imports nothing of Node and no package before it is needed, so that a browser can", async () => {
    const { metafile } = await build({
      entryPoints: [`${root}src/index.ts`],
      ...{ bundle: true, splitting: true, format: "esm", platform: "browser", metafile: true },
      ...{ packages: "external", write: false, outdir: "/none", logLevel: "silent" },
    });
    const outputs = Object.values(metafile.outputs);
    const outside = outputs.flatMap(({ imports }) => imports.filter(({ external }) => external));
    expect(outside.filter(({ kind }) => kind !== "dynamic-import")).toEqual([]);
    expect(outside.filter(({ path }) => path.startsWith("node:"))).toEqual([]);
  });
});
