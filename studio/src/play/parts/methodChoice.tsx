import type { JSX } from "preact";
import { isRule, methodNames } from "../methods.ts";

/** A list of all methods, rules and solvers apart. */
export function MethodChoice({
  value,
  label,
  onChange,
}: {
  readonly value: string;
  readonly label: string;
  readonly onChange: (method: string) => void;
}): JSX.Element {
  return (
    <select
      class="play-choice"
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      <optgroup label="rules: a gradient a step">
        {methodNames.filter(isRule).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </optgroup>
      <optgroup label="solvers: they ask for more">
        {methodNames
          .filter((name) => !isRule(name))
          .map((name) => (
            <option key={name}>{name}</option>
          ))}
      </optgroup>
    </select>
  );
}
