"""SciPy's local minimizers on functions that they ask for over a pipe, so that every library minimizes the same function.

Reads one JSON line for each run: {"method", "x0", "options"}. Asks by lines `v x1 x2 ...` (a value), `g x1 x2 ...` (value and gradient)
and `h x1 x2 ...` (the Hessian's entries, row by row); is answered by numbers, or by `stop` when the run has taken all it may. Says
`done SECONDS x1 x2 ...` at its end: its own time without the answers', and where it ended.
"""

import json
import os
import signal
import sys
import time
import warnings

import numpy as np
import scipy
from scipy.optimize import minimize


class Stop(BaseException):
    """No Exception, because SciPy catches those."""


def too_long(*_):
    raise Stop


# Some methods never end on values that are no numbers: a run has this much of the processor.
SECONDS = 5
signal.signal(signal.SIGVTALRM, too_long)


class Function:
    def __init__(self):
        self.waited = 0.0
        self.best = None

    def ask(self, kind, x):
        begin = time.perf_counter()
        os.write(1, f"{kind} {' '.join(map(repr, map(float, x)))}\n".encode())
        words = sys.stdin.readline().split()
        self.waited += time.perf_counter() - begin
        if not words or words[0] == "stop":
            raise Stop
        return [float(word) for word in words]

    def look(self, x, value):
        if self.best is None or value <= self.best[0]:
            self.best = value, x.copy()
        return value

    def value(self, x):
        return self.look(x, self.ask("v", x)[0])

    def both(self, x):
        value, *gradient = self.ask("g", x)
        return self.look(x, value), np.array(gradient)

    def hessian(self, x):
        return np.array(self.ask("h", x)).reshape(len(x), len(x))


def run(function, method, x0, options):
    if method == "Nelder-Mead":
        return minimize(function.value, x0, method=method, options=options).x
    hess = function.hessian if method in ("trust-exact", "Newton-CG") else None
    return minimize(function.both, x0, jac=True, method=method, options=options, hess=hess).x


warnings.simplefilter("ignore")
np.seterr(all="ignore")
print("version", scipy.__version__, flush=True)
for line in sys.stdin:
    job = json.loads(line)
    function, x0 = Function(), np.array(job["x0"])
    begin = time.perf_counter()
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        end = run(function, job["method"], x0, job["options"])
    except Stop:
        end = x0 if function.best is None else function.best[1]
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    own = time.perf_counter() - begin - function.waited
    print("done", own, *map(float, end), flush=True)
