"""Linear models with weights of samples: what nadir's tests compare with.

    /usr/bin/python3 bench/reference/linear_weights.py > src/estimators/linear/weights.golden.json

scikit-learn alone, at tolerances that leave nothing to see; penalties in nadir's units, where losses are means by weight.
"""

import json
import numpy as np
import sklearn
from sklearn.linear_model import Lasso, LogisticRegression, PoissonRegressor, Ridge

rng = np.random.default_rng(7)
n, p = 40, 4
x = np.round(rng.normal(size=(n, p)), 2)
eta = x @ np.array([1, -0.7, 0, 0.3]) + 0.4
y = np.round(eta + 0.5 * rng.normal(size=n), 2)
signs = np.where(eta + rng.logistic(size=n) > 0, 1, -1)
counts = rng.poisson(np.exp(0.6 * eta))
weights = np.round(rng.uniform(0.1, 3, n), 1)
weights[::9] = 0
total = weights.sum()


def case(loss, penalty, strength, model, target):
    model.fit(x, target, sample_weight=weights)
    return {"loss": loss, "penalty": penalty, "strength": strength,
            "coefficients": np.ravel(model.coef_).tolist(), "intercept": float(np.ravel(model.intercept_)[0])}


cases = [
    case("squared", "l1", 0.1, Lasso(alpha=0.1, tol=1e-14, max_iter=100_000), y),
    case("squared", "squaredL2", 0.05, Ridge(alpha=0.05 * total, solver="cholesky"), y),
    case("logistic", "squaredL2", 0.02, LogisticRegression(C=1 / (0.02 * total), solver="newton-cg", tol=1e-12, max_iter=1000), signs),
    case("logistic", "l1", 0.03, LogisticRegression(C=1 / (0.03 * total), penalty="l1", solver="saga", tol=1e-12, max_iter=1_000_000), signs),
    case("poisson", "squaredL2", 0.1, PoissonRegressor(alpha=0.1, tol=1e-10, max_iter=10_000), counts),
]
print(json.dumps({
    "source": f"bench/reference/linear_weights.py, scikit-learn {sklearn.__version__}",
    "x": x.tolist(), "y": y.tolist(), "signs": signs.tolist(), "counts": counts.tolist(), "weights": weights.tolist(), "cases": cases,
}))
