"""Regions, tests of agreement and draws of the command, beside published tables and formulas."""

import json
import math

import numpy as np
import pytest


def counting(observed, background=3.0, channels=1):
    """One bin a channel: mu + background events are expected."""
    modifiers = [{"name": "mu", "type": "normfactor", "data": None}]
    names = [f"c{number}" for number in range(channels)]
    samples = [{"name": "s", "data": [1.0], "modifiers": modifiers}, {"name": "b", "data": [background], "modifiers": []}]
    return {
        "channels": [{"name": name, "samples": samples} for name in names],
        "observations": [{"name": name, "data": [count]} for name, count in zip(names, observed, strict=True)],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": [{"name": "mu", "bounds": [[0, 90]]}]}}],
        "version": "1.0.0",
    }


@pytest.fixture
def written(tmp_path):
    """A workspace as a file."""

    def write(document):
        path = tmp_path / "workspace.json"
        path.write_text(json.dumps(document))
        return path

    return write


def document(germane, *arguments):
    """The JSON that a command prints."""
    done = germane(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_regions_of_counts_are_those_of_feldman_and_cousins(germane, written, tmp_path):
    """Phys. Rev. D 57 (1998) 3873, table IV: n0 = 6, b = 3, 90 %: [0.15, 8.47]."""
    file = written(counting([6]))
    region = ("limit", file, "--feldman-cousins", "--level", 0.9)
    exact = document(germane, *region, "--exact")
    (piece,) = exact["segments"]
    assert [piece["low"], piece["high"]] == pytest.approx([0.15, 8.47], abs=0.01)
    keep = tmp_path / "toys.json"
    few = (*region, "--points", 10)
    found = document(germane, *few, "--toys", 400, "--threads", 2, "--keep", keep)
    assert found == document(germane, *few, "--toys", 400, "--threads", 1)
    kept = keep.read_bytes()
    assert found == document(germane, *few, "--toys", 400, "--keep", keep)
    assert keep.read_bytes() == kept
    more = document(germane, *few, "--toys", 500, "--keep", keep)
    assert {point["poi"]: point["t"] for point in more["points"] if point["poi"] == 0} == {0: found["points"][0]["t"]}
    assert germane(*few, "--toys", 10, "--seed", 1, "--keep", keep).returncode == 6
    picture = tmp_path / "region.json"
    done = germane(*region, "--exact", "-o", picture)
    assert done.returncode == 0
    assert "0.15" in done.stdout
    assert json.loads(picture.read_text())["kind"] == "p_values"
    assert germane("limit", file, "--exact").returncode == 2


def test_channels_that_do_not_agree_are_told(germane, written, tmp_path):
    """2 Σ n ln(n/mean) where nothing is expected but the signal."""
    counts = [41, 66, 52]
    file = written(counting(counts, 0.0, 3))
    figure = tmp_path / "channels.json"
    found = document(germane, "gof", file, "--test", "channel_compatibility", "--toys", 1000, "-o", figure)
    statistic = 2 * sum(n * math.log(n / 53) for n in counts)
    assert found["statistic"] == pytest.approx(statistic, abs=1e-8)
    assert found["p"] == pytest.approx(math.exp(-statistic / 2), rel=1e-9)
    assert [one["value"] for one in found["channels"]] == pytest.approx(counts, rel=1e-9)
    assert [one["error"] for one in found["channels"]] == pytest.approx(np.sqrt(counts), rel=1e-9)
    assert found["toys"]["ratio"] == pytest.approx(found["p"], abs=0.01 + 5 * math.sqrt(found["p"] / 1000))
    assert json.loads(figure.read_text())["panels"][0]["axes"]["y"]["categories"] == ["c0", "c1", "c2"]
    # A deficit is held by the bound: no χ².
    done = germane("gof", written(counting([2, 9], 3.0, 2)), "--test", "channel_compatibility")
    assert done.returncode == 0
    assert "at a bound" in done.stdout
    assert "toys tell" in done.stderr
    assert germane("gof", written(counting([2])), "--test", "channel_compatibility").returncode == 7


def test_distances_of_cumulated_distributions(germane, written):
    """Kolmogorov-Smirnov by hand: parts 0.1, 0.35, 0.7 of the data beside quarters."""
    one = counting([40], 0.0)
    one["channels"][0]["samples"] = [{**one["channels"][0]["samples"][0], "data": [10.0] * 4}]
    one["observations"][0]["data"] = [4, 10, 14, 12]
    file = written(one)
    found = document(germane, "gof", file, "--test", "ks", "--toys", 500)
    assert (found["kind"], found["p"]) == ("ks", None)
    assert found["statistic"] == pytest.approx(0.15, abs=1e-9)
    assert 0 < found["toys"]["ratio"] < 1
    done = germane("gof", file, "--test", "ad")
    assert "--toys" in done.stderr
    assert germane("gof", file, "--test", "chi2").returncode == 2


def test_draws_are_written_as_arrays(germane, written, tmp_path):
    """A gamma density of shape 10: mean 10 events."""
    file = written(counting([9], 0.0))
    draws, picture = tmp_path / "draws.npz", tmp_path / "mu.svg"
    found = document(germane, "sample", file, "--draws", 500, "--seed", 4, "-o", draws, "-o", picture)
    arrays = np.load(draws)
    assert arrays["mu"].shape == (4, 500)
    (marginal,) = found["parameters"]
    assert arrays["mu"].mean() == pytest.approx(marginal["mean"], rel=1e-12)
    assert marginal["mean"] == pytest.approx(10, abs=5 * marginal["mean_error"])
    assert picture.stat().st_size > 0
    again = document(germane, "sample", file, "--draws", 500, "--from-start", "--shortest", 0.1)
    assert again["parameters"][0]["mean"] == pytest.approx(10, abs=5 * again["parameters"][0]["mean_error"])
    nested = document(germane, "sample", file, "--nested", "--points", 200, "--chains", 2, "-o", draws)
    arrays = np.load(draws)
    assert arrays["mu"].shape == arrays["weights"].shape == (nested["draws"],)
    # The integral of the Poisson probability is 1, the prior 1/90.
    value, error = nested["ln_evidence"]
    assert value == pytest.approx(-math.log(90), abs=3 * error)
    for wrong in (("--acceptance", 1.5), ("--shortest", 0)):
        done = germane("sample", file, *wrong)
        assert done.returncode == 2
        assert wrong[0].strip("-") in done.stderr


def test_a_workspace_of_backgrounds_is_inspected(germane, written, tmp_path):
    """Its parameter of interest comes with a patch: a note says so, and limits ask for it."""
    spec = counting([6])
    signal = spec["channels"][0]["samples"].pop(0)
    file = written(spec)
    done = germane("inspect", file)
    assert done.returncode == 0
    assert "no modifier has that name" in done.stderr
    found = document(germane, "inspect", file)
    assert found["poi"] is None
    assert found["measurements"] == [{"name": "m", "poi": ["mu"]}]
    done = germane("limit", file)
    assert done.returncode == 2
    assert "no parameter of interest" in done.stderr
    patches = {
        "metadata": {"references": {}, "description": "", "digests": {}, "labels": ["m"]},
        "patches": [
            {
                "metadata": {"name": "signal", "values": [1]},
                "patch": [{"op": "add", "path": "/channels/0/samples/0", "value": signal}],
            }
        ],
        "version": "1.0.0",
    }
    (tmp_path / "patches.json").write_text(json.dumps(patches))
    patched = document(germane, "inspect", file, "--patch", tmp_path / "patches.json")
    assert (patched["poi"], patched["warnings"]) == ("mu", [])
