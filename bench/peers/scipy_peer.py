"""SciPy's minimizers on the classical cases, with exact gradients (and Hessians where a method takes them)."""

import time
import warnings

import numpy as np
import scipy
from scipy.optimize import minimize

import mgh
from serve import serve, summarize, time_blocks

# How far a method can be pushed: the gradient test at rounding, and no limit that ends a run before it.
TIGHT = {
    "BFGS": {"gtol": 1e-10, "maxiter": 100_000},
    "L-BFGS-B": {"gtol": 1e-10, "ftol": 0, "maxiter": 100_000, "maxfun": 100_000},
    "trust-exact": {"gtol": 1e-10, "maxiter": 10_000},
    "Newton-CG": {"xtol": 1e-12, "maxiter": 10_000},
}


def rosenbrock_pair(x):
    """n = 2 in Python's own numbers, which are several times faster here than arrays of two."""
    a, b = float(x[0]), float(x[1])
    valley, distance = b - a * a, 1 - a
    value = 100 * valley * valley + distance * distance
    return value, np.array([-400 * a * valley - 2 * distance, 200 * valley])


def rosenbrock_pairs(x):
    odd, even = x[0::2], x[1::2]
    valley, distance = even - odd * odd, 1 - odd
    gradient = np.empty_like(x)
    gradient[0::2], gradient[1::2] = -400 * odd * valley - 2 * distance, 200 * valley
    return 100 * (valley @ valley) + distance @ distance, gradient


def counts(results):
    return {
        "value": int(sum(r.nfev for r in results)),
        "gradient": int(sum(r.njev for r in results)),
        "hessian": int(sum(getattr(r, "nhev", 0) for r in results)),
    }


def solve(request):
    n = request["case"]["dimension"]
    start = np.tile([-1.2, 1.0], n // 2)
    objective = rosenbrock_pair if n == 2 else rosenbrock_pairs
    # BFGS keeps an n x n matrix: at n = 1,000 it takes minutes.
    for method in ("L-BFGS-B", "BFGS") if n == 2 else ("L-BFGS-B",):
        last = []

        def run(count):
            for _ in range(count):
                last[:] = [minimize(objective, start, jac=True, method=method)]

        timing = time_blocks(run, request["budgetMs"])
        note = f"ends at f = {last[0].fun:.1e}"
        yield {"variant": method, **timing, "evaluations": counts(last), "note": note}


def collection(request):
    cases = mgh.problems()
    for method, tight in TIGHT.items():
        second = method in ("trust-exact", "Newton-CG")
        for label, options in (("", {}), (" tight", tight)):

            def all_solves():
                return [
                    minimize(
                        case.value_and_gradient, case.start, jac=True, method=method, options=options,
                        hess=case.hessian if second else None,
                    )
                    for case in cases
                ]

            begin, times, results = time.perf_counter(), [], []
            while not times or (time.perf_counter() - begin) * 1000 < request["budgetMs"]:
                before = time.perf_counter()
                results = all_solves()
                times.append((time.perf_counter() - before) * 1000)
            yield {
                "variant": method + label,
                # The first pass is the warm-up, unless it took the whole budget.
                **summarize(times[1:] or times),
                "evaluations": counts(results),
                "ends": {case.key: float(result.fun) for case, result in zip(cases, results)},
            }


def measure(request):
    return list({"solve": solve, "collection": collection}[request["case"]["kind"]](request))


# Trial points beyond a function's range overflow, and line searches give up: both are part of the run.
warnings.simplefilter("ignore")
np.seterr(all="ignore")
serve([f"SciPy {scipy.__version__}", f"NumPy {np.__version__}"], measure)
