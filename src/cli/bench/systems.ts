import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../../base/packageRoot.ts";
import type { BenchCase } from "./case.ts";
import { pythons } from "./python.ts";
import { type Session, startSession } from "./session.ts";

/** Something that can be timed, and how to start it. */
export interface System {
  readonly name: string;
  readonly license: string;
  /** The kinds of case it has a part in; on others it has no row. */
  readonly kinds: readonly BenchCase["kind"][];
  /** Thread counts to try: the best is reported. */
  readonly threads: readonly number[];
  /** Whether its variants compete for one row, or have one row each. */
  readonly rows: "best" | "each";
  /** @returns a session, or in one sentence why the system is missing */
  start(threads: number): Promise<Session | string>;
}

/** One thread, and as many as there are cores. */
export const oneAndAll = (): readonly number[] => [...new Set([1, cpus().length])];

/**
 * A system in a Node process of its own: a module in `peers/` that calls `serve`.
 *
 * @param module - its file's name without extension
 */
export function nodeSystem(module: string, about: Omit<System, "start">): System {
  // From the sources or from the built package, as this file is.
  const [folder, extension] = import.meta.url.endsWith(".ts") ? ["src", "ts"] : ["dist", "js"];
  const place = `${folder}/cli/bench/peers/${module}.${extension}`;
  const file = fileURLToPath(new URL(place, packageRoot));
  return {
    ...about,
    start: (threads) =>
      startSession({ command: process.execPath, args: [file], env: environment(threads) }),
  };
}

/** A system in a Python process of its own: a script in `bench/peers`, by the first Python that imports what it needs. */
function pythonSystem(script: string, about: Omit<System, "start">): System {
  const file = fileURLToPath(new URL(`bench/peers/${script}`, packageRoot));
  return {
    ...about,
    async start(threads) {
      if (!existsSync(file)) return `${script} is not in this installation`;
      const tried: string[] = [];
      for (const python of pythons()) {
        const env = environment(threads);
        const session = await startSession({ command: python, args: [file], env });
        if (typeof session !== "string") return session;
        if (!/No module named|ENOENT/.test(session)) return session;
        tried.push(python);
      }
      const module = about.name.toLowerCase();
      return `no Python here has ${module} (tried ${tried.join(", ")}; NADIR_PYTHON names another)`;
    },
  };
}

/** A fair environment: this many threads, which sleep while they wait, and the BLAS of a user's machine. */
export function environment(threads: number): Readonly<Record<string, string | undefined>> {
  const count = String(threads);
  return {
    // Some machines set these for old builds; they halve a current OpenBLAS.
    OPENBLAS_CORETYPE: undefined,
    OPENBLAS_L2_SIZE: undefined,
    // Without it two OpenMP threads that spin are slower than one.
    OMP_WAIT_POLICY: "passive",
    OMP_NUM_THREADS: count,
    OPENBLAS_NUM_THREADS: count,
    MKL_NUM_THREADS: count,
    NADIR_BENCH_THREADS: count,
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** The peers that nadir is compared with. One that is not installed is a row that says so. */
export function peers(): readonly System[] {
  return [
    pythonSystem("torch_peer.py", {
      name: "PyTorch",
      license: "BSD-3-Clause",
      kinds: ["step", "epochs", "curvature"],
      threads: oneAndAll(),
      rows: "best",
    }),
    pythonSystem("jax_peer.py", {
      name: "JAX",
      license: "Apache-2.0",
      kinds: ["step", "epochs", "curvature"],
      threads: oneAndAll(),
      rows: "best",
    }),
    nodeSystem("jaxjs", {
      name: "jax-js",
      license: "MIT",
      kinds: ["step", "epochs"],
      threads: [1],
      rows: "best",
    }),
    nodeSystem("tfjs", {
      name: "tfjs",
      license: "Apache-2.0",
      kinds: ["step", "epochs"],
      threads: [1],
      rows: "best",
    }),
    pythonSystem("sklearn_peer.py", {
      name: "sklearn",
      license: "BSD-3-Clause",
      kinds: ["sparse", "svm"],
      threads: [1],
      rows: "best",
    }),
    pythonSystem("scipy_peer.py", {
      name: "SciPy",
      license: "BSD-3-Clause",
      kinds: ["solve", "collection", "profiles"],
      threads: oneAndAll(),
      rows: "each",
    }),
  ];
}
