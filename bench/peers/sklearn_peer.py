"""scikit-learn: the lasso on the data of `nadir bench sparse`, SVC on that of `nadir bench robust`."""

import time
import warnings

import numpy as np
import sklearn
from sklearn.linear_model import Lasso, lasso_path
from sklearn.svm import SVC

from serve import serve, summarize


def violation(x, y, w, strength):
    """The largest distance of a coefficient from its fixed point, in units of a slope."""
    gradient = x.T @ (x @ w - y) / len(y)
    curvature = (x * x).mean(axis=0)
    v = w - gradient / curvature
    fixed = np.sign(v) * np.maximum(np.abs(v) - strength / curvature, 0)
    return float((curvature * np.abs(fixed - w)).max())


def read(x, y):
    """Dense columns and their labels."""
    labels = np.fromfile(y, "<f8")
    return np.ascontiguousarray(np.fromfile(x, "<f8").reshape((len(labels), -1), order="F")), labels


def measure_svm(case, files):
    x, y = read(files["x"], files["labels"])
    test_x, test_y = read(files["testX"], files["testLabels"])
    begin = time.perf_counter()
    model = SVC(C=case["C"], gamma=case["gamma"], tol=case["tolerance"]).fit(x, y)
    elapsed = (time.perf_counter() - begin) * 1000
    weights = model.dual_coef_[0]
    square = weights @ (model.decision_function(x[model.support_]) - model.intercept_[0])
    loss = np.maximum(0, 1 - y * model.decision_function(x)).sum()
    error = np.mean(model.predict(test_x) != test_y)
    checks = [float(square / 2 + case["C"] * loss), len(model.support_), float(error)]
    return [{"variant": "", **summarize([elapsed]), "checks": checks}]


def measure(request):
    case, files = request["case"], request["files"]
    if case["kind"] == "svm":
        return measure_svm(case, files)
    y = np.fromfile(files["labels"], "<f8")
    x = np.fromfile(files["x"], "<f8").reshape((len(y), -1), order="F")
    strengths = np.array(case["strengths"])
    times, worst, objective = [], 0.0, 0.0
    for _ in range(case["repeats"]):
        begin = time.perf_counter()
        if len(strengths) == 1:
            model = Lasso(strengths[0], fit_intercept=False, tol=case["tolerance"], max_iter=10**6)
            found = model.fit(x, y).coef_[:, None]
        else:
            found = lasso_path(x, y, alphas=strengths, tol=case["tolerance"], max_iter=10**6)[1]
        times.append((time.perf_counter() - begin) * 1000)
    for w, strength in zip(found.T, strengths):
        worst = max(worst, violation(x, y, w, strength))
    residual, last = y - x @ found[:, -1], found[:, -1]
    objective = residual @ residual / (2 * len(y)) + strengths[-1] * np.abs(last).sum()
    return [{"variant": "", **summarize(times), "checks": [float(objective), worst]}]


warnings.simplefilter("ignore")
serve([f"scikit-learn {sklearn.__version__}", f"NumPy {np.__version__}"], measure)
