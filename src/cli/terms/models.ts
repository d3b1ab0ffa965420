import type { Term } from "./term.ts";

/** Statistical models and what can be wrong with their data. */
export const models: Readonly<Record<string, Term>> = {
  "quantile-regression": {
    also: ["quantile", "pinball", "pinball loss", "median regression"],
    what: "Regression for a quantile instead of the mean: residuals above count τ, those below 1 − τ, each by its size. With τ = 0.5 it is the median, which far samples move little. The loss has kinks: a fit meets as many samples exactly as it has coefficients.",
    advice:
      "linearModel({ loss: { quantile: 0.9 }, penalty }). Fit several τ to see how the spread changes; the lines may cross where samples are few.",
    source: "Koenker & Bassett (1978), Regression quantiles",
    see: ["robust-regression", "global-minimum"],
  },
  "multinomial-regression": {
    also: ["multinomial", "softmax regression", "multiclass"],
    what: "Logistic regression for several classes: a linear score for each, and chances that are proportional to their exponentials. Convex; without a penalty, adding the same to all classes changes nothing.",
    advice:
      "multinomialRegression({ penalty }). groupLasso(λ, { groups: K }) keeps or drops a feature for all K classes at once.",
    source:
      "Friedman, Hastie & Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent, §4",
    see: ["separable"],
  },
  separable: {
    also: ["separation", "quasi-separation", "monotone likelihood"],
    what: "A plane has all samples of one class on one side, perhaps with some on it. The likelihood then rises for ever as coefficients grow, and there is no best fit. The same happens to counts of 0 beyond a plane, and to events that a predictor orders.",
    advice:
      "Add a penalty (squaredL2 of a small strength), or leave out the column that the message names, if it only repeats the label.",
    source:
      "Albert & Anderson (1984), On the existence of maximum likelihood estimates in logistic regression models",
    see: ["multinomial-regression"],
  },
  "robust-regression": {
    also: ["tukey", "welsch", "huber", "m-estimate", "outlier", "outliers"],
    what: "Regression that wrong samples cannot carry away. Huber's loss grows linearly: convex, but far samples in x still win. Tukey's and Welsch's stop growing, so that far samples lose all weight: not convex, and the start decides.",
    advice:
      "robustRegression starts from least trimmed squares and names outliers. Look at them before you leave them out: a second group of samples looks the same.",
    source: "Huber & Ronchetti (2009), Robust statistics, ch. 7",
    see: ["trimmed-squares", "quantile-regression"],
  },
  "trimmed-squares": {
    also: ["lts", "least trimmed squares", "breakdown", "breakdown point"],
    what: "Least squares of the h samples that fit best, whichever they are. As long as fewer than n − h are wrong, they cannot carry the fit away, wherever they lie: that share is its breakdown point, nearly half at most. Not convex: many starts, each followed by concentration steps that never raise the sum.",
    advice:
      "leastTrimmedSquares().fit(x, y); trimmed: 0.25 leaves out less and is more exact. Its field reweighted has least squares without the outliers.",
    source: "Rousseeuw & Van Driessen (2006), Computing LTS regression for large data sets",
    see: ["robust-regression"],
  },
  "label-noise": {
    also: ["mislabeled", "confident learning", "aum", "area under the margin"],
    what: "Labels that are wrong. Two signs tell them: models that did not see a sample are confident of another class (confident learning), and over a training the label stays behind another class, because all that resemble the sample pull the other way (area under the margin).",
    advice:
      "labelNoise(x, y) ranks samples by suspicion; look at the first ones. For a network, feed its logits of each epoch to areaUnderMargin.",
    source:
      "Northcutt, Jiang & Chuang (2021), Confident learning; Pleiss et al. (2020), Identifying mislabeled data using the area under the margin ranking",
  },
};
