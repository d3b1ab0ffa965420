import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Finish, Grid } from "../kernel/protocol.ts";
import { reached } from "./clock.ts";
import type { RaceModel } from "./model.ts";
import { racerColour, racerDashes } from "./palette.ts";

const size = { width: 420, height: 210, left: 44, right: 10, top: 10, bottom: 26 } as const;

/** Loss against price or iterations, both on logarithmic axes: how far each is above the lowest value that anybody saw. */
export function Curves({ race }: { readonly race: RaceModel }): JSX.Element {
  const along = useSignal<"gradients" | "iterations">("gradients");
  const { racers } = race.settings.value;
  const finishes = race.finishes.value;
  const scale = scaleOf(finishes, along.value, race.grid.value);
  const clock = race.clock.value;
  return (
    <figure class="play-curves">
      <svg viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={told(race)}>
        {scale.decades.map((decade) => (
          <g key={decade}>
            <line
              class="play-grid"
              x1={size.left}
              x2={size.width - size.right}
              y1={scale.y(10 ** decade)}
              y2={scale.y(10 ** decade)}
            />
            <text
              class="play-label"
              x={size.left - 4}
              y={scale.y(10 ** decade) + 4}
              text-anchor="end"
            >
              {powerOf(decade)}
            </text>
          </g>
        ))}
        {scale.xTicks.map((x) => (
          <text key={x} class="play-label" x={scale.x(x)} y={size.height - 10} text-anchor="middle">
            {x < 1000 ? x : `${x / 1000}k`}
          </text>
        ))}
        {finishes.map((finish, i) =>
          finish === undefined ? null : (
            <path
              key={`${i}${racers[i]?.method}`}
              class="play-line"
              style={{ stroke: racerColour(i) }}
              stroke-dasharray={racerDashes[i]}
              d={lineOf(finish, reached(finish, clock), scale, along.value)}
            />
          ),
        )}
      </svg>
      <figcaption class="quiet">
        loss above the lowest seen ({Number(scale.lowest.toPrecision(5))}), by{" "}
        <button
          type="button"
          class="play-small"
          aria-pressed={along.value === "iterations"}
          onClick={() => {
            along.value = along.value === "gradients" ? "iterations" : "gradients";
          }}
        >
          {along.value === "gradients" ? "price in gradients" : "iterations"}
        </button>
      </figcaption>
    </figure>
  );
}

const lesser = (a: number, b: number): number => Math.min(a, b);
const greater = (a: number, b: number): number => Math.max(a, b);

interface CurveScale {
  readonly lowest: number;
  readonly decades: readonly number[];
  readonly xTicks: readonly number[];
  readonly x: (value: number) => number;
  readonly y: (above: number) => number;
}

const alongOf = (finish: Finish, along: "gradients" | "iterations"): number =>
  along === "gradients" ? (finish.spent.at(-1) ?? 0) : finish.spent.length - 1;

function scaleOf(
  finishes: readonly (Finish | undefined)[],
  along: "gradients" | "iterations",
  grid: Grid | undefined,
): CurveScale {
  const ground = grid?.values.filter(Number.isFinite) ?? new Float64Array();
  const [low, high] = [ground.reduce(lesser, Infinity), ground.reduce(greater, -Infinity)];
  // Of a function without a lower bound, what falls deeper than the map is high runs off the picture.
  const deepest = high > low ? low - (high - low) : -Infinity;
  let [lowest, highest, longest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 10];
  for (const finish of finishes) {
    if (finish === undefined) continue;
    longest = Math.max(longest, alongOf(finish, along));
    for (const value of finish.values) {
      if (Number.isNaN(value)) continue;
      lowest = Math.min(lowest, Math.max(value, deepest));
      if (value < Infinity) highest = Math.max(highest, value);
    }
  }
  if (!(lowest <= highest && lowest > -Infinity)) [lowest, highest] = [0, 1];
  const most = Math.ceil(Math.log10(Math.max(1e-10, Math.min(1e12, highest - lowest))));
  const least = most - 14;
  const [from, to] = [size.height - size.bottom, size.top];
  const [begin, end] = [size.left, size.width - size.right];
  return {
    lowest,
    decades: [0, 2, 4, 6, 8, 10, 12, 14].map((n) => least + n).filter((_, i) => i % 2 === 1),
    xTicks: [1, 10, 100, 1000, 10_000].filter((x) => x <= longest),
    x: (value) => begin + ((end - begin) * Math.log1p(value)) / Math.log1p(longest),
    y: (above) => {
      const decade = Math.log10(Math.max(above, 10 ** least));
      return from + (to - from) * Math.min(1, (decade - least) / (most - least));
    },
  };
}

/** The curve up to a point, at one place in each pixel. */
function lineOf(
  { values, spent }: Finish,
  count: number,
  { x, y, lowest }: CurveScale,
  along: "gradients" | "iterations",
): string {
  const parts: string[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const px = x(along === "gradients" ? spent[i]! : i);
    if (px - last < 0.8 && i < count - 1) continue;
    const above = values[i]! - lowest;
    const py = Number.isNaN(above) ? size.top : y(above);
    parts.push(`${parts.length === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`);
    last = px;
  }
  return parts.join("");
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const powerOf = (decade: number): string =>
  `10${decade < 0 ? "⁻" : ""}${Array.from(String(Math.abs(decade)), (digit) => superscripts[Number(digit)]).join("")}`;

/** The curves in words. */
function told(race: RaceModel): string {
  const { racers } = race.settings.value;
  const lines = race.finishes.value.flatMap((finish, i) => {
    if (finish === undefined) return [];
    const [first = Number.NaN] = finish.values;
    return [
      `${racers[i]?.method ?? ""} from ${first.toPrecision(3)} to ${finish.value.toPrecision(3)} for ${Math.round(finish.spent.at(-1) ?? 0)} gradients`,
    ];
  });
  return `Loss against price: ${lines.join("; ")}`;
}
