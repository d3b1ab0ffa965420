/** The constraints, one export each: `import * as constraints` is the table, its keys are the names. */
export { affine } from "./affine.ts";
export { box, nonnegative } from "./box.ts";
export { halfspace } from "./halfspace.ts";
export { l1Ball } from "./l1Ball.ts";
export { l2Ball } from "./l2Ball.ts";
export { linfBall } from "./linfBall.ts";
export { psd } from "./psd.ts";
export { rankAtMost } from "./rankAtMost.ts";
export { simplex } from "./simplex.ts";
export { sphere } from "./sphere.ts";
export { stiefel } from "./stiefel.ts";
