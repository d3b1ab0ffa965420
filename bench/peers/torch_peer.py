"""PyTorch: eager and traced, and for images also channels-last. Each way is a measurement of its own."""

import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from serve import THREADS, read_params, read_samples, serve, summarize, time_blocks


class Residual(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return x + self.body(x)


class GlobalAveragePool(nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


def build(layers):
    modules = []
    for layer in layers:
        kind = layer["kind"]
        if kind == "dense":
            modules.append(nn.Linear(layer["inputs"], layer["outputs"]))
        elif kind == "relu":
            modules.append(nn.ReLU(inplace=True))
        elif kind == "flatten":
            modules.append(nn.Flatten())
        elif kind == "globalAveragePool":
            modules.append(GlobalAveragePool())
        elif kind == "maxPool":
            modules.append(nn.MaxPool2d(layer["size"]))
        elif kind == "batchNorm":
            modules.append(nn.BatchNorm2d(layer["features"]))
        elif kind == "conv2d":
            size = layer["kernel"]
            modules.append(nn.Conv2d(layer["inputs"], layer["outputs"], size, padding=size // 2, bias=layer["bias"]))
        elif kind == "residual":
            modules.append(Residual(build(layer["layers"])))
        else:
            raise ValueError(f"the layer {kind} is not written here")
    return nn.Sequential(*modules)


class Loss(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x, y):
        return F.cross_entropy(self.network(x), y)


def load(request):
    model = Loss(build(request["case"]["network"]["layers"]))
    with torch.no_grad():
        for parameter, values in zip(model.parameters(), read_params(request)):
            # A linear layer keeps its weight as [outputs, inputs].
            parameter.copy_(torch.from_numpy(values.T.copy() if values.ndim == 2 else values))
    return model


def make_rule(model, rule):
    rate = rule["learningRate"]
    if rule["kind"] == "adam":
        return torch.optim.Adam(model.parameters(), lr=rate)
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)


def tensors(pair):
    x, y = pair
    return torch.from_numpy(x), torch.from_numpy(y.astype(np.int64))


def steps(request):
    case = request["case"]
    layouts = [("", torch.contiguous_format)]
    if len(case["network"]["input"]) == 3:
        layouts.append((", channels-last", torch.channels_last))
    for layout, memory_format in layouts:
        for way in ("eager", "traced"):
            x, y = tensors(read_samples(request))
            loss_of = load(request)
            if memory_format is torch.channels_last:
                loss_of, x = loss_of.to(memory_format=memory_format), x.to(memory_format=memory_format)
            if way == "traced":
                loss_of = torch.jit.trace(loss_of, (x, y), check_trace=False)
            rule = make_rule(loss_of, case["optimizer"])
            checks = []

            def run(count):
                for _ in range(count):
                    rule.zero_grad(set_to_none=True)
                    loss = loss_of(x, y)
                    loss.backward()
                    rule.step()
                value = loss.item()
                if len(checks) < 2 and count == 1:
                    checks.append(value)

            yield {"variant": way + layout, **time_blocks(run, request["budgetMs"]), "checks": checks}


def epochs(request):
    case = request["case"]
    x, y = tensors(read_samples(request))
    test_x, test_y = tensors(read_samples(request, "testX", "testLabels"))
    size = case["batch"]

    def train(loss_of, network, epoch_count, step_limit):
        rule = make_rule(loss_of, case["optimizer"])
        right = 0
        for _ in range(epoch_count):
            order = torch.randperm(len(y))
            for step in range(min(step_limit, len(y) // size)):
                rows = order[step * size : (step + 1) * size]
                rule.zero_grad(set_to_none=True)
                loss_of(x[rows], y[rows]).backward()
                rule.step()
            with torch.no_grad():
                right = (network(test_x).argmax(1) == test_y).sum().item()
        return right / len(test_y)

    def model(way):
        loss_of = load(request)
        network = loss_of.network  # shares its parameters with the traced copy
        if way == "traced":
            loss_of = torch.jit.trace(loss_of, (x[:size], y[:size]), check_trace=False)
        return loss_of, network

    for way in ("eager", "traced"):
        train(*model(way), 1, 30)
        times, accuracies = [], []
        while len(times) < 3 and sum(times) < 4 * request["budgetMs"]:
            torch.manual_seed(len(times))
            ready = model(way)
            begin = time.perf_counter()
            accuracies.append(train(*ready, case["epochs"], len(y)))
            times.append((time.perf_counter() - begin) * 1000)
        yield {"variant": way, **summarize(times), "accuracy": float(np.median(accuracies))}


def curvature(request):
    case = request["case"]
    x, y = tensors(read_samples(request))
    model = load(request)
    params = list(model.parameters())
    direction = [p.detach().clone() for p in params]
    products, what = case["products"], case["what"]

    def gradient(graph):
        loss = model(x, y)
        return loss, torch.autograd.grad(loss, params, create_graph=graph)

    def product(slopes, keep):
        return torch.autograd.grad(slopes, params, direction, retain_graph=keep)

    def once():
        if what == "gradient":
            return gradient(False)[0].item()
        slopes = gradient(True)[1]
        for left in reversed(range(products)):
            hv = product(slopes, left > 0)
        return sum((h * d).sum() for h, d in zip(hv, direction)).item()

    checks = [once()]

    def run(count):
        for _ in range(count):
            once()

    timing = time_blocks(run, request["budgetMs"])
    each = {
        "medianMs": timing["medianMs"] / products,
        "spread": [value / products for value in timing["spread"]],
    }
    yield {"variant": "eager", **each, "checks": checks}


def measure(request):
    ways = {"step": steps, "epochs": epochs, "curvature": curvature}
    return list(ways[request["case"]["kind"]](request))


torch.set_num_threads(THREADS)
serve([f"PyTorch {torch.__version__}"], measure)
