"""Reference of examples/zmumu by the peers: uproot reads, vector computes, NumPy counts, iminuit fits.

Prints one JSON document. Nothing here knows of germane.
"""

import json
import sys

import numpy as np
import uproot
import vector
from iminuit import Minuit
from scipy.special import gammaln, wofz

from binning import edges, example_file, fill

LOW, HIGH, BINS = 60.0, 120.0, 60
WIDTH = 2.4952  # GeV, fixed
START = {"n_sig": 1800.0, "n_bkg": 200.0, "m_z": 91.0, "sigma": 1.5, "slope": -0.02}
RANGES = {"n_sig": (0, 5000), "n_bkg": (0, 5000), "m_z": (85, 97), "sigma": (0.1, 10), "slope": (-1, 1)}
# Sixteen Gauss-Legendre points a bin of 1 GeV: below 1e-13 for a line of this width, checked in main().
NODES, NODE_WEIGHTS = np.polynomial.legendre.leggauss(16)


def read(path):
    """Four-vectors, charges and the stored mass."""
    return uproot.open(path)["events"].arrays(library="np")


def mass(columns):
    """Invariant mass of both muons in f64."""
    one, two = (
        vector.array({"px": columns[f"px{i}"], "py": columns[f"py{i}"], "pz": columns[f"pz{i}"], "E": columns[f"E{i}"]})
        for i in (1, 2)
    )
    return (one + two).mass


def voigt(x, mean, width, sigma):
    """Breit-Wigner convolved with a Gaussian over the whole line: Re w(z) / (sigma sqrt(2 pi))."""
    z = ((x - mean) + 0.5j * width) / (sigma * np.sqrt(2))
    return wofz(z).real / (sigma * np.sqrt(2 * np.pi))


def bin_integrals(density, bin_edges):
    """Integral of a density over each bin by Gauss-Legendre."""
    half = np.diff(bin_edges)[:, None] / 2
    x = bin_edges[:-1, None] + half * (NODES + 1)
    return (density(x) * NODE_WEIGHTS * half).sum(axis=1)


def exponential_integral(slope, low, high):
    """Integral of e^(c (x - LOW)) from low to high; c = 0 has its own limit."""
    if slope == 0:
        return high - low
    return (np.exp(slope * (high - LOW)) - np.exp(slope * (low - LOW))) / slope


class Unbinned:
    """Extended likelihood of the events: nu - sum ln(sum of yields times densities) + ln N!."""

    def __init__(self, events):
        self.events = events

    def __call__(self, n_sig, n_bkg, m_z, sigma, slope):
        grid = edges(BINS, LOW, HIGH)
        line = voigt(self.events, m_z, WIDTH, sigma) / bin_integrals(lambda x: voigt(x, m_z, WIDTH, sigma), grid).sum()
        falling = np.exp(slope * (self.events - LOW)) / exponential_integral(slope, LOW, HIGH)
        return n_sig + n_bkg - np.log(n_sig * line + n_bkg * falling).sum() + gammaln(len(self.events) + 1)


class Binned:
    """Poisson likelihood of the bins with integrals of the same densities, constants included."""

    def __init__(self, counts):
        self.counts = counts

    def __call__(self, n_sig, n_bkg, m_z, sigma, slope):
        grid = edges(BINS, LOW, HIGH)
        line = bin_integrals(lambda x: voigt(x, m_z, WIDTH, sigma), grid)
        falling = exponential_integral(slope, grid[:-1], grid[1:])
        nu = n_sig * line / line.sum() + n_bkg * falling / exponential_integral(slope, LOW, HIGH)
        return (nu - self.counts * np.log(nu) + gammaln(self.counts + 1)).sum()


def fit(likelihood):
    """Minimum, Hessian errors and MINOS errors by iminuit."""
    minuit = Minuit(likelihood, **START)
    minuit.errordef = Minuit.LIKELIHOOD
    minuit.strategy = 2
    minuit.tol = 1e-4
    for name, limits in RANGES.items():
        minuit.limits[name] = limits
    minuit.migrad(ncall=20000)
    minuit.hesse()
    if not minuit.valid:
        raise SystemExit(f"iminuit found no valid minimum\n{minuit}")
    minuit.minos()
    return {
        "nll": minuit.fval,
        "values": dict(zip(minuit.parameters, map(float, minuit.values), strict=True)),
        "errors": dict(zip(minuit.parameters, map(float, minuit.errors), strict=True)),
        "minos": {name: [error.lower, error.upper] for name, error in minuit.merrors.items()},
        "covariance": np.asarray(minuit.covariance).tolist(),
    }


def main(path):
    """Everything that examples/zmumu publishes."""
    grid = edges(BINS, LOW, HIGH)
    finer = edges(8 * BINS, LOW, HIGH)
    coarse, fine = (bin_integrals(lambda x: voigt(x, 91.0, WIDTH, 0.1), e).sum() for e in (grid, finer))
    assert abs(coarse / fine - 1) < 1e-6, "even the narrowest allowed line is integrated well enough"
    coarse, fine = (bin_integrals(lambda x: voigt(x, 91.0, WIDTH, 1.5), e).sum() for e in (grid, finer))
    assert abs(coarse / fine - 1) < 1e-13

    columns = read(path)
    m = mass(columns)
    opposite = columns["Q1"] * columns["Q2"] < 0
    selected = m[opposite]
    inside = selected[(selected >= LOW) & (selected < HIGH)]
    histogram = fill(selected, grid)
    return {
        "entries": len(m),
        "mass": m.tolist(),
        "energy": (columns["E1"] + columns["E2"]).tolist(),
        "stored": columns["M"].tolist(),
        "opposite": opposite.tolist(),
        "passed": int(opposite.sum()),
        "edges": grid.tolist(),
        "histogram": histogram["values"],
        "unbinned": {"entries": len(inside), **fit(Unbinned(inside))},
        "binned": fit(Binned(np.array(histogram["values"][1:-1]))),
    }


if __name__ == "__main__":
    json.dump(main(sys.argv[1] if len(sys.argv) > 1 else example_file("uproot-Zmumu.root")), sys.stdout)
