"""Comparison of a run's products with the document of tests/peers/hzz.py or nanoaod.py."""

import numpy as np
from house import read

# Few ulps of f64: square roots, sines and arcsinh of two libraries, each within an ulp.
ULPS = 1e-14
EPSILON = np.finfo(np.float64).eps


def values_equal(ours, theirs):
    """Nested lists with the same shape and nulls, floats within a few ulps."""
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(values_equal, ours, theirs))
    if theirs is None or ours is None:
        return ours is theirs
    return abs(ours - theirs) <= ULPS * abs(theirs)


def masses_equal(ours, theirs, energies):
    """Masses of pairs: m2 = E2 - p2 is good to a few ulps of E2, so m to these over m2."""
    assert [m is None for m in ours] == [m is None for m in theirs]
    there = [(a, b, e) for a, b, e in zip(ours, theirs, energies, strict=True) if b is not None]
    return all(abs(a - b) <= max(ULPS, 4 * EPSILON * (e / b) ** 2) * abs(b) for a, b, e in there)


def compare_cutflow(result, theirs):
    flows = {(flow["region"], flow["variation"]): flow["steps"] for flow in result["cutflow"]}
    compared = 0
    for variation, reference in theirs["variations"].items():
        for region, steps in reference["cutflow"].items():
            nominal = (region, "nominal")
            ours = flows.get((region, variation), flows[nominal])
            kept = [{k: step[k] for k in ("cut", "entries", "sumw", "sumw2")} for step in ours]
            assert kept == steps, (region, variation)
            compared += 1
    assert compared


def cells(document, region, variation):
    """Values and variances with flow of one region and variation of a histogram with its three category axes."""
    axes = document["axes"]
    where = []
    for axis, wanted in zip(axes[:3], (None, region, variation), strict=True):
        where.append(0 if wanted is None else axis["categories"].index(wanted))
    shape = []
    for axis in axes:
        bins = len(axis["categories"]) if "categories" in axis else axis["bins"]
        shape.append(bins + bool(axis.get("underflow")) + bool(axis.get("overflow", axis.get("flow"))))
    storage = document["storage"]
    pick = tuple(where)
    return {name: np.reshape(np.array(storage[name], dtype=float), shape)[pick].tolist() for name in ("values", "variances")}


def compare_histograms(products, theirs):
    for variation, reference in theirs["variations"].items():
        for name, regions in reference["histograms"].items():
            document = read(products / "histograms" / f"{name}.json")
            for region, expected in regions.items():
                ours = cells(document, region, variation)
                assert ours["values"] == expected["values"], (name, region, variation)
                assert ours["variances"] == expected["variances"], (name, region, variation)
