/** The penalties, one export each: `import * as penalties` is the table, its keys are the names. */
export { cappedL1 } from "./cappedL1.ts";
export { elasticNet } from "./elasticNet.ts";
export { groupLasso } from "./groupLasso.ts";
export { groupMcp } from "./groupMcp.ts";
export { groupScad } from "./groupScad.ts";
export { l0 } from "./l0.ts";
export { l1 } from "./l1.ts";
export { logSum } from "./logSum.ts";
export { mcp } from "./mcp.ts";
export { lHalf, lTwoThirds } from "./roots.ts";
export { scad } from "./scad.ts";
export { sparseGroupLasso } from "./sparseGroupLasso.ts";
export { nuclearNorm, rank, singularValues } from "./spectral.ts";
export { squaredL2 } from "./squaredL2.ts";
export { totalVariation } from "./totalVariation.ts";
