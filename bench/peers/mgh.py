"""The test problems of Moré, Garbow and Hillstrom (1981), with exact gradients and Hessians.

f(x) = sum of r_i(x)^2 (no 1/2). A problem is given by its residuals r and their Jacobian J, from one
function, and by the matrix sum of r_i * Hessian(r_i); then the gradient is 2 J'r and the Hessian
2 (J'J + that sum). Values and gradients share r and J, as a SciPy user would write it (`jac=True`).
Where the 1981 paper has a misprint (Gulf research), the corrected form is used.
"""

import numpy as np

ZEROS = np.zeros


class Problem:
    """One least-squares problem: `value_and_gradient(x)` and `hessian(x)`."""

    def __init__(self, key, start, residuals, curvature):
        self.key = key
        self.start = np.array(start, dtype=float)
        self._residuals = residuals
        self._curvature = curvature

    def value_and_gradient(self, x):
        r, jacobian = self._residuals(x)
        return r @ r, 2.0 * (r @ jacobian)

    def hessian(self, x):
        r, jacobian = self._residuals(x)
        return 2.0 * (jacobian.T @ jacobian + self._curvature(x, r))


def symmetric(n, entries):
    """The symmetric n x n matrix with these (row, column): value entries, one of each mirrored pair."""
    matrix = ZEROS((n, n))
    for (i, j), value in entries.items():
        matrix[i, j] = matrix[j, i] = value
    return matrix


