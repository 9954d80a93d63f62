"""Coefficients of filters by SciPy 1.17.1, for the tests of filter design. usage: python make_filter_design.py > filter_design.tsv"""

import scipy
from scipy import signal


def row(family, band, order, rp, rs, low, high, ahead, back):
    """Print a line: family, band, order, ripple, attenuation, edges, coefficients of samples, coefficients of results."""
    lists = (" ".join(repr(float(x)) for x in coefficients) for coefficients in (ahead, back))
    print(family, band, order, rp, rs, low, high, *lists, sep="\t")


print(f"# scipy {scipy.__version__}: iirfilter, iirnotch, iirpeak; edges as fractions of half the sampling frequency")
for family in ("butter", "cheby1", "cheby2", "ellip", "bessel"):
    for order in (1, 2, 3, 4, 5, 8):
        for band, low, high in (
            ("lowpass", 0.2, 0),
            ("lowpass", 0.48, 0),
            ("highpass", 0.35, 0),
            ("bandpass", 0.2, 0.45),
            ("bandstop", 0.3, 0.4),
        ):
            rp, rs = (0.5, 40.0) if order < 5 else (3.0, 80.0)
            edges = [low, high] if high else low
            row(family, band, order, rp, rs, low, high, *signal.iirfilter(order, edges, rp=rp, rs=rs, btype=band, ftype=family))
for low, high in ((0.2, 0.02), (0.48, 0.1), (0.9, 0.005)):
    row("notch", "-", 2, 0, 0, low, high, *signal.iirnotch(low, low / high))
    row("peak", "-", 2, 0, 0, low, high, *signal.iirpeak(low, low / high))
