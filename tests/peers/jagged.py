"""What both jagged references share: f64 columns, four-vector formulas, cutflows, histograms of a selection."""

import math

import awkward as ak
import numpy as np

from binning import edges, fill


def widened(array):
    """Exact conversion to f64; everything is computed in f64."""
    return ak.values_astype(array, np.float64)


def pt(v):
    """Transverse momentum from px, py."""
    return np.hypot(v.px, v.py)


def eta(v):
    """Pseudorapidity, asinh(pz / pt)."""
    return np.arcsinh(v.pz / pt(v))


def pair_mass(a, b):
    """Invariant mass of two Cartesian four-vectors; -sqrt(-m2) where m2 is negative."""
    px, py, pz, energy = (a[k] + b[k] for k in ("px", "py", "pz", "E"))
    m2 = energy * energy - (px * px + py * py + pz * pz)
    return np.sqrt(abs(m2)) * np.sign(m2)


def best_pair(candidates, target):
    """Opposite-sign pair with the mass nearest to target, the first of equals; null where there is none."""
    pairs = ak.combinations(candidates, 2, fields=["a", "b"])
    pairs = pairs[pairs.a.charge != pairs.b.charge]
    best = ak.argmin(abs(pair_mass(pairs.a, pairs.b) - target), axis=1, keepdims=True)
    return ak.firsts(pairs[best])


def cutflow(cuts, weights):
    """Entries, sum of w, sum of fl(w w) after each cut; the first step is all. Null does not pass."""
    passed = np.ones(len(weights), dtype=bool)
    steps = []
    for name, cut in [("all", passed), *cuts]:
        passed = passed & np.asarray(ak.fill_none(cut, False))
        w = weights[passed]
        steps.append({"cut": name, "entries": len(w), "sumw": math.fsum(w), "sumw2": math.fsum(w * w)})
    return steps, passed


def histogram(values, passed, axis, weights):
    """Weighted histogram of the values that pass and are there."""
    there = passed & ~np.asarray(ak.is_none(values))
    filled = fill(np.asarray(ak.drop_none(values[there])), edges(*axis), weights[there])
    return {**filled, "entries": int(there.sum()), "nulls": int((passed & ~there).sum())}