def rosenbrock(n):
    rows = np.arange(0, n, 2)

    def residuals(x):
        odd, even = x[0::2], x[1::2]
        r = np.empty(n)
        r[0::2], r[1::2] = 10 * (even - odd * odd), 1 - odd
        jacobian = ZEROS((n, n))
        jacobian[rows, rows], jacobian[rows, rows + 1], jacobian[rows + 1, rows] = -20 * odd, 10, -1
        return r, jacobian

    def curvature(_x, r):
        matrix = ZEROS((n, n))
        matrix[rows, rows] = -20 * r[0::2]
        return matrix

    return Problem("rosen" if n == 2 else "ex_rosen", [-1.2, 1] * (n // 2), residuals, curvature)


def freudenstein_roth():
    def residuals(x):
        a, b = x
        r = np.array([-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b])
        return r, np.array([[1, 10 * b - 3 * b * b - 2], [1, 3 * b * b + 2 * b - 14]])

    def curvature(x, r):
        return np.array([[0, 0], [0, r[0] * (10 - 6 * x[1]) + r[1] * (6 * x[1] + 2)]])

    return Problem("freud_roth", [0.5, -2], residuals, curvature)


def powell_badly_scaled():
    def residuals(x):
        a, b = x
        ea, eb = np.exp(-a), np.exp(-b)
        return np.array([1e4 * a * b - 1, ea + eb - 1.0001]), np.array([[1e4 * b, 1e4 * a], [-ea, -eb]])

    def curvature(x, r):
        e = np.exp(-x) * r[1]
        return np.array([[e[0], 1e4 * r[0]], [1e4 * r[0], e[1]]])

    return Problem("powell_bs", [0, 1], residuals, curvature)


def brown_badly_scaled():
    def residuals(x):
        a, b = x
        return np.array([a - 1e6, b - 2e-6, a * b - 2]), np.array([[1, 0], [0, 1], [b, a]])

    return Problem("brown_bs", [1, 1], residuals, lambda _x, r: np.array([[0, r[2]], [r[2], 0]]))


def beale():
    y, i = np.array([1.5, 2.25, 2.625]), np.arange(1, 4)

    def residuals(x):
        a, b = x
        power = b ** (i - 1)
        return y - a * (1 - power * b), np.stack([power * b - 1, a * i * power], axis=1)

    def curvature(x, r):
        a, b = x
        cross = r @ (i * b ** (i - 1))
        return np.array([[0, cross], [cross, a * (2 * r[1] + 6 * b * r[2])]])

    return Problem("beale", [1, 1], residuals, curvature)


def jennrich_sampson():
    i = np.arange(1, 11)

    def residuals(x):
        ea, eb = np.exp(i * x[0]), np.exp(i * x[1])
        return 2 + 2 * i - ea - eb, np.stack([-i * ea, -i * eb], axis=1)

    def curvature(x, r):
        w = -i * i * r
        return np.diag([w @ np.exp(i * x[0]), w @ np.exp(i * x[1])])

    return Problem("jenn_samp", [0.3, 0.4], residuals, curvature)


def helical_valley():
    def residuals(x):
        a, b, c = x
        theta = np.arctan(b / a) / (2 * np.pi) + (0.5 if a < 0 else 0)
        square = a * a + b * b
        radius = np.sqrt(square)
        r = np.array([10 * (c - 10 * theta), 10 * (radius - 1), c])
        turn = 100 / (2 * np.pi * square)
        return r, np.array([[turn * b, -turn * a, 10], [10 * a / radius, 10 * b / radius, 0], [0, 0, 1]])

    def curvature(x, r):
        a, b, _ = x
        square = a * a + b * b
        angle, reach = -100 * r[0] / (np.pi * square**2), 10 * r[1] / square**1.5
        return symmetric(3, {
            (0, 0): angle * a * b + reach * b * b,
            (1, 1): -angle * a * b + reach * a * a,
            (0, 1): angle * (b * b - a * a) / 2 - reach * a * b,
        })

    return Problem("helical", [-1, 0, 0], residuals, curvature)


def bard():
    y = np.array([.14, .18, .22, .25, .29, .32, .35, .39, .37, .58, .73, .96, 1.34, 2.10, 4.39])
    u = np.arange(1.0, 16)
    v, w = 16 - u, np.minimum(u, 16 - u)

    def residuals(x):
        d = v * x[1] + w * x[2]
        return y - x[0] - u / d, np.stack([-np.ones(15), u * v / d**2, u * w / d**2], axis=1)

    def curvature(x, r):
        q = -2 * r * u / (v * x[1] + w * x[2]) ** 3
        return symmetric(3, {(1, 1): q @ (v * v), (1, 2): q @ (v * w), (2, 2): q @ (w * w)})

    return Problem("bard", [1, 1, 1], residuals, curvature)


def gaussian():
    half = [.0009, .0044, .0175, .0540, .1295, .2420, .3521, .3989]
    y, t = np.array(half + half[-2::-1]), (8 - np.arange(1.0, 16)) / 2

    def residuals(x):
        d = t - x[2]
        e = np.exp(-x[1] * d * d / 2)
        return x[0] * e - y, np.stack([e, -x[0] * d * d / 2 * e, x[0] * x[1] * d * e], axis=1)

    def curvature(x, r):
        a, b, c = x
        d = t - c
        e = r * np.exp(-b * d * d / 2)
        return symmetric(3, {
            (0, 1): -(e @ (d * d)) / 2,
            (0, 2): b * (e @ d),
            (1, 1): a * (e @ d**4) / 4,
            (1, 2): a * (e @ (d * (1 - b * d * d / 2))),
            (2, 2): a * b * (e @ (b * d * d - 1)),
        })

    return Problem("gauss", [0.4, 1, 0], residuals, curvature)


def meyer():
    y = np.array([34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872.])
    t = 45 + 5 * np.arange(1.0, 17)

    def residuals(x):
        q = 1 / (t + x[2])
        e = np.exp(x[1] * q)
        return x[0] * e - y, np.stack([e, x[0] * q * e, -x[0] * x[1] * q * q * e], axis=1)

    def curvature(x, r):
        a, b, c = x
        q = 1 / (t + c)
        e = r * np.exp(b * q)
        return symmetric(3, {
            (0, 1): e @ q,
            (0, 2): -b * (e @ q**2),
            (1, 1): a * (e @ q**2),
            (1, 2): -a * (e @ (q**2 * (1 + b * q))),
            (2, 2): a * b * (e @ (q**3 * (2 + b * q))),
        })

    return Problem("meyer", [0.02, 4000, 250], residuals, curvature)


def gulf():
    t = np.arange(1, 100) / 100
    y = 25 + (-50 * np.log(t)) ** (2 / 3)

    def parts(x):
        d = y - x[1]
        logarithm = np.log(np.abs(d))
        u = np.exp(x[2] * logarithm) / x[0]
        return d, logarithm, u, np.stack([-u / x[0], -x[2] * u / d, u * logarithm], axis=1)

    def residuals(x):
        _, _, u, slope = parts(x)
        e = np.exp(-u)
        return e - t, -e[:, None] * slope

    def curvature(x, r):
        a, _, c = x
        d, logarithm, u, slope = parts(x)
        w = r * np.exp(-u)
        bend = symmetric(3, {
            (0, 0): w @ (2 * u / a**2),
            (0, 1): w @ (c * u / (d * a)),
            (0, 2): -(w @ (u * logarithm)) / a,
            (1, 1): w @ (c * (c - 1) * u / d**2),
            (1, 2): -(w @ (u * (1 + c * logarithm) / d)),
            (2, 2): w @ (u * logarithm**2),
        })
        return slope.T @ (w[:, None] * slope) - bend

    return Problem("gulf", [5, 2.5, 0.15], residuals, curvature)


def box():
    t = np.arange(1, 11) / 10
    c = np.exp(-t) - np.exp(-10 * t)

    def residuals(x):
        ea, eb = np.exp(-t * x[0]), np.exp(-t * x[1])
        return ea - eb - x[2] * c, np.stack([-t * ea, t * eb, -c], axis=1)

    def curvature(x, r):
        w = r * t * t
        return np.diag([w @ np.exp(-t * x[0]), -(w @ np.exp(-t * x[1])), 0])

    return Problem("box_3d", [0, 10, 20], residuals, curvature)


def powell_singular(n):
    root5, root10, rows = np.sqrt(5), np.sqrt(10), np.arange(0, n, 4)

    def residuals(x):
        a, b, c, d = x[0::4], x[1::4], x[2::4], x[3::4]
        r, jacobian = np.empty(n), ZEROS((n, n))
        r[0::4], r[1::4] = a + 10 * b, root5 * (c - d)
        r[2::4], r[3::4] = (b - 2 * c) ** 2, root10 * (a - d) ** 2
        jacobian[rows, rows], jacobian[rows, rows + 1] = 1, 10
        jacobian[rows + 1, rows + 2], jacobian[rows + 1, rows + 3] = root5, -root5
        jacobian[rows + 2, rows + 1], jacobian[rows + 2, rows + 2] = 2 * (b - 2 * c), -4 * (b - 2 * c)
        jacobian[rows + 3, rows], jacobian[rows + 3, rows + 3] = 2 * root10 * (a - d), -2 * root10 * (a - d)
        return r, jacobian

    def curvature(_x, r):
        matrix, p, q = ZEROS((n, n)), r[2::4], 2 * root10 * r[3::4]
        matrix[rows + 1, rows + 1], matrix[rows + 2, rows + 2] = 2 * p, 8 * p
        matrix[rows + 1, rows + 2] = matrix[rows + 2, rows + 1] = -4 * p
        matrix[rows, rows] = matrix[rows + 3, rows + 3] = q
        matrix[rows, rows + 3] = matrix[rows + 3, rows] = -q
        return matrix

    return Problem("powell_s" if n == 4 else "ex_powell", [3, -1, 0, 1] * (n // 4), residuals, curvature)


def wood():
    root90, root10 = np.sqrt(90), np.sqrt(10)

    def residuals(x):
        a, b, c, d = x
        r = np.array([10 * (b - a * a), 1 - a, root90 * (d - c * c), 1 - c, root10 * (b + d - 2), (b - d) / root10])
        return r, np.array([
            [-20 * a, 10, 0, 0], [-1, 0, 0, 0], [0, 0, -2 * root90 * c, root90], [0, 0, -1, 0],
            [0, root10, 0, root10], [0, 1 / root10, 0, -1 / root10],
        ])

    return Problem("wood", [-3, -1, -3, -1], residuals, lambda _x, r: np.diag([-20 * r[0], 0, -2 * root90 * r[2], 0]))


def kowalik_osborne():
    y = np.array([.1957, .1947, .1735, .1600, .0844, .0627, .0456, .0342, .0323, .0235, .0246])
    u = np.array([4, 2, 1, .5, .25, .167, .125, .1, .0833, .0714, .0625])

    def residuals(x):
        top, d = u * u + u * x[1], 1 / (u * u + u * x[2] + x[3])
        q = top * d
        return y - x[0] * q, np.stack([-q, -x[0] * u * d, x[0] * q * u * d, x[0] * q * d], axis=1)

    def curvature(x, r):
        a = x[0]
        top, d = u * u + u * x[1], 1 / (u * u + u * x[2] + x[3])
        w, z = r * d * d, -2 * a * r * top * d**3
        return symmetric(4, {
            (0, 1): -(r @ (u * d)), (0, 2): w @ (top * u), (0, 3): w @ top,
            (1, 2): a * (w @ (u * u)), (1, 3): a * (w @ u),
            (2, 2): z @ (u * u), (2, 3): z @ u, (3, 3): z.sum(),
        })

    return Problem("kow_osb", [0.25, 0.39, 0.415, 0.39], residuals, curvature)


def brown_dennis():
    t = np.arange(1, 21) / 5
    sine, cosine, exponential = np.sin(t), np.cos(t), np.exp(t)
    left = np.stack([np.ones(20), t, ZEROS(20), ZEROS(20)], axis=1)
    right = np.stack([ZEROS(20), ZEROS(20), np.ones(20), sine], axis=1)

    def residuals(x):
        p, q = left @ x - exponential, right @ x - cosine
        return p * p + q * q, 2 * (p[:, None] * left + q[:, None] * right)

    def curvature(_x, r):
        return 2 * (left.T @ (r[:, None] * left) + right.T @ (r[:, None] * right))

    return Problem("brown_den", [25, 5, -5, 1], residuals, curvature)


def osborne1():
    y = np.array([.844, .908, .932, .936, .925, .908, .881, .850, .818, .784, .751, .718, .685, .658, .628, .603, .580,
                  .558, .538, .522, .506, .490, .478, .467, .457, .448, .438, .431, .424, .420, .414, .411, .406])
    t = 10 * np.arange(33.0)

    def residuals(x):
        e, g = np.exp(-t * x[3]), np.exp(-t * x[4])
        jacobian = np.stack([-np.ones(33), -e, -g, x[1] * t * e, x[2] * t * g], axis=1)
        return y - x[0] - x[1] * e - x[2] * g, jacobian

    def curvature(x, r):
        e, g = r * t * np.exp(-t * x[3]), r * t * np.exp(-t * x[4])
        return symmetric(5, {
            (1, 3): e.sum(), (2, 4): g.sum(), (3, 3): -x[1] * (e @ t), (4, 4): -x[2] * (g @ t),
        })

    return Problem("osborne_1", [0.5, 1.5, -1, 0.01, 0.02], residuals, curvature)


def biggs():
    t = np.arange(1, 14) / 10
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)

    def residuals(x):
        a, b, c = np.exp(-t * x[0]), np.exp(-t * x[1]), np.exp(-t * x[4])
        jacobian = np.stack([-t * x[2] * a, t * x[3] * b, a, -b, -t * x[5] * c, c], axis=1)
        return x[2] * a - x[3] * b + x[5] * c - y, jacobian

    def curvature(x, r):
        w = r * t
        a, b, c = w * np.exp(-t * x[0]), w * np.exp(-t * x[1]), w * np.exp(-t * x[4])
        return symmetric(6, {
            (0, 0): x[2] * (a @ t), (0, 2): -a.sum(), (1, 1): -x[3] * (b @ t), (1, 3): b.sum(),
            (4, 4): x[5] * (c @ t), (4, 5): -c.sum(),
        })

    return Problem("biggs_exp6", [1, 2, 1, 1, 1, 1], residuals, curvature)


def osborne2():
    y = np.array([1.366, 1.191, 1.112, 1.013, .991, .885, .831, .847, .786, .725, .746, .679, .608, .655, .616, .606,
                  .602, .626, .651, .724, .649, .649, .694, .644, .624, .661, .612, .558, .533, .495, .500, .423, .395,
                  .375, .372, .391, .396, .405, .428, .429, .523, .562, .607, .653, .672, .708, .633, .668, .645, .632,
                  .591, .559, .597, .625, .739, .710, .729, .720, .636, .581, .428, .292, .162, .098, .054])
    t = np.arange(65) / 10

    def residuals(x):
        first = np.exp(-t * x[4])
        d = t[:, None] - x[8:11]
        bells = np.exp(-d * d * x[5:8])
        jacobian = np.empty((65, 11))
        jacobian[:, 0], jacobian[:, 4] = -first, x[0] * t * first
        jacobian[:, 1:4] = -bells
        jacobian[:, 5:8] = x[1:4] * d * d * bells
        jacobian[:, 8:11] = -2 * x[1:4] * d * x[5:8] * bells
        return y - x[0] * first - bells @ x[1:4], jacobian

    def curvature(x, r):
        decay = r * t * np.exp(-t * x[4])
        height, width = x[1:4], x[5:8]
        d = t[:, None] - x[8:11]
        bells = r[:, None] * np.exp(-d * d * width)
        entries = {(0, 4): decay.sum(), (4, 4): -x[0] * (decay @ t)}
        pairs = {
            (1, 5): (d * d * bells).sum(axis=0),
            (1, 8): -2 * width * (d * bells).sum(axis=0),
            (5, 5): -height * (d**4 * bells).sum(axis=0),
            (5, 8): height * ((2 * d**3 * width - 2 * d) * bells).sum(axis=0),
            (8, 8): 2 * height * width * ((1 - 2 * d * d * width) * bells).sum(axis=0),
        }
        for (i, j), values in pairs.items():
            entries.update({(i + k, j + k): values[k] for k in range(3)})
        return symmetric(11, entries)

    return Problem("osborne_2", [1.3, .65, .65, .7, .6, 3, 5, 7, 2, 4.5, 5.5], residuals, curvature)


def watson(n):
    t, j = np.arange(1, 30)[:, None] / 29, np.arange(n)
    powers = t**j
    slopes = ZEROS((29, n))
    slopes[:, 1:] = j[1:] * t ** (j[1:] - 1)

    def residuals(x):
        total = powers @ x
        r, jacobian = np.empty(31), ZEROS((31, n))
        r[:29], r[29], r[30] = slopes @ x - total**2 - 1, x[0], x[1] - x[0] ** 2 - 1
        jacobian[:29] = slopes - 2 * total[:, None] * powers
        jacobian[29, 0], jacobian[30, 0], jacobian[30, 1] = 1, -2 * x[0], 1
        return r, jacobian

    def curvature(_x, r):
        matrix = -2 * powers.T @ (r[:29, None] * powers)
        matrix[0, 0] -= 2 * r[30]
        return matrix

    return Problem("watson" if n == 6 else f"watson_{n}", [0] * n, residuals, curvature)


def penalty1(n):
    root = np.sqrt(1e-5)

    def residuals(x):
        return np.append(root * (x - 1), x @ x - 0.25), np.vstack([root * np.eye(n), 2 * x])

    return Problem("penalty_1", np.arange(1, n + 1), residuals, lambda _x, r: 2 * r[n] * np.eye(n))


def penalty2(n):
    root, i, weight = np.sqrt(1e-5), np.arange(2, n + 1), n - np.arange(n)
    y = np.exp(i / 10) + np.exp((i - 1) / 10)
    rows = np.arange(1, n)

    def residuals(x):
        e = np.exp(x / 10)
        r, jacobian = np.empty(2 * n), ZEROS((2 * n, n))
        r[0], r[1:n] = x[0] - 0.2, root * (e[1:] + e[:-1] - y)
        r[n:-1], r[-1] = root * (e[1:] - np.exp(-0.1)), weight @ (x * x) - 1
        jacobian[0, 0] = 1
        jacobian[rows, rows] = jacobian[rows + n - 1, rows] = root * e[1:] / 10
        jacobian[rows, rows - 1] = root * e[:-1] / 10
        jacobian[-1] = 2 * weight * x
        return r, jacobian

    def curvature(x, r):
        e, diagonal = root * np.exp(x / 10) / 100, 2.0 * weight * r[-1]
        diagonal[1:] += e[1:] * (r[1:n] + r[n:-1])
        diagonal[:-1] += e[:-1] * r[1:n]
        return np.diag(diagonal)

    return Problem("penalty_2", [0.5] * n, residuals, curvature)


def variably_dimensioned(n):
    j = np.arange(1.0, n + 1)

    def residuals(x):
        s = j @ (x - 1)
        return np.concatenate([x - 1, [s, s * s]]), np.vstack([np.eye(n), j, 2 * s * j])

    return Problem("var_dim", 1 - j / n, residuals, lambda _x, r: 2 * r[-1] * np.outer(j, j))


def trigonometric(n):
    i = np.arange(1, n + 1)

    def residuals(x):
        sine, cosine = np.sin(x), np.cos(x)
        jacobian = np.tile(sine, (n, 1))
        jacobian[i - 1, i - 1] += i * sine - cosine
        return n - cosine.sum() + i * (1 - cosine) - sine, jacobian

    def curvature(x, r):
        sine, cosine = np.sin(x), np.cos(x)
        return np.diag(r.sum() * cosine + r * (i * cosine + sine))

    return Problem("trigon", [1 / n] * n, residuals, curvature)


def brown_almost_linear(n):
    others = [[k for k in range(n) if k != j] for j in range(n)]

    def residuals(x):
        r, jacobian = x + x.sum() - (n + 1), np.ones((n, n)) + np.eye(n)
        r[-1] = np.prod(x) - 1
        jacobian[-1] = [np.prod(x[others[j]]) for j in range(n)]
        return r, jacobian

    def curvature(x, r):
        return symmetric(n, {
            (j, k): r[-1] * np.prod([x[i] for i in others[j] if i != k]) for j in range(n) for k in range(j)
        })

    return Problem("brown_al", [0.5] * n, residuals, curvature)


def discrete_boundary_value(n):
    h = 1 / (n + 1)
    t = h * np.arange(1, n + 1)
    second = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)

    def residuals(x):
        c = x + t + 1
        return second @ x + h * h * c**3 / 2, second + np.diag(1.5 * h * h * c * c)

    return Problem("disc_bv", t * (t - 1), residuals, lambda x, r: np.diag(3 * h * h * (x + t + 1) * r))


def discrete_integral(n):
    h = 1 / (n + 1)
    t = h * np.arange(1, n + 1)
    kernel = h / 2 * np.where(np.tri(n, dtype=bool), np.outer(1 - t, t), np.outer(t, 1 - t))

    def residuals(x):
        c = x + t + 1
        return x + kernel @ c**3, np.eye(n) + kernel * (3 * c * c)

    return Problem("disc_ie", t * (t - 1), residuals, lambda x, r: np.diag(6 * (x + t + 1) * (r @ kernel)))


def broyden_tridiagonal(n):
    off = -np.eye(n, k=-1) - 2 * np.eye(n, k=1)

    def residuals(x):
        return (3 - 2 * x) * x + off @ x + 1, off + np.diag(3 - 4 * x)

    return Problem("broyden_tri", [-1] * n, residuals, lambda _x, r: np.diag(-4 * r))


def broyden_banded(n):
    band = np.array([[float(i != j and i - 5 <= j <= i + 1) for j in range(n)] for i in range(n)])

    def residuals(x):
        return x * (2 + 5 * x * x) + 1 - band @ (x * (1 + x)), np.diag(2 + 15 * x * x) - band * (1 + 2 * x)

    return Problem("broyden_band", [-1] * n, residuals, lambda x, r: np.diag(30 * x * r - 2 * (r @ band)))


def linear(key, matrix, shift):
    n = matrix.shape[1]
    return Problem(key, [1] * n, lambda x: (matrix @ x + shift, matrix), lambda _x, _r: ZEROS((n, n)))


def linear_full_rank(n, m):
    return linear("linfun_fr", np.vstack([np.eye(n), ZEROS((m - n, n))]) - 2 / m, -np.ones(m))


def linear_rank1(n, m):
    return linear("linfun_r1", np.outer(np.arange(1.0, m + 1), np.arange(1, n + 1)), -np.ones(m))


def linear_rank1_zero(n, m):
    rows, columns = np.arange(m, dtype=float), np.arange(1, n + 1)
    rows[-1] = 0
    columns[[0, -1]] = 0
    return linear("linfun_r1z", np.outer(rows, columns), -np.ones(m))


def chebyquad(n):
    i = np.arange(1, n + 1)
    shift = np.where(i % 2 == 0, 1 / np.maximum(i * i - 1, 1), 0)

    def recur(x):
        """T_i(2x - 1) and its first two derivatives in x, one row for each i = 1..n."""
        z = 2 * x - 1
        one, none = np.ones(n), ZEROS(n)
        t, d, s = [one, z], [none, 2 * one], [none, none]
        for _ in range(n - 1):
            t.append(2 * z * t[-1] - t[-2])
            d.append(4 * t[-2] + 2 * z * d[-1] - d[-2])
            s.append(8 * d[-2] + 2 * z * s[-1] - s[-2])
        return np.array(t[1:]), np.array(d[1:]), np.array(s[1:])

    def residuals(x):
        t, d, _ = recur(x)
        return t.mean(axis=1) + shift, d / n

    return Problem("chebyquad", i / (n + 1), residuals, lambda x, r: np.diag(r @ recur(x)[2] / n))


def problems():
    """The 36 cases: all 35 problems, and Watson's also with n = 9."""
    return [
        rosenbrock(2), freudenstein_roth(), powell_badly_scaled(), brown_badly_scaled(), beale(), jennrich_sampson(),
        helical_valley(), bard(), gaussian(), meyer(), gulf(), box(), powell_singular(4), wood(), kowalik_osborne(),
        brown_dennis(), osborne1(), biggs(), osborne2(), watson(6), watson(9), rosenbrock(8), powell_singular(8),
        penalty1(4), penalty2(4), variably_dimensioned(6), trigonometric(6), brown_almost_linear(5),
        discrete_boundary_value(8), discrete_integral(8), broyden_tridiagonal(8), broyden_banded(8),
        linear_full_rank(5, 10), linear_rank1(5, 10), linear_rank1_zero(5, 10), chebyquad(8),
    ]
