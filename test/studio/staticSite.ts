import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  css: "text/css",
};

/** A folder on this machine, as any web server would give it. */
export interface StaticSite extends AsyncDisposable {
  readonly url: string;
}

/**
 * Serves a folder below a path, on the loopback address.
 *
 * @param headers - of single files, by name
 */
export async function serveFolder(
  folder: string,
  headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<StaticSite> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = normalize(pathname).replace(/^\/some\/place\//, "") || "index.html";
    try {
      const contents = await readFile(join(folder, name));
      const type = types[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, ...headers[name] });
      response.end(contents);
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${port}/some/place/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
