"""Writes elementary_mpmath.tsv: values of elementary functions from mpmath at 60 digits, rounded once to doubles.

usage: python make_elementary_mpmath.py > elementary_mpmath.tsv      (needs mpmath; deterministic)
Columns: function, arguments separated by blanks (doubles, used exactly), value, what is left of the value after the rounding
(in units of the last place, so that errors below one unit can be told).
"""
import math
import random

import mpmath
from mpmath import mp, mpf

mp.dps = 60
random.seed(2)
print("# made by make_elementary_mpmath.py: mpmath, 60 digits")


def out(name, args, value):
    rounded = float(value)
    if math.isinf(rounded) or abs(rounded) < 1e-300:
        return
    rest = (value - mpf(rounded)) / mpf(math.ulp(rounded))
    print(name, " ".join(repr(float(a)) for a in args), repr(rounded), f"{float(rest):.4f}", sep="\t")


def wide():
    return random.choice((-1, 1)) * 10 ** random.uniform(-12, 12)


def middle():
    return random.uniform(-20, 20)


def unit():
    return random.choice((random.uniform(-1, 1), random.choice((-1, 1)) * 10 ** random.uniform(-9, 0)))


def positive():
    return 10 ** random.uniform(-30, 30)


for _ in range(150):
    x = random.choice((random.uniform(-700, 700), middle()))
    out("exp", [x], mpmath.exp(mpf(x)))
    x = random.choice((middle(), unit()))
    out("expm1", [x], mpmath.expm1(mpf(x)))
    x = random.choice((positive(), random.uniform(0.5, 2)))
    out("ln", [x], mpmath.log(mpf(x)))
    out("log10", [x], mpmath.log10(mpf(x)))
    x = random.choice((unit() * 0.99, positive()))
    out("log1p", [x], mpmath.log1p(mpf(x)))
    x = random.choice((middle(), wide()))
    for name, function in (("sin", mpmath.sin), ("cos", mpmath.cos), ("tan", mpmath.tan), ("atan", mpmath.atan), ("asinh", mpmath.asinh)):
        out(name, [x], function(mpf(x)))
    out("cbrt", [x], mpmath.sign(x) * mpmath.cbrt(abs(mpf(x))))
    x = unit()
    for name, function in (("asin", mpmath.asin), ("acos", mpmath.acos), ("atanh", mpmath.atanh)):
        out(name, [x], function(mpf(x)))
    x = random.choice((middle(), unit()))
    for name, function in (("sinh", mpmath.sinh), ("cosh", mpmath.cosh), ("tanh", mpmath.tanh)):
        out(name, [x], function(mpf(x)))
    x = 1 + random.choice((10 ** random.uniform(-9, 0), random.uniform(0, 100)))
    out("acosh", [x], mpmath.acosh(mpf(x)))
    x, y = wide(), wide()
    out("atan2", [x, y], mpmath.atan2(mpf(x), mpf(y)))
    out("hypot", [x, y], mpmath.hypot(mpf(x), mpf(y)))
    x, y = random.choice((positive(), random.uniform(0.1, 10))), random.choice((middle(), 2.0, 0.5, -1.5))
    out("pow", [x, y], mpmath.power(mpf(x), mpf(y)))
