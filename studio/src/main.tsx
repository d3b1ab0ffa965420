import { render } from "preact";
import { Shell } from "./app/shell.tsx";
import { start } from "./data/live.ts";
import "./app/theme.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";

const place = document.getElementById("studio");
if (place !== null) render(<Shell />, place);
void start();
