/** `nadir`: minimize functions, train models, differentiate what is written in the array language. */

// Arrays and trees of them.
export type { DType } from "./array/dtype.ts";
export { type ArrayLike, NDArray, type NestedNumbers } from "./array/ndarray.ts";
export { dot, einsum, matmul, outer } from "./array/operations/contraction.ts";
export type { ConvOptions, Pair, WindowOptions } from "./array/operations/convolution.ts";
export { arange, array, eye, full, linspace, ones, zeros } from "./array/operations/creation.ts";
export { customDerivative, stopGradient } from "./array/operations/derivative.ts";
export {
  abs,
  acos,
  add,
  asin,
  atan,
  cast,
  ceil,
  clip,
  cos,
  cosh,
  div,
  equal,
  erf,
  exp,
  expm1,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  reciprocal,
  round,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  sub,
  tan,
  where,
} from "./array/operations/elementwise.ts";
export {
  argSort,
  oneHot,
  scatterAdd,
  sort,
  take,
  takeLast,
  topK,
} from "./array/operations/indexing.ts";
export type { Operand } from "./array/operations/operand.ts";
export {
  bernoulli,
  categorical,
  exponential,
  foldIn,
  type Key,
  key,
  normal,
  permutation,
  splitKey,
  type UniformOptions,
  uniform,
} from "./array/operations/random.ts";
export {
  type Axes,
  argMax,
  argMin,
  cumSum,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  type ReduceOptions,
  softmax,
  std,
  sum,
  variance,
} from "./array/operations/reduction.ts";
export {
  at,
  broadcastTo,
  concat,
  expandDims,
  flip,
  pad,
  type Range,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  transpose,
} from "./array/operations/shaping.ts";
export type { Shape } from "./array/shape.ts";
export { Tensor } from "./array/tensor.ts";
export { mapTree, tensorsOf, zerosLike } from "./array/tensorTree.ts";
export type { Tree } from "./array/tree.ts";

