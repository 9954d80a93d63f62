"""Writes special_mpmath.tsv: values of special functions from mpmath at 60 digits, rounded once to doubles.

usage: python make_special_mpmath.py > special_mpmath.tsv      (needs mpmath; deterministic)
Arguments are doubles, used exactly. Columns: function, arguments separated by blanks, value.
"""
import random

from mpmath import betainc, digamma, erf, erfc, exp, gammainc, inf, log, loggamma, mp, mpf, pi, polygamma, sqrt

mp.dps = 60
random.seed(1)
print("# made by make_special_mpmath.py: mpmath, 60 digits, rounded once to doubles")


def out(name, args, value):
    print(name, " ".join(repr(float(a)) for a in args), repr(float(value)), sep="\t")


def u(low, high):
    return random.uniform(low, high)


def log_u(low, high):
    return float(10 ** u(low, high))


points = [0.0, 1e-300, 1e-10, 0.1, 0.5, 0.84375, 1.0, 1.25, 2.0, 3.0, 5.0, 5.9] + [u(0, 6) for _ in range(30)]
for x in points:
    for s in (1, -1):
        out("erf", [s * x], erf(mpf(s * x)))
        out("erfc", [s * x], erfc(mpf(s * x)))
        out("erfcx", [s * x], exp(mpf(s * x) ** 2) * erfc(mpf(s * x)))
for x in [6.5, 8.0, 10.0, 15.0, 20.0, 25.0, 26.5] + [u(6, 26) for _ in range(20)]:
    out("erfc", [x], erfc(mpf(x)))
    out("erfcx", [x], exp(mpf(x) ** 2) * erfc(mpf(x)))
for x in [30.0, 100.0, 1e4, 1e9]:
    m = mpf(x)
    tail, term = mpf(0), mpf(1)
    for n in range(1, 60):
        tail += term
        term *= -(2 * n - 1) / (2 * m * m)
    out("erfcx", [x], tail / (m * sqrt(pi)))
for x in [0.0, 0.5, 1.0, 3.0, 5.0, 10.0, 20.0, 37.0] + [u(0, 37) for _ in range(40)]:
    out("normal_cdf", [-x], erfc(mpf(x) / sqrt(mpf(2))) / 2)
    out("normal_cdf", [x], erfc(-mpf(x) / sqrt(mpf(2))) / 2)


def quantile(p):
    p = mpf(p)
    if p > mpf(1) / 2:
        return -quantile(1 - p)
    x = -sqrt(-2 * log(p)) if p < mpf("0.1") else (p - mpf(1) / 2) * mpf("2.5")
    for _ in range(200):
        f = erfc(-x / sqrt(mpf(2))) / 2
        step = (log(f) - log(p)) * f / (exp(-x * x / 2) / sqrt(2 * pi))
        x -= step
        if abs(step) < mpf(10) ** -50:
            break
    return x


for p in [1e-300, 1e-100, 1e-20, 1e-10, 1e-5, 0.001, 0.01, 0.07, 0.08, 0.1, 0.3, 0.4999, 0.5001, 0.7, 0.9, 0.95, 0.99, 0.999999] + [u(0, 1) for _ in range(30)] + [log_u(-30, -1) for _ in range(20)]:
    out("normal_quantile", [p], quantile(p))
for x in [1e-10, 0.001, 0.1, 0.5, 1.0, 1.0000001, 1.4616321449683622, 1.5, 1.9999, 2.0, 2.5, 3.0, 10.0, 100.0, 1e6, 1e15] + [u(0, 20) for _ in range(40)]:
    out("ln_gamma", [x], loggamma(mpf(x)))
    out("digamma", [x], digamma(mpf(x)))
    out("trigamma", [x], polygamma(1, mpf(x)))
for x in [-0.5, -1.3, -7.25]:
    out("digamma", [x], digamma(mpf(x)))
    out("trigamma", [x], polygamma(1, mpf(x)))


def p_and_q(a, x):
    a, x = mpf(a), mpf(x)
    return gammainc(a, 0, x, regularized=True), gammainc(a, x, inf, regularized=True)


