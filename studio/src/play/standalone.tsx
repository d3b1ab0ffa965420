import { render } from "preact";
import { Help, helpOpen } from "../app/help.tsx";
import { hearKey } from "../app/keyboard.ts";
import "../app/theme.ts";
import { ThemeButton } from "../app/themeButton.tsx";
import { PlayPage } from "./playPage.tsx";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/shell.css";

/** The playground by itself: a folder, or a file, that any web server or none can give. */
const place = document.getElementById("studio");
if (place !== null) {
  render(
    <>
      <header class="bar">
        <span class="bar-name">nadir</span>
        <span class="bar-gap" />
        <button
          type="button"
          class="plain"
          aria-label="Keyboard and help"
          onClick={() => {
            helpOpen.value = true;
          }}
        >
          ?
        </button>
        <ThemeButton />
      </header>
      <main id="content">
        <PlayPage />
      </main>
      <Help />
    </>,
    place,
  );
  document.addEventListener("keydown", hearKey);
}
