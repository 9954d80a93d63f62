"""The same kind of selection on real NanoAOD files against uproot and Awkward."""

import comparison
import pytest
from house import read

ANALYSIS = """\
germane: 1
datasets:
  sample: {{files: {file}, tree: Events, schema: nanoaod, kind: simulation, process: sample}}
define:
  muons: Muon[pt > 3 GeV]
  jets: Jet[pt > 30 GeV and abs(eta) < 2.4]
  ht: sum(jets.pt)
  z: (pairs(muons) as (a, b))[a.charge != b.charge].best(min=abs((a + b).mass - 91.19 GeV))
variations:
  jes:
    up: {{Jet.pt: pt * 1.03, Jet.mass: mass * 1.03}}
    down: {{Jet.pt: pt * 0.97, Jet.mass: mass * 0.97}}
weights: {{event: {{nominal: genWeight, up: genWeight * 1.1, down: genWeight * 0.9}}}}
regions:
  everything: [run > 0]
  hadronic: [count(jets) >= 2]
  dimuon: [count(muons) >= 2, z is not null]
histograms:
  z_mass: {{fill: (z.a + z.b).mass, axis: [12, 0 GeV, 120 GeV], regions: [hadronic, dimuon]}}
  ht: {{fill: ht, axis: [10, 0 GeV, 1000 GeV], regions: [hadronic, dimuon]}}
tables:
  selected: {{region: everything, columns: [muons.pt, jets.pt, ht, (z.a + z.b).mass], to: selected.json}}
"""


@pytest.mark.parametrize("name", ["nano_dy.root", "nano_tt_v15.root"])
def test_selection_equals_awkward(germane, shared, peer, tmp_path, name):
    file = shared / "data" / "event-files" / "nanoaod" / name
    analysis = tmp_path / "analysis.yaml"
    analysis.write_text(ANALYSIS.format(file=file))
    done = germane("run", analysis, "-o", tmp_path / "out", "--cache", tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    theirs = peer("nanoaod.py", file)
    comparison.compare_cutflow(read(tmp_path / "out" / "result.json"), theirs)
    comparison.compare_histograms(tmp_path / "out", theirs)
    ours = read(tmp_path / "out" / "tables" / "selected.json")["columns"]
    wanted = theirs["variations"]["nominal"]["columns"]
    assert comparison.masses_equal(ours["(z.a + z.b).mass"]["values"], wanted["z_mass"], wanted["z_energy"])
    for name in ("muons.pt", "jets.pt", "ht"):
        assert comparison.values_equal(ours[name]["values"], wanted[name]), name
