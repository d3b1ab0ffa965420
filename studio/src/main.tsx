import { render } from "preact";
import "./main.css";

const place = document.getElementById("studio");
if (place !== null) render(<h1>nadir studio</h1>, place);
