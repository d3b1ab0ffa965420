/** The schedules, one export each: `import * as schedules` is the table, its keys are the names. */
export { constant } from "./constant.ts";
export { cosine } from "./cosine.ts";
export { cyclic } from "./cyclic.ts";
export { exponentialDecay } from "./exponentialDecay.ts";
export { exponentialRamp } from "./exponentialRamp.ts";
export { inverseSqrt } from "./inverseSqrt.ts";
export { inverseTime } from "./inverseTime.ts";
export { linearRamp } from "./linearRamp.ts";
export { multiStep } from "./multiStep.ts";
export { oneCycle } from "./oneCycle.ts";
export { polynomial } from "./polynomial.ts";
export { stepDecay } from "./stepDecay.ts";
export { warmRestarts } from "./warmRestarts.ts";
export { warmup } from "./warmup.ts";
export { warmupCosine } from "./warmupCosine.ts";
