import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A source of one line at a path in src/, and the lint rule that it breaks, if any. */
type Sketch = readonly [path: string, line: string, rule: string];

/** The rules broken in each sketch's file, by this project's lint configuration. */
function lint(sketches: readonly Sketch[]): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), "nadir-lint-"));
  try {
    const { vcs: _, ...config } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
    writeFileSync(join(folder, "biome.json"), JSON.stringify(config));
    for (const file of ["biome.layers.json", "studio/noHtml.grit"])
      cpSync(join(root, file), join(folder, file));
    const files = sketches.map(([path], i) => path.replace("sketch", `sketch${i}`));
    for (const [i, [, line]] of sketches.entries()) {
      const file = join(folder, files[i] ?? "");
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${line}\n`);
    }
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const args = [biome, "lint", "--reporter=github", "--max-diagnostics=none", "."];
    const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    const broken = [...stdout.matchAll(/title=lint\/\w+\/(\w+),file=([^,]+),/g)];
    return files.map((file) =>
      broken.filter(([, , path]) => path?.endsWith(file)).map(([, rule = ""]) => rule),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("the lint configuration", () => {
  const layer = "noRestrictedImports";
  const refused: readonly Sketch[] = [
    ["src/array/sketch.ts", 'import { fit } from "../training/fit.ts";', layer],
    ["src/array/primitives/sketch.ts", 'import { fit } from "../../training/fit.ts";', layer],
    ["src/array/primitives/sketch.ts", 'await import("../../training/fit.ts");', layer],
    ["src/methods/rules/sketch.ts", 'import { lbfgs } from "../solvers/lbfgs.ts";', layer],
    ["src/diagnosis/sketch.ts", 'import { fit } from "../training/fit.ts";', layer],
    ["src/runs/sketch.ts", 'import { say } from "../cli/output.ts";', layer],
    ["src/linalg/sketch.ts", 'import { minimize } from "nadir";', layer],
    ["src/runtime/onnx/sketch.ts", 'import "onnxruntime-node";', layer],
    ["src/diagnosis/sketch.ts", 'import { readFileSync } from "node:fs";', "noNodejsModules"],
    ["src/models/sketch.ts", 'await import("node:fs");', "noNodejsModules"],
    ["src/runtime/js/sketch.ts", "export const pid = process.pid;", "noRestrictedGlobals"],
    ["src/methods/sketch.ts", "export const now = Date.now();", "noRestrictedGlobals"],
  ];
  const admitted: readonly Sketch[] = [
    ["src/training/sketch.ts", 'import { mapTree } from "../array/tree.ts";', layer],
    ["src/training/sketch.ts", 'import type { Verdict } from "../diagnosis/verdict.ts";', layer],
    ["src/methods/solvers/sketch.ts", 'import { adam } from "../rules/adam.ts";', layer],
    ["src/array/sketch.test.ts", 'import { compile } from "../runtime/js/compile.ts";', layer],
    ["src/runtime/onnx/nodesketch.ts", 'import "onnxruntime-node";', layer],
    ["src/runtime/onnx/nodesketch.ts", 'import "node:fs";', "noNodejsModules"],
    ["src/runs/sketch.ts", 'import "node:fs";', "noNodejsModules"],
  ];
  const found = lint([...refused, ...admitted]);

  test.for(refused.map((sketch, i) => [...sketch, found[i] ?? []] as const))(
    "refuses in %s: %s (%s)",
    ([, , rule, broken]) => {
      expect(broken).toContain(rule);
    },
  );

  test.for(admitted.map((sketch, i) => [...sketch, found[refused.length + i] ?? []] as const))(
    "admits in %s: %s (%s)",
    ([, , rule, broken]) => {
      expect(broken).not.toContain(rule);
    },
  );
});
