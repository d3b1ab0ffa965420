/** The solvers, one export each: `import * as solvers` is the table, its keys are the names. */
export { curvatureFeedback } from "./escape/curvatureFeedback.ts";
export { lbfgs } from "./quasiNewton/lbfgs.ts";
export { trustRegion } from "./secondOrder/trustRegion.ts";
