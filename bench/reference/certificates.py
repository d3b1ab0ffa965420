"""Minima of the convex models of `nadir bench certificates`, by solvers that are not nadir's.

Reads src/cli/bench/certificates/classical.json and problems.json, writes independent.golden.json beside them:

    python3 bench/reference/certificates.py

Quantile regression is a linear program, by HiGHS; group penalties by accelerated proximal gradient steps with restarts; hinge machines by libsvm (scikit-learn);
all else smooth programs in split variables (w = u - v, u, v >= 0), by L-BFGS-B in double precision, restarted until nothing changes. Columns
are divided by their standard deviation.
"""
import json, os, numpy as np, scipy, sklearn
from scipy.optimize import linprog, lsq_linear, minimize
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

here = os.path.join(os.path.dirname(__file__), "..", "..", "src", "cli", "bench", "certificates")
data = json.load(open(os.path.join(here, "classical.json")))
problems = json.load(open(os.path.join(here, "problems.json")))


def loss_of(name, d, y):
    n = len(y)
    if name == "squared":
        return lambda e: (0.5 * np.mean((e[:, 0] - y) ** 2), ((e[:, 0] - y) / n)[:, None])
    if name.startswith("huber"):
        delta = float(name.split()[1])
        def f(e):
            r = e[:, 0] - y; a = np.abs(r)
            return np.mean(np.where(a <= delta, 0.5 * r * r, delta * (a - 0.5 * delta))), (np.clip(r, -delta, delta) / n)[:, None]
        return f
    if name == "poisson":
        return lambda e: (np.mean(np.exp(e[:, 0]) - y * e[:, 0]), ((np.exp(e[:, 0]) - y) / n)[:, None])
    if name == "logistic":
        s = np.where(y == y.max(), 1.0, -1.0)
        return lambda e: (np.mean(np.logaddexp(0, -s * e[:, 0])), (-s / (1 + np.exp(s * e[:, 0])) / n)[:, None])
    if name == "multinomial":
        k = len(set(y)); hot = np.eye(k)[np.asarray(y, int)]
        def f(e):
            m = e.max(1, keepdims=True); z = np.exp(e - m); t = z.sum(1, keepdims=True)
            return np.mean(np.log(t[:, 0]) + m[:, 0] - (e * hot).sum(1)), (z / t - hot) / n
        return f
    if name == "cox":
        times, events = np.array(d["times"], float), np.array(d["events"])
        risk = (times[None, :] >= times[:, None]).astype(float)[events == 1]
        own = np.eye(n)[events == 1]
        def f(e):
            w = np.exp(e[:, 0]); r = risk @ w
            return (np.log(r).sum() - (own @ e[:, 0]).sum()) / n, (((risk / r[:, None]).sum(0) * w - own.sum(0)) / n)[:, None]
        return f
    raise ValueError(name)


def proximal(f, X, K, charge):
    """min f(XW + b) + charge * sum of row norms of W: Beck & Teboulle (2009), restarted where the objective rises."""
    n, q = X.shape
    A = np.c_[X, np.ones(n)]
    step = 1 / (0.5 * np.linalg.norm(A, 2) ** 2 / n)
    W = V = np.zeros((q + 1, K)); t = 1.0; last = np.inf
    for k in range(200000):
        l, g = f(A @ V)
        Z = V - step * (A.T @ g)
        norms = np.linalg.norm(Z[:q], axis=1, keepdims=True)
        Z[:q] *= np.maximum(0, 1 - step * charge / np.maximum(norms, 1e-300))
        now = f(A @ Z)[0] + charge * np.linalg.norm(Z[:q], axis=1).sum()
        if now > last:
            t = 1.0; V = W; last = np.inf
            continue
        u = (1 + np.sqrt(1 + 4 * t * t)) / 2
        V = Z + (t - 1) / u * (Z - W); W = Z; t = u
        if k > 2000 and last - now <= 1e-16 * now and t > 50:
            break
        last = now
    return f(A @ W)[0] + charge * np.linalg.norm(W[:q], axis=1).sum()


