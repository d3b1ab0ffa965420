// Bundles the studio's pages (studio/) into a folder that any web server can serve: `node scripts/studio.mjs [FOLDER]`. Beside it stands
// FOLDER.html: the same pages, all but the playground, as one file into which `nadir export --html` puts the runs.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageOptions } from "./pages.mjs";
import { singlePage } from "./singlePage.mjs";
import { workerOptions } from "./workers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "dist", "studio"));
const shared = { ...pageOptions(root), outdir: folder, format: "esm" };

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { metafile } = await build({
  ...shared,
  entryPoints: { main: "studio/src/main.tsx" },
  entryNames: "[name]-[hash]",
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
});
// A worker has a name that stays: pages ask for it, and the server gives some a policy of their own.
const sources = readdirSync(join(root, "studio", "src"), { recursive: true });
const workers = sources.filter((name) => name.endsWith(".worker.ts"));
if (workers.length > 0) {
  const entries = workers.map((name) => [
    basename(name, ".worker.ts"),
    join("studio", "src", name),
  ]);
  await build({
    ...{ ...shared, ...workerOptions(root), entryPoints: Object.fromEntries(entries) },
    entryNames: "[name]",
  });
}

// One style sheet: that of the page's frame first, then those of the pages that are loaded later.
const outputs = Object.entries(metafile.outputs);
const [output, { cssBundle }] = outputs.find(
  ([, { entryPoint }]) => entryPoint === "studio/src/main.tsx",
);
const sheets = outputs.map(([name]) => name).filter((name) => name.endsWith(".css"));
sheets.sort((a, b) => Number(b === cssBundle) - Number(a === cssBundle));
const style = sheets
  .map((name) => readFileSync(join(root, name), "utf8").replace(/\/\*# source.*?\*\//g, ""))
  .join("");
for (const name of sheets) rmSync(join(root, name));
const hash = createHash("sha256").update(style).digest("hex").slice(0, 8).toUpperCase();
writeFileSync(join(folder, `style-${hash}.css`), style);

const page = readFileSync(join(root, "studio", "index.html"), "utf8")
  .replace("{{script}}", `./${basename(output)}`)
  .replace("{{style}}", `./style-${hash}.css`);
writeFileSync(join(folder, "index.html"), page);

/** The playground has a file of its own, and weighs more than all other pages. */
const withoutPlay = {
  name: "without-play",
  setup(builder) {
    builder.onResolve({ filter: /\/play\/inStudio\.tsx$/ }, ({ path }) => ({
      ...{ path, namespace: "without-play" },
    }));
    builder.onLoad({ filter: /./, namespace: "without-play" }, () => ({
      contents: "export const PlayInStudio = undefined;",
    }));
  },
};
const { outputFiles } = await build({
  ...{ ...shared, entryPoints: { main: "studio/src/main.tsx" }, write: false, format: "iife" },
  // No module: what asks where it stands is told of the page.
  define: { "import.meta.url": "self.location.href" },
  plugins: [withoutPlay],
});
const workerText = readFileSync(join(folder, "raster.js"), "utf8");
writeFileSync(
  `${folder}.html`,
  singlePage({
    ...{ title: "nadir studio", outputFiles, workers: { raster: workerText } },
    more: '<script type="application/octet-stream" data-runs></script>\n    ',
  }),
);
