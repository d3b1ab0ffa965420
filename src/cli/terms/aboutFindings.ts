import type { Term } from "./term.ts";

/** What a training may suffer from: the names of findings. */
export const aboutFindings: Readonly<Record<string, Term>> = {
  "softmax-twice": {
    what: "The scores given to crossEntropy are probabilities already: softmax is applied a second time. The loss then cannot fall below that of scores 0 and 1, and gradients are small.",
    advice: "Give crossEntropy the logits, what comes before the softmax.",
    source: "Goodfellow, Bengio & Courville (2016), Deep Learning, §6.2.2.3",
    see: ["diagnosis"],
  },
  "random-labels": {
    what: "Labels that features say nothing about: a row's nearest neighbours share its label no more often than by chance. A network can still learn them by heart.",
    advice:
      "Look at rows with their labels, and at how the two were joined. Shuffling one of them without the other is the usual cause.",
    source:
      "Zhang et al. (2017), Understanding deep learning requires rethinking generalization, §2",
    see: ["diagnosis"],
  },
  unshuffled: {
    what: "Rows are visited in an order that follows their labels, so that a batch holds few classes and unlearns what the last one taught.",
    advice: "Leave shuffle at its default, true.",
    source: "Bottou (2012), Stochastic gradient descent tricks, §3.2",
    see: ["diagnosis"],
  },
  "frozen-params": {
    what: "Params that have a gradient and do not move: frozen by the method, or left out of what it updates.",
    advice: "Train them too, unless that was the intention: then the finding is a note.",
    source: "Yosinski et al. (2014), How transferable are features in deep neural networks?, §4",
    see: ["diagnosis"],
  },
  "unscaled-features": {
    what: "Features of very different size, or far from unit size. They give the loss directions of very different curvature, and one rate cannot serve them all.",
    advice: "Centre each feature and divide it by its deviation.",
    source: "LeCun, Bottou, Orr & Müller (1998), Efficient BackProp, §4.3",
    see: ["diagnosis"],
  },
  "idle-branch": {
    what: "A residual branch that adds next to nothing to what it is added to: the shortcut carries everything.",
    advice: "Let the branch begin larger, or leave it out.",
    source:
      "He, Zhang, Ren & Sun (2016), Identity mappings in deep residual networks, §3; Veit, Wilber & Belongie (2016)",
    see: ["diagnosis"],
  },
  "symmetric-start": {
    what: "Units that begin with equal weights get equal gradients and remain one unit, however many there are.",
    advice: "Draw weights at random, by their fans.",
    source: "Goodfellow, Bengio & Courville (2016), Deep Learning, §8.4",
    see: ["diagnosis"],
  },
  "exploding-recurrence": {
    what: "In a recurrent network the gradient passes the same weights at each step of time: where they stretch it, it grows exponentially with the length.",
    advice: "Smaller recurrent weights, and a bound on the gradient's norm.",
    source:
      "Pascanu, Mikolov & Bengio (2013), On the difficulty of training recurrent neural networks, §2.1",
    see: ["diagnosis"],
  },
  "start-too-small": {
    what: "Weights so small at the start that the signal fades from layer to layer, and the gradient with it.",
    advice: "Draw weights by their fans: He's rule before relu, Xavier's before tanh.",
    source:
      "Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward networks, §4.2",
    see: ["diagnosis"],
  },
  "start-too-large": {
    what: "Weights so large at the start that the network is sure of what is wrong: the loss begins far above that of a model that knows nothing.",
    advice: "Draw weights by their fans.",
    source: "He, Zhang, Ren & Sun (2015), Delving deep into rectifiers, §2.2",
    see: ["diagnosis"],
  },
  "dead-relus": {
    what: "ReLU units that are 0 on every row. No gradient passes them, so they stay so.",
    advice:
      "Biases of 0 and weights by their fans at the start; a smaller rate where they died on the way.",
    source:
      "Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models, §2; Lu et al. (2020), Dying ReLU and initialization",
    see: ["diagnosis"],
  },
  "saturated-units": {
    what: "Sigmoid or tanh units whose outputs lie at an end of their range, where the slope is next to 0.",
    advice:
      "Biases of 0, scaled inputs, weights by their fans; a smaller rate where they came there on the way.",
    source: "Glorot & Bengio (2010), §3",
    see: ["diagnosis"],
  },
  "vanishing-gradients": {
    what: "Gradients that become smaller from layer to layer on their way back, so that the first layers hardly learn. A sigmoid's slope is at most 1/4.",
    advice: "relu or tanh, normalization, residual branches.",
    source: "Hochreiter (1991); Glorot & Bengio (2010), §4.2",
    see: ["diagnosis"],
  },
  "no-normalization": {
    what: "A deep network without batch norm, layer norm or shortcuts, in which the size of the signal drifts with depth, so that only small steps are safe.",
    advice: "batchNorm or layerNorm behind each dense layer, or residual branches.",
    source: "Bjorck, Gomes, Selman & Weinberger (2018), Understanding batch normalization, §3",
    see: ["diagnosis"],
  },
  "clipped-too-tight": {
    what: "Gradients are cut to a norm far below those that occur: every step has the same small length.",
    advice: "Clip at about twice the usual norm, so that only outliers are cut.",
    source: "Pascanu, Mikolov & Bengio (2013), §3.2",
    see: ["diagnosis"],
  },
  "decay-too-strong": {
    what: "Weight decay holds params far from where the data would have them: without it, a few steps lower the loss on training and held-out rows alike.",
    advice: "A tenth or a hundredth of it.",
    source:
      "Krogh & Hertz (1992); Loshchilov & Hutter (2019), Decoupled weight decay regularization",
    see: ["diagnosis"],
  },
  "batch-norm-drift": {
    what: "Batch norm over so few rows that its statistics are noise: the network that is trained is not the one that is used.",
    advice: "Larger batches, or layerNorm.",
    source: "Ioffe (2017), Batch renormalization, §2; Wu & He (2018), Group normalization, §1",
    see: ["diagnosis"],
  },
  "dropout-too-strong": {
    what: "So much is dropped that the network cannot fit even the rows it is shown: a few steps without dropout lower the loss on held-out rows, too.",
    advice: "Dropout of 0.1 to 0.3, or none where there are many rows.",
    source: "Srivastava et al. (2014), Dropout, §7.3",
    see: ["diagnosis"],
  },
  "mode-collapse": {
    what: "A generator that makes only part of what there is: what it makes is good, and much is missing.",
    advice: "A critic that learns faster, or a Wasserstein loss with a gradient penalty.",
    source:
      "Goodfellow (2016), NIPS tutorial: generative adversarial networks, §5.1.1; Naeem et al. (2020) (coverage)",
    see: ["diagnosis"],
  },
  "no-warm-up": {
    what: "The loss is much sharper at the start than later, so that a rate that is right for the run is too large for its first steps.",
    advice: "Let the rate rise over the first few per cent of the steps.",
    source:
      "Goyal et al. (2017), §2.2; Gilmer et al. (2022), A loss curvature perspective on training instability in deep learning",
    see: ["diagnosis"],
  },
  "batch-too-small": {
    what: "Batches whose gradient is mostly noise, at a rate at which steps undo each other.",
    advice: "Batches of about the noise scale, or a smaller rate.",
    source: "McCandlish et al. (2018), An empirical model of large-batch training, §2.2",
    see: ["diagnosis"],
  },
  "rate-too-high": {
    what: "Steps longer than the curvature allows: beyond 2/sharpness plain gradient descent overshoots. The loss explodes, oscillates, or ends above where it could.",
    advice: "A tenth of the rate; nadir range FILE finds one.",
    source:
      "LeCun, Bottou, Orr & Müller (1998), Efficient BackProp, §5; Cohen et al. (2021), Gradient descent on neural networks typically occurs at the edge of stability",
    see: ["diagnosis"],
  },
  "rate-too-low": {
    what: "Steps far shorter than the curvature asks for: the same number of steps at a larger rate wins several times as much.",
    advice: "Ten times the rate; nadir range FILE finds one.",
    source: "Smith (2017), Cyclical learning rates for training neural networks, §3.3",
    see: ["diagnosis"],
  },
  "class-imbalance": {
    what: "One class makes up most rows, and the loss, a mean over rows, is decided by it.",
    advice: "Repeat the rare rows, or weight them by the inverse of their frequency.",
    source: "Buda, Maki & Mazurowski (2018), A systematic study of the class imbalance problem, §3",
    see: ["diagnosis"],
  },
  overfitting: {
    what: "The loss is much lower on the rows that were learnt than on others: they were learnt by heart.",
    advice: "Stop early; more rows, weight decay, dropout, a smaller model.",
    source: "Prechelt (1998), Early stopping – but when?",
    see: ["diagnosis"],
  },
  "schedule-too-short": {
    what: "The rate vanished while more steps at it would still have lowered the loss.",
    advice: "Let it fall over the whole run.",
    source: "Loshchilov & Hutter (2017), SGDR; Li, Yumer & Ramanan (2020), Budgeted training",
    see: ["diagnosis"],
  },
  "too-few-steps": {
    what: "The run was over while each further step still lowered the loss on held-out rows.",
    advice: "More steps.",
    source: "Hoffer, Hubara & Soudry (2017), Train longer, generalize better",
    see: ["diagnosis"],
  },
  diagnosis: {
    also: ["finding", "findings", "advice"],
    what: "What keeps a training from going better, told by what was measured: the run's own record, the data, the network inside at the start and the end, curvature, the noise of batches, and a few steps from the end with one thing changed. Each finding has its evidence, the likely cause, and one change to try.",
    advice:
      "nadir diagnose RUN; with --fix it makes the first change that it can as a new run, and compares.",
    source: "docs/diagnosis.md, Findings",
    see: ["rate-too-high", "overfitting", "saddle-point"],
  },
};
