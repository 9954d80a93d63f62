"""Models that are several files: HistFactory's XML and datacards with templates, as pyhf and ROOT read what we write."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import uproot
from house import ROOT
from test_convert import at, exact, quiet
from test_models_read_by_peers import counting, ours, probes, rich
from test_statistics import workspace

PEERS = ROOT / "tests" / "peers"


def held():
    """All seven modifiers, one parameter held and one started elsewhere; pyhf reads no `Const` of single bins."""
    spec = rich()
    parameters = spec["measurements"][0]["config"]["parameters"]
    parameters[1].pop("fixed")
    parameters += [{"name": "slope", "fixed": True}, {"name": "scale", "inits": [0.5]}]
    return spec


MODELS = {"two_channels": workspace, "rich": held, "counting": counting}


@pytest.fixture(params=MODELS)
def written(request, germane, tmp_path):
    """A workspace and the folder of its XML."""
    spec = MODELS[request.param]()
    (tmp_path / "ws.json").write_text(json.dumps(spec))
    done = germane("convert", "ws.json", "-o", "xml/", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    return spec, tmp_path / "xml"


def renamed(spec, values):
    """Values by the names that pyhf reads from XML: a staterror is called after its channel."""
    names = {}
    for channel in spec["channels"]:
        for sample in channel["samples"]:
            for modifier in sample["modifiers"]:
                if modifier["type"] == "staterror":
                    names[modifier["name"]] = f"staterror_{channel['name']}"
    out = {}
    for name, value in values.items():
        vector, bracket, entry = name.partition("[")
        out[f"{names.get(vector, vector)}{bracket}{entry}"] = value
    return out


def test_pyhf_imports_our_xml(written):
    """`pyhf xml2json`: the same expectations to rounding, and the same differences of -ln L."""
    import pyhf

    spec, folder = written
    command = [sys.executable, "-c", "from pyhf.cli.cli import pyhf; pyhf()", "xml2json", "combination.xml"]
    done = subprocess.run(
        [*command, "--basedir", ".", "--hide-progress", "--output-file", "back.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    back = json.loads((folder / "back.json").read_text())
    model, again = (quiet(quiet(pyhf.Workspace, one).model) for one in (spec, back))
    expected = [one.expected_data(one.config.suggested_init(), include_auxdata=False) for one in (model, again)]
    assert np.allclose(expected[0], expected[1], rtol=1e-14, atol=0)
    (first, height), *others = probes(spec)
    start = at(back, renamed(spec, first))
    for values, theirs in others:
        assert at(back, renamed(spec, values)) - start == pytest.approx(theirs - height, abs=1e-10)
    for name in model.config.par_order:
        if model.config.param_set(name).is_scalar:
            here, there = (one.config.param_set(name) for one in (model, again))
            assert (here.suggested_init, here.suggested_fixed) == (there.suggested_init, there.suggested_fixed)


def test_the_xml_comes_back(germane, written):
    """-ln L of the XML and of the workspace that it becomes, at pyhf's probes."""
    spec, folder = written
    assert germane("convert", "combination.xml", "-o", "again.json", cwd=folder).returncode == 0
    back = json.loads((folder / "again.json").read_text())
    heights = []
    for values, theirs in probes(spec):
        heights.append((theirs, ours(germane, folder / "again.json", renamed(spec, values)), at(back, renamed(spec, values))))
    for point in heights[1:]:
        for one in (1, 2):
            assert point[one] - heights[0][one] == pytest.approx(point[0] - heights[0][0], abs=1e-10)


