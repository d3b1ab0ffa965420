// Bundles the playground: `node scripts/play.mjs [FOLDER]` writes FOLDER/play/, which any web server can serve, and
// FOLDER/play.html, which is the same in one file.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { pageOptions } from "./pages.mjs";
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
const head = (policy) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="data:," />
    <title>Play · nadir</title>
`;
const always = [
  "default-src 'none'",
  "img-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
];
writeFileSync(
  join(folder, "index.html"),
  `${head([...always, "script-src 'self'", "style-src 'self'", "worker-src 'self'"])}    <link rel="stylesheet" href="./${basename(cssBundle)}" />
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
const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text;
/** A script's text may not hold what ends it. */
const within = (text) => text.replaceAll("</script", "<\\/script");
const hashOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const [script, style, worker] = [within(textOf(".js")), textOf(".css"), within(kernelText)];
// The worker is made of text in here and has this page's policy: it may compile kernels, and reach nothing.
const policy = [
  ...[...always, `script-src ${hashOf(script)} 'unsafe-eval' blob:`, "worker-src blob:"],
  `style-src ${hashOf(style)}`,
];
writeFileSync(
  join(dist, "play.html"),
  `${head(policy)}    <style>${style}</style>
  </head>
  <body>
    <div id="studio"></div>
    <script type="text/plain" data-kernel>${worker}</script>
    <script>${script}</script>
  </body>
</html>
`,
);