// Derivatives.
export type { ScalarFunction, ValueAndGradient } from "./autodiff/grad.ts";
export type { Jacobian } from "./autodiff/jacobian.ts";
export type { Traced } from "./autodiff/variables.ts";
export { NadirError } from "./base/errors.ts";
export type { Evidence } from "./diagnosis/advice/evidence.ts";
export type { Finding, FindingName, Remedy, Severity } from "./diagnosis/advice/finding.ts";
export type { DepthProfile } from "./diagnosis/depthProfile.ts";
export type { ActivationHealth, LayerHealth, LayerKind } from "./diagnosis/health.ts";
export type { LabelReport, LabelSuspect } from "./diagnosis/labelDynamics.ts";
export type { PlateauKind, PlateauRemedy } from "./diagnosis/plateauFinding.ts";
export type { Conditions, Verdict, VerdictKind } from "./diagnosis/verdict.ts";
export {
  type RatingBiases,
  type RatingBiasesModel,
  type RatingBiasesOptions,
  ratingBiases,
} from "./estimators/factorization/biases.ts";
// Models that fit themselves.
export {
  type Factorization,
  type FactorizationModel,
  matrixFactorization,
} from "./estimators/factorization/matrixFactorization.ts";
export type { FactorizationOptions } from "./estimators/factorization/options.ts";
export type { PredictOptions } from "./estimators/factorization/pairs.ts";
export type { Id, Ratings } from "./estimators/factorization/ratings.ts";
export type { Scored } from "./estimators/factorization/recommend.ts";
export {
  type Completion,
  type SoftImpute,
  type SoftImputeOptions,
  softImpute,
} from "./estimators/factorization/softImpute.ts";
export { areaUnderMargin, type MarginRecord } from "./estimators/labels/areaUnderMargin.ts";
export {
  type LabelNoise,
  type LabelNoiseOptions,
  labelNoise,
  type Suspect,
} from "./estimators/labels/labelNoise.ts";
export type { Criteria } from "./estimators/linear/criteria.ts";
export type { CrossValidation, CrossValidationOptions } from "./estimators/linear/crossValidate.ts";
export type { DenseColumns, DesignMatrix, SparseColumns } from "./estimators/linear/design.ts";
export type { LinearFit, LinearPath } from "./estimators/linear/fits.ts";
export { type LatentGroups, latentGroups } from "./estimators/linear/latentGroups.ts";
export {
  elasticNetRegression,
  type LinearModel,
  type LinearModelOptions,
  lasso,
  linearModel,
  logisticRegression,
  ridge,
} from "./estimators/linear/linearModel.ts";
export {
  type MultinomialFit,
  type MultinomialModel,
  type MultinomialPath,
  multinomialRegression,
} from "./estimators/linear/multinomial.ts";
export type { SampleOptions } from "./estimators/linear/sampleWeights.ts";
export type { StrengthOptions } from "./estimators/linear/strengths.ts";
export type { LossChoice, Response, Survival } from "./estimators/linear/task.ts";
export {
  leastTrimmedSquares,
  type RobustFit,
  type RobustModel,
  type TrimmedFit,
  type TrimmedOptions,
} from "./estimators/robust/leastTrimmedSquares.ts";
export { type RobustOptions, robustRegression } from "./estimators/robust/robustRegression.ts";
export {
  type BestSubset,
  type BestSubsetOptions,
  bestSubset,
  type SubsetFit,
  type SubsetPath,
} from "./estimators/subset/bestSubset.ts";
export type { SubsetWork } from "./estimators/subset/searchSubset.ts";
export type {
  SvmCrossValidation,
  SvmCrossValidationOptions,
} from "./estimators/svm/crossValidateSvm.ts";
export type { SvmFit, SvmPath, SvmPathOptions } from "./estimators/svm/fits.ts";
export type { KernelChoice } from "./estimators/svm/kernel.ts";
export { type KernelSvmOptions, kernelSvm } from "./estimators/svm/kernelSvm.ts";
export type { ClassWeights } from "./estimators/svm/labels.ts";
export { linearSvm } from "./estimators/svm/linearSvm.ts";
export type { SvmLoss } from "./estimators/svm/loss.ts";
export { type OneVsRest, type OneVsRestFit, oneVsRest } from "./estimators/svm/oneVsRest.ts";
export type { SvmOptions } from "./estimators/svm/settings.ts";
export type { Svm } from "./estimators/svm/svm.ts";
// Questions about a point.
export {
  type Barrier,
  type ConnectionReport,
  type ConnectOptions,
  type CurveOptions,
  connect,
  type LossAlong,
} from "./inspection/connect.ts";
export { type DiagnoseOptions, type Diagnosis, diagnose } from "./inspection/diagnose.ts";
export {
  type ClassifierPair,
  type ClassifiersOptions,
  type CorrectnessDistance,
  type DisagreementReport,
  disagreement,
  type RegressorPair,
  type RegressorsOptions,
  type WeightDistance,
} from "./inspection/disagreement.ts";
export {
  type FlatnessOptions,
  type FlatnessReport,
  flatness,
  type Sharpness,
} from "./inspection/flatness.ts";
export {
  type FlatnessAndGapOptions,
  type FlatnessAndGapReport,
  flatnessAndGap,
  type GapRelation,
  type MinimumWithGap,
  type SharpnessMeasure,
} from "./inspection/flatnessAndGap.ts";
export {
  type LandscapeOptions,
  type LandscapeReport,
  landscape,
  type SliceAxis,
} from "./inspection/landscape.ts";
export { type LayerHealthReport, layerHealth } from "./inspection/layerHealth.ts";
export {
  type NoiseScaleOptions,
  type NoiseScaleReport,
  noiseScale,
} from "./inspection/noiseScale.ts";
export type { Inspected, PointOptions, TrainedLoss } from "./inspection/point.ts";
export { lossesOnSlice, type PlacesReport, type SliceOptions } from "./inspection/slice.ts";
export type { SliceDirections } from "./inspection/sliceDirections.ts";
export {
  type DensityOptions,
  type SpectralDensity,
  type SpectrumOptions,
  type SpectrumReport,
  spectrum,
  type Trace,
} from "./inspection/spectrum.ts";

