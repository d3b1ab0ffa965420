// A page as one file: script and style stand in it, and its own policy allows exactly those.
import { createHash } from "node:crypto";

/** What every page of the project's that has a policy of its own begins with. */
export const head = (title, policy) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="data:," />
    <title>${title}</title>
`;

/** Nothing but what is named beside it. */
export const always = [
  "default-src 'none'",
  "img-src data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
];

/** A script's text may not hold what ends it. */
const within = (text) => text.replaceAll("</script", "<\\/script");
const hashOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * @param outputFiles - of a build with `write: false`
 * @param workers - texts of workers by name; a worker has the policy of the page whose text it is made of
 * @param compiles - whether a worker may compile what it is given
 * @param more - what stands before the script
 */
export function singlePage({ title, outputFiles, workers, compiles = false, more = "" }) {
  const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text;
  const [script, style] = [
    within(textOf(".js")),
    textOf(".css").replace(/\/\*# source.*?\*\//g, ""),
  ];
  const allowed = compiles ? " 'unsafe-eval' blob:" : " blob:";
  const policy = [
    ...[...always, `script-src ${hashOf(script)}${allowed}`, "worker-src blob:"],
    `style-src ${hashOf(style)}`,
  ];
  const texts = Object.entries(workers).map(
    ([name, text]) => `<script type="text/plain" data-worker="${name}">${within(text)}</script>`,
  );
  return `${head(title, policy)}    <style>${style}</style>
  </head>
  <body>
    <div id="studio"></div>
    ${texts.join("\n    ")}
    ${more}<script>${script}</script>
  </body>
</html>
`;
}