pairs = [(0.5, 0.1), (0.5, 3.0), (1.0, 1.0), (1e-3, 0.5), (1e-3, 1e-10), (0.1, 20.0), (2.0, 30.0), (10.0, 1.0), (10.0, 9.0), (10.0, 11.0), (10.0, 40.0), (100.0, 60.0), (100.0, 100.0), (100.0, 150.0), (1000.0, 1000.0), (1000.0, 900.0), (1e4, 1.01e4)]
pairs += [(a, a * u(0.2, 2.5)) for a in (log_u(-1, 2.5) for _ in range(60))]
for a, x in pairs:
    p, q = p_and_q(a, x)
    if p > mpf(10) ** -290:
        out("gamma_p", [a, x], p)
    if q > mpf(10) ** -290:
        out("gamma_q", [a, x], q)


def bisect(f, target, low, high, rising):
    """60-digit root of a monotone f on (low, high), by the logarithm where the ends are far apart."""
    low, high = mpf(low), mpf(high)
    for _ in range(420):
        middle = sqrt(low * high) if low > 0 and high / low > 2 else (low + high) / 2
        if (f(middle) > target) == rising:
            high = middle
        else:
            low = middle
        if high - low < mpf(10) ** -22 * low:
            break
    return (low + high) / 2


mp.dps = 30
shapes = [0.05, 0.5, 1.0, 1.5, 3.0, 10.0, 57.3, 400.0, 3000.0]
for a in shapes:
    for value in (1e-12, 1e-6, 0.0013, 0.158655, 0.5, 0.84, 0.977, 0.9999):
        if not (a < 0.1 and value < 1e-6):
            out("gamma_p_inverse", [a, value], bisect(lambda x: gammainc(mpf(a), 0, x, regularized=True), mpf(value), mpf(10) ** -250, mpf(10) ** 5, True))
        out("gamma_q_inverse", [a, value], bisect(lambda x: gammainc(mpf(a), x, inf, regularized=True), mpf(value), mpf(10) ** -250, mpf(10) ** 5, False))
for a, b in [(0.5, 0.5), (1.0, 5.0), (3.0, 2.0), (10.0, 91.0), (38.0, 64.0), (100.0, 2.0), (501.0, 500.0), (2000.0, 30.0), (0.1, 3.0)]:
    for x in (1e-6, 0.01, 0.1, 0.37, 0.5, 0.63, 0.9, 0.99):
        p = betainc(mpf(a), mpf(b), 0, mpf(x), regularized=True)
        q = betainc(mpf(b), mpf(a), 0, 1 - mpf(x), regularized=True)
        if mpf(10) ** -290 < p:
            out("beta_i", [a, b, x], p)
        if mpf(10) ** -290 < q:
            out("beta_i_complement", [a, b, x], q)
    for value in (1e-9, 0.0013, 0.158655, 0.5, 0.84, 0.9999):
        out("beta_i_inverse", [a, b, value], bisect(lambda x: betainc(mpf(a), mpf(b), 0, x, regularized=True), mpf(value), mpf(10) ** -100, mpf(1), True))


def series(a, x):
    """P(a, x) by its power series, for shapes at which mpmath's own gives up."""
    term = total = mpf(1)
    denominator = a
    while term > total * mpf(10) ** -28:
        denominator += 1
        term *= x / denominator
        total += term
    return total * exp(a * log(x) - x - loggamma(a + 1))


mp.dps = 40
for a in (9.9e5, 1e6, 3.7e6):
    for deviate in (-8.0, -3.0, 0.0, 0.7, 4.0):
        x = float(a + deviate * a**0.5)
        p = series(mpf(a), mpf(x))
        out("gamma_p", [a, x], p)
        out("gamma_q", [a, x], 1 - p)
    for value in (1e-9, 0.158655, 0.5, 0.99):
        x = mpf(a) + quantile(value) * sqrt(mpf(a))
        for _ in range(60):
            step = (series(mpf(a), x) - mpf(value)) / exp((a - 1) * log(x) - x - loggamma(mpf(a)))
            x -= step
            if abs(step) < mpf(10) ** -20 * x:
                break
        out("gamma_p_inverse", [a, value], x)
        out("gamma_q_inverse", [a, 1 - value], x) if value in (0.5,) else None
