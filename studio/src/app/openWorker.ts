import { assetUrl } from "./router.ts";

/**
 * Starts a worker: from the file beside the pages, or out of this page, where its text stands in it (`<script data-worker="NAME">`): a
 * single file has no file beside it.
 */
export function openWorker(name: string): Worker {
  const text = document.querySelector(`script[data-worker="${name}"]`)?.textContent;
  if (text == null) return new Worker(assetUrl(`${name}.js`));
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const worker = new Worker(url);
  // The worker has read it by its first word.
  worker.addEventListener("message", () => URL.revokeObjectURL(url), { once: true });
  return worker;
}
