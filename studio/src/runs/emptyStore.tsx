import type { JSX } from "preact";
import { hrefTo } from "../app/router.ts";
import { hello } from "../data/live.ts";
import { SaddleRace } from "./saddleRace.tsx";

/** What a store without runs shows: a race on a saddle, and how to begin. */
export const EmptyStore = (): JSX.Element => (
  <div class="runs-empty">
    <SaddleRace />
    <div>
      <h1>No runs yet</h1>
      <p>
        <code>nadir init mlp</code> writes a small network to begin with.
      </p>
      <p>
        <code>nadir train mlp.ts</code> trains it, and the run appears here.
      </p>
      <p>
        Or open <a href={hrefTo("/play")}>Play</a>, and race methods on a function of two variables.
      </p>
      <p class="quiet">
        Looking into <code>{hello.value?.store}</code>
      </p>
    </div>
  </div>
);
