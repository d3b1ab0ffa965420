import { cpSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { internal, NadirError } from "../base/errors.ts";
import { packageRoot } from "../base/packageRoot.ts";
import { fileError } from "../runs/atomicFile.ts";
import type { Output } from "./output.ts";

/** What was written, and where to begin looking at it. */
interface Written {
  readonly kind: "folder" | "file";
  readonly path: string;
}

/**
 * Writes the playground: as a folder that any web server can serve from any place, or, where `out` ends in `.html`, as one
 * file that a browser opens without a server.
 *
 * @throws NadirError `export/play` for a folder that is a file; file errors with the path
 */
export function writePlayground(out: string, cwd: string): Written {
  const path = resolve(cwd, out);
  const single = /\.html?$/i.test(path);
  const built = fileURLToPath(new URL(single ? "dist/play.html" : "dist/play", packageRoot));
  if (!existsSync(built)) throw internal(`${built} was not built`);
  if (!single && existsSync(path) && !statSync(path).isDirectory()) {
    throw new NadirError("export/play", `${out} is a file`, {
      expected: "a folder for the pages, or a name that ends in .html for one file",
    });
  }
  try {
    mkdirSync(single ? dirname(path) : path, { recursive: true });
    cpSync(built, path, { recursive: true });
  } catch (cause) {
    throw fileError(`writing the playground to ${path}`, cause);
  }
  return { kind: single ? "file" : "folder", path };
}

/** Tells where the playground was written, and how it is opened. */
export function tellPlayground({ kind, path }: Written, output: Output): void {
  const text =
    kind === "file"
      ? `${path}\n  open it in a browser: it needs no server, and reaches none`
      : `${join(path, "index.html")}\n  serve the folder from anywhere: nothing in it depends on its address`;
  output.result(text, { schema: "nadir.export/1", play: kind, files: [path] });
}
