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


# For profiles every method has as many evaluations as nadir's, and one tolerance; and it runs as it comes.
SAME = {
    "BFGS": {"gtol": 1e-8, "maxiter": 20_000},
    "L-BFGS-B": {"gtol": 1e-8, "ftol": 0, "maxiter": 20_000, "maxfun": 20_000},
    "CG": {"gtol": 1e-8, "maxiter": 20_000},
    "TNC": {"gtol": 1e-8, "ftol": 0, "xtol": 0, "maxfun": 20_000},
    "Newton-CG": {"xtol": 1e-12, "maxiter": 2_000},
    "trust-exact": {"gtol": 1e-8, "maxiter": 10_000},
    "Nelder-Mead": {"xatol": 1e-8, "fatol": 1e-8, "maxiter": 20_000, "maxfev": 20_000},
}


class Counting:
    """A problem that counts gradient-equivalents, and knows when a value was at a known minimum's."""

    def __init__(self, case, minima):
        self.case, self.minima = case, minima
        self.cost, self.to_target = 0.0, None

    def value_and_gradient(self, x):
        value, gradient = self.case.value_and_gradient(x)
        self.look(value, 1)
        return value, gradient

    def value(self, x):
        value = self.case.value_and_gradient(x)[0]
        self.look(value, 1 / 3)
        return value

    def hessian(self, x):
        self.cost += 2 * len(x)
        return self.case.hessian(x)

    def look(self, value, price):
        self.cost += price
        if self.to_target is None and any(abs(value - f) <= 1e-8 * (1 + abs(f)) for f in self.minima):
            self.to_target = self.cost


def solve_once(problem, start, method, options):
    if method == "Nelder-Mead":
        return minimize(problem.value, start, method=method, options=options)
    hess = problem.hessian if method in ("trust-exact", "Newton-CG") else None
    return minimize(problem.value_and_gradient, start, jac=True, method=method, options=options, hess=hess)


def profiles(request):
    minima = request["case"]["minima"]
    for label, settings in (("", dict.fromkeys(SAME, {})), (" tight", SAME)):
        for method, options in settings.items():
            runs, total = {}, 0.0
            for case in mgh.problems():
                watched = Counting(case, minima[case.key])
                result = solve_once(watched, case.start, method, options)
                # Timed without the counting, twice unless it takes long: the faster is the time, as it is for nadir.
                plain = Counting.__new__(Counting)
                plain.value, plain.value_and_gradient = lambda x: case.value_and_gradient(x)[0], case.value_and_gradient
                plain.hessian = case.hessian
                times = []
                while len(times) < 2 and sum(times) < 20:
                    begin = time.perf_counter()
                    solve_once(plain, case.start, method, options)
                    times.append((time.perf_counter() - begin) * 1000)
                total += min(times)
                runs[case.key] = {
                    "x": [float(xi) for xi in result.x],
                    "value": float(result.fun),
                    "cost": watched.cost,
                    "costToTarget": watched.to_target,
                }
            yield {"variant": method + label, "medianMs": total, "spread": [total, total], "runs": runs}


def measure(request):
    kinds = {"solve": solve, "collection": collection, "profiles": profiles}
    return list(kinds[request["case"]["kind"]](request))


# Trial points beyond a function's range overflow, and line searches give up: both are part of the run.
warnings.simplefilter("ignore")
np.seterr(all="ignore")
serve([f"SciPy {scipy.__version__}", f"NumPy {np.__version__}"], measure)
