// `npm run build`: checks types and compiles src/ into dist/.
import { build, ensureInstalled } from "./install.mjs";

ensureInstalled();
build();
