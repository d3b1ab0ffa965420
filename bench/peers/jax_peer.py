"""JAX on the processor: one jitted step a call, and fifty steps in one scan."""

import os
import time

from serve import THREADS, parameter_shapes, read_params, read_samples, serve, summarize, time_blocks

# XLA takes as many threads as there are processors it may run on, and asks at import.
os.environ.setdefault("JAX_PLATFORMS", "cpu")
if THREADS == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import jaxlib  # noqa: E402
import numpy as np  # noqa: E402
from jax import lax  # noqa: E402

SCAN = 50


def apply(layers, params, x, statistics):
    """Logits. Takes its parameters from the iterator, and leaves each batch norm's mean and variance in `statistics`."""
    for layer in layers:
        kind = layer["kind"]
        if kind == "dense":
            x = x @ next(params) + next(params)
        elif kind == "relu":
            x = jax.nn.relu(x)
        elif kind == "flatten":
            x = x.reshape(x.shape[0], -1)
        elif kind == "globalAveragePool":
            x = x.mean((2, 3))
        elif kind == "maxPool":
            window = (1, 1, layer["size"], layer["size"])
            x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
        elif kind == "conv2d":
            x = lax.conv_general_dilated(x, next(params), (1, 1), "SAME")
            if layer["bias"]:
                x = x + next(params)[:, None, None]
        elif kind == "batchNorm":
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3))
            statistics += [mean, variance]
            scale = next(params) / jnp.sqrt(variance + 1e-5)
            x = (x - mean[:, None, None]) * scale[:, None, None] + next(params)[:, None, None]
        elif kind == "residual":
            x = x + apply(layer["layers"], params, x, statistics)
        else:
            raise ValueError(f"the layer {kind} is not written here")
    return x


def norm_features(layers):
    found = []
    for layer in layers:
        if layer["kind"] == "batchNorm":
            found.append(layer["features"])
        elif layer["kind"] == "residual":
            found += norm_features(layer["layers"])
    return found


def make_loss(layers):
    def loss(params, x, y):
        statistics = []
        chances = jax.nn.log_softmax(apply(layers, iter(params), x, statistics))
        return -jnp.take_along_axis(chances, y[:, None], 1).mean(), statistics

    return loss


def start(request):
    params = [jnp.asarray(values) for values in read_params(request)]
    zeros = [jnp.zeros(shape) for shape in parameter_shapes(request["case"]["network"]["layers"])]
    running = []
    for features in norm_features(request["case"]["network"]["layers"]):
        running += [jnp.zeros(features), jnp.ones(features)]
    second = [z.copy() for z in zeros] if request["case"]["optimizer"]["kind"] == "adam" else []
    return {"params": params, "first": zeros, "second": second, "running": running, "step": jnp.zeros((), jnp.int32)}


def make_step(case):
    slope = jax.value_and_grad(make_loss(case["network"]["layers"]), has_aux=True)
    rate, adam = case["optimizer"]["learningRate"], case["optimizer"]["kind"] == "adam"

    def step(state, x, y):
        (loss, statistics), gradient = slope(state["params"], x, y)
        running = [0.9 * old + 0.1 * new for old, new in zip(state["running"], statistics)]
        count, params, second = state["step"] + 1, state["params"], state["second"]
        if adam:
            first = [0.9 * m + 0.1 * g for m, g in zip(state["first"], gradient)]
            second = [0.999 * v + 0.001 * g * g for v, g in zip(second, gradient)]
            a, b = rate / (1 - 0.9**count), 1 / jnp.sqrt(1 - 0.999**count)
            params = [p - a * m / (jnp.sqrt(v) * b + 1e-8) for p, m, v in zip(params, first, second)]
        else:
            first = [0.9 * v + g for v, g in zip(state["first"], gradient)]
            params = [p - rate * v for p, v in zip(params, first)]
        return {"params": params, "first": first, "second": second, "running": running, "step": count}, loss

    return step


def steps(request):
    step = make_step(request["case"])
    x, y = (jnp.asarray(part) for part in read_samples(request))
    one = jax.jit(step, donate_argnums=0)

    def scanned(state, x, y):
        state, losses = lax.scan(lambda carry, _: step(carry, x, y), state, None, length=SCAN)
        return state, losses[-1]

    for variant, call, length in (("one call a step", one, 1), ("scan", jax.jit(scanned, donate_argnums=0), SCAN)):
        held, checks = [start(request)], []

        def run(count):
            for _ in range(count):
                held[0], loss = call(held[0], x, y)
            value = float(loss)
            if len(checks) < 2 and count == 1 and length == 1:
                checks.append(value)

        timing = time_blocks(run, request["budgetMs"])
        yield {
            "variant": variant,
            "medianMs": timing["medianMs"] / length,
            "spread": [value / length for value in timing["spread"]],
            **({"checks": checks} if checks else {}),
        }


def epochs(request):
    case = request["case"]
    layers, size = case["network"]["layers"], case["batch"]
    step = make_step(case)
    x, y = (jnp.asarray(part) for part in read_samples(request))
    test_x, test_y = (jnp.asarray(part) for part in read_samples(request, "testX", "testLabels"))
    batches = len(y) // size

    @jax.jit
    def epoch(state, key, x, y):
        order = jax.random.permutation(key, len(y))[: batches * size].reshape(batches, size)
        return lax.scan(lambda carry, rows: step(carry, x[rows], y[rows]), state, order)[0]

    @jax.jit
    def accuracy(params, x, y):
        return (apply(layers, iter(params), x, []).argmax(1) == y).mean()

    def train(seed, count):
        state, right = start(request), 0.0
        for key in jax.random.split(jax.random.PRNGKey(seed), count):
            state = epoch(state, key, x, y)
            right = float(accuracy(state["params"], test_x, test_y))
        return right

    train(0, 1)
    times, accuracies = [], []
    while len(times) < 3 and sum(times) < 4 * request["budgetMs"]:
        begin = time.perf_counter()
        accuracies.append(train(len(times), case["epochs"]))
        times.append((time.perf_counter() - begin) * 1000)
    yield {"variant": "epoch in a scan", **summarize(times), "accuracy": float(np.median(accuracies))}


def curvature(request):
    case = request["case"]
    loss = make_loss(case["network"]["layers"])
    x, y = (jnp.asarray(part) for part in read_samples(request))
    params = [jnp.asarray(values) for values in read_params(request)]
    products, what = case["products"], case["what"]

    # Samples are arguments: as constants, XLA would try to fold what depends on them alone.
    @jax.jit
    def once(p, directions, x, y):
        def value(q):
            return loss(q, x, y)[0]

        if what == "gradient":
            return jax.value_and_grad(value)(p)
        product = jax.linearize(jax.grad(value), p)[1]
        images = lax.map(product, directions)
        return sum((h[0] * d[0]).sum() for h, d in zip(images, directions)), images

    directions = [jnp.stack([p] * products) for p in params]

    def run(count):
        for _ in range(count):
            result = once(params, directions, x, y)
        jax.block_until_ready(result)

    checks = [float(once(params, directions, x, y)[0])]
    timing = time_blocks(run, request["budgetMs"])
    yield {
        "variant": "jit",
        "medianMs": timing["medianMs"] / products,
        "spread": [value / products for value in timing["spread"]],
        "checks": checks,
    }


def measure(request):
    ways = {"step": steps, "epochs": epochs, "curvature": curvature}
    return list(ways[request["case"]["kind"]](request))


serve([f"JAX {jax.__version__}", f"jaxlib {jaxlib.__version__}"], measure)
