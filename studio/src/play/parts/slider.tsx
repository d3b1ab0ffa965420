import type { JSX } from "preact";
import { fromSlider, type SettingRange, toSlider } from "../methods.ts";

export interface SliderProps {
  readonly range: SettingRange;
  readonly value: number;
  readonly onChange: (value: number) => void;
  /** What it belongs to, where its own name does not tell. */
  readonly of?: string;
}

/** One setting: a slider on its own scale, and its value. */
export function Slider({ range, value, onChange, of }: SliderProps): JSX.Element {
  const { name, low, high, scale } = range;
  const whole = scale === "whole";
  const places = whole ? high - low : 200;
  return (
    <label class="play-slider">
      <span class="play-slider-name">{words(name)}</span>
      <input
        type="range"
        min={0}
        max={places}
        step={1}
        value={Math.round(toSlider(range, value) * places)}
        aria-label={of === undefined ? words(name) : `${words(name)} of ${of}`}
        aria-valuetext={String(value)}
        onInput={({ currentTarget }) =>
          onChange(fromSlider(range, Number(currentTarget.value) / places))
        }
      />
      <output class="play-slider-value number">{Number(value.toPrecision(4))}</output>
    </label>
  );
}

/** `learningRate` as one reads it: learning rate. */
const words = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
