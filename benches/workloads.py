"""One workload by one engine in a process of its own: prints CPU seconds, without imports, and the answer.

usage: workloads.py WORKLOAD ENGINE FILE
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ZMUMU_COLUMNS = ["px1", "py1", "pz1", "E1", "Q1", "px2", "py2", "pz2", "E2", "Q2"]
AXES = {"z_mass": (12, 60.0, 120.0), "ht": (10, 0.0, 500.0)}
VARIATIONS = {"nominal": (1, 1), "jes_up": (1.03, 1), "jes_down": (0.97, 1), "event_up": (1, 1.1), "event_down": (1, 0.9)}
# The selection of examples/hzz without its fit and figures, which do not grow with the events.
HZZ = """\
germane: 1
datasets:
  hzz: {{files: {file}, tree: events, kind: simulation, process: hzz, units: {{"*_P[xyz]": GeV, "*_E": GeV}},
        rename: {{"*_Px": "*_px", "*_Py": "*_py", "*_Pz": "*_pz", "*_Charge": "*_charge"}}}}
define:
  muons: Muon[pt > 10 GeV]
  jets: Jet[pt > 30 GeV and abs(eta) < 2.4]
  ht: sum(jets.pt)
  z: (pairs(muons) as (a, b))[a.charge != b.charge].best(min=abs((a + b).mass - 91.19 GeV))
variations:
  jes:
    up: {{Jet.px: px * 1.03, Jet.py: py * 1.03, Jet.pz: pz * 1.03, Jet.E: E * 1.03}}
    down: {{Jet.px: px * 0.97, Jet.py: py * 0.97, Jet.pz: pz * 0.97, Jet.E: E * 0.97}}
weights: {{event: {{nominal: EventWeight, up: EventWeight * 1.1, down: EventWeight * 0.9}}}}
regions:
  base: [count(muons) >= 2, z is not null]
  few_jets: {{from: base, cuts: [count(jets) <= 1]}}
  more_jets: {{from: base, cuts: [count(jets) >= 2]}}
histograms:
  z_mass: {{fill: (z.a + z.b).mass, axis: [12, 60 GeV, 120 GeV], regions: [few_jets, more_jets]}}
  ht: {{fill: ht, axis: [10, 0 GeV, 500 GeV], regions: [few_jets, more_jets]}}
"""


def zmumu_uproot(file):
    """Columns as ndarrays."""
    import uproot

    begun = time.process_time()
    columns = uproot.open(file)["events"].arrays(ZMUMU_COLUMNS, library="np")
    return time.process_time() - begun, digest(columns)


def zmumu_germane(file):
    """The same columns as ndarrays."""
    import germane as ge

    ge.open(file)  # loads the modules, as the import does on the other side
    begun = time.process_time()
    columns = ge.open(file)["events"].arrays(ZMUMU_COLUMNS).to_numpy()
    return time.process_time() - begun, digest(columns)


def digest(columns):
    """Sums that any changed value would change."""
    return {name: [str(columns[name].dtype), float(columns[name].sum()), float((columns[name] ** 2).sum())] for name in columns}


def hzz_awkward(file, again=False):
    """All variations with Awkward in steps of 100 000 events, histograms by boost-histogram.

    What a variation does not change is selected once, by hand; with ``again`` everything is selected for each variation,
    as loops over variations do.
    """
    import awkward as ak
    import boost_histogram as bh
    import uproot

    jet, muon = ("Px", "Py", "Pz", "E"), ("Px", "Py", "Pz", "E", "Charge")
    names = [f"Jet_{k}" for k in jet] + [f"Muon_{k}" for k in muon] + ["EventWeight"]
    begun = time.process_time()
    histograms = {}

    def add(name, region, variation, values, weights):
        key = (name, region, variation)
        if key not in histograms:
            histograms[key] = bh.Histogram(bh.axis.Regular(*AXES[name]), storage=bh.storage.Weight())
        histograms[key].fill(values, weight=weights)

    def dimuons(wide):
        muons = ak.zip({k: wide[f"Muon_{k}"] for k in muon})
        muons = muons[np.hypot(muons.Px, muons.Py) > 10]
        pairs = ak.combinations(muons, 2, fields=["a", "b"])
        pairs = pairs[pairs.a.Charge != pairs.b.Charge]
        px, py, pz, energy = (pairs.a[k] + pairs.b[k] for k in ("Px", "Py", "Pz", "E"))
        mass = np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0))
        z = ak.firsts(mass[ak.argmin(abs(mass - 91.19), axis=1, keepdims=True)])
        base = (ak.num(muons) >= 2) & ~ak.is_none(z)
        return ak.to_numpy(ak.fill_none(z, np.nan)), base

    def hadrons(wide, scale):
        jets = ak.zip({k: wide[f"Jet_{k}"] * scale for k in jet})
        pt = np.hypot(jets.Px, jets.Py)
        good = pt[(pt > 30) & (abs(np.arcsinh(jets.Pz / pt)) < 2.4)]
        return ak.to_numpy(ak.sum(good, axis=1)), ak.num(good)

    for chunk in uproot.iterate(f"{file}:events", names, step_size=100_000):
        wide = {name: ak.values_astype(chunk[name], np.float64) for name in names}
        plain = ak.to_numpy(wide["EventWeight"])
        muonic, hadronic = None, {}
        for variation, (scale, factor) in VARIATIONS.items():
            if again or muonic is None:
                muonic = dimuons(wide)
            if again or scale not in hadronic:
                hadronic[scale] = hadrons(wide, scale)
            (z, base), (ht, count) = muonic, hadronic[scale]
            weights = plain * factor
            for region, cut in (("few_jets", count <= 1), ("more_jets", count >= 2)):
                passed = ak.to_numpy(base & cut)
                add("z_mass", region, variation, z[passed], weights[passed])
                add("ht", region, variation, ht[passed], weights[passed])
    spent = time.process_time() - begun
    view = {key: h.view(flow=True) for key, h in histograms.items()}
    return spent, {"/".join(key): [v.value.tolist(), v.variance.tolist()] for key, v in view.items()}


def hzz_awkward_again(file):
    """The same with a full selection for each variation."""
    return hzz_awkward(file, again=True)


def hzz_germane(file):
    """All variations in one pass, without a cache, on one thread."""
    import germane as ge

    ge.run  # noqa: B018 loads the module
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "analysis.yaml"
        path.write_text(HZZ.format(file=file))
        begun = time.process_time()
        result = ge.run(path, threads=1)
        spent = time.process_time() - begun
    answer = {}
    for name in AXES:
        histogram = result.histograms[name]
        for region in ("few_jets", "more_jets"):
            for variation in VARIATIONS:
                one = histogram["hzz", region, variation, :]
                answer[f"{name}/{region}/{variation}"] = [
                    one.values(flow=True).tolist(),
                    one.variances(flow=True).tolist(),
                ]
    return spent, answer


WORKLOADS = {
    "zmumu": {"uproot": zmumu_uproot, "germane": zmumu_germane},
    "hzz": {
        "uproot + awkward, a selection for each variation": hzz_awkward_again,
        "uproot + awkward, shared by hand": hzz_awkward,
        "germane": hzz_germane,
    },
}

if __name__ == "__main__":
    _, workload, engine, path = sys.argv
    cpu, found = WORKLOADS[workload][engine](path)
    json.dump({"cpu": cpu, "answer": found}, sys.stdout)
