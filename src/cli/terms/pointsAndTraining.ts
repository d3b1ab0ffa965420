import type { Term } from "./term.ts";

/** Verdicts, the measures they rest on, and the craft of training. */
export const pointsAndTraining: Readonly<Record<string, Term>> = {
  verdict: {
    what: "nadir's statement of what kind of point a run ended at. It rests on what was measured there, the gradient and the extreme curvatures, and carries the tolerance and the error of each. It never claims more than was measured.",
    advice:
      "Read the evidence below the mark. If the verdict is weaker than you need, ask for a smaller tolerance or a larger budget.",
    source: "Nocedal & Wright (2006), Numerical Optimization, theorems 2.2 to 2.4",
    see: ["local-minimum", "saddle-point", "not-stationary"],
  },
  "local-minimum": {
    also: ["minimum"],
    what: "A point that no small step improves: the gradient is zero within the tolerance, and the curvature is positive in every direction. Elsewhere there may be lower ones.",
    advice:
      "If its value is good enough, you are done. If not, start from other points (x0=…, seed=…): only a convex problem promises that there is nothing lower.",
    source: "Nocedal & Wright (2006), Numerical Optimization, theorem 2.4",
    see: ["global-minimum", "sharpness"],
  },
  "global-minimum": {
    also: ["global", "optimum"],
    what: "A point with the lowest value there is. nadir says so only with a certificate: the problem is convex, and a lower bound (the dual value) meets the value reached, up to the gap shown.",
    advice:
      "Nothing is left to gain beyond the gap. If you expected better, the model, not the optimizer, is the limit.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §5.5",
    see: ["local-minimum"],
  },
  "saddle-point": {
    also: ["saddle"],
    what: "A point where the gradient vanishes but some direction still leads down: the smallest eigenvalue of the Hessian is negative. In many dimensions they far outnumber minima, and gradient methods slow down near them and look converged.",
    advice:
      "Step along the direction that the verdict names; second-order solvers do so by themselves (escapeSaddles=true). With gradient methods, add noise: smaller batches, or momentum.",
    source: "Dauphin et al. (2014), Identifying and attacking the saddle point problem, §2",
    see: ["plateau", "hessian-vector-product", "trust-region"],
  },
  stationary: {
    also: ["fixed point"],
    what: "The first-order conditions hold: no small step lowers the value at first order, constraints and penalties counted in. Of the second order nothing is proved: it may be a minimum or a saddle. Fits with a non-convex penalty end so where their curvature is not positive.",
    advice:
      "Compare other starts: a path of strengths from large to small, or the lasso's answer. A less concave penalty (a larger γ for MCP, a larger a for SCAD) makes a stronger statement possible.",
    source:
      "Breheny & Huang (2011), Coordinate descent algorithms for nonconvex penalized regression, §4",
    see: ["local-minimum", "saddle-point"],
  },
  degenerate: {
    also: ["flat", "degenerate minimum"],
    what: "The gradient vanishes and no direction leads down, but along some directions the curvature is zero within its error. The second order cannot tell a flat valley, which is common in overparameterized networks, from a very slow descent.",
    advice:
      "If the value is good, use it. To decide, lower the tolerance and go on, use f64 where you used f32, or add a little weight decay, which bends the flat directions.",
    source:
      "Sagun et al. (2018), Empirical analysis of the Hessian of over-parametrized neural networks",
    see: ["local-minimum", "curvature"],
  },
  plateau: {
    what: "A stretch where the loss hardly falls though the gradient is not zero: the slope is slight, or the steps are too small for it.",
    advice:
      "Raise the learning rate, or use a method that scales each coordinate (adam). Check for saturated or dead units, and whether the inputs are scaled to about one.",
    source: "Goodfellow, Bengio & Courville (2016), Deep Learning, §8.2.3",
    see: ["saddle-point", "learning-rate"],
  },
  "noise-floor": {
    what: "The level at which a stochastic method stops improving: the randomness of minibatch gradients shakes the point as much as the mean gradient moves it. The loss then wanders around a level set by the learning rate and the batch size.",
    advice:
      "Lower the learning rate towards the end (a cosine schedule), or enlarge the batch. Halving the rate about halves the floor.",
    source:
      "Bottou, Curtis & Nocedal (2018), Optimization methods for large-scale machine learning, theorem 4.6",
    see: ["learning-rate", "not-stationary"],
  },
  "not-stationary": {
    also: ["not yet", "not converged"],
    what: "The run ended before it reached a point where the gradient vanishes: the steps were used up, someone stopped it, or no further step could be found. A network stopped after a fixed number of epochs usually ends so, and may be as good as it needs to be.",
    advice:
      "If the measure that you care about is still improving, go on: more epochs or iterations. If a line search gave up, the function may not be smooth there, or f32 is too coarse: use f64.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §3.2",
    see: ["early-stopping", "gradient-norm"],
  },
  divergence: {
    also: ["diverged", "nan", "explosion"],
    what: "The loss grew without bound or became NaN. Mostly the learning rate is above what the curvature allows: beyond 2 divided by the sharpness, each step of gradient descent overshoots more than the last.",
    advice:
      "Divide the learning rate by 3 to 10, warm it up, and clip gradients by their global norm. If it fails at the first step, look for NaN in the data, a logarithm or a root of zero, and unscaled inputs.",
    source: "Cohen et al. (2021), Gradient descent typically occurs at the edge of stability, §2",
    see: ["learning-rate", "gradient-clipping", "warm-up", "sharpness"],
  },
  unbounded: {
    what: "The value falls forever along a ray: the problem as stated has no minimum.",
    advice: "Look for a missing constraint, a missing penalty, or a wrong sign.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §4.1",
    see: ["infeasible"],
  },
  infeasible: {
    what: "No point satisfies all constraints; the certificate proves it.",
    advice: "Drop or loosen the constraints that the certificate weighs most.",
    source: "Boyd & Vandenberghe (2004), Convex Optimization, §5.8",
    see: ["unbounded"],
  },
  "gradient-norm": {
    also: ["gradient"],
    what: "The length of the gradient, the vector of slopes in every direction. It is zero at every minimum, saddle and maximum, so it says whether a point is stationary, never which kind.",
    advice:
      "Compare it with the tolerance beside it, not with zero. A norm that grows while the loss falls warns of sharp curvature.",
    source: "Nocedal & Wright (2006), Numerical Optimization, theorem 2.2",
    see: ["curvature", "verdict"],
  },
  "learning-rate": {
    also: ["step size", "lr"],
    what: "How far a step goes for a given gradient. Too large and the loss diverges or bounces; too small and the run crawls. It is the setting that matters most.",
    advice:
      "Start at adam's 1e-3 and try factors of 3. Let it decay by a cosine to the end of the run. The largest rate that trains stably is usually best.",
    source: "Goodfellow, Bengio & Courville (2016), Deep Learning, §11.4.1",
    see: ["warm-up", "divergence"],
  },
  "warm-up": {
    also: ["warmup"],
    what: "Raising the learning rate from near zero over the first part of a run. At the start, curvature is high and adam's averages rest on few gradients, so full steps do harm.",
    advice:
      "Warm up over 1 to 5 % of the steps (warmup: 0.03). If the first steps diverge, make it longer.",
    source: "Goyal et al. (2017), Accurate, large minibatch SGD, §2.2",
    see: ["learning-rate"],
  },
  momentum: {
    also: ["heavy ball", "nesterov"],
    what: "Each step keeps a part (0.9, say) of the last one. Steps add up along a valley and cancel across it; far from the walls that is like a ten times larger rate.",
    advice:
      "Keep 0.9. When you raise it to 0.99, divide the learning rate by 10. Nesterov's form looks ahead and is a little more stable.",
    source:
      "Sutskever et al. (2013), On the importance of initialization and momentum in deep learning",
    see: ["adam", "learning-rate"],
  },
  adam: {
    also: ["adamw"],
    what: "A gradient method that divides each coordinate's averaged gradient by the root of its averaged square, so that all coordinates move at a similar pace, whatever their scale.",
    advice:
      "A good first choice for networks: learning rate 1e-3, the other settings as they are. For weight decay use adamw, which does not divide the decay too.",
    source: "Kingma & Ba (2015), Adam, algorithm 1; Loshchilov & Hutter (2019) for adamw",
    see: ["momentum", "learning-rate", "weight-decay"],
  },
  "l-bfgs": {
    also: ["lbfgs"],
    what: "A solver that learns the curvature from the last few steps and gradients, and finds each step's length by a line search. On smooth functions without noise it needs far fewer evaluations than gradient descent.",
    advice:
      "Use it in f64 for smooth functions of up to millions of variables. Not for minibatches: noise spoils the curvature that it learns.",
    source: "Liu & Nocedal (1989), On the limited memory BFGS method",
    see: ["trust-region", "curvature"],
  },
  "trust-region": {
    also: ["newton step"],
    what: "A solver that minimizes a quadratic model of the function inside a ball where the model is trusted, and resizes the ball by how well the model predicted. It uses negative curvature, so it leaves saddle points.",
    advice:
      "Use it for hard smooth functions, and where you need to know that the end is a minimum. It asks for Hessian-vector products, each about two gradients.",
    source: "Steihaug (1983); Nocedal & Wright (2006), Numerical Optimization, algorithm 7.2",
    see: ["saddle-point", "hessian-vector-product"],
  },
  curvature: {
    also: ["hessian", "eigenvalue", "spectrum"],
    what: "How the slope changes along a direction. The Hessian matrix holds all of it; its eigenvalues are the curvatures along its principal directions: positive curves up, negative curves down, zero is flat.",
    advice:
      "The smallest eigenvalue tells a minimum from a saddle; the largest limits the learning rate; their ratio says how hard the problem is for gradient descent.",
    source: "Nocedal & Wright (2006), Numerical Optimization, §2.1",
    see: ["sharpness", "hessian-vector-product"],
  },
  sharpness: {
    what: "The largest eigenvalue of the Hessian: the curvature along the steepest wall of the valley. Gradient descent is stable only while the learning rate is below 2 divided by the sharpness.",
    advice:
      "If it rises during training, lower the rate or warm up longer. Flatter ends often generalize better, though rescaling the weights can change the number without changing the model.",
    source: "Cohen et al. (2021), Gradient descent typically occurs at the edge of stability",
    see: ["curvature", "divergence"],
  },
  "hessian-vector-product": {
    also: ["hvp"],
    what: "The Hessian times one vector: how the gradient changes along that direction. It costs about two gradients and needs no matrix, so curvature can be measured in networks whose Hessian would never fit in memory.",
    advice:
      "Call hvp(f) with a point and a direction. Lanczos and trust-region steps are made of these products.",
    source: "Pearlmutter (1994), Fast exact multiplication by the Hessian",
    see: ["curvature", "trust-region"],
  },
  "early-stopping": {
    what: "Ending a run when the measure on held-out data has not improved for some epochs, and keeping the best point seen. It limits overfitting at no cost.",
    advice:
      "Hold out 10 to 20 % of the data, and give it patience: several epochs, as the measure is noisy.",
    source: "Prechelt (1998), Early stopping, but when?",
    see: ["dropout", "not-stationary"],
  },
  dropout: {
    what: "During training, each activation is set to zero with a given probability and the rest scaled up to make up for it; in use, nothing is dropped. The network cannot rely on any one unit, so it overfits less.",
    advice:
      "Start with 0.1 to 0.3 after wide dense layers. The training loss will look worse than the test loss: that is as it should be.",
    source:
      "Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting",
    see: ["weight-decay", "early-stopping"],
  },
  "weight-decay": {
    also: ["l2", "ridge"],
    what: "Every step also shrinks the weights a little. It prefers small weights, which vary less between samples, and gives flat directions some curvature.",
    advice: "Try 1e-4 with sgd, 1e-2 with adamw. Leave biases and normalization scales out of it.",
    source: "Loshchilov & Hutter (2019), Decoupled weight decay regularization",
    see: ["adam", "dropout"],
  },
  "batch-norm": {
    also: ["batch normalization", "batchnorm"],
    what: "A layer that shifts and scales each channel to mean 0 and variance 1 over the batch, then by two learned numbers. It allows larger learning rates. In use it takes running averages in place of the batch.",
    advice:
      "Put it between a convolution and its relu, with batches of at least 16. With smaller batches, layer normalization does not depend on the batch.",
    source: "Ioffe & Szegedy (2015), Batch normalization, algorithm 1",
    see: ["learning-rate"],
  },
  "gradient-clipping": {
    also: ["clipping", "clip by global norm"],
    what: "Shortening a gradient whose norm exceeds a limit, its direction kept. One bad batch, or one cliff in the loss, then cannot throw the parameters far away.",
    advice:
      "Clip the global norm at 1, and look at how often it acts: if at most steps, lower the learning rate instead.",
    source:
      "Pascanu, Mikolov & Bengio (2013), On the difficulty of training recurrent neural networks, algorithm 1",
    see: ["divergence"],
  },
};
