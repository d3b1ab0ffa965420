/** The solvers, one export each: `import * as solvers` is the table, its keys are the names. */

export { projectedGradient } from "./constrained/projectedGradient.ts";
export { curvatureFeedback } from "./escape/curvatureFeedback.ts";
export { saga } from "./finiteSum/saga.ts";
export { sarah } from "./finiteSum/sarah.ts";
export { spider } from "./finiteSum/spider.ts";
export { svrg } from "./finiteSum/svrg.ts";
export { barzilaiBorwein } from "./firstOrder/barzilaiBorwein.ts";
export { cgDescent } from "./firstOrder/cgDescent.ts";
export { conjugateGradient } from "./firstOrder/conjugateGradient.ts";
export { steepestDescent } from "./firstOrder/steepestDescent.ts";
export { basinHopping } from "./global/basinHopping.ts";
export { cmaes } from "./global/cmaes.ts";
export { differentialEvolution } from "./global/differentialEvolution.ts";
export { dualAnnealing } from "./global/dualAnnealing.ts";
export { multiStart } from "./global/multiStart.ts";
export { bfgs } from "./quasiNewton/bfgs.ts";
export { dfp } from "./quasiNewton/dfp.ts";
export { lbfgs } from "./quasiNewton/lbfgs.ts";
export { sr1 } from "./quasiNewton/sr1.ts";
export { cubicRegularization } from "./secondOrder/cubicRegularization.ts";
export { newton } from "./secondOrder/newton.ts";
export { newtonCG } from "./secondOrder/newtonCG.ts";
export { saddleFreeNewton } from "./secondOrder/saddleFreeNewton.ts";
export { trustRegion } from "./secondOrder/trustRegion.ts";
