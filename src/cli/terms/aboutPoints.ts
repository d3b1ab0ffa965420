import type { Term } from "./term.ts";

/** What is measured about a point beyond its verdict: spectra, flatness, noise, and what lies between minima. */
export const aboutPoints: Readonly<Record<string, Term>> = {
  "spectral-density": {
    also: ["density of eigenvalues", "lanczos quadrature"],
    what: "How the Hessian's eigenvalues are spread. Of a trained network nearly all lie in a bulk about 0, and a few, about one for each class but one, stand far above it: the outliers.",
    advice:
      "nadir spectrum RUN. Step sizes are bounded by the outliers; how fast the rest falls is decided by the bulk. Negative eigenvalues beyond their error say that there is a way down.",
    source:
      "Ghorbani, Krishnan & Xiao (2019), An investigation into neural net optimization via Hessian eigenvalue density",
    see: ["sharpness", "outlier-eigenvalues", "gauss-newton"],
  },
  "outlier-eigenvalues": {
    also: ["outliers of the spectrum"],
    what: "Large eigenvalues that stand apart from the others. nadir counts those above the widest gap between neighbours among the largest, if it is a factor of 1.5 or more.",
    advice:
      "Ask for more eigenvalues than you expect outliers: with 10 classes, nadir spectrum RUN --largest 14.",
    source: "Papyan (2018), The full spectrum of deepnet Hessians at scale",
    see: ["spectral-density"],
  },
  "hessian-trace": {
    also: ["trace", "hutch++", "hutchinson"],
    what: "The sum of all eigenvalues: the mean curvature times the number of params. It is estimated from products with random vectors, so it comes with an interval.",
    advice: "Read the interval, not the value alone; more products narrow it.",
    source: "Meyer, Musco, Musco & Woodruff (2021), Hutch++: optimal stochastic trace estimation",
    see: ["spectral-density", "sharpness"],
  },
  flatness: {
    also: ["flat minimum", "sharp minimum", "adaptive sharpness"],
    what: "How little the loss rises about a minimum. Plain measures depend on how the network is written: scaling a ReLU layer up and the next down makes the same function look sharp. The adaptive ones measure each weight's change relative to the weight, and stay the same.",
    advice:
      "Compare minima by the adaptive measures of flatness(), never by the largest eigenvalue alone. To train for flatness: sam or asam.",
    source:
      "Kwon et al. (2021), ASAM; Dinh, Pascanu, Bengio & Bengio (2017), Sharp minima can generalize for deep nets",
    see: ["sharpness", "mode-connectivity"],
  },
  "mode-connectivity": {
    also: ["loss barrier", "barrier"],
    what: "Whether two minima lie in one valley. Along the straight line between two runs the loss usually rises to that of an untrained network; along a curve fitted between them it often hardly rises at all.",
    advice:
      "connect(problem, { at, to }) gives the barrier of both. No barrier on the line: their weights may be averaged. A barrier: average predictions instead, with an ensemble.",
    source:
      "Garipov et al. (2018), Loss surfaces, mode connectivity, and fast ensembling of DNNs; Frankle et al. (2020)",
    see: ["flatness"],
  },
  "loss-landscape": {
    also: ["landscape", "filter normalisation", "filter normalization"],
    what: "The loss on a line or a plane through a point. Random directions are scaled filter by filter to the weights' own length, or widths of different networks could not be compared. A slice shows only what it cuts: a saddle may look like a minimum.",
    advice:
      "nadir landscape RUN, with --plane curvature for the steepest rise and the steepest descent; trust the verdict over the picture.",
    source:
      "Li, Xu, Taylor, Studer & Goldstein (2018), Visualizing the loss landscape of neural nets",
    see: ["spectral-density", "flatness", "saddle-point"],
  },
  "gradient-noise-scale": {
    also: ["noise scale", "critical batch size"],
    what: "The batch size at which a gradient's noise is as large as the gradient: variance of one row's gradient over the squared length of the mean. Well below it, twice the rows halve the steps; well above it, more rows are wasted. It grows as training goes on.",
    advice:
      "noiseScale(problem, { at }) measures it at the price of one pass, and says where the noise hides the gradient altogether: then lower the rate or enlarge the batch.",
    source: "McCandlish et al. (2018), An empirical model of large-batch training",
    see: ["learning-rate"],
  },
};
