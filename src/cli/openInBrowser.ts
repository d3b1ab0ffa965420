import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long a browser may take to read the file that sends it to the studio. */
const OPENING_MS = 60_000;

/**
 * A file that sends a browser to the studio. The link holds the token, and the arguments of a process
 * are for all users of a machine to read: so the browser is started with this file, which is ours alone.
 */
export function handOver(url: string): Disposable & { readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), "nadir-studio-"));
  const file = join(folder, "open.html");
  const page = `<!doctype html><meta charset="utf-8"><title>nadir studio</title>
<meta http-equiv="refresh" content="0; url=${url}">`;
  writeFileSync(file, page, { mode: 0o600 });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const timer = setTimeout(remove, OPENING_MS);
  return {
    file,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      remove();
    },
  };
}

/** Opens a file in the user's browser. @returns whether something was there to open it */
export async function openInBrowser(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const [program, words] =
    process.platform === "darwin"
      ? ["open", [file]]
      : process.platform === "win32"
        ? ["explorer.exe", [file]]
        : ["xdg-open", [file]];
  // Without a screen, xdg-open starts a browser in the terminal, over what is written there.
  const screen = env["DISPLAY"] ?? env["WAYLAND_DISPLAY"];
  if (program === "xdg-open" && (screen === undefined || screen === "")) return false;
  const child = spawn(program, words, { stdio: "ignore", detached: true });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
