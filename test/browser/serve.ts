import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

const types: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};

/** A page on this machine. */
export interface Site extends AsyncDisposable {
  readonly url: string;
}

/**
 * Bundles `page.ts` as a user's bundler would, by the package's `browser` condition, and serves it on the
 * loopback address, with the WebAssembly of ONNX Runtime and HiGHS beside it.
 *
 * @param isolated - whether the page may share memory between threads, which takes two headers
 */
export async function servePage(isolated: boolean): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: { page: `${here}page.ts` },
    bundle: true,
    splitting: true,
    write: false,
    outdir: "/",
    format: "esm",
    platform: "browser",
    target: "es2022",
    absWorkingDir: root,
    logLevel: "error",
  });
  const files = new Map<string, Uint8Array>(
    outputFiles.map(({ path, contents }) => [path.split(/[\\/]/).pop() ?? "", contents]),
  );
  files.set(
    "",
    Buffer.from(
      `<!doctype html><title>nadir</title><script type="importmap">{"imports":{"highs":"./highs.mjs"}}</script><script type="module" src="page.js"></script>`,
    ),
  );
  const server = createServer(async (request, response) => {
    const name = new URL(request.url ?? "/", "http://localhost").pathname.slice(1);
    const contents = files.get(name) ?? (await runtimeFile(name));
    if (contents === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": types[name.split(".").pop() || "html"] ?? "application/octet-stream",
      ...(isolated
        ? {
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-embedder-policy": "require-corp",
          }
        : {}),
    });
    response.end(contents);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** ONNX Runtime's own files, which it asks for beside the script, and those of HiGHS. */
async function runtimeFile(name: string): Promise<Uint8Array | undefined> {
  if (/^highs\.(wasm|mjs)$/.test(name))
    return await readFile(`${root}node_modules/highs/build/${name}`);
  if (!/^ort-wasm[\w.-]*\.(wasm|mjs)$/.test(name)) return undefined;
  return await readFile(`${root}node_modules/onnxruntime-web/dist/${name}`);
}
