// Bundles the studio's pages (studio/) into a folder that any web server can serve: `node scripts/studio.mjs [FOLDER]`.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "dist", "studio"));

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { main: "studio/src/main.tsx" },
  outdir: folder,
  entryNames: "[name]-[hash]",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  conditions: ["nadir-source"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  sourcemap: true,
  metafile: true,
  logLevel: "error",
});

const [output, { cssBundle }] = Object.entries(metafile.outputs).find(
  ([, { entryPoint }]) => entryPoint === "studio/src/main.tsx",
);
const page = readFileSync(join(root, "studio", "index.html"), "utf8")
  .replace("{{script}}", `./${basename(output)}`)
  .replace("{{style}}", `./${basename(cssBundle)}`);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "index.html"), page);
