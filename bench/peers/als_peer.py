"""Alternating least squares in NumPy, on ratings in files.

Argument: a folder with meta.json {"rank", "strength", "iterations"} and users.i32, items.i32, values.f64,
heldUsers.i32, heldItems.i32, heldValues.f64. Prints a JSON list of {"name", "seconds", "rmse"} a line: seconds are of one iteration.
"""

import json
import os
import sys
import time

folder = sys.argv[1]
with open(os.path.join(folder, "meta.json")) as file:
    meta = json.load(file)
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np  # noqa: E402, after the threads are set
from scipy.sparse import csr_matrix  # noqa: E402


def column(name, kind):
    return np.fromfile(os.path.join(folder, f"{name}.{kind}"), dtype={"i32": np.int32, "f64": np.float64}[kind])


users, items, values = column("users", "i32"), column("items", "i32"), column("values", "f64")
held = column("heldUsers", "i32"), column("heldItems", "i32"), column("heldValues", "f64")
shape = (users.max() + 1, items.max() + 1)
rank, strength, iterations = meta["rank"], meta["strength"], meta["iterations"]
by_user = csr_matrix((values, (users, items)), shape=shape)
by_item = by_user.T.tocsr()


def half_step(rows, own, other):
    """ALS-WR: each row by its normal equations (Zhou et al. 2008)."""
    eye = strength * np.eye(rank)
    for i in range(rows.shape[0]):
        at = slice(rows.indptr[i], rows.indptr[i + 1])
        count = at.stop - at.start
        if count == 0:
            continue
        v = other[rows.indices[at]]
        own[i] = np.linalg.solve(v.T @ v + count * eye, v.T @ rows.data[at])


def timed(step, times):
    step()
    began = time.perf_counter()
    for _ in range(times):
        step()
    return (time.perf_counter() - began) / times


rows = []
rng = np.random.default_rng(0)
scale = np.sqrt(np.sqrt(np.mean(values**2)) / rank)
u, v = (scale * rng.standard_normal((size, rank)) for size in shape)


def numpy_step():
    half_step(by_user, u, v)
    half_step(by_item, v, u)


seconds = timed(numpy_step, iterations - 1)
scores = np.einsum("ij,ij->i", u[held[0]], v[held[1]])
rows.append(
    {
        "name": f"NumPy {np.__version__}",
        "seconds": seconds,
        "rmse": float(np.sqrt(np.mean((scores - held[2]) ** 2))),
    }
)

print(json.dumps(rows))
