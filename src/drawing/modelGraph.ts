import type { Mark, Scene } from "./scene.ts";
import { plain, type Style } from "./style.ts";

/** A layer as a node: how large, where its values come from, and what is written in it. */
export interface ModelNode {
  readonly name: string;
  readonly parameters: number;
  /** Positions of the layers that values come from; −1 for the batch. */
  readonly from: readonly number[];
  /** Share of the time of a step, in [0, 1], where it was measured. */
  readonly share?: number | undefined;
  /** False for what a search left out: drawn faint. */
  readonly isFound?: boolean;
}

/** Ranks of layers in the picture at most. */
const MOST_RANKS = 300;

/**
 * How far each layer is from the batch, by the longest way: values go downwards.
 *
 * @returns 0 for what the batch enters first, or nothing enters
 */
export function ranksOf(nodes: readonly Pick<ModelNode, "from">[]): number[] {
  const ranks: number[] = [];
  for (const [i, { from }] of nodes.entries()) {
    // A layer that is used twice may get values from one that stands after it: that is no way on.
    const before = from.filter((origin) => origin >= 0 && origin < i);
    ranks.push(Math.max(-1, ...before.map((origin) => ranks[origin]!)) + 1);
  }
  return ranks;
}

/**
 * A network as a picture: a box for each layer, its area in proportion to its params, joined as values go. Shaded by the share of
 * the time where that was measured, and left blank where it was not.
 */
export function modelScene(nodes: readonly ModelNode[], style: Style = plain, width = 720): Scene {
  const { fontSize: em, ink, faint, axis, paper, grid, curves } = style;
  const ranks = ranksOf(nodes);
  const shown = nodes.map((_, i) => i).filter((i) => ranks[i]! < MOST_RANKS);
  const most = Math.max(1, ...nodes.map(({ parameters }) => parameters));
  const perRank = new Map<number, number[]>();
  for (const i of shown) perRank.set(ranks[i]!, [...(perRank.get(ranks[i]!) ?? []), i]);
  const widest = Math.max(1, ...[...perRank.values()].map(({ length }) => length));
  const [row, cell] = [4.4 * em, (width - 2 * em) / widest];
  // Twice as wide as high, so that the area is what is compared.
  const largest = Math.min(2.6 * em, 0.35 * cell);
  const middles = new Map<number, readonly [x: number, y: number]>();
  const halves = new Map<number, number>();
  for (const [rank, members] of perRank) {
    members.forEach((i, at) => {
      const x = width / 2 + (at - (members.length - 1) / 2) * cell;
      middles.set(i, [x, 2 * em + (rank + 0.5) * row]);
      halves.set(i, Math.max(1.5, (largest * Math.sqrt(nodes[i]!.parameters / most)) / 2));
    });
  }
  const text = (x: number, y: number, words: string, more: object = {}): Mark => ({
    ...{ shape: "text", x, y, text: words, fill: faint, anchor: "middle", ...more },
  });
  const edges = shown.flatMap((i): Mark[] => {
    const [x, y] = middles.get(i)!;
    const top = y - halves.get(i)!;
    return nodes[i]!.from.flatMap((origin): Mark[] => {
      const start = origin < 0 ? ([width / 2, 1.4 * em] as const) : middles.get(origin);
      if (start === undefined) return [];
      const below = start[1] + (origin < 0 ? 0 : halves.get(origin)!);
      const passes = origin >= 0 && ranks[i]! - ranks[origin]! > 1;
      // Past other layers in an arc beside them.
      const bend = passes ? largest + 3 * em : 0;
      const d = passes
        ? `M${start[0]} ${below}C${start[0] - bend} ${below + 0.3 * row} ${x - bend} ${top - 0.3 * row} ${x} ${top}`
        : `M${start[0]} ${below}L${x} ${top}`;
      return [{ shape: "path", d, stroke: axis, width: 1 }];
    });
  });
  const boxes = shown.flatMap((i): Mark[] => {
    const { name, share, isFound = true } = nodes[i]!;
    const [x, y] = middles.get(i)!;
    const half = halves.get(i)!;
    const d = `M${x - 2 * half} ${y - half}h${4 * half}v${2 * half}h${-4 * half}Z`;
    const room = Math.floor((cell / 2 - 2 * half) / (0.55 * em));
    const words = name.length > room ? `${name.slice(0, Math.max(1, room - 1))}…` : name;
    return [
      { shape: "path", d, fill: paper },
      {
        ...{ shape: "path", d, stroke: isFound ? ink : grid, width: isFound ? 1.5 : 1 },
        ...(share !== undefined && { fill: curves[0]!, opacity: 0.1 + 0.8 * share }),
      },
      text(x + 2 * half + 0.5 * em, y + 0.35 * em, words, {
        ...{ anchor: "start", fill: isFound ? ink : axis },
      }),
    ];
  });
  const ranksShown = Math.max(0, ...shown.map((i) => ranks[i]! + 1));
  const height = 2 * em + ranksShown * row + em;
  const marks = [text(width / 2, 1.1 * em, "batch"), ...edges, ...boxes];
  return { width, height, paper, fontSize: em, marks };
}
