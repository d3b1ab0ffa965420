import { readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";
import { NadirError } from "../base/errors.ts";

/** A file of the studio's own, ready to be sent. */
export interface PageFile {
  readonly type: string;
  /** Whether its name changes with its content. */
  readonly hashed: boolean;
  readonly bytes: Uint8Array;
  readonly gzip: Uint8Array;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
};

/** Paths of views: each is answered with the page, which draws the view. */
const views = /^\/(?:|play|compare|run\/[a-z0-9]{1,16}(?:\/compress)?|sweep\/[a-z0-9-]{1,32})$/;

/**
 * The studio's pages: a table of the files that its folder held when the server started. A path that
 * a client sends is looked up in it and never reaches the file system.
 */
export class Pages {
  readonly #files = new Map<string, string>();
  readonly #read = new Map<string, PageFile>();

  /** @throws NadirError `studio/pages` if the folder holds no pages */
  constructor(folder: string) {
    for (const file of filesIn(folder)) {
      if (types[extname(file)] === undefined) continue;
      this.#files.set(`/${relative(folder, file).split(sep).join("/")}`, file);
    }
    if (!this.#files.has("/index.html")) {
      throw new NadirError("studio/pages", `the studio's pages are not in ${folder}`, {
        hint: "npm run build, in a copy of the sources",
      });
    }
  }

  /** The file for a path as the client wrote it; undefined if it is none of ours. */
  find(path: string): PageFile | undefined {
    const name = views.test(path) ? "/index.html" : path;
    const file = this.#files.get(name);
    if (file === undefined) return undefined;
    let found = this.#read.get(name);
    if (found === undefined) {
      const type = types[extname(file)] ?? "";
      const bytes = name === "/index.html" ? absolute(readFileSync(file)) : readFileSync(file);
      const hashed = /-[A-Z0-9]{8}\.\w+$/.test(name);
      found = { type, bytes, hashed, gzip: gzipSync(bytes, { level: 6 }) };
      this.#read.set(name, found);
    }
    return found;
  }
}

/** The page stands under many paths, so its files are named from the root; in the folder they are beside it. */
const absolute = (page: Buffer): Buffer =>
  Buffer.from(page.toString("utf8").replace(/(href|src)="\.\//g, '$1="/'));

function filesIn(folder: string): string[] {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(folder);
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : [];
  });
}

const list = (folder: string) => readdirSync(folder, { withFileTypes: true });
