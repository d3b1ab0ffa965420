import { assetUrl } from "../app/router.ts";

/** The kernel's text, where it stands in the page itself: a single file has no file beside it. */
const within = (): string | undefined =>
  document.querySelector("script[data-kernel]")?.textContent ?? undefined;

/** Starts a worker with all that computes: from the file beside the pages, or out of this page. */
export function startKernel(): Worker {
  const text = within();
  if (text === undefined) return new Worker(assetUrl("kernel.js"));
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(url);
  // The worker has read it by its first word.
  worker.addEventListener("message", () => URL.revokeObjectURL(url), { once: true });
  return worker;
}
