/** The solvers, one export each: `import * as solvers` is the table, its keys are the names. */

export { projectedGradient } from "./constrained/projectedGradient.ts";
export { curvatureFeedback } from "./escape/curvatureFeedback.ts";
export { lbfgs } from "./quasiNewton/lbfgs.ts";
export { trustRegion } from "./secondOrder/trustRegion.ts";