// Methods.
export type { Constraint } from "./methods/constraints/constraint.ts";
export type { ConstraintOption } from "./methods/constraints/held.ts";
export {
  affine,
  box,
  halfspace,
  l1Ball,
  l2Ball,
  linfBall,
  nonnegative,
  psd,
  rankAtMost,
  simplex,
  sphere,
  stiefel,
} from "./methods/constraints/registry.ts";
export type { MethodInfo } from "./methods/method.ts";
export type { GroupOptions } from "./methods/penalties/groups.ts";
export type { PenaltyOption } from "./methods/penalties/held.ts";
export type { Penalty } from "./methods/penalties/penalty.ts";
export {
  cappedL1,
  elasticNet,
  groupLasso,
  groupMcp,
  groupScad,
  l0,
  l1,
  lHalf,
  logSum,
  lTwoThirds,
  mcp,
  nuclearNorm,
  rank,
  scad,
  singularValues,
  sparseGroupLasso,
  squaredL2,
  totalVariation,
} from "./methods/penalties/registry.ts";
export type { MatrixShape } from "./methods/penalties/spectral.ts";
export {
  accumulate,
  adaBelief,
  adadelta,
  adafactor,
  adagrad,
  adam,
  adamax,
  adamW,
  adaptiveClip,
  amsgrad,
  asam,
  averagedSgd,
  averageParams,
  byPath,
  centralize,
  chain,
  clipByGlobalNorm,
  clipByNorm,
  clipByValue,
  curvatureNoise,
  decoupledWeightDecay,
  frozen,
  gradientDescent,
  gradientNoise,
  heavyBall,
  kfac,
  lamb,
  lars,
  lion,
  lookahead,
  momentum,
  muon,
  nadam,
  nesterov,
  perturbedGradientDescent,
  preconditionedSgld,
  prodigy,
  projected,
  proximal,
  radam,
  rmsprop,
  rprop,
  sam,
  scheduleFreeAdamW,
  scheduleFreeSgd,
  sgd,
  sgld,
  shampoo,
  storm,
  weightDecay,
} from "./methods/rules/registry.ts";
export type { NoState, Role, Rule, RuleStep } from "./methods/rules/rule.ts";
export { type OnPlateau, type OnPlateauOptions, onPlateau } from "./methods/schedules/onPlateau.ts";
export {
  constant,
  cosine,
  cyclic,
  exponentialDecay,
  exponentialRamp,
  inverseSqrt,
  inverseTime,
  linearRamp,
  multiStep,
  oneCycle,
  polynomial,
  stepDecay,
  warmRestarts,
  warmup,
  warmupCosine,
} from "./methods/schedules/registry.ts";
export type { LearningRate, Schedule, ScheduleStep } from "./methods/schedules/schedule.ts";
export type { LineSearch } from "./methods/solvers/lineSearches/lineSearch.ts";
export { armijo, hagerZhang, nonmonotone, wolfe } from "./methods/solvers/lineSearches/registry.ts";
export {
  admm,
  augmentedLagrangian,
  barzilaiBorwein,
  basinHopping,
  bfgs,
  cgDescent,
  cmaes,
  conjugateGradient,
  cubicRegularization,
  curvatureFeedback,
  dca,
  dfp,
  differentialEvolution,
  dualAnnealing,
  fista,
  frankWolfe,
  gaussNewton,
  hessianFree,
  lbfgs,
  lbfgsb,
  levenbergMarquardt,
  logBarrier,
  multiStart,
  nelderMead,
  newton,
  newtonCG,
  projectedGradient,
  projectedLbfgs,
  proximalGradient,
  proximalLbfgs,
  proximalNewton,
  quadraticPenalty,
  reweightedL1,
  saddleFreeNewton,
  saga,
  sarah,
  spider,
  sr1,
  steepestDescent,
  svrg,
  trustRegion,
} from "./methods/solvers/registry.ts";
export type { FoundMinimum, Search } from "./methods/solvers/search.ts";
export type { Solver } from "./methods/solvers/solver.ts";

