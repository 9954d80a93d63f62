"""Runs from Python: the same plan and the same bits as the command."""

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import germane as ge

ROOT = Path(__file__).resolve().parents[2]
ANALYSIS = {
    "germane": 1,
    "define": {"mass": "(p4(px1, py1, pz1, E1) + p4(px2, py2, pz2, E2)).mass"},
    "regions": {"opposite": ["Q1 * Q2 < 0"]},
    "histograms": {"mass": {"fill": "mass", "axis": [60, 60, 120], "regions": ["opposite"]}},
    "tables": {"masses": {"region": "opposite", "columns": ["mass"], "to": "masses.json"}},
}


@pytest.fixture
def analysis(zmumu):
    return {**copy.deepcopy(ANALYSIS), "datasets": {"zmumu": {"files": str(zmumu), "tree": "events", "kind": "data"}}}


@pytest.fixture(scope="module")
def fitted(zmumu, tmp_path_factory):
    """examples/zmumu by the Python door."""
    folder = tmp_path_factory.mktemp("zmumu")
    text = (ROOT / "examples" / "zmumu" / "analysis.yaml").read_text().replace("../data/uproot-Zmumu.root", str(zmumu))
    (folder / "analysis.yaml").write_text(text)
    return folder / "analysis.yaml", ge.run(folder / "analysis.yaml", output=folder / "out", threads=1)


def test_analysis_as_an_object(analysis):
    result = ge.run(analysis)
    h = result.histograms["mass"]
    assert [axis.name for axis in h.axes[:3]] == ["process", "region", "variation"]
    assert h.sum() == 2004
    assert len(result.tables["masses"]["mass"]) == 2147
    assert [step["entries"] for step in result.cutflow("opposite")] == [2304, 2147]
    assert result.exit == 0


def test_same_bits_as_the_command(fitted, tmp_path):
    path, _ = fitted
    done = subprocess.run(
        [sys.executable, "-m", "germane", "run", path, "-o", tmp_path / "out", "--cache", tmp_path / "cache", "--threads", "2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in ("result.json", "histograms/mass.json", "figures/mass.json", "figures/mass.svg"):
        assert (tmp_path / "out" / name).read_bytes() == (path.parent / "out" / name).read_bytes(), name


def test_fit_values_and_errors(fitted):
    fit = fitted[1].fits["unbinned"]
    assert fit.valid
    assert fit.values["m_z"] == pytest.approx(90.7513, abs=1e-3)
    assert fit.parameters["gamma_z"].fixed
    names, covariance = fit.covariance
    for name, variance in zip(names, np.diag(covariance), strict=True):
        assert fit.errors[name] == pytest.approx(variance**0.5)
    low, high = fit.parameters["m_z"].minos
    assert low < 0 < high
    assert "m_z = 90.75" in repr(fit)


def test_names_that_do_not_exist(fitted):
    result = fitted[1]
    for products, wrong, right in [(result.histograms, "mas", "mass"), (result.fits, "unbined", "unbinned")]:
        with pytest.raises(ge.CategoryError) as caught:
            products[wrong]
        assert caught.value.nearest == right
    with pytest.raises(ge.CategoryError, match="opposite"):
        result.cutflow("oposite")


def test_result_pickles_and_shows_itself(fitted):
    result = fitted[1]
    again = pickle.loads(pickle.dumps(result))
    assert again.document == result.document
    assert again.histograms["mass"] == result.histograms["mass"]
    assert "m_z" in repr(result)
    assert "mass" in result.figures
    assert result.figures["mass"]._repr_svg_().startswith("<svg")


def test_histogram_keeps_bin_rule_and_counts(fitted):
    h = fitted[1].histograms["mass"]
    assert np.array_equal(h.variances(), h.values())
    mass = h[0, "opposite", "nominal", :]
    assert mass.shape == (60,)
    assert mass.axes[0].unit == "GeV"


def test_all_mistakes_are_raised_before_any_event_is_read(analysis):
    analysis["define"]["mass"] = "2 * pxx1"
    analysis["regions"]["opposite"] = ["Q1 * QQ2 < 0"]
    with pytest.raises(ge.ColumnError) as caught:
        ge.run(analysis)
    assert [error["nearest"] for error in caught.value.errors] == ["px1", "Q2"]
    assert caught.value.exit == 6


def test_plan_is_checked_and_hashed(analysis):
    plan = ge.plan(analysis)
    assert plan.hash == ge.plan(json.loads(json.dumps(analysis))).hash
    assert plan.__dask_tokenize__() == plan.hash
    assert "mass" in repr(plan)
    assert ge.run(plan).document["plan"] == plan.hash
    changed = {**analysis, "regions": {"opposite": ["Q1 * Q2 > 0"]}}
    assert ge.plan(changed).hash != plan.hash


def test_empty_selection_warns(analysis):
    analysis["regions"]["opposite"] = ["E1 > 20000"]
    with pytest.warns(ge.GermaneWarning, match="`mass`"):
        ge.run(analysis)


def test_bad_files_stop_the_run_or_are_left_out(analysis, tmp_path, zmumu):
    (tmp_path / "half.root").write_bytes(zmumu.read_bytes()[:89485])
    analysis["datasets"]["zmumu"]["files"] = [str(zmumu), str(tmp_path / "half.root")]
    with pytest.raises(ge.FileError, match=r"half\.root"):
        ge.run(analysis)
    result = ge.run(analysis, allow_bad_files=1)
    assert result.exit == 3
    assert [excluded["url"] for excluded in result.report["excluded"]] == [str(tmp_path / "half.root")]
    with pytest.raises(ge.FileError):
        ge.run(analysis, allow_bad_files="1%")


def test_threads_and_partitions_change_no_bit(analysis, tmp_path):
    documents = [
        ge.run(analysis, threads=threads, partition_size=size, cache=tmp_path / f"{threads}-{size}").document
        for threads in (1, 2, 3)
        for size in (1000, 64 << 20)
    ]
    assert all(document == documents[0] for document in documents)


def test_other_threads_of_python_run_meanwhile(analysis):
    import threading
    import time

    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        ge.run(analysis)
    done.set()
    thread.join()
    # Every run waits for its engine without the GIL, so the other thread comes along all the time.
    assert len(ticks) > 30
