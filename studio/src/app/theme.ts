import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const STORED = "nadir.theme";
const kept = localStorage.getItem(STORED);

/** What the user chose. */
export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : "system");

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", ({ matches }) => {
  systemDark.value = matches;
});

/** Whether the page is dark now: pictures that draw their own colours listen to it. */
export const dark = signal(false);

/** Tokens of the theme of now: asking the style costs a layout, and a picture asks for each line that it draws. */
const tokens = new Map<string, string>();

effect(() => {
  dark.value = theme.value === "dark" || (theme.value === "system" && systemDark.value);
  document.documentElement.dataset["theme"] = dark.value ? "dark" : "light";
  tokens.clear();
});

export function chooseTheme(next: Theme): void {
  theme.value = next;
  localStorage.setItem(STORED, next);
}

/** The value of a token of styles/tokens.css in the theme of now: `token("line")`. */
export function token(name: string): string {
  let value = tokens.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    // Before the style sheet is there, a token has no value yet.
    if (value !== "") tokens.set(name, value);
  }
  return value;
}
