import { unpackAnswers } from "../../../src/studio/archive.ts";
import type { Problem } from "../../../src/studio/protocol.ts";
import { encodeJson } from "../../../src/studio/wire.ts";

/** Answers that stand in the page, in the server's place. */
export interface EmbeddedAnswers {
  /** @param asked - as the server is asked, without `/api/` */
  answer(method: string, asked: string): Response;
  /** Where an answer can be downloaded from. */
  urlOf(asked: string): string | undefined;
}

/** Reads what `nadir export --html` wrote into the page: base64 of a gzip of answers. */
export async function embeddedAnswers(): Promise<EmbeddedAnswers> {
  const text = document.querySelector("script[data-runs]")?.textContent ?? "";
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const answers = unpackAnswers(new Uint8Array(await new Response(stream).arrayBuffer()));
  const urls = new Map<string, string>();
  return {
    answer: (method, asked) => {
      if (method !== "GET") return problem(403, readOnly);
      const found = answers.get(nameOf(asked));
      // A copy: the pages take an answer for bytes of its own.
      return found === undefined ? problem(404, notHere) : new Response(found.slice());
    },
    urlOf: (asked) => {
      const found = answers.get(asked);
      if (found === undefined) return undefined;
      let url = urls.get(asked);
      if (url === undefined) {
        // Of no type that a browser would show: it is to be saved.
        url = URL.createObjectURL(new Blob([found.slice()], { type: "application/octet-stream" }));
        urls.set(asked, url);
      }
      return url;
    },
  };
}

/**
 * What an answer is called. Of what is asked beside the path only the name of a series and the path of params count: the file
 * holds one view of each.
 */
function nameOf(asked: string): string {
  const { pathname, searchParams } = new URL(asked, "file:///");
  const path = pathname.slice(1);
  if (path.endsWith("/series")) return `${path} ${searchParams.get("name")}`;
  return path.endsWith("/tensor") ? `${path} ${searchParams.get("path")}` : path;
}

const problem = (status: number, told: Problem): Response =>
  new Response(encodeJson(told), { status });

const readOnly: Problem = {
  code: "studio/read-only",
  message: "this is a file: nothing in it can be changed",
};
const notHere: Problem = {
  code: "studio/not-in-file",
  message: "this file does not hold that",
  hint: "nadir studio, where the runs are",
};
