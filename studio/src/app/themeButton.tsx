import type { JSX } from "preact";
import { chooseTheme, type Theme, theme } from "./theme.ts";

const next: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const signs: Readonly<Record<Theme, string>> = { system: "◐", light: "○", dark: "●" };

/** Light, dark, or as the system has it. */
export function ThemeButton(): JSX.Element {
  const now = theme.value;
  return (
    <button
      type="button"
      class="plain"
      onClick={() => chooseTheme(next[now])}
      aria-label={`Theme: ${now}`}
      title={`Theme: ${now}; a click makes it ${next[now]}`}
    >
      {signs[now]}
    </button>
  );
}
