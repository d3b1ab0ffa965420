/** The constraints, one export each: `import * as constraints` is the table, its keys are the names. */
export { box, nonnegative } from "./box.ts";
export { linfBall } from "./linfBall.ts";
