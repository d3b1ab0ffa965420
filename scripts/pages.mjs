// How pages for a browser are bundled.

/** Options of esbuild that the studio's pages and the playground have in common. */
export const pageOptions = (root) => ({
  absWorkingDir: root,
  bundle: true,
  platform: "browser",
  target: "es2022",
  conditions: ["nadir-source"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  metafile: true,
  logLevel: "error",
});
