import { useKeys } from "../app/keyboard.ts";
import { type Abscissa, axisLabel, nextAxis } from "./abscissa.ts";
import { changeView, curveView } from "./view.ts";

const smoothings = [0, 0.6, 0.9, 0.97];

/** What curves are drawn over and how, with the keys `x X y S`. */
export function CurveControls({ axes }: { readonly axes: readonly Abscissa[] }) {
  const { axis, logX, logY, smoothing, zoom } = curveView.value;
  const nextSmoothing = smoothings[(smoothings.indexOf(smoothing) + 1) % smoothings.length] ?? 0;
  const nextY = logY === undefined ? true : logY ? false : undefined;
  useKeys("Curves", [
    {
      keys: "x",
      does: "the next horizontal axis",
      run: () => changeView({ axis: nextAxis(axis, axes) }),
    },
    { keys: "X", does: "logarithmic horizontal axis", run: () => changeView({ logX: !logX }) },
    { keys: "y", does: "logarithmic vertical axis", run: () => changeView({ logY: nextY }) },
    { keys: "S", does: "smoothing", run: () => changeView({ smoothing: nextSmoothing }) },
  ]);
  return (
    <fieldset class="controls" aria-label="How the curves are drawn">
      <label>
        over{" "}
        <select
          value={axis}
          onChange={({ currentTarget }) =>
            // The options are these words.
            changeView({ axis: currentTarget.value as Abscissa })
          }
        >
          {axes.map((one) => (
            <option key={one} value={one}>
              {axisLabel[one]}
            </option>
          ))}
        </select>
      </label>
      <button type="button" aria-pressed={logX} onClick={() => changeView({ logX: !logX })}>
        {logX ? "x: log" : "x: linear"}
      </button>
      <button
        type="button"
        aria-pressed={logY === true}
        onClick={() => changeView({ logY: nextY })}
      >
        {logY === undefined ? "y: as fits" : logY ? "y: log" : "y: linear"}
      </button>
      <label>
        smoothing{" "}
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value={smoothing}
          onInput={({ currentTarget }) => changeView({ smoothing: Number(currentTarget.value) })}
        />{" "}
        <span>{smoothing === 0 ? "none" : smoothing}</span>
      </label>
      {zoom !== undefined && (
        <button type="button" onClick={() => changeView({ zoom: undefined })}>
          show all
        </button>
      )}
    </fieldset>
  );
}
