"""The Python side of the benchmark's protocol (src/cli/bench/session.ts), and its block timing.

A peer is a process. It says hello with its versions, or why it cannot start; then it answers each
request, one JSON object a line on standard input, with measurements, one line on standard output.
"""

import json
import math
import os
import sys
import time

import numpy as np

THREADS = int(os.environ.get("NADIR_BENCH_THREADS", "1"))


def say(message):
    print("@nadir-bench " + json.dumps(message), flush=True)


def serve(versions, measure):
    """Answers requests with `measure(request)`, a list of measurements, until standard input ends."""
    say({"hello": versions})
    for line in sys.stdin:
        try:
            say({"measurements": measure(json.loads(line))})
        except Exception as error:  # the reason is the answer
            say({"missing": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"})


def summarize(times):
    return {
        "medianMs": float(np.median(times)),
        "spread": [float(np.quantile(times, 0.1)), float(np.quantile(times, 0.9))],
    }


def time_blocks(run, budget_ms):
    """Milliseconds per step of `run(steps)`, as timeBlocks in src/cli/bench/timing.ts does it."""

    def timed(steps):
        begin = time.perf_counter()
        run(steps)
        return (time.perf_counter() - begin) * 1000 / steps

    run(1)
    begin = time.perf_counter()
    per_step = timed(1)
    if per_step > budget_ms:
        return summarize([per_step])
    steps = 2
    while (time.perf_counter() - begin) * 1000 < budget_ms / 4:
        per_step = timed(steps)
        steps *= 2
    left = 3 * budget_ms / 4
    steps = max(1, math.floor(left / 15 / max(per_step, 1e-6)))
    blocks = max(1, min(15, math.floor(left / (per_step * steps))))
    return summarize([timed(steps) for _ in range(blocks)])


def parameter_shapes(layers):
    """Shapes in the order of the parameter file: see `parametersOf` in src/cli/bench/case.ts."""
    shapes = []
    for layer in layers:
        kind = layer["kind"]
        if kind == "dense":
            shapes += [(layer["inputs"], layer["outputs"]), (layer["outputs"],)]
        elif kind == "conv2d":
            shapes.append((layer["outputs"], layer["inputs"], layer["kernel"], layer["kernel"]))
            if layer["bias"]:
                shapes.append((layer["outputs"],))
        elif kind == "batchNorm":
            shapes += [(layer["features"],)] * 2
        elif kind == "residual":
            shapes += parameter_shapes(layer["layers"])
    return shapes


def read_params(request):
    flat = np.fromfile(request["files"]["params"], "<f4")
    params, at = [], 0
    for shape in parameter_shapes(request["case"]["network"]["layers"]):
        size = int(np.prod(shape))
        params.append(flat[at : at + size].reshape(shape))
        at += size
    return params


def read_samples(request, x="x", labels="labels"):
    """Samples `[count, ...input]` and labels `[count]`."""
    files, network = request["files"], request["case"]["network"]
    y = np.fromfile(files[labels], "<i4")
    return np.fromfile(files[x], "<f4").reshape(len(y), *network["input"]), y
