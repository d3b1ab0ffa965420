"""A few samples of the simulation of Fan & Li (2001), section 4.1, with folds, and what cyclic coordinate descent makes of them.

    python3 bench/reference/fan_li_samples.py > src/estimators/linear/fanLi.golden.json

NumPy alone. Columns of root mean square 1, 40 strengths down to a hundredth of the largest, five folds that keep this scale. On the same
samples and folds the same strengths must be chosen, whoever computes: then what is left between two simulations is chance.
"""

import json
import numpy as np


def step(z, v, strength, penalty):
    """The minimizer of v/2 b^2 - z b + penalty(b)."""
    size = abs(z)
    soft = np.sign(z) * max(size - strength, 0)
    if penalty == "lasso":
        return soft / v
    if penalty == "MCP":
        return soft / (v - 1 / 3) if size <= 3 * strength * v else z / v
    a = 3.7
    if size <= strength * (1 + v):
        return soft / v
    if size <= a * strength * v:
        return np.sign(z) * max(size - a * strength / (a - 1), 0) / (v - 1 / (a - 1))
    return z / v


def path(x, y, strengths, penalty):
    n, p = x.shape
    b, r, v, out = np.zeros(p), y.copy(), (x**2).sum(0) / n, []
    for strength in strengths:
        for _ in range(5000):
            moved = 0.0
            for j in range(p):
                new = step(x[:, j] @ r / n + v[j] * b[j], v[j], strength, penalty)
                if new != b[j]:
                    r -= x[:, j] * (new - b[j])
                    moved = max(moved, abs(new - b[j]))
                    b[j] = new
            if moved < 1e-11:
                break
        out.append(b.copy())
    return out


truth = np.array([3, 1.5, 0, 0, 2, 0, 0, 0])
factor = np.linalg.cholesky(0.5 ** np.abs(np.subtract.outer(range(8), range(8))))
rng = np.random.default_rng(3)
samples = []
for _ in range(5):
    x = np.round(rng.normal(size=(40, 8)) @ factor.T, 2)
    y = np.round(x @ truth + 3 * rng.normal(size=40), 2)
    folds = rng.permutation(40) % 5
    xs = x / np.sqrt((x**2).mean(0))
    strengths = np.abs(xs.T @ y).max() / 40 * np.geomspace(1, 0.01, 40)
    chosen = {}
    for penalty in ("lasso", "SCAD", "MCP"):
        losses = np.zeros(40)
        for f in range(5):
            kept = folds != f
            for k, b in enumerate(path(xs[kept], y[kept], strengths, penalty)):
                losses[k] += ((y[~kept] - xs[~kept] @ b) ** 2).sum()
        k = int(losses.argmin())
        chosen[penalty] = {"chosen": k, "coefficients": path(xs, y, strengths, penalty)[k].tolist()}
    samples.append({"x": x.tolist(), "y": y.tolist(), "folds": folds.tolist(), "strengths": strengths.tolist(), **chosen})
print(json.dumps({"source": f"bench/reference/fan_li_samples.py, NumPy {np.__version__}", "samples": samples}))
