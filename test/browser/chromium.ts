import { accessSync, constants } from "node:fs";

/** Where Debian, Ubuntu, Fedora, macOS and Windows put a Chromium. */
const usual = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/**
 * A Chromium to run pages in: the one that CHROME_PATH names, or the first that is where it usually is.
 *
 * @throws Error if CHROME_PATH names none
 */
export function findChromium(): string | undefined {
  const { CHROME_PATH: named } = process.env;
  if (named !== undefined && named !== "") {
    if (!isProgram(named)) throw new Error(`CHROME_PATH is ${named}: no program is there`);
    return named;
  }
  return usual.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Without a screen, without a sandbox (which a container's root cannot have), and without a word to any host. */
export const quietFlags: readonly string[] = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
