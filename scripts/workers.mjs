// How scripts of workers are bundled: one file each, in which nadir runs on the JavaScript engine alone.

/** Modules that only other engines and programs need, and what takes their place: an error that says so. */
const absent = {
  name: "javascript-engine-alone",
  setup(build) {
    const others = /\/onnx\/engine\.ts$|^#onnxruntime$|^#threads$|^highs$/;
    build.onResolve({ filter: others }, ({ path }) => ({ path, namespace: "absent" }));
    build.onLoad({ filter: /./, namespace: "absent" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of this page`)});`,
    }));
  },
};

/** Options of esbuild for a worker: a classic script, so that it can be started from a page's own text too. */
export const workerOptions = (root) => ({
  format: "iife",
  splitting: false,
  alias: { nadir: `${root}/src/index.ts` },
  define: { "import.meta.url": "self.location.href" },
  plugins: [absent],
});
