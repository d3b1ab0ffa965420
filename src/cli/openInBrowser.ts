import { spawn } from "node:child_process";

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
