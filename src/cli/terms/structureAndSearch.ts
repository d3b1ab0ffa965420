import type { Term } from "./term.ts";

/** What is more than one smooth function without conditions: sums, sets, penalties, convexity, many basins, schedules. */
export const structureAndSearch: Readonly<Record<string, Term>> = {
  "variance-reduction": {
    also: ["svrg", "saga", "spider", "storm", "finite sum"],
    what: "Estimating the gradient of a sum over rows from a few of them with an error that vanishes as the point settles: the same rows are also evaluated at an older point, whose full gradient is known.",
    advice:
      "Use it for convex models and small networks to high accuracy. Give the problem as finiteSum(loss, data).",
    source:
      "Johnson & Zhang (2013), Accelerating stochastic gradient descent using predictive variance reduction",
    see: ["noise-floor"],
  },
  convex: {
    also: ["convexity", "convex function"],
    what: "A function that never lies above its chords: half-way between two points it is at most the mean of their values. Every local minimum is then global.",
    advice: "nadir convexity FILE proves it by rules, or shows two points that refute it.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §3.1",
    see: ["witness", "biconvex", "global-minimum"],
  },
  biconvex: {
    what: "Convex in each of two blocks of unknowns while the other is held, though not in both at once. A matrix factorization is: each side is a least-squares problem.",
    advice:
      "Alternate between the blocks (ALS). The end is a stationary point; only special cases are known to have no bad minima.",
    source:
      "Gorski, Pfeuffer & Klamroth (2007), Biconvex sets and optimization with biconvex functions",
    see: ["convex"],
  },
  "matrix-factorization": {
    also: ["als", "alternating least squares", "collaborative filtering", "recommendation"],
    what: "Explaining the known entries of a matrix as products of short vectors, one for each row and column: tastes of users and qualities of items. With one side fixed the other is least squares; alternating never raises the objective.",
    advice:
      "Hold ratings out, and compare with biases alone. The verdict bounds how far any factors could still go: a bound that meets the objective proves a global minimum.",
    source:
      "Koren, Bell & Volinsky (2009), Matrix factorization techniques for recommender systems",
    see: ["biconvex", "nuclear-norm", "cold-start"],
  },
  "nuclear-norm": {
    also: ["trace norm", "soft-impute", "low-rank completion"],
    what: "The sum of a matrix's singular values: convex, and small where the rank is. A factorization with squared L2 penalties on both sides minimizes it in disguise, as long as its rank is enough; then the convex dual certifies the factors.",
    advice:
      "softImpute for up to some hundred rows or columns, with a duality gap; matrixFactorization beyond, with a bound where it applies.",
    source:
      "Mazumder, Hastie & Tibshirani (2010), Spectral regularization algorithms for learning large incomplete matrices",
    see: ["duality-gap", "matrix-factorization"],
  },
  "cold-start": {
    also: ["unseen user", "new user"],
    what: "A user or an item without ratings has no factors: nothing that was learned says what it likes.",
    advice:
      'predict refuses such pairs, or gives NaN with { unseen: "nan" }. Fall back on the most popular items, and fit again once there are ratings.',
    source: "Schein et al. (2002), Methods and metrics for cold-start recommendations",
    see: ["matrix-factorization"],
  },
  witness: {
    what: "Two points and their midpoint, where the function lies above the chord: a proof that it is not convex, which anyone can check with three evaluations.",
    advice:
      "nadir convexity FILE --json has the points. No witness found is no proof of convexity.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §3.1.1",
    see: ["convex"],
  },
  "strong-convexity": {
    also: ["strongly convex"],
    what: "Convex even after ½μ‖x‖² is taken off. The minimum is then unique, and its value at most ‖∇f‖²/2μ below the present one: a certificate from the gradient alone.",
    advice: "A little L2 penalty makes a convex loss strongly convex.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §9.1.2",
    see: ["convex", "duality-gap"],
  },
  "duality-gap": {
    also: ["gap", "dual", "certificate"],
    what: "The value reached minus a lower bound that was computed for the same problem. The true minimum lies in between, so a small gap proves that little can be gained.",
    advice: "Stop when the gap is below what matters to you.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §5.5.1",
    see: ["global-minimum"],
  },
  "linear-program": {
    also: ["lp", "linear programming", "quadratic program", "qp", "milp", "integer program"],
    what: "A linear or convex quadratic function over a polyhedron, maybe with unknowns that must be whole. Without whole numbers it is convex, and its dual certifies the minimum; with them, branch and bound closes the gap.",
    advice:
      "solveProgram({ minimize, constraints, bounds, integer }). The multipliers tell what each constraint costs.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §4.3, §4.4",
    see: ["duality-gap", "farkas", "convex"],
  },
  "best-subset": {
    also: ["best subset selection", "l0 regression"],
    what: "Least squares with at most k coefficients that are not zero: the problem that the lasso and its kin approximate. Not convex, but a mixed-integer program: branch and bound can prove that no k columns fit better.",
    advice:
      "bestSubset({ size }). Look at the gap: 0 is a proof. With much noise the best subset fits the noise, too: compare by BIC or cross-validation.",
    source:
      "Bertsimas, King & Mazumder (2016), Best subset selection via a modern optimization lens",
    see: ["linear-program", "duality-gap", "local-branching"],
  },
  "reweighted-l1": {
    also: ["iteratively reweighted l1", "local linear approximation", "lla"],
    what: "A concave penalty is replaced by its tangent at the magnitudes so far: an L1 problem whose weights are small where entries are large. Each round lowers the value, and what is large is hardly shrunk any more.",
    advice:
      'method: reweightedL1(), or start: "reweighted" for linear models. Two or three rounds do most of it.',
    source:
      "Candès, Wakin & Boyd (2008), Enhancing sparsity by reweighted l1 minimization; Zou & Li (2008)",
    see: ["sparsity"],
  },
  "local-branching": {
    what: "Searching by branch and bound only among the answers that differ from the best so far in a few decisions, around a new centre whenever that finds a better one. What was searched to the end is excluded from the rest by one linear constraint.",
    advice: "bestSubset({ size, radius: 3 }): columns that are exchanged at once.",
    source: "Fischetti & Lodi (2003), Local branching",
    see: ["best-subset"],
  },
  farkas: {
    also: ["farkas certificate", "farkas ray", "infeasibility certificate"],
    what: "Weights under which linear constraints add up to a contradiction, 0 ≥ 1: the proof that no point satisfies all of them. It exists whenever none does.",
    advice: "Loosen one of the constraints that have a weight: any proof needs them all.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §5.8.3",
    see: ["infeasible", "linear-program"],
  },
  projection: {
    also: ["projected gradient", "constraint set"],
    what: "The nearest point of a set. After each gradient step it brings the unknowns back: exact feasibility at each iteration.",
    advice:
      "constraint: box(0, 1), simplex(), ball … For conditions given as functions use the augmented Lagrangian.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §16.7",
    see: ["kkt", "frank-wolfe"],
  },
  kkt: {
    also: ["karush-kuhn-tucker", "multiplier", "multipliers", "active constraint"],
    what: "What a constrained minimum satisfies: the gradient is a combination of the gradients of the constraints that hold it. The factors, the multipliers, say how much the value would fall if a constraint gave way by one unit.",
    advice: "Look at the largest multiplier: that constraint costs most.",
    source: "Nocedal & Wright (2006), Numerical Optimization, theorem 12.1",
    see: ["projection", "augmented-lagrangian", "critical-cone", "licq"],
  },
  licq: {
    also: ["constraint qualification", "independence"],
    what: "Linear independence of the gradients of all constraints that are active at a point. Where it holds a minimum has multipliers, and only one set of them. Where it fails there may be several, or none: x ≤ 0 written as x² ≤ 0 has a gradient of 0 just where it counts.",
    advice:
      "The verdict tells rank and smallest singular value. Where they are short, drop constraints that follow from others, or write them so that their gradients do not vanish.",
    source: "Nocedal & Wright (2006), Numerical Optimization, definition 12.4",
    see: ["kkt", "critical-cone"],
  },
  "critical-cone": {
    also: [
      ...["reduced hessian", "weakly active", "strictly active", "complementarity"],
      "second-order conditions",
    ],
    what: "The directions that neither the constraints that hold a point nor those that only touch it forbid, to first order. Curvature of the Lagrangian (the function's, and the constraints' times their multipliers) decides there: positive in all of them is a strict minimum, negative in one is none. A constraint touches where its multiplier is 0: it blocks one side only.",
    advice:
      "At a saddle the direction given lies in it: follow it, staying on the constraints that hold. Least curvature 0 decides nothing: compare values nearby.",
    source: "Nocedal & Wright (2006), Numerical Optimization, theorems 12.5 and 12.6",
    see: ["kkt", "licq", "saddle-point"],
  },
  "augmented-lagrangian": {
    also: ["quadratic penalty", "log barrier"],
    what: "Minimizing the function plus a penalty for violating the constraints, whose multipliers are estimated from round to round, so that the penalty's weight need not go to infinity.",
    advice:
      "The choice for general equations and inequalities. A log barrier needs a start strictly inside.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §17.3",
    see: ["kkt"],
  },
  "frank-wolfe": {
    also: ["conditional gradient"],
    what: "Moving towards the point of the set that minimizes the linearized function: no projection is needed, and iterates are mixtures of few extreme points. Its gap bounds the distance to the minimum where f is convex.",
    advice:
      "Use it where the linear minimum is cheap and the projection is not. Expect slow convergence near a face.",
    source: "Jaggi (2013), Revisiting Frank–Wolfe, algorithm 1",
    see: ["projection", "duality-gap"],
  },
  "proximal-operator": {
    also: ["prox", "proximal gradient", "fista", "soft thresholding"],
    what: "The best compromise between staying near a point and lowering a penalty. For L1 it moves each entry towards zero and stops there: exact zeros, which a gradient step never gives.",
    advice: "Give penalties as penalty: l1(0.1), not inside the loss.",
    source: "Parikh & Boyd (2014), Proximal algorithms",
    see: ["sparsity"],
  },
  sparsity: {
    also: ["lasso", "scad", "mcp", "sparse"],
    what: "Solutions of which most entries are zero. L1 (convex) gives it and shrinks everything; SCAD, MCP and L½ (not convex) leave large entries alone and need less of them, at the price of the certificate.",
    advice: "Start from lasso. Try MCP where the signal is strong; compare on held-out data.",
    source: "Fan & Li (2001), Variable selection via nonconcave penalized likelihood",
    see: ["proximal-operator"],
  },
  "support-vector-machine": {
    also: ["svm", "hinge", "support vector", "kernel machine"],
    what: "A classifier that asks each sample for a margin of 1 and charges for what is missing, beside the size of its weights. Samples with margin enough have no part in it; the others are its support vectors.",
    advice:
      "linearSvm for many features, kernelSvm for curved boundaries; look along a path over C. Both end with a duality gap. Every wrong label becomes a support vector: see ramp-loss.",
    source: "Cortes & Vapnik (1995), Support-vector networks",
    see: ["convex", "duality-gap", "ramp-loss"],
  },
  "ramp-loss": {
    also: ["truncated hinge", "robust loss"],
    what: "The hinge loss cut off, so that no sample costs more than a fixed price: one on the wrong side by far, often a wrong label, is given up and pulls no more. The price is convexity: what is reached is a local minimum.",
    advice:
      "kernelSvm({ loss: { ramp: -0.2 } }) for labels that may be wrong. At a C at which the hinge machine fits every label nobody is given up: take a smaller C, or a smaller startC. Compare with the hinge on clean held-out samples: it is not always better.",
    source: "Collobert, Sinz, Weston & Bottou (2006), Trading convexity for scalability",
    see: ["support-vector-machine", "difference-of-convex"],
  },
  "difference-of-convex": {
    also: ["cccp", "dc"],
    what: "Splitting a function as g − h with both convex. Replacing h by its tangent gives a convex problem that lies above the function, and whose solution lowers it.",
    advice:
      "The end is a stationary point: where it lies depends on the start, so start from the convex part's solution.",
    source: "Yuille & Rangarajan (2003), The concave-convex procedure",
    see: ["convex"],
  },
  basin: {
    also: ["multi-start", "basin hopping", "global search"],
    what: "All starts from which a descent method ends at the same minimum. A rugged function has many; the lowest minimum may have a small one.",
    advice:
      "Search from many starts (method=multiStart), and look at how often the lowest value was reached.",
    source: "Wales & Doye (1997), Global optimization by basin-hopping",
    see: ["local-minimum", "ensemble"],
  },
  "simulated-annealing": {
    also: ["annealing", "dual annealing"],
    what: "A random walk that accepts rises with a probability that falls with the temperature: at first it crosses barriers, at last it settles.",
    advice:
      "For up to some dozens of unknowns in a box. It proves nothing about what it did not visit.",
    source: "Xiang et al. (1997), Generalized simulated annealing",
    see: ["basin"],
  },
  "evolution-strategy": {
    also: ["cma-es", "differential evolution", "population"],
    what: "A cloud of points that is mixed, moved and selected by value alone. CMA-ES learns the cloud's shape from the steps that worked, and so copes with bad conditioning.",
    advice: "For rugged functions without derivatives; larger populations see more basins.",
    source: "Hansen (2016), The CMA evolution strategy: a tutorial",
    see: ["basin"],
  },
  "nelder-mead": {
    also: ["simplex method", "derivative-free"],
    what: "A search by a simplex of n + 1 points that reflects its worst corner through the others, needing values only.",
    advice:
      "For a few unknowns and functions without derivatives; check the end with another start.",
    source: "Nelder & Mead (1965), A simplex method for function minimization",
    see: ["finite-differences"],
  },
  ensemble: {
    what: "The mean prediction of several trained models. Its loss is at most the mean of theirs (for convex losses such as the negative log-likelihood), and lower the more they differ.",
    advice: "Train from several seeds, and report the spread too.",
    source:
      "Lakshminarayanan, Pritzel & Blundell (2017), Simple and scalable predictive uncertainty estimation",
    see: ["basin"],
  },
  schedule: {
    also: ["cosine", "warm restarts", "one-cycle"],
    what: "The learning rate as a function of the step: high enough at first to move far, falling so that the noise of batches dies out.",
    advice:
      "warmupCosine({ peak, warmup: 0.03 }) is a good start. nadir methods --kind schedule lists all.",
    source: "Loshchilov & Hutter (2017), SGDR, eq. (5)",
    see: ["learning-rate", "warm-up", "range-test"],
  },
  "range-test": {
    also: ["learning-rate range test"],
    what: "A short training in which the rate grows exponentially: where the loss falls fastest is a good rate, where it rises is too large.",
    advice: "Take a rate of a third to a tenth of where the loss turns up.",
    source: "Smith (2017), Cyclical learning rates for training neural networks, §3.3",
    see: ["learning-rate", "schedule"],
  },
  "latent-groups": {
    also: ["overlapping-groups"],
    what: "Groups of features that share some, for a group penalty: each group has its own copy of the shared columns, and a coefficient is the sum of its copies'. The features kept are then a union of groups. A sum of norms over overlapping groups is something else, and has no closed prox.",
    advice:
      "latentGroups(groups, features) makes the copies for linearModel, and adds their coefficients up again.",
    source: "Jacob, Obozinski & Vert (2009), Group lasso with overlap and graph lasso",
    see: ["global-minimum"],
  },
  screening: {
    what: "Leaving features out of a sparse regression before it is solved, since they will have zero coefficients. A safe rule proves it from the duality gap; the strong rule guesses it from the last strength of a path, and all features are looked at once before a fit counts as done.",
    advice: "Nothing: paths use the strong rule wherever the penalty begins with a slope.",
    source:
      "Tibshirani et al. (2012), Strong rules for discarding predictors in lasso-type problems; Ndiaye et al. (2017), Gap safe screening rules for sparsity enforcing penalties",
    see: ["global-minimum"],
  },
};
