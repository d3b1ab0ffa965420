import { computed, type ReadonlySignal, signal } from "@preact/signals";

/** Where the page stands: every view is a URL, and the browser's own back and forward work. */
export interface Place {
  readonly path: string;
  readonly search: URLSearchParams;
  /** Without the #. */
  readonly hash: string;
}

/**
 * The folder that the pages stand in, `/` when nadir serves them: a copy may stand anywhere on another
 * server.
 */
export const base = new URL(".", scriptUrl()).pathname;

/**
 * Whether the page holds its runs itself (`nadir export --html`). A file has one address: its views stand behind the #.
 */
export const isFile: boolean = document.querySelector("script[data-runs]") !== null;

const here = signal<Place>(read());

/** Where the page stands. */
export const place: ReadonlySignal<Place> = computed(() => here.value);

addEventListener("popstate", () => {
  here.value = read();
});
addEventListener("hashchange", () => {
  here.value = read();
});

/**
 * Goes to a view.
 *
 * @param to - path with search and hash, from the root: `/run/k3f9?x=log`
 * @param options - `replace` for what Back should pass over, such as a filter while it is typed
 */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  const url = hrefTo(to);
  if (url === (isFile ? "" : location.pathname + location.search) + location.hash) return;
  if (options.replace === true) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  const moved = here.peek().path !== read().path;
  here.value = read();
  if (moved) scrollTo(0, 0);
}

/** Sets parameters of this view's URL, and removes those that are undefined or empty. */
export function setSearch(
  changes: Readonly<Record<string, string | undefined>>,
  options: { readonly replace?: boolean } = { replace: true },
): void {
  const { path, search, hash } = here.peek();
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === "") next.delete(name);
    else next.set(name, value);
  }
  // Commas stay readable: they are allowed in a query.
  const text = next.toString().replaceAll("%2C", ",");
  navigate(`${path}${text === "" ? "" : `?${text}`}${hash === "" ? "" : `#${hash}`}`, options);
}

/** Where a link to a view points; `onClick` of the shell then goes there without loading the page. */
export const hrefTo = (to: string): string => (isFile ? `#${to}` : base + to.replace(/^\//, ""));

/** Takes clicks on links of the studio's own. What the browser should do itself is left to it. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.origin !== location.origin || link.target !== "") return;
  if (link.hasAttribute("download") || !link.pathname.startsWith(base)) return;
  if (isFile) {
    if (link.pathname !== location.pathname) return;
    event.preventDefault();
    // What is no view is a place in this one.
    if (link.hash.startsWith("#/")) navigate(link.hash.slice(1));
    else document.getElementById(link.hash.slice(1))?.focus();
    return;
  }
  event.preventDefault();
  navigate(`/${link.pathname.slice(base.length)}${link.search}${link.hash}`);
}

/** The URL of a file that stands beside the pages: a worker's script. */
export const assetUrl = (name: string): URL => new URL(name, scriptUrl());

function scriptUrl(): string {
  const script = document.querySelector<HTMLScriptElement>("script[type=module]");
  return script?.src ?? location.href;
}

function read(): Place {
  if (isFile) {
    const { hash } = location;
    const view = new URL(hash.startsWith("#/") ? hash.slice(1) : "/", "file:///");
    return { path: view.pathname, search: view.searchParams, hash: view.hash.slice(1) };
  }
  const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length) : "";
  return {
    path: `/${path === "index.html" ? "" : path}`,
    search: new URLSearchParams(location.search),
    hash: location.hash.slice(1),
  };
}
