"""Support vector machines with weights, by classes against the rest, and chosen by cross-validation: what nadir's tests compare with.

    /usr/bin/python3 bench/reference/svm_choices.py > src/estimators/svm/choices.golden.json

scikit-learn alone (LIBSVM, LIBLINEAR) at tolerances that leave nothing to see. Folds are cut as nadir cuts them: sample i of an order
shuffled by mulberry32 belongs to fold i mod 5.
"""

import json
import numpy as np
import sklearn
from sklearn.svm import SVC, LinearSVC

rng = np.random.default_rng(4)
n, classes = 60, 3
label = rng.choice(classes, n, p=[0.55, 0.3, 0.15])
centres = np.array([[0, 0, 0], [1.6, 0.4, 0], [0.2, 1.7, 1]])
x = np.round(centres[label] + rng.normal(size=(n, 3)), 2)
y = np.where(label == 0, -1, 1)
weights = np.round(rng.uniform(0.2, 3, n), 1)
weights[::7] = 0
new = np.round(rng.normal(size=(5, 3)), 2)


def shuffled(count, seed):
    mask = (1 << 32) - 1
    imul = lambda a, b: (a * b) & mask
    places, state = list(range(count)), (seed + 0x9E3779B9) & mask
    for i in range(count - 1, 0, -1):
        state = (state + 0x6D2B79F5) & mask
        t = imul(state ^ (state >> 15), 1 | state)
        t = (((t + imul(t ^ (t >> 7), 61 | t)) & mask) ^ t) & mask
        j = ((t ^ (t >> 14)) & mask) % (i + 1)
        places[i], places[j] = places[j], places[i]
    return np.array(places)


def svc(C, gamma, **more):
    return SVC(C=C, kernel="rbf", gamma=gamma, tol=1e-10, **more)


def answer(model, w=None):
    model.fit(x, y, sample_weight=w)
    return {"decision": model.decision_function(new).tolist()}


weighted = [
    {"kind": "rbf", "C": 2, "gamma": 0.5, "classWeights": "balanced", **answer(svc(2, 0.5, class_weight="balanced"))},
    {"kind": "rbf", "C": 2, "gamma": 0.5, "classWeights": {"-1": 0.5, "1": 4}, **answer(svc(2, 0.5, class_weight={-1: 0.5, 1: 4}))},
    {"kind": "rbf", "C": 2, "gamma": 0.5, "weights": True, **answer(svc(2, 0.5), weights)},
    {"kind": "rbf", "C": 2, "gamma": 0.5, "weights": True, "classWeights": {"1": 3}, **answer(svc(2, 0.5, class_weight={1: 3}), weights)},
]
for loss in ("hinge", "squared_hinge"):
    model = LinearSVC(C=0.7, loss=loss, dual=True, tol=1e-12, max_iter=10_000_000, class_weight={-1: 1, 1: 3})
    weighted.append({"kind": "linear", "loss": loss, "C": 0.7, "classWeights": {"1": 3}, **answer(model)})
    model = LinearSVC(C=0.7, loss=loss, dual=True, tol=1e-12, max_iter=10_000_000)
    weighted.append({"kind": "linear", "loss": loss, "C": 0.7, "weights": True, **answer(model, weights)})

rest = [svc(3, 0.4).fit(x, np.where(label == k, 1, -1)) for k in range(classes)]
decisions = np.array([m.decision_function(new) for m in rest]).T

Cs, gammas, folds = [0.1, 1, 10, 100], [0.05, 0.5, 5], 5
place = shuffled(n, 0)
fold = np.empty(n, int)
fold[place] = np.arange(n) % folds
table = []
for C in Cs:
    for gamma in gammas:
        missed = 0
        for f in range(folds):
            kept = fold != f
            model = svc(C, gamma).fit(x[kept], y[kept])
            missed += int((model.predict(x[~kept]) != y[~kept]).sum())
        table.append({"C": C, "gamma": gamma, "missed": missed})

print(json.dumps({
    "source": f"bench/reference/svm_choices.py, scikit-learn {sklearn.__version__}",
    "x": x.tolist(), "y": y.tolist(), "label": label.tolist(), "weights": weights.tolist(), "new": new.tolist(),
    "weighted": weighted, "rest": decisions.tolist(), "Cs": Cs, "gammas": gammas, "table": table,
}))
