import type { JSX } from "preact";
import { hello } from "../data/live.ts";

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Said above the pages of a file that holds its runs: that they are as they were, and what of them is there. */
export function FileBanner(): JSX.Element | null {
  const about = hello.value;
  if (about?.file === undefined) return null;
  const { made, buckets } = about.file;
  return (
    <aside class="file-banner" aria-label="About this file">
      These runs are as they were on {when.format(made)}, written by nadir {about.version} into this
      file; nothing here can be changed.
      {buckets === undefined
        ? ""
        : ` A curve of more than ${buckets.toLocaleString()} points is here as the first, lowest, highest and last of each stretch.`}
    </aside>
  );
}
