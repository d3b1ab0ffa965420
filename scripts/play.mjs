// Bundles the playground: `node scripts/play.mjs [FOLDER]` writes FOLDER/play/, which any web server can serve, and
// FOLDER/play.html, which is the same in one file.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageOptions } from "./pages.mjs";
import { always, head, singlePage } from "./singlePage.mjs";
import { workerOptions } from "./workers.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, "dist"));
const folder = join(dist, "play");
const entry = "studio/src/play/standalone.tsx";
const shared = pageOptions(root);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const kernel = "studio/src/play/kernel/kernel.worker.ts";
const { outputFiles: kernelFiles } = await build({
  ...{ ...shared, ...workerOptions(root), entryPoints: { kernel: kernel } },
  ...{ outdir: folder, write: false },
});
const kernelText = kernelFiles[0].text;
writeFileSync(join(folder, "kernel.js"), kernelText);

const { metafile } = await build({
  ...{ ...shared, entryPoints: { play: entry }, outdir: folder, format: "esm", splitting: true },
  ...{ entryNames: "[name]-[hash]", chunkNames: "chunks/[name]-[hash]" },
});
const [output, { cssBundle }] = Object.entries(metafile.outputs).find(
  ([, { entryPoint }]) => entryPoint === entry,
);
writeFileSync(
  join(folder, "index.html"),
  `${head("Play · nadir", [...always, "script-src 'self'", "style-src 'self'", "worker-src 'self'"])}    <link rel="stylesheet" href="./${basename(cssBundle)}" />
    <script type="module" src="./${basename(output)}"></script>
  </head>
  <body>
    <div id="studio"></div>
  </body>
</html>
`,
);

const { outputFiles } = await build({
  ...{ ...shared, entryPoints: { play: entry }, outdir: folder, write: false, format: "iife" },
});
// The worker is made of text in here and has this page's policy: it may compile kernels, and reach nothing.
writeFileSync(
  join(dist, "play.html"),
  singlePage({
    ...{ title: "Play · nadir", outputFiles, workers: { kernel: kernelText }, compiles: true },
  }),
);
