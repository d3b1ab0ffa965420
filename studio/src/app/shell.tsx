import { useSignal } from "@preact/signals";
import type { ComponentType, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { connection, hello, togglePause } from "../data/live.ts";
import { ErrorBoundary } from "../parts/errorBoundary.tsx";
import { PageProblem, ProblemBox, problemOf } from "../parts/problemBox.tsx";
import { Skeleton } from "../parts/skeleton.tsx";
import { Done, tellDone, Verdicts } from "./announce.tsx";
import { FileBanner } from "./fileBanner.tsx";
import { Help, helpOpen } from "./help.tsx";
import { hearKey, useKeys } from "./keyboard.ts";
import { LiveDot } from "./liveDot.tsx";
import { LostBanner } from "./lostBanner.tsx";
import { openLatest } from "./openLatest.ts";
import { type PageEntry, type PageProps, pages } from "./pages.ts";
import { followLink, hrefTo, isFile, navigate, place } from "./router.ts";
import { ThemeButton } from "./themeButton.tsx";

/** The frame of every view: top bar, the page, the help. */
export function Shell(): JSX.Element {
  useEffect(() => {
    document.addEventListener("keydown", hearKey);
    document.addEventListener("click", followLink);
    return () => {
      document.removeEventListener("keydown", hearKey);
      document.removeEventListener("click", followLink);
    };
  }, []);
  useKeys("Everywhere", [
    { keys: "?", does: "show or hide this help", run: () => (helpOpen.value = !helpOpen.peek()) },
    { keys: "g r", does: "go to the runs", run: () => navigate("/") },
    { keys: "g p", does: "go to the playground", run: () => navigate("/play") },
    { keys: "/", does: "search the runs", run: search },
    { keys: "L", does: "open the latest run", run: openLatest },
    { keys: "c", does: "copy the link to this view", run: copyLink },
    { keys: ".", does: "stop and go on with what is live", run: togglePause },
    { keys: "Escape", does: "close, or go back", run: back },
  ]);
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="bar">
        <a class="bar-name" href={hrefTo("/")}>
          nadir
        </a>
        <nav aria-label="Pages">
          <BarLink to="/" name="Runs" />
          {isFile ? null : <BarLink to="/play" name="Play" />}
        </nav>
        <span class="bar-gap" />
        <button type="button" class="plain" onClick={search} title="Search the runs (/)">
          Search <kbd>/</kbd>
        </button>
        <Done />
        {isFile ? null : <LiveDot />}
        <ThemeButton />
        <button
          type="button"
          class="plain"
          onClick={() => (helpOpen.value = true)}
          title="Keyboard and help (?)"
          aria-label="Keyboard and help"
        >
          ?
        </button>
      </header>
      <LostBanner />
      <FileBanner />
      <main id="content" tabIndex={-1}>
        <CurrentPage />
      </main>
      <Verdicts />
      <Help />
    </>
  );
}

function BarLink({ to, name }: { to: string; name: string }): JSX.Element {
  const current = place.value.path === to ? { "aria-current": "page" as const } : {};
  return (
    <a href={hrefTo(to)} {...current}>
      {name}
    </a>
  );
}

function CurrentPage(): JSX.Element {
  const { path } = place.value;
  const { kind } = connection.value;
  const wanted = pages.find(
    (page) => page.path.test(path) && !(isFile && page.standsAlone === true),
  );
  // A copy of the pages without a server has one page that works.
  const alone = kind === "alone" && wanted?.standsAlone !== true;
  const entry = alone && path === "/" ? pages.find(({ standsAlone }) => standsAlone) : wanted;
  if (entry === undefined) return <NotFound path={path} />;
  if (connection.value.kind === "refused" && entry.standsAlone !== true) {
    const { problem } = connection.value.error;
    return <PageProblem title="The studio" problem={problem} retry={() => location.reload()} />;
  }
  if (alone && path !== "/") return <NoServer />;
  if (hello.value === undefined && kind === "starting" && entry.standsAlone !== true) {
    return <Skeleton of="the runs" height={400} />;
  }
  const params = entry.path.exec(path)?.groups ?? {};
  return (
    <ErrorBoundary key={path} place={entry.name}>
      <LazyPage key={entry.name} entry={entry} params={params} />
    </ErrorBoundary>
  );
}

const loadedPages = new Map<string, ComponentType<PageProps>>();

function LazyPage({ entry, params }: { entry: PageEntry } & PageProps): JSX.Element {
  const Page = useSignal(loadedPages.get(entry.name));
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    document.title = entry.name === "Runs" ? "nadir studio" : `${entry.name} · nadir studio`;
    entry.load().then(
      (page) => {
        loadedPages.set(entry.name, page);
        Page.value = page;
      },
      (cause: unknown) => {
        error.value = cause;
      },
    );
  }, [entry, Page, error]);
  if (error.value !== undefined) {
    const retry = (): void => location.reload();
    return <ProblemBox problem={problemOf(error.value)} place={entry.name} retry={retry} />;
  }
  const Shown = Page.value;
  return Shown === undefined ? (
    <Skeleton of={entry.name} height={400} />
  ) : (
    <Shown params={params} />
  );
}

const NotFound = ({ path }: { path: string }): JSX.Element => (
  <div class="empty">
    <h1>There is nothing here</h1>
    <p>
      <code>{path}</code> is no page of the studio. <a href={hrefTo("/")}>To the runs</a>
    </p>
  </div>
);

const NoServer = (): JSX.Element => (
  <div class="empty">
    <h1>No studio answers</h1>
    <p>
      Runs are shown by <code>nadir studio</code>, started in their folder; then open the link that
      it prints. <a href={hrefTo("/play")}>Play</a> works without.
    </p>
  </div>
);

function search(): void {
  if (place.peek().path !== "/") navigate("/");
  // The list may have to be loaded first.
  let tries = 0;
  const focus = (): void => {
    const field = document.querySelector<HTMLInputElement>("[data-search]");
    if (field !== null) field.focus();
    else if (tries++ < 60) requestAnimationFrame(focus);
  };
  focus();
}

function copyLink(): void {
  const failed = (): void =>
    tellDone("the browser gives no clipboard: the link is in the address bar");
  const written = navigator.clipboard?.writeText(location.href) ?? Promise.reject();
  written.then(() => tellDone("link copied"), failed);
}

function back(): void {
  const active = document.activeElement;
  if (helpOpen.peek()) helpOpen.value = false;
  else if (active instanceof HTMLElement && active !== document.body) active.blur();
  else if (place.peek().path !== "/") navigate("/");
}
