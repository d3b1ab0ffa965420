/** How a run's line is drawn wherever it is: a run keeps its colour. */
export interface LineStyle {
  /** 0 … 7: `var(--series-N)`, and the class `series-N`. */
  readonly colour: number;
  /** Beyond eight runs the pattern tells them apart: lengths of dash and gap, [] for a whole line. */
  readonly dash: readonly number[];
}

const STORED = "nadir.colours";
const MOST = 500;
const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

/** The order in which runs first needed a colour, kept by this browser. */
const order: string[] = readOrder();

/** The colour and pattern of a run. */
export function lineStyle(run: string): LineStyle {
  let at = order.indexOf(run);
  if (at < 0) {
    at = order.push(run) - 1;
    if (order.length > MOST) {
      // The colours of the others must not move: whole rounds are dropped.
      order.splice(0, 8 * dashes.length);
      at = order.length - 1;
    }
    localStorage.setItem(STORED, JSON.stringify(order));
  }
  return { colour: at % 8, dash: dashes[Math.floor(at / 8) % dashes.length] ?? [] };
}

function readOrder(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(kept) ? kept.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}
