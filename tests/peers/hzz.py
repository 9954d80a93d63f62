"""Reference of examples/hzz by the peers: uproot reads, Awkward selects, sums are exact.

Prints one JSON document with every variation's columns, cutflows and histograms. Nothing here knows of germane.
"""

import json
import sys

import awkward as ak
import numpy as np
import uproot

from binning import example_file
from jagged import best_pair, cutflow, eta, histogram, pair_mass, pt, widened

Z_MASS = 91.19  # GeV
AXES = {"z_mass": (12, 60.0, 120.0), "ht": (10, 0.0, 500.0)}
# variation: (factor of the jets' four-momenta, factor of the weight)
VARIATIONS = {
    "nominal": (1, 1),
    "jes_up": (1.03, 1),
    "jes_down": (0.97, 1),
    "event_up": (1, 1.1),
    "event_down": (1, 0.9),
}


def read(path):
    """Jets, muons and weights, widened to f64."""
    tree = uproot.open(path)["events"]
    names = [f"Jet_{k}" for k in ("Px", "Py", "Pz", "E")] + [f"Muon_{k}" for k in ("Px", "Py", "Pz", "E", "Charge")]
    columns = tree.arrays([*names, "EventWeight"])

    def collection(name, fields):
        return ak.zip({own: widened(columns[f"{name}_{branch}"]) for own, branch in fields.items()})

    four = {"px": "Px", "py": "Py", "pz": "Pz", "E": "E"}
    return (
        collection("Jet", four),
        collection("Muon", {**four, "charge": "Charge"}),
        np.asarray(widened(columns.EventWeight)),
    )


def select(jets, muons, weights):
    """One variation: columns, cutflow of both regions, histograms."""
    muons = muons[pt(muons) > 10]
    jets = jets[(pt(jets) > 30) & (abs(eta(jets)) < 2.4)]
    ht = ak.sum(pt(jets), axis=1)
    z = best_pair(muons, Z_MASS)
    z_mass = pair_mass(z.a, z.b)
    base = [("count(muons) >= 2", ak.num(muons) >= 2), ("z is not null", ~ak.is_none(z))]
    regions = {
        "few_jets": [*base, ("count(jets) <= 1", ak.num(jets) <= 1)],
        "more_jets": [*base, ("count(jets) >= 2", ak.num(jets) >= 2)],
    }
    document = {
        "columns": {
            "muons.pt": pt(muons).to_list(), "jets.pt": pt(jets).to_list(), "jets.eta": eta(jets).to_list(),
            "ht": ht.to_list(), "z_mass": z_mass.to_list(), "z_energy": (z.a.E + z.b.E).to_list(),
        },
        "cutflow": {"base": cutflow(base, weights)[0]}, "histograms": {name: {} for name in AXES},
    }  # fmt: skip
    for region, cuts in regions.items():
        document["cutflow"][region], passed = cutflow(cuts, weights)
        for name, values in (("z_mass", z_mass), ("ht", ht)):
            document["histograms"][name][region] = histogram(values, passed, AXES[name], weights)
    return document


def main(path):
    """Every variation."""
    jets, muons, weights = read(path)
    out = {"entries": len(weights), "variations": {}}
    for name, (energy, weight) in VARIATIONS.items():
        scaled = ak.zip({field: jets[field] * energy for field in ("px", "py", "pz", "E")})
        out["variations"][name] = select(scaled, muons, weights * weight)
    return out


if __name__ == "__main__":
    json.dump(main(sys.argv[1] if len(sys.argv) > 1 else example_file("uproot-HZZ.root")), sys.stdout)
