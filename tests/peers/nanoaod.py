"""The kind of selection of examples/hzz on a NanoAOD file by the peers: polar four-vectors, generator weights.

usage: nanoaod.py FILE; prints one JSON document. Nothing here knows of germane.
"""

import json
import sys

import awkward as ak
import numpy as np
import uproot

from jagged import best_pair, cutflow, histogram, pair_mass, widened

Z_MASS = 91.19  # GeV
AXES = {"z_mass": (12, 0.0, 120.0), "ht": (10, 0.0, 1000.0)}
VARIATIONS = {
    "nominal": (1, 1),
    "jes_up": (1.03, 1),
    "jes_down": (0.97, 1),
    "event_up": (1, 1.1),
    "event_down": (1, 0.9),
}


def cartesian(muons):
    """The same four-vectors as px, py, pz, E; E = sqrt(p2 + m |m|)."""
    px, py, pz = muons.pt * np.cos(muons.phi), muons.pt * np.sin(muons.phi), muons.pt * np.sinh(muons.eta)
    energy = np.sqrt(np.maximum(px * px + py * py + pz * pz + muons.mass * abs(muons.mass), 0))
    return ak.zip({"px": px, "py": py, "pz": pz, "E": energy, "charge": muons.charge})


def select(jets, muons, weights):
    """One variation: columns, cutflow of both regions, histograms."""
    muons = muons[muons.pt > 3]
    jets = jets[(jets.pt > 30) & (abs(jets.eta) < 2.4)]
    ht = ak.sum(jets.pt, axis=1)
    z = best_pair(cartesian(muons), Z_MASS)
    z_mass = pair_mass(z.a, z.b)
    cuts = [("count(muons) >= 2", ak.num(muons) >= 2), ("z is not null", ~ak.is_none(z))]
    regions = {"hadronic": [("count(jets) >= 2", ak.num(jets) >= 2)], "dimuon": cuts}
    columns = {"muons.pt": muons.pt, "jets.pt": jets.pt, "ht": ht, "z_mass": z_mass, "z_energy": z.a.E + z.b.E}
    document = {
        "columns": {name: column.to_list() for name, column in columns.items()},
        "cutflow": {},
        "histograms": {name: {} for name in AXES},
    }
    for region, cuts in regions.items():
        document["cutflow"][region], passed = cutflow(cuts, weights)
        for name, values in (("z_mass", z_mass), ("ht", ht)):
            document["histograms"][name][region] = histogram(values, passed, AXES[name], weights)
    return document


def main(path):
    """Every variation."""
    tree = uproot.open(path)["Events"]
    names = [f"{c}_{k}" for c in ("Jet", "Muon") for k in ("pt", "eta", "phi", "mass")]
    columns = tree.arrays([*names, "Muon_charge", "genWeight"])
    jets, muons = (ak.zip({k: widened(columns[f"{c}_{k}"]) for k in ("pt", "eta", "phi", "mass")}) for c in ("Jet", "Muon"))
    muons["charge"] = widened(columns.Muon_charge)
    weights = np.asarray(widened(columns.genWeight))
    out = {"entries": len(weights), "variations": {}}
    for name, (energy, weight) in VARIATIONS.items():
        scaled = ak.zip({"pt": jets.pt * energy, "eta": jets.eta, "phi": jets.phi, "mass": jets.mass * energy})
        out["variations"][name] = select(scaled, muons, weights * weight)
    return out


if __name__ == "__main__":
    json.dump(main(sys.argv[1]), sys.stdout)
