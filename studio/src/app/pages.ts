import type { ComponentType } from "preact";

/** What a page is given: the parts of its path, and its search and hash as signals of the router. */
export interface PageProps {
  /** `{ id: "k3f9" }` for `/run/k3f9`. */
  readonly params: Readonly<Record<string, string>>;
}

/** A page: which paths it draws, and where its code is. It is loaded when first shown. */
export interface PageEntry {
  readonly name: string;
  readonly path: RegExp;
  /** Whether it works without a server of nadir's. */
  readonly standsAlone?: boolean;
  readonly load: () => Promise<ComponentType<PageProps>>;
}

/** Every page. A new one is a folder of its own, and a row here. */
export const pages: readonly PageEntry[] = [
  {
    name: "Runs",
    path: /^\/$/,
    load: async () => (await import("../runs/runsPage.tsx")).RunsPage,
  },
  {
    name: "Run",
    path: /^\/run\/(?<id>[a-z0-9]+)$/,
    load: async () => (await import("../run/runPage.tsx")).RunPage,
  },
  {
    name: "Compare",
    path: /^\/compare$/,
    load: async () => (await import("../compare/comparePage.tsx")).ComparePage,
  },
  {
    name: "Sweep",
    path: /^\/sweep\/(?<id>[a-z0-9-]+)$/,
    load: async () => (await import("../sweep/sweepPage.tsx")).SweepPage,
  },
  {
    name: "Play",
    path: /^\/play$/,
    standsAlone: true,
    load: async () => (await import("../play/inStudio.tsx")).PlayInStudio,
  },
];