// Models.
export {
  constantInit,
  heNormal,
  heUniform,
  type Initialiser,
  leCunNormal,
  leCunUniform,
  normalInit,
  xavierNormal,
  xavierUniform,
  zeroInit,
} from "./models/initialisers.ts";
export type { Layer, LayerContext, LayerResult } from "./models/layer.ts";
export { elu, gelu, leakyRelu, silu } from "./models/layers/activations.ts";
export { batchNorm } from "./models/layers/batchNorm.ts";
export { dense } from "./models/layers/dense.ts";
export { dropout } from "./models/layers/dropout.ts";
export { embedding } from "./models/layers/embedding.ts";
export { flatten, unflatten } from "./models/layers/flatten.ts";
export { layerNorm } from "./models/layers/layerNorm.ts";
export { globalAvgPool } from "./models/layers/pooling.ts";
export { projectedResidual, residual } from "./models/layers/residual.ts";
export { binaryCrossEntropy } from "./models/losses/binaryCrossEntropy.ts";
export { crossEntropy } from "./models/losses/crossEntropy.ts";
export { hinge, ramp, savage, sigmoidLoss } from "./models/losses/margin.ts";
export type { LossOptions, Reduction } from "./models/losses/reduction.ts";
export { huber, mae, mse, tukey, welsch } from "./models/losses/regression.ts";
export { accuracy, binaryAccuracy } from "./models/metrics.ts";
export {
  avgPool,
  conv2d,
  maxPool,
  relu,
  sigmoid,
  softplus,
  tanh,
} from "./models/overloads.ts";
export { type ApplyContext, type Model, sequential } from "./models/sequential.ts";

// Linear, quadratic and mixed-integer programs.
export type { Coefficients, Program, ProgramConstraint } from "./programs/program.ts";
export {
  type ProgramOptions,
  type ProgramSolution,
  solveProgram,
} from "./programs/solveProgram.ts";

// Running it.
export type { EngineChoice } from "./runtime/choose.ts";
export {
  type Derivative,
  type Evaluated,
  gnvp,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  valueAndGrad,
  vjp,
  vmap,
} from "./runtime/eager.ts";
export { type Concrete, type Given, type JitOptions, jit } from "./runtime/jit.ts";
// Many runs: the minima that there are, and ensembles of them.
export {
  type EnsembleOptions,
  type EnsembleReport,
  ensemble,
  fitMany,
} from "./search/ensemble.ts";
export {
  type FindMinimaOptions,
  findMinima,
  type MinimaFound,
  type Minimum,
} from "./search/findMinima.ts";
export { type CompositeLoss, compositeLoss } from "./training/compositeLoss.ts";
export { type ConstraintFunctions, constraints } from "./training/constraintFunctions.ts";
export {
  type CurvatureOptions,
  type CurvatureReport,
  type CurvatureWitness,
  curvature,
} from "./training/curvature.ts";
export { curvatureOfTraining } from "./training/curvatureOfTraining.ts";
export { type ArraysOf, type BatchOf, type Dataset, dataset } from "./training/dataset.ts";
export { defineConfig, type NadirConfig } from "./training/defineConfig.ts";
export {
  defineTraining,
  problem,
  type Setting,
  type SettingDefaults,
  type Training,
  type TrainingDefinition,
  type TrainingProblem,
} from "./training/defineTraining.ts";
export { type DifferenceOfConvex, differenceOfConvex } from "./training/differenceOfConvex.ts";
export type { Listener, RunEvent } from "./training/events.ts";
export {
  type DifferenceOptions,
  type FiniteDifferences,
  finiteDifferences,
} from "./training/finiteDifferences.ts";
export { type FiniteSum, finiteSum } from "./training/finiteSum.ts";
export { type EarlyStopping, type FitOptions, type FitResult, fit } from "./training/fit.ts";
export { type LeastSquares, leastSquares } from "./training/leastSquares.ts";
export {
  type MinimaxMethod,
  type MinimaxOptions,
  type MinimaxResult,
  type MinimaxVerdict,
  minimax,
} from "./training/minimax.ts";
export {
  type MinimizeOptions,
  type MinimizeResult,
  minimize,
  type SearchResult,
} from "./training/minimize.ts";
export type { ModelOutline } from "./training/modelOutline.ts";
export type { Checkpoints, Cost } from "./training/plan.ts";
export type { Loss, LossContext, LossReport, Problem } from "./training/problem.ts";
export type { Progress, Snapshot } from "./training/snapshot.ts";
export type { Objective } from "./training/structure.ts";
export type { HealthOptions, HealthReport } from "./training/watch/health.ts";
export type { SuspectsOptions } from "./training/watch/labelWatch.ts";
export type { PlateauOption, PlateauOptions } from "./training/watch/plateauOption.ts";
