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

effect(() => {
  dark.value = theme.value === "dark" || (theme.value === "system" && systemDark.value);
  document.documentElement.dataset["theme"] = dark.value ? "dark" : "light";
});

export function chooseTheme(next: Theme): void {
  theme.value = next;
  localStorage.setItem(STORED, next);
}

/** The value of a token of styles/tokens.css in the theme of now: `token("line")`. */
export const token = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
