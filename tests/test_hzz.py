"""examples/hzz against uproot, Awkward and pyhf: every column, cutflow, histogram and fit of all variations."""

import json

import comparison
import germane as ge
import pytest
from house import read

MASS = "(z.a + z.b).mass"
COLUMNS = {"muons.pt": "muons.pt", "jets.pt": "jets.pt", "jets.eta": "jets.eta", "ht": "ht"}
TABLE = f"tables: {{selected: {{region: everything, columns: [{', '.join([*COLUMNS.values(), MASS])}], to: selected.json}}}}\n"


@pytest.fixture
def products(germane, example, tmp_path):
    done = germane("run", example("hzz", TABLE, "NMuon >= 0"), "-o", tmp_path / "out", "--cache", tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    return tmp_path / "out"


def test_columns_equal_awkward(products, peer):
    ours = read(products / "tables" / "selected.json")["columns"]
    theirs = peer("hzz.py")["variations"]["nominal"]["columns"]
    assert comparison.masses_equal(ours[MASS]["values"], theirs["z_mass"], theirs["z_energy"])
    for name, text in COLUMNS.items():
        assert comparison.values_equal(ours[text]["values"], theirs[name]), name


def test_cutflows_of_all_variations_equal_awkward(products, peer):
    comparison.compare_cutflow(read(products / "result.json"), peer("hzz.py"))


def test_histograms_of_all_variations_equal_awkward(products, peer):
    comparison.compare_histograms(products, peer("hzz.py"))


def test_fit_of_the_templates_agrees_with_pyhf(products, peer):
    theirs = peer("templates.py", products / "models" / "model.json")
    compare_fit(read(products / "result.json")["fits"]["main"], theirs)


def test_fit_of_a_toy_agrees_with_pyhf(products, peer, tmp_path):
    # Only the random data are ours: the same toy, by the Python door.
    toy = ge.Model.from_pyhf(products / "models" / "model.json").toy(seed=1)
    (tmp_path / "toy.json").write_text(json.dumps({"main": toy.observed.tolist(), "auxiliary": toy.auxiliary}))
    theirs = peer("templates.py", products / "models" / "model.json", tmp_path / "toy.json")
    compare_fit(read(products / "result.json")["fits"]["toy"], theirs)


def compare_fit(ours, theirs):
    """-ln L to 1e-8, parameters to 1e-4 of an error; vectors are `name[i]` in both."""
    assert ours["state"].startswith("valid")
    assert ours["nll"] == pytest.approx(theirs["nll"], rel=0, abs=1e-8)
    parameters = {p["name"]: p for p in ours["parameters"]}
    assert parameters.keys() == set(theirs["names"])
    for name, value, error in zip(theirs["names"], theirs["values"], theirs["errors"], strict=True):
        assert parameters[name]["value"] == pytest.approx(value, rel=0, abs=1e-4 * max(error, 1e-12)), name
