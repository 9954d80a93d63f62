"""Histograms in ROOT files that we write, as uproot, ROOT (where it is installed) and we ourselves read them."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import uproot

import germane as ge

PEER = Path(__file__).resolve().parents[2] / "tests" / "peers" / "root_histograms.py"
RANDOM = np.random.default_rng(11)


def histograms():
    """One, two and three axes of all kinds, counts and weights, by path."""
    x = ge.axis.Regular(12, -1, 2, name="mass", label="m_{ll}", unit="GeV")
    y = ge.axis.Variable([-2, 0, 1, 4, 6.5], name="y")
    labels = ge.axis.StrCategory(["ee", "e#mu", "μμ"], name="channel")
    whole = ge.axis.Integer(0, 4, name="n")
    counts = ge.Histogram(x).fill(RANDOM.normal(0.5, 1, 300))
    weights = ge.Histogram(x, storage="Weight").fill(RANDOM.normal(0.5, 1, 300), weight=RANDOM.normal(1, 0.3, 300))
    flat = ge.Histogram(y, whole, storage="Weight")
    flat.fill(RANDOM.uniform(-3, 8, 200), RANDOM.integers(-1, 6, 200), weight=RANDOM.uniform(0, 2, 200))
    deep = ge.Histogram(x, y, whole, storage="Weight")
    deep.fill(RANDOM.normal(size=90), RANDOM.uniform(-3, 8, 90), RANDOM.integers(-1, 6, 90), weight=RANDOM.uniform(0, 2, 90))
    named = ge.Histogram(labels, storage="Weight").fill(["ee", "μμ", "ee"], weight=[1, 2, 0.5])
    return {"counts": counts, "SR/weights": weights, "SR/inner/flat": flat, "SR/deep": deep, "CR/named": named}


@pytest.fixture(params=[None, "zlib", "zstd", "lz4"])
def written(request, tmp_path):
    """The histograms and the file that they were written to."""
    made = histograms()
    ge.write_root(tmp_path / "h.root", made, compression=request.param)
    return made, tmp_path / "h.root"


def cells(histogram, values):
    """All cells with flow, also of category axes, which have no underflow here."""
    pad = [(axis.size + 2 - axis.extent, 0) for axis in histogram.axes]
    return np.pad(values, pad)


def test_uproot_reads_the_same(written):
    """Contents, variances, edges, titles and labels."""
    made, path = written
    with uproot.open(path) as file:
        keys = file.keys(cycle=False)
        assert [key for key in keys if key in made] == list(made)
        assert set(keys) - set(made) == {"SR", "SR/inner", "CR"}
        for name, ours in made.items():
            theirs = file[name]
            assert np.array_equal(theirs.values(flow=True), cells(ours, ours.values(flow=True)))
            assert np.array_equal(theirs.variances(flow=True), cells(ours, ours.variances(flow=True)))
            assert theirs.member("fEntries") == ours.entries
            for k, axis in enumerate(ours.axes):
                read = theirs.axis(k)
                if name == "CR/named":
                    assert list(read.labels()) == list(axis)
                    continue
                assert np.array_equal(read.edges(), axis.edges)
                title = {"mass": "m_{ll} [GeV]"}.get(axis.name, axis.name)
                assert read.all_members["fTitle"] == title


def test_the_histograms_are_read_again(written):
    """Ours of our own."""
    made, path = written
    assert set(made) < set(ge.open(path))
    for name, ours in made.items():
        again = ge.open(path)[name]
        assert again.storage == ours.storage
        assert again.entries == ours.entries
        assert np.array_equal(again.values(flow=True), ours.values(flow=True))
        assert np.array_equal(again.variances(flow=True), ours.variances(flow=True))


def test_root_reads_the_same_in_silence(written):
    """ROOT says nothing on stderr; its sums of statistics are those of the middles of bins."""
    made, path = written
    interpreter = os.environ.get("GERMANE_PEER_ROOT")
    if interpreter is None:
        pytest.skip("not run: ROOT is absent (GERMANE_PEER_ROOT names an interpreter that has it)")
    command = [interpreter, "-W", "ignore", str(PEER), str(path), "SR/weights"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found.pop("zombie") == {"zombie": False, "recovered": False}
    doubled = found.pop("doubled")
    assert set(found) == set(made)
    for name, ours in made.items():
        theirs = found[name]
        assert theirs["class"] == f"TH{ours.ndim}D"
        # ROOT's cells: the first axis runs fastest.
        assert theirs["contents"] == cells(ours, ours.values(flow=True)).ravel(order="F").tolist()
        assert theirs["errors"] == np.sqrt(cells(ours, ours.variances(flow=True))).ravel(order="F").tolist()
        assert theirs["entries"] == ours.entries
        if name == "CR/named":
            assert theirs["labels"] == [["ee", "e#mu", "μμ"]]
            continue
        for edges, axis in zip(theirs["edges"], ours.axes, strict=True):
            # ROOT multiplies the width of bins; the last place may differ.
            assert edges == pytest.approx(axis.edges.tolist(), rel=1e-15, abs=1e-15)
        middles = ours.axes[0].centers
        along = ours.values().sum(axis=tuple(range(1, ours.ndim)))
        assert theirs["mean"] == pytest.approx(np.average(middles, weights=along), rel=1e-12)
        assert theirs["sum"] == pytest.approx(ours.values().sum(), rel=1e-12)
    assert doubled["contents"] == (2 * made["SR/weights"].values(flow=True)).tolist()


def test_the_same_histograms_give_the_same_bytes(tmp_path):
    """No clock, no random identity."""
    made = histograms()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        ge.write_root(tmp_path / folder / "h.root", made)
    first, second = ((tmp_path / folder / "h.root").read_bytes() for folder in ("a", "b"))
    assert first == second


def test_single_precision_and_other_peoples_histograms(tmp_path):
    """TH1F of a histogram that is one in the sense of UHI."""
    import boost_histogram as bh

    theirs = bh.Histogram(bh.axis.Regular(3, 0, 3), storage=bh.storage.Weight())
    theirs.fill([0.5, 1.5, 1.7], weight=[0.1, 0.2, 0.4])
    ge.write_root(tmp_path / "h.root", {"h": theirs}, single=True)
    with uproot.open(tmp_path / "h.root") as file:
        assert file["h"].classname == "TH1F"
        assert np.array_equal(file["h"].values(), theirs.values().astype(np.float32))
        assert np.array_equal(file["h"].variances(), theirs.variances())


def test_what_root_cannot_hold_is_refused(tmp_path):
    """Nothing is left of a file that was not finished."""
    axis = ge.axis.Regular(2, 0, 1)
    for histograms_, text in [
        ({"a": ge.Histogram(axis), "a/b": ge.Histogram(axis)}, "`a` is a histogram and no directory"),
        ({"": ge.Histogram(axis)}, "is no name of an object"),
        ({"h": ge.Histogram(axis, axis, axis, axis)}, "4 axes"),
    ]:
        with pytest.raises(ge.FileError, match=text):
            ge.write_root(tmp_path / "h.root", histograms_)
    with pytest.raises(ValueError, match="no compression `gzip`"):
        ge.write_root(tmp_path / "h.root", {}, compression="gzip")
    with pytest.raises(ge.FileError, match="cannot be written"):
        ge.write_root(tmp_path / "nowhere" / "h.root", {"h": ge.Histogram(axis)})
    assert list(tmp_path.iterdir()) == []
