/** The line searches, one export each: `import * as lineSearches` is the table, its keys are the names. */
export { armijo } from "./armijo.ts";
export { hagerZhang } from "./hagerZhang.ts";
export { nonmonotone } from "./nonmonotone.ts";
export { wolfe } from "./wolfe.ts";
