"""The simulation of Fan & Li (2001), section 4.1, in NumPy alone: what `nadir bench oracle` is compared with.

    python3 bench/reference/fan_li.py 1000

Cyclic coordinate descent on columns of root mean square 1, 40 strengths down to a hundredth of the largest, five folds (columns keep
the scale they have in all samples). All replicates are fitted side by side. Prints medians of the relative error with bootstrap
intervals of 95 %, and mean numbers of right and wrong zeros with theirs of the normal distribution.
"""

import sys
import numpy as np

replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 100
truth = np.array([3, 1.5, 0, 0, 2, 0, 0, 0])
p = len(truth)
covariance = 0.5 ** np.abs(np.subtract.outer(range(p), range(p)))
factor = np.linalg.cholesky(covariance)
folds = 5


def step(z, v, strength, penalty):
    """The minimizer of v/2 b^2 - z b + penalty(b), entry by entry."""
    size = np.abs(z)
    soft = np.sign(z) * np.maximum(size - strength, 0)
    if penalty == "lasso":
        return soft / v
    if penalty == "MCP":
        inner = soft / np.where(v > 1 / 3, v - 1 / 3, np.inf)
        return np.where(size <= 3 * strength * v, inner, z / v)
    a = 3.7
    middle = np.sign(z) * np.maximum(size - a * strength / (a - 1), 0)
    middle = middle / np.where(v > 1 / (a - 1), v - 1 / (a - 1), np.inf)
    inner = np.where(size <= strength * (1 + v), soft / v, middle)
    return np.where(size <= a * strength * v, inner, z / v)


def path(gram, right, strengths, penalty):
    """Coefficients [strengths, fits, p] of many fits at once."""
    b = np.zeros_like(right)
    out = []
    for strength in strengths.T:
        for _ in range(2000):
            moved = 0.0
            for j in range(p):
                v = gram[:, j, j]
                z = right[:, j] - np.einsum("rk,rk->r", gram[:, j], b) + v * b[:, j]
                new = step(z, v, strength, penalty)
                moved = max(moved, np.abs(new - b[:, j]).max())
                b[:, j] = new
            if moved < 1e-8:
                break
        out.append(b.copy())
    return np.array(out)


def interval(values, rng):
    draws = np.median(rng.choice(values, (1000, len(values))), axis=1)
    return np.percentile(draws, [2.5, 97.5])


def error(b):
    d = b - truth
    return np.einsum("rj,jk,rk->r", d, covariance, d)


rng = np.random.default_rng(1)
for n, sigma in ((40, 3), (40, 1), (60, 1)):
    x = rng.normal(size=(replicates, n, p)) @ factor.T
    y = x @ truth + sigma * rng.normal(size=(replicates, n))
    fold = np.array([rng.permutation(n) % folds for _ in range(replicates)])
    scale = np.sqrt((x**2).mean(1))
    xs = x / scale[:, None, :]
    full = (np.einsum("rij,rik->rjk", xs, xs) / n, np.einsum("rij,ri->rj", xs, y) / n)
    largest = np.abs(full[1]).max(1)
    strengths = largest[:, None] * np.geomspace(1, 0.01, 40)
    least = np.linalg.solve(full[0], full[1][..., None])[..., 0] / scale
    reference = error(least)
    found = {}
    for penalty in ("lasso", "SCAD", "MCP"):
        losses = np.zeros((40, replicates))
        for f in range(folds):
            kept = (fold != f).astype(float)
            count = kept.sum(1)
            gram = np.einsum("rij,ri,rik->rjk", xs, kept, xs) / count[:, None, None]
            right = np.einsum("rij,ri,ri->rj", xs, kept, y) / count[:, None]
            b = path(gram, right, strengths, penalty)
            off = y[None] - np.einsum("rij,srj->sri", xs, b)
            losses += (off**2 * (1 - kept)[None]).sum(2)
        b = path(*full, strengths, penalty)
        found[penalty] = b[losses.argmin(0), np.arange(replicates)] / scale
    true = [0, 1, 4]
    known = np.zeros_like(least)
    gram = full[0][:, true][:, :, true]
    known[:, true] = np.linalg.solve(gram, full[1][:, true][..., None])[..., 0] / scale[:, true]
    found["oracle"] = known
    print(f"n = {n}, sigma = {sigma}, {replicates} samples")
    for name, b in found.items():
        relative = error(b) / reference
        low, high = interval(100 * relative, np.random.default_rng(0))
        right = (b[:, truth == 0] == 0).sum(1)
        wrong = (b[:, truth != 0] == 0).sum(1)
        spread = 1.96 * right.std() / np.sqrt(replicates)
        print(
            f"  {name:7s} {100 * np.median(relative):5.1f} ({low:.1f} to {high:.1f})"
            f"  right zeros {right.mean():.2f} +- {spread:.2f}  wrong zeros {wrong.mean():.2f}",
            flush=True,
        )
