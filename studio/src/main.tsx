import { render } from "preact";
import { pages } from "./app/pages.ts";
import { place } from "./app/router.ts";
import { Shell } from "./app/shell.tsx";
import { start } from "./data/live.ts";
import "./app/theme.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";

const root = document.getElementById("studio");
if (root !== null) render(<Shell />, root);
void start();
// The page's code comes while the runs are read; what fails here is told where the page is shown.
pages
  .find(({ path }) => path.test(place.peek().path))
  ?.load()
  .catch(() => undefined);
