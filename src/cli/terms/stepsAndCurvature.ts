import type { Term } from "./term.ts";

/** How steps are chosen: line searches, curvature, noise, and what they cost. */
export const stepsAndCurvature: Readonly<Record<string, Term>> = {
  "line-search": {
    also: ["wolfe conditions", "wolfe", "armijo", "backtracking"],
    what: "Choosing how far to go along a direction: far enough that the value falls by a part of what the slope promises (Armijo), and that the slope has flattened (Wolfe). A solver with a line search needs no learning rate.",
    advice:
      "Leave its constants alone. If it fails, the gradient is wrong, the function has kinks, or the value is at its rounding error: the verdict says which was seen.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §3.1 and §3.5",
    see: ["l-bfgs", "conjugate-gradient", "non-monotone"],
  },
  "non-monotone": {
    also: ["nonmonotone"],
    what: "Letting the value rise now and then, as long as it stays below the largest of the last few. Steps of Barzilai and Borwein need that freedom: held to a fall at each step they lose their speed.",
    advice: "Read the trend, not single steps. The best point seen is kept.",
    source: "Grippo, Lampariello & Lucidi (1986), A nonmonotone line search technique",
    see: ["line-search"],
  },
  "conjugate-gradient": {
    also: ["conjugate gradients", "cg"],
    what: "Directions that do not undo each other's work: each is the gradient, corrected by a part of the direction before. On a quadratic of n unknowns n steps suffice, at the memory of a few vectors.",
    advice:
      "Use it for very many unknowns without noise; L-BFGS usually needs fewer gradients for a little more memory.",
    source: "Hager & Zhang (2006), A survey of nonlinear conjugate gradient methods",
    see: ["l-bfgs", "condition-number"],
  },
  "quasi-newton": {
    also: ["bfgs", "sr1"],
    what: "Learning the Hessian from how gradients change along the steps taken, instead of computing it. BFGS keeps it positive definite; SR1 lets it be indefinite, and so may see a saddle.",
    advice:
      "Use BFGS up to some hundred unknowns, L-BFGS beyond. Not with minibatches: gradients of different batches cannot be compared.",
    source: "Nocedal & Wright (2006), Numerical Optimization, chapter 6",
    see: ["l-bfgs", "trust-region"],
  },
  "newton-method": {
    also: ["newton", "newton's method"],
    what: "A step to the stationary point of the quadratic model, −H⁻¹g. Near a minimum each step doubles the number of right digits; elsewhere the nearest stationary point may be a saddle, which attracts it.",
    advice: "Use it safeguarded: trustRegion, a modified Cholesky factor, or saddle-free steps.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §3.3",
    see: ["trust-region", "saddle-free", "cubic-regularization"],
  },
  "saddle-free": {
    also: ["saddle-free newton"],
    what: "Newton's step with the absolute values of the curvatures, −|H|⁻¹g: directions of negative curvature then repel a saddle instead of attracting to it.",
    advice:
      "A cheap change where the whole Hessian, or a few of its extreme eigenvectors, can be had. Started exactly on a saddle it needs a push: escapeSaddles gives one.",
    source: "Dauphin et al. (2014), Identifying and attacking the saddle point problem, eq. (6)",
    see: ["newton-method", "saddle-point"],
  },
  "cubic-regularization": {
    also: ["arc", "cubic"],
    what: "Minimizing the quadratic model plus σ/3 times the cube of the step's length. The cube bounds the step, as a trust region does, and the worst case is better: it is proved to pass saddles.",
    advice: "An alternative to trustRegion at the same price; try both on a hard function.",
    source: "Cartis, Gould & Toint (2011), Adaptive cubic regularisation methods, part I",
    see: ["trust-region", "hard-case"],
  },
  "hard-case": {
    what: "A gradient without any part along the direction of the smallest curvature, as exactly on a saddle. Methods built from the gradient alone then never see that direction.",
    advice:
      "Use a method that asks the Hessian: the exact subproblem of trustRegion, or the search from a random start that nadir makes before it claims a minimum.",
    source: "Moré & Sorensen (1983), Computing a trust region step, §3",
    see: ["saddle-point", "lanczos"],
  },
  "gauss-newton": {
    also: ["levenberg-marquardt", "gnvp", "gauss-newton product"],
    what: "The curvature JᵀJ of a sum of squares that remains when the residuals' own curvature is left out. It is never indefinite and needs first derivatives alone. Levenberg and Marquardt add a multiple of the identity, so that the step stays where the model holds.",
    advice:
      "Give sums of squares as leastSquares((x) => residuals), so that these solvers can be used. With large residuals at the solution prefer trustRegion.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §10.3",
    see: ["trust-region", "hessian-free"],
  },
  "hessian-free": {
    also: ["martens"],
    what: "Newton-like training of networks without a matrix: conjugate gradients on Gauss–Newton products, damped by how well the quadratic model foretells the loss.",
    advice:
      "Use large batches, and compare at equal gradient-equivalents: each iteration costs tens of products.",
    source: "Martens (2010), Deep learning via Hessian-free optimization",
    see: ["gauss-newton", "natural-gradient", "gradient-equivalent"],
  },
  "natural-gradient": {
    also: ["k-fac", "kfac", "fisher", "kronecker factors"],
    what: "The gradient measured by how much the model's predictions change instead of how much its params do: F⁻¹g, with F Fisher's information. K-FAC approximates F layer by layer as a Kronecker product of two small matrices.",
    advice:
      "kfac(0.1) with a compositeLoss that draws targets, on networks of dense and convolutional layers; hessianFree for the whole matrix by products, on small networks and all rows.",
    source:
      "Amari (1998), Natural gradient works efficiently in learning; Martens & Grosse (2015), Optimizing neural networks with Kronecker-factored approximate curvature",
    see: ["fisher-matrix", "gauss-newton", "hessian-free"],
  },
  "fisher-matrix": {
    also: ["fisher information", "empirical fisher"],
    what: "The mean of ggᵀ over a model's own predictions, g the derivative of −log of their density: how much predictions change with each param, to second order. It is the Gauss–Newton matrix of a cross-entropy or a squared error. With the data's own targets in place of drawn ones it is called empirical, and is another matrix.",
    advice:
      'Tell a compositeLoss how targets are drawn, with drawTargets. kfac(rate, { fisher: "empirical" }) needs none and follows the noise of the gradients instead.',
    source:
      "Kunstner, Balles & Hennig (2019), Limitations of the empirical Fisher approximation for natural gradient descent",
    see: ["natural-gradient", "gauss-newton"],
  },
  lanczos: {
    what: "A way to the extreme eigenvalues of a matrix by products with it alone. nadir uses it for the smallest and largest curvature of large problems, from a random start, with a bound on the error.",
    advice:
      "More products make the bound smaller. On a minibatch the smallest eigenvalue found is too low on average: the evidence names the sample.",
    source: "Parlett (1980), The Symmetric Eigenvalue Problem, chapter 13",
    see: ["curvature", "hessian-vector-product"],
  },
  "condition-number": {
    also: ["ill-conditioned", "conditioning"],
    what: "The largest curvature over the smallest: how elongated the valley is. First-order methods need a number of steps in proportion to it, or to its root.",
    advice:
      "Scale the variables or inputs to about one; use an adaptive rule, L-BFGS or a second-order solver, which undo it.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §3.3",
    see: ["curvature", "conjugate-gradient"],
  },
  "curvature-feedback": {
    what: "Letting the measured smallest curvature decide how much noise to add and whether to step along negative curvature: none where the curvature is positive, a push where it is not.",
    advice:
      "Use curvatureFeedback where you suspect saddles; nadir bench saddles shows what it costs beside perturbed gradient descent.",
    source:
      "nadir; Jin et al. (2017) and Reddi et al. (2018), A generic approach for escaping saddle points",
    see: ["saddle-point", "perturbed-gradient-descent"],
  },
  "perturbed-gradient-descent": {
    also: ["perturbation", "noise injection"],
    what: "Gradient descent that adds a random push from a small ball, only where the gradient is small and has been for a while. The push grows along negative curvature, and dies out at a minimum.",
    advice:
      "Set the radius small beside the distances that matter, and wait long enough between pushes. Noise at every step is another method, and hovers.",
    source: "Jin et al. (2017), How to escape saddle points efficiently, algorithm 2",
    see: ["saddle-point", "curvature-feedback"],
  },
  "langevin-dynamics": {
    also: ["sgld", "langevin"],
    what: "Gradient steps plus noise of variance in proportion to the rate: run long, the params are draws from the posterior instead of one best point.",
    advice:
      "Scale the loss to the sum over the data, not the mean, or the temperature is off by the number of rows. Let the rate fall.",
    source:
      "Welling & Teh (2011), Bayesian learning via stochastic gradient Langevin dynamics, eq. (4)",
    see: ["noise-floor"],
  },
  "sharpness-aware-minimization": {
    also: ["sam", "asam"],
    what: "Taking the gradient at the worst point of a small ball around the params, so that training prefers flat surroundings.",
    advice: "It costs two gradients a step. Judge it by held-out data, at equal gradients.",
    source: "Foret et al. (2021), Sharpness-aware minimization, algorithm 1",
    see: ["sharpness"],
  },
  "gradient-equivalent": {
    also: ["gradient equivalents"],
    what: "nadir's unit of cost: one gradient. A value counts a third, a Hessian product two, a Hessian 2n. Methods of different kinds can be compared in it.",
    advice:
      "Compare methods at equal gradient-equivalents, not at equal iterations: nadir race does.",
    source:
      "nadir; the ratios are those of reverse-mode differentiation, Griewank & Walther (2008), chapter 4",
    see: ["hessian-vector-product", "performance-profile"],
  },
  "performance-profile": {
    also: ["dolan-more"],
    what: "For each method the share of problems it solves within τ times the price of the best method, as a curve in τ. At τ = 1 it shows who is fastest how often, at the right end who solves most.",
    advice:
      "Read both ends. A method that is often fastest and seldom succeeds starts high and ends low.",
    source: "Dolan & Moré (2002), Benchmarking optimization software with performance profiles",
    see: ["gradient-equivalent"],
  },
  "min-max": {
    also: ["minimax", "game", "extragradient", "optimistic gradient", "saddle game"],
    what: "A function that one player lowers and another raises. Its gradient field may turn around an equilibrium: eigenvalues of its derivative are then complex, and plain simultaneous steps spiral out however small they are.",
    advice:
      "minimax(f, { x0, y0 }) looks a step ahead (extragradient) and tells whether the point is stable and how much the players circle.",
    source:
      "Korpelevich (1976); Mescheder, Nowozin & Geiger (2017), The numerics of GANs, proposition 4",
    see: ["saddle-point"],
  },
  "finite-differences": {
    also: ["difference gradient"],
    what: "Derivatives from values at nearby points. Half the digits of the value are lost at best, and noise in it is divided by the step.",
    advice:
      "Write the function in nadir's array language if you can: exact derivatives for the price of a few values.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §8.1",
    see: ["nelder-mead"],
  },
};
