import { effect, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { openWorker } from "../app/openWorker.ts";
import { Kernel } from "./client.ts";
import { examples } from "./examples.ts";
import { facts } from "./facts.ts";
import { readLink, writeLink } from "./link/link.ts";
import type { PlayState } from "./link/state.ts";
import { type NetworkModel, networkModel } from "./network/model.ts";
import { NetworkView } from "./network/networkView.tsx";
import { type RaceModel, raceModel } from "./race/model.ts";
import { RaceView } from "./race/raceView.tsx";
import type { RaceKeeper } from "./race/saveRuns.tsx";
import "./play.css";

/** A worker with all that computes. */
const startKernel = (): Worker => openWorker("kernel");

interface Opened {
  readonly race: RaceModel;
  readonly network: NetworkModel;
}

/**
 * The playground: nadir's own core in this page, and no server. The part of the address after # is the experiment.
 *
 * @param props - `keeper`: the studio around it, if there is one
 */
export function PlayPage({ keeper }: { readonly keeper?: RaceKeeper }): JSX.Element {
  const kernels = useMemo(
    () => ({ race: new Kernel(startKernel), map: new Kernel(startKernel) }),
    [],
  );
  const opened = useSignal<Opened | undefined>(undefined);
  const mode = useSignal<PlayState["mode"]>("race");
  const complaints = useSignal<readonly string[]>([]);
  useEffect(() => {
    document.title = "Play · nadir";
    let written = location.hash;
    let gone = false;
    let stop = (): void => {};
    async function open(): Promise<void> {
      const [{ state, complaints: told }, sealed] = await Promise.all([
        readLink(location.hash),
        learn(kernels.race),
      ]);
      if (gone) return;
      stop();
      opened.peek()?.race.dispose();
      opened.peek()?.network.dispose();
      const own = !examples.some(({ code }) => code === state.race.code);
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      const models = {
        race: raceModel(kernels.race, state.race, { still, held: own && !sealed }),
        network: networkModel(kernels.map, state.network),
      };
      complaints.value = told;
      mode.value = state.mode;
      opened.value = models;
      stop = effect(() => {
        const now = {
          mode: mode.value,
          race: models.race.settings.value,
          network: models.network.settings.value,
        };
        const timer = setTimeout(async () => {
          written = `#${await writeLink(now)}`;
          if (!gone && written !== location.hash) history.replaceState(null, "", written);
        }, 250);
        return () => clearTimeout(timer);
      });
    }
    const follow = (): void => {
      if (location.hash !== written) void open();
    };
    void open();
    addEventListener("hashchange", follow);
    return () => {
      gone = true;
      stop();
      removeEventListener("hashchange", follow);
      opened.peek()?.race.dispose();
      opened.peek()?.network.dispose();
      kernels.race.stop();
      kernels.map.stop();
    };
  }, [kernels]);
  const models = opened.value;
  return (
    <div class="play">
      <header class="play-head">
        <h1>Play</h1>
        <fieldset class="play-tabs" aria-label="What to play with">
          {(["race", "network"] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={mode.value === each}
              onClick={() => {
                mode.value = each;
              }}
            >
              {each === "race" ? "A race on a function" : "A small network"}
            </button>
          ))}
        </fieldset>
        <span class="play-gap" />
        <CopyLink />
      </header>
      {complaints.value.length === 0 ? null : (
        <div class="play-complaints" role="status">
          {complaints.value.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
      )}
      {models === undefined ? (
        <div class="play-waiting" aria-busy="true" />
      ) : mode.value === "race" ? (
        <RaceView race={models.race} mapKernel={kernels.map} keeper={keeper} />
      ) : (
        <NetworkView network={models.network} />
      )}
    </div>
  );
}

/** What the registry says of the methods; whether the kernel is shut in. */
async function learn(kernel: Kernel): Promise<boolean> {
  try {
    const { sealed, methods } = await kernel.ask("hello", undefined).answer;
    facts.value = new Map(methods.map((each) => [each.name, each]));
    return sealed;
  } catch {
    return false; // the race tells what is wrong with the kernel
  }
}

function CopyLink(): JSX.Element {
  const copied = useSignal(false);
  return (
    <button
      type="button"
      title="The address of this page is the whole experiment"
      onClick={async () => {
        await navigator.clipboard.writeText(location.href);
        copied.value = true;
        setTimeout(() => {
          copied.value = false;
        }, 1500);
      }}
    >
      {copied.value ? "Copied" : "Copy the link"}
    </button>
  );
}
