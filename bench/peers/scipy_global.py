"""SciPy's global optimizers. They ask for values and gradients over a pipe, so that every library minimizes the same function.

Reads one JSON line for each search: {"method", "x0", "bounds", "seed"}. Asks by lines `v x1 x2 ...` (a value) and `g x1 x2 ...`
(value and gradient); is answered by numbers, or by `stop` when the search has been seen enough of. Says `done` at its end.
"""

import json
import os
import sys

import numpy as np
import scipy
from scipy.optimize import basinhopping, differential_evolution, dual_annealing


class Stop(BaseException):
    """No Exception, because SciPy catches those."""


def ask(kind, x):
    os.write(1, f"{kind} {' '.join(map(repr, x.tolist()))}\n".encode())
    words = sys.stdin.readline().split()
    if not words or words[0] == "stop":
        raise Stop
    return [float(word) for word in words]


def value(x):
    return ask("v", x)[0]


def both(x):
    numbers = ask("g", x)
    return numbers[0], np.array(numbers[1:])


def gradient(x):
    return both(x)[1]


ENDLESS = 10**8


def search(method, x0, bounds, seed):
    rng = np.random.default_rng(seed)
    if method == "basinhopping":
        local = {"method": "L-BFGS-B", "jac": True, "bounds": bounds}
        basinhopping(both, x0, niter=ENDLESS, minimizer_kwargs=local, seed=rng)
    elif method == "dual_annealing":
        local = {"method": "L-BFGS-B", "jac": gradient, "bounds": bounds}
        dual_annealing(value, bounds, x0=x0, maxiter=ENDLESS, minimizer_kwargs=local, seed=rng)
    else:
        differential_evolution(value, bounds, x0=x0, maxiter=ENDLESS, seed=rng)


print("version", scipy.__version__, flush=True)
for line in sys.stdin:
    job = json.loads(line)
    try:
        search(job["method"], np.array(job["x0"]), [tuple(b) for b in job["bounds"]], job["seed"])
    except Stop:
        pass
    print("done", flush=True)