def solve(p):
    d = data[p["data"]]
    keep = np.arange(len(d["x"]))
    y = np.array(d.get("y", d.get("times")), float)
    if "labels" in p:
        keep = np.flatnonzero(np.isin(y, p["labels"]))
    X = np.array(d["x"], float)[keep]; y = y[keep]
    if "target" in p:
        y = X[:, p["target"]]; X = np.delete(X, p["target"], 1)
    X = X - X.mean(0); X = X / X.std(0)
    n, q = X.shape
    lam, kind = p["strength"], p["penalty"]
    ratio = dict(none=(0, 0), l1=(1, 0), ridge=(0, 1), elasticNet=(0.5, 0.5)).get(kind)
    if p["loss"] == "quadraticProgram":
        A = np.c_[X, np.ones(n)]
        r = lsq_linear(A, y, bounds=([0] * q + [-np.inf], np.inf), method="bvls", tol=1e-15)
        return r.cost / n
    if p["loss"] in ("hinge", "rbfHinge"):
        s = np.where(y == y.max(), 1.0, -1.0)
        m = SVC(C=lam, kernel="linear" if p["loss"] == "hinge" else "rbf", gamma=0.25, tol=1e-12).fit(X, s)
        K = X @ X.T if p["loss"] == "hinge" else rbf_kernel(X, X, gamma=0.25)
        a = np.zeros(n); a[m.support_] = m.dual_coef_[0]
        # The bias that is best for these weights: libsvm's is an average.
        g = K @ a
        hinge = min(np.maximum(0, 1 - s * (g + b)).sum() for b in np.r_[s - g, m.intercept_])
        return 0.5 * a @ K @ a + lam * hinge
    if p["loss"] == "squaredHinge":
        s = np.where(y == y.max(), 1.0, -1.0)
        def value(z):
            h = np.maximum(0, 1 - s * (X @ z[:-1] + z[-1]))
            return 0.5 * z[:-1] @ z[:-1] + lam * h @ h, np.r_[z[:-1] - 2 * lam * X.T @ (s * h), -2 * lam * (s * h).sum()]
        z = np.zeros(q + 1)
        for _ in range(50):
            r = minimize(value, z, jac=True, method="L-BFGS-B", options=dict(ftol=1e-16, gtol=1e-13, maxiter=20000)); z = r.x
        return r.fun
    if p["loss"] == "linearProgram" or p["loss"].startswith("quantile"):
        tau = 0.5 if p["loss"] == "linearProgram" else float(p["loss"].split()[1])
        c = np.r_[np.full(2 * q, lam), 0, 0, np.full(n, tau / n), np.full(n, (1 - tau) / n)]
        A = np.hstack([X, -X, np.ones((n, 1)), -np.ones((n, 1)), np.eye(n), -np.eye(n)])
        return linprog(c, A_eq=A, b_eq=y, method="highs", options=dict(primal_feasibility_tolerance=1e-10, dual_feasibility_tolerance=1e-10)).fun
    f = loss_of(p["loss"], d, y)
    K = len(set(y)) if p["loss"] == "multinomial" else 1
    free = p["loss"] != "cox"
    m = q * K
    if kind == "group":
        return proximal(f, X, K, lam * np.sqrt(K))
    def value(z):
        W = (z[:m] - z[m:2 * m]).reshape(q, K); b = z[2 * m:]
        l, g = f(X @ W + (b if free else 0))
        G = X.T @ g
        l1, l2 = lam * ratio[0], lam * ratio[1]
        l += l1 * z[:2 * m].sum() + l2 / 2 * (W ** 2).sum()
        G = G + l2 * W
        return l, np.r_[G.ravel() + l1, -G.ravel() + l1, g.sum(0) if free else np.zeros(K)]
    z = np.zeros(2 * m + K)
    if p["loss"] in ("squared",) or p["loss"].startswith("huber"):
        z[2 * m] = np.median(y)
    signed = kind in ("none", "ridge")
    bounds = [(None, None) if signed else (0, None)] * m + [(0, 0) if signed else (0, None)] * m + [(None, None)] * K
    last = np.inf
    for _ in range(400):
        r = minimize(value, z, jac=True, method="L-BFGS-B", bounds=bounds, options=dict(maxiter=20000, maxfun=40000, ftol=1e-16, gtol=1e-13, maxcor=40))
        z = r.x
        if last - r.fun <= 1e-14 * abs(r.fun):
            break
        last = r.fun
    return r.fun


out = {p["id"]: solve(p) for p in problems}
json.dump({"source": f"bench/reference/certificates.py: SciPy {scipy.__version__}, linprog (HiGHS), L-BFGS-B, BVLS, proximal gradient steps; scikit-learn {sklearn.__version__}, SVC", "minima": out}, open(os.path.join(here, "independent.golden.json"), "w"), indent=1)
for k, v in out.items():
    print(k, v)