def test_root_makes_the_same_model(written):
    """HistFactory's own model of our histograms: RooFit's -ln L, without ln(number of channels) for every event."""
    spec, folder = written
    interpreter = os.environ.get("GERMANE_PEER_ROOT")
    if interpreter is None and importlib.util.find_spec("ROOT") is None:
        pytest.skip("not run: ROOT is absent (GERMANE_PEER_ROOT names an interpreter that has it)")
    if any("#" in sample["name"] for channel in spec["channels"] for sample in channel["samples"]):
        pytest.skip("not run: RooFit has no names with `#`, `{` or `-`")
    points = probes(spec)
    (folder / "points.json").write_text(json.dumps([renamed(spec, values) for values, _ in points]))
    command = [interpreter or sys.executable, str(PEERS / "root_histfactory.py"), "combination.xml", "points.json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "points.json.out").read_text())
    for theirs, (_, truth) in list(zip(found, points, strict=True))[1:]:
        assert theirs - found[0] == pytest.approx(truth - points[0][1], abs=1e-7)


def test_files_are_not_replaced_unasked(germane, tmp_path):
    """Any of the files that is there stops the conversion; nothing of it is left."""
    (tmp_path / "ws.json").write_text(json.dumps(counting()))
    (tmp_path / "m.root").write_text("old")
    done = germane("convert", "ws.json", "-o", "m.xml", cwd=tmp_path)
    assert done.returncode == 2
    assert "m.root is there already" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.root", "ws.json"]
    assert germane("convert", "ws.json", "-o", "m.xml", "--force", cwd=tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.root", "m.xml", "m_only.xml", "ws.json"]
    with uproot.open(tmp_path / "m.root") as file:
        assert {key: file[key].classname for key in file.keys(cycle=False)} == dict.fromkeys(
            ["only_data", "only_s", "only_b"], "TH1D"
        )


def templates():
    """Templates that change the integral, statistics of one sample, whole counts, and a channel of free bins."""
    spec = exact()
    region, control = spec["channels"]
    shape = {"name": "slope", "type": "histosys", "data": {"hi_data": [46, 27], "lo_data": [36.5, 31.5]}}
    region["samples"][0]["modifiers"].pop()
    background = region["samples"][1]
    background["modifiers"] = [background["modifiers"][0], shape]
    region["samples"].append(
        {"name": "fakes", "data": [4, 6], "modifiers": [{"name": "staterror_SR", "type": "staterror", "data": [0.5, 1.5]}]}
    )
    spec["channels"].append({"name": "FR", "samples": [control["samples"].pop()]})
    spec["observations"].append({"name": "FR", "data": [5, 3]})
    return spec


def test_a_card_with_templates_is_the_same_likelihood(germane, tmp_path):
    """Differences of -ln L by pyhf are those of our card and its ROOT file, and of the workspace that both become."""
    spec = templates()
    (tmp_path / "ws.json").write_text(json.dumps(spec))
    for source, target in [("ws.json", "card.txt"), ("card.txt", "back.json")]:
        done = germane("convert", source, "-o", target, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    card = (tmp_path / "card.txt").read_text()
    for row in ("shapes * SR card.root", "shapes * FR_bin0 FAKE", "SR autoMCStats 0 1 2", "slope shape"):
        assert row in card
    with uproot.open(tmp_path / "card.root") as file:
        assert file["SR/background_slopeUp"].values().tolist() == [46, 27]
        assert file["SR/fakes"].errors().tolist() == [0.5, 1.5]
        assert file["CR/data_obs"].values().tolist() == [108, 49]
    back = json.loads((tmp_path / "back.json").read_text())
    # By hand: σ = 0.5/4 and 1.5/6; 100 and 16 events.
    cards = {
        "lumi": lambda value: ("lumi", (value - 1) / 0.02),
        "mu": lambda value: ("r", value),
        "staterror_SR[0]": lambda value: ("prop_binSR_bin0", (value - 1) / 0.125),
        "staterror_SR[1]": lambda value: ("prop_binSR_bin1", (value - 1) / 0.25),
        "cr_count[0]": lambda value: ("prop_binCR_bin0_background", 100 * value),
        "cr_count[1]": lambda value: ("prop_binCR_bin1_background", 16 * value),
        "free[0]": lambda value: ("free_bin0", value),
        "free[1]": lambda value: ("free_bin1", value),
    }
    names = {"mu": "r", "free[0]": "free_bin0", "free[1]": "free_bin1"}
    names |= {f"cr_count[{bin_}]": f"shapesys_CR_background[{bin_}]" for bin_ in (0, 1)}
    heights = []
    for values, theirs in probes(spec):
        moved = dict(cards[name](value) if name in cards else (name, value) for name, value in values.items())
        again = {names.get(name, name): value for name, value in values.items()}
        heights.append((theirs, ours(germane, tmp_path / "card.txt", moved), at(back, again)))
    assert heights[1][0] != heights[0][0]
    for point in heights[1:]:
        for one in (1, 2):
            assert point[one] - heights[0][one] == pytest.approx(point[0] - heights[0][0], abs=1e-10)


def test_counting_channels_on_demand(germane, tmp_path):
    """No ROOT file with `--counting`, nor on standard output."""
    (tmp_path / "ws.json").write_text(json.dumps(templates()))
    done = germane("convert", "ws.json", "-o", "card.txt", "--counting", "--lossy", cwd=tmp_path)
    assert done.returncode == 0
    assert "how `slope` is interpolated" in done.stderr
    assert not (tmp_path / "card.root").exists()
    done = germane("convert", "ws.json", "--to", "datacard", "--lossy", cwd=tmp_path)
    assert done.stdout.rstrip() == (tmp_path / "card.txt").read_text().rstrip()
