import { formatNumber } from "../../format.ts";
import type { Experiment, ExperimentOptions, ExperimentReport, Table } from "../experiment.ts";
import { type Comparison, compare, cut } from "./compare.ts";
import { type Labelled, threesAndFives, twoMoons, withFlips } from "./data.ts";
import { type SvcPeer, startSvc } from "./svcPeer.ts";

interface Arena {
  readonly name: string;
  readonly title: string;
  readonly gamma: number;
  readonly prices: readonly number[];
  /** The price of the hinge machine from which the ramp's procedure starts: C unless given. */
  readonly startC?: number;
  /** Chances that a training label is turned over. */
  readonly flips: readonly number[];
  /** Seeds, unless the user says how many. */
  readonly seeds: number;
  readonly draw: (seed: number) => { readonly train: Labelled; readonly test: Labelled };
}

async function arenas(kept: (name: string) => boolean): Promise<readonly Arena[]> {
  const list: Arena[] = [];
  if (kept("moons")) {
    list.push({
      name: "moons",
      title: "two moons, 1000 samples, 4000 to test; rbf kernel with γ = 2",
      ...{ gamma: 2, prices: [10, 1], flips: [0, 0.1, 0.2, 0.3], seeds: 5 },
      draw: (seed) => ({ train: twoMoons(1000, seed), test: twoMoons(4000, 1_000_000 + seed) }),
    });
  }
  if (kept("digits")) {
    const digits = await threesAndFives();
    list.push({
      name: "digits",
      title: `digits 3 against 5, ${digits.train.y.length} samples, ${digits.test.y.length} to test; rbf kernel with γ = 0.02`,
      ...{ gamma: 0.02, prices: [10, 1], flips: [0, 0.1, 0.2, 0.3, 0.4], seeds: 1 },
      draw: () => digits,
    });
    list.push({
      name: "digits",
      title: "the same digits, the ramp's procedure from the hinge machine of C = 0.1",
      ...{ gamma: 0.02, prices: [10, 1], flips: [0, 0.2, 0.4], seeds: 1, startC: 0.1 },
      draw: () => digits,
    });
  }
  return list;
}

async function run(
  { only, seeds, peers }: ExperimentOptions,
  report: (line: string) => void,
): Promise<ExperimentReport> {
  const kept = (name: string): boolean =>
    only === undefined || only.some((word) => name.startsWith(word));
  const svc = peers ? await startSvc() : "left out";
  const tables: Table[] = [];
  for (const arena of await arenas(kept))
    tables.push(await tableOf(arena, seeds ?? arena.seeds, svc, report));
  if (typeof svc !== "string") await svc[Symbol.asyncDispose]();
  const missing = typeof svc === "string" ? ` scikit-learn: ${svc}.` : "";
  const note = `Means over seeds. Both machines have the same C, kernel and free bias; hinge to a relative duality gap of 1e-6, ramp (cut at s = ${cut}) from it by the convex–concave procedure, the hinge solve counted in. SVC: scikit-learn's hinge machine at its own tolerance, 1e-3, on one thread; how far its objective is above ours, relatively. “Gave up”: share of the turned-over samples that have no weight left. “Truly wrong”: share of the cut-off samples whose label was turned over.${missing}`;
  return { tables: tables.map((table, i) => (i < tables.length - 1 ? table : { ...table, note })) };
}

async function tableOf(
  arena: Arena,
  seeds: number,
  svc: SvcPeer | string,
  report: (line: string) => void,
): Promise<Table> {
  const rows: (string | number | null)[][] = [];
  for (const C of arena.prices) {
    for (const flips of arena.flips) {
      report(`${arena.name}: C = ${C}, ${100 * flips} % of the labels turned over`);
      const found: Comparison[] = [];
      const peer: { readonly seconds: number; readonly excess: number }[] = [];
      for (let seed = 0; seed < seeds; seed++) {
        const { train, test } = arena.draw(1 + seed);
        const noisy = withFlips(train, flips, 5000 + seed);
        const ours = compare(noisy, test, C, arena.gamma, arena.startC);
        found.push(ours);
        const answer = typeof svc === "string" ? svc : await svc.fit(noisy, test, C, arena.gamma);
        if (typeof answer === "string") continue;
        const excess = answer.objective / ours.hinge.objective - 1;
        peer.push({ seconds: answer.seconds, excess });
      }
      const mean = (of: (one: Comparison) => number): number => average(found.map(of));
      const [hinge, ramp] = [
        mean((c) => c.hinge.supportVectors),
        mean((c) => c.ramp.supportVectors),
      ];
      rows.push([
        ...[C, 100 * flips, hinge, ramp, hinge / ramp],
        ...[mean((c) => 100 * c.hinge.error), mean((c) => 100 * c.ramp.error)],
        ...[orNothing(mean((c) => 100 * c.ramp.left)), orNothing(mean((c) => 100 * c.ramp.right))],
        mean((c) => c.ramp.rounds),
        found.every((c) => c.ramp.monotone) ? "yes" : "NO",
        verdicts(found.map((c) => c.ramp.verdict)),
        ...[mean((c) => c.hinge.seconds), mean((c) => c.ramp.seconds)],
        peer.length === 0 ? null : average(peer.map((one) => one.seconds)),
        peer.length === 0 ? null : average(peer.map((one) => one.excess)),
      ]);
    }
  }
  return {
    title: `${arena.title}; ${seeds} ${seeds === 1 ? "seed" : "seeds"}`,
    columns: [
      ...["C", "flipped %", "SVs hinge", "ramp", "ratio", "error % hinge", "ramp"],
      ...["gave up %", "truly wrong %", "rounds", "monotone", "verdict of ramp"],
      ...["seconds hinge", "ramp", "SVC", "SVC above hinge"],
    ],
    rows,
    show: (value, column) => {
      if (column === 2 || column === 3) return value.toFixed(0);
      if (column === 5 || column === 6) return value.toFixed(2);
      if (column >= 7 && column <= 9) return value.toFixed(1);
      return column === 4 ? value.toFixed(1) : formatNumber(value);
    },
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const orNothing = (value: number): number | null => (Number.isNaN(value) ? null : value);

function verdicts(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}

/** Support vector machines on labels of which some are wrong: the hinge loss against the ramp loss. */
export const robust: Experiment = { name: "robust", run };
