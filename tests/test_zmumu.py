"""examples/zmumu against uproot, vector, NumPy and iminuit."""

from fractions import Fraction

import numpy as np
import pytest
from house import read

# A table of the mass beside the products of the example.
TABLE = "tables: {masses: {region: everything, columns: [mass, M, Q1, Q2], to: masses.json}}\n"


@pytest.fixture
def products(germane, example, tmp_path):
    done = germane("run", example("zmumu", TABLE, "Q1 * Q1 > 0"), "-o", tmp_path / "out", "--cache", tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    return tmp_path / "out"


@pytest.fixture
def result(products):
    return read(products / "result.json")


def column(products, name):
    return np.array(read(products / "tables" / "masses.json")["columns"][name]["values"])


def test_mass_equals_vector_in_double_precision(products, peer):
    ours, theirs = column(products, "mass"), np.array(peer("zmumu.py")["mass"])
    # Both subtract p2 from E2 in f64: m2 is off by a few ulps of E2, m by these over 2 m2. Where that is below 1e-12
    # the masses agree to 1e-12; the few light pairs of a boosted event (E / m up to 300) are bound by the formula.
    columns = peer("zmumu.py")
    energy = np.array(columns["energy"])
    bound = np.maximum(1e-12, 8 * np.finfo(float).eps * (energy / theirs) ** 2)
    assert len(ours) == 2304
    assert np.all(abs(ours / theirs - 1) <= bound)
    assert np.mean(abs(ours / theirs - 1) <= 1e-12) > 0.99


def test_mass_agrees_with_the_stored_one(products):
    # The stored M was computed elsewhere from values with fewer digits.
    assert np.allclose(column(products, "mass"), column(products, "M"), rtol=1e-7, atol=0)


def test_histogram_counts_against_the_printed_edges(products, result, peer):
    document = read(products / "histograms" / "mass.json")
    theirs = peer("zmumu.py")
    axis = document["axes"][-1]
    low, high = Fraction(axis["lower"]), Fraction(axis["upper"])
    assert [float(low + (high - low) * i / axis["bins"]) for i in range(axis["bins"] + 1)] == theirs["edges"]
    assert np.ravel(document["storage"]["values"])[-62:].tolist() == theirs["histogram"]
    assert result["histograms"]["mass"]["entries"] == theirs["passed"]


def test_cutflow_counts_opposite_charges(result, peer):
    (steps,) = (flow["steps"] for flow in result["cutflow"] if flow["region"] == "opposite")
    assert [step["entries"] for step in steps] == [peer("zmumu.py")["entries"], peer("zmumu.py")["passed"]]


@pytest.mark.parametrize("name", ["unbinned", "binned"])
def test_fit_agrees_with_iminuit(result, peer, name):
    ours, theirs = result["fits"][name], peer("zmumu.py")[name]
    assert ours["state"] == "valid"
    # -ln L with every constant, at two independently found minima: 1e-6 is above iminuit's EDM and far below one error.
    assert ours["nll"] == pytest.approx(theirs["nll"], rel=0, abs=1e-6)
    free = {p["name"]: p for p in ours["parameters"] if not p["fixed"]}
    assert free.keys() == theirs["values"].keys()
    for parameter, value in theirs["values"].items():
        error = theirs["errors"][parameter]
        assert free[parameter]["value"] == pytest.approx(value, rel=0, abs=1e-3 * error), parameter
        # iminuit differentiates numerically through its bounds: 1e-3 of an error.
        assert free[parameter]["error"] == pytest.approx(error, rel=1e-3), parameter


def test_minos_errors_agree_with_iminuit(result, peer):
    ours, theirs = result["fits"]["unbinned"], peer("zmumu.py")["unbinned"]["minos"]
    for parameter in ours["parameters"]:
        if not parameter["fixed"]:
            # iminuit stops a crossing at 0.01 of its step in ΔNLL: 1 % of an error.
            assert parameter["minos"] == pytest.approx(theirs[parameter["name"]], rel=1e-2), parameter["name"]


def test_unbinned_fit_uses_the_events_of_the_range(result, peer):
    assert result["fits"]["unbinned"]["entries"] == peer("zmumu.py")["unbinned"]["entries"] == 2004


def test_certificate_is_that_of_a_minimum(result):
    for fit in result["fits"].values():
        certificate = fit["certificate"]
        assert min(certificate["eigenvalues"]) > 0
        assert certificate["flat"] == []
        assert fit["edm"] < 1e-8
