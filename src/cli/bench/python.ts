import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { packageRoot } from "../../base/packageRoot.ts";

/** Pythons to try, in this order. */
export function pythons(): readonly string[] {
  const { NADIR_PYTHON: named } = process.env;
  return [...new Set([...(named ? [named] : []), "python3", "/usr/bin/python3"])];
}

const run = promisify(execFile);

/**
 * What a script of `bench/peers` prints, by the first Python that imports what it needs.
 *
 * @returns its output, or in one sentence why there is none
 */
export async function outputOf(
  script: string,
  module: string,
  args: readonly string[] = [],
): Promise<{ readonly output: string } | { readonly missing: string }> {
  const file = fileURLToPath(new URL(`bench/peers/${script}`, packageRoot));
  if (!existsSync(file)) return { missing: `${script} is not in this installation` };
  for (const python of pythons()) {
    try {
      const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
      const { stdout } = await run(python, [file, ...args], { env, timeout: 120_000 });
      return { output: stdout };
    } catch (error) {
      const said = String((error as Error).message); // execFile rejects with an Error
      if (!/No module named|ENOENT/.test(said))
        return { missing: said.trim().split("\n").at(-1) ?? said };
    }
  }
  return {
    missing: `no Python here has ${module} (tried ${pythons().join(", ")}; NADIR_PYTHON names another)`,
  };
}
