import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../base/packageRoot.ts";

/** A studio in a process of its own, beside a run that goes on. */
export interface StudioBeside {
  /** The page of the run, once the studio is ready; undefined where it ended before. */
  readonly link: Promise<string | undefined>;
  /** Settles when it has ended: by Ctrl-C, which the whole terminal hears, or by `end`. */
  readonly ended: Promise<void>;
  end(): void;
}

/** Starts `nadir studio RUN`, which opens a browser where there is one, and ends with this process, however that ends. */
export function startStudioBeside(run: string, store: string, cwd: string): StudioBeside {
  const program = fileURLToPath(new URL("dist/cli/main.js", packageRoot));
  const words = ["studio", run, "--store", store, "--json"];
  const child = spawn(process.execPath, [program, ...words], {
    cwd,
    // The channel is closed when either of the two is gone, and nothing is said on it.
    stdio: ["ignore", "pipe", "ignore", "ipc"],
  });
  child.channel?.unref();
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
  const ready = new Promise<string>((resolve) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      if (!text.includes("\n")) return;
      const { url } = JSON.parse(text) as { url: string }; // the result of `nadir studio --json`
      resolve(url);
    });
  });
  return {
    link: Promise.race([ready, ended.then(() => undefined)]),
    ended,
    end: () => child.kill("SIGTERM"),
  };
}
