import type { JSX } from "preact";
import { ticks } from "../parts/ticks.ts";
import type { NetworkModel } from "./model.ts";

const size = { width: 420, height: 190, left: 44, right: 10, top: 10, bottom: 24 } as const;

/** Training and test loss by epoch, on a logarithmic axis. */
export function LossCurves({ network }: { readonly network: NetworkModel }): JSX.Element {
  const history = network.history.value;
  const epochs = Math.max(1, network.settings.value.epochs);
  const all = history.flatMap(([, loss, test]) => [loss, test]).filter((v) => v > 0 && v < 1e9);
  const [low, high] = [Math.min(0.5, ...all), Math.max(1, ...all)].map(Math.log10);
  const x = (epoch: number): number =>
    size.left + ((size.width - size.left - size.right) * epoch) / epochs;
  const y = (loss: number): number => {
    const place = (Math.log10(Math.max(loss, 1e-12)) - low!) / (high! - low!);
    const from = size.height - size.bottom;
    return from + (size.top - from) * Math.min(1, Math.max(0, place));
  };
  const line = (which: 1 | 2): string =>
    history
      .filter((point) => Number.isFinite(point[which]))
      .map(
        (point, i) =>
          `${i === 0 ? "M" : "L"}${x(point[0]).toFixed(1)} ${y(point[which]).toFixed(1)}`,
      )
      .join("");
  const last = history.at(-1);
  const decades = [-6, -5, -4, -3, -2, -1, 0, 1, 2].filter((d) => d >= low! && d <= high!);
  return (
    <figure class="play-curves">
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={
          last === undefined
            ? "Loss by epoch: nothing yet"
            : `Loss by epoch: training ${last[1].toPrecision(3)}, test ${last[2].toPrecision(3)} after ${Math.round(last[0])} epochs`
        }
      >
        {decades.map((decade) => (
          <g key={decade}>
            <line
              class="play-grid"
              x1={size.left}
              x2={size.width - size.right}
              y1={y(10 ** decade)}
              y2={y(10 ** decade)}
            />
            <text class="play-label" x={size.left - 4} y={y(10 ** decade) + 4} text-anchor="end">
              {Number((10 ** decade).toPrecision(1))}
            </text>
          </g>
        ))}
        {ticks(0, epochs).map((epoch) => (
          <text
            key={epoch}
            class="play-label"
            x={x(epoch)}
            y={size.height - 8}
            text-anchor="middle"
          >
            {epoch}
          </text>
        ))}
        <path
          class="play-line"
          style={{ stroke: "var(--series-1)" }}
          stroke-dasharray="5 3"
          d={line(2)}
        />
        <path class="play-line" style={{ stroke: "var(--series-0)" }} d={line(1)} />
      </svg>
      <figcaption class="quiet">
        loss by epoch: <b>— training</b>, <b>- - test</b>
      </figcaption>
    </figure>
  );
}
