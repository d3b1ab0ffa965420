"""SciPy's minimizers on x^2 - y^2 + y^4/4, from the exact saddle (0, 0) and from (1, 0), where every gradient points to it.

Prints one line of JSON: the version, and for each method and start whether it reports success, and where it ended.
"""

import json
import warnings

import numpy as np
import scipy
from scipy.optimize import minimize

FIRST_ORDER = ("CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP")
SECOND_ORDER = ("Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "trust-constr", "dogleg")


def value(v):
    return v[0] ** 2 - v[1] ** 2 + v[1] ** 4 / 4


def gradient(v):
    return np.array([2 * v[0], -2 * v[1] + v[1] ** 3])


def hessian(v):
    return np.diag([2.0, -2 + 3 * v[1] ** 2])


def ends():
    for method in FIRST_ORDER + SECOND_ORDER:
        given = {"jac": gradient, **({"hess": hessian} if method in SECOND_ORDER else {})}
        for start in ([0.0, 0.0], [1.0, 0.0]):
            try:
                found = minimize(value, start, method=method, **given)
                end = {"success": bool(found.success), "value": float(found.fun)}
            except Exception as error:  # a method that breaks down is a finding too
                end = {"success": False, "value": None, "error": str(error)}
            yield {"method": method, "start": start, **end}


warnings.filterwarnings("ignore")
print(json.dumps({"version": scipy.__version__, "ends": list(ends())}))
