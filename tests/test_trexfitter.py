"""TRExFitter's configurations, beside the workspace that cabinetry builds of the same templates, and beside NumPy."""

import json
import logging
import warnings

import numpy as np
import pytest

TREX = """\
% the same fit as below
Job: "fit"
  POI: "mu"
  ReadFrom: HIST
  HistoPath: "inputs"
  HistoFile: "all"
  MCstatConstraint: GAUSSIAN

Region: "SR"
  Type: SIGNAL
  HistoName: "mass"

Sample: "Data"
  Type: DATA
  HistoNameSuff: "_data"

Sample: "Signal"
  Type: SIGNAL
  HistoNameSuff: "_signal"
  NormFactor: "mu",1,0,10

Sample: "Background"
  Type: BACKGROUND
  HistoNameSuff: "_background"

Systematic: "lumi"
  Type: OVERALL
  OverallUp: 0.02
  OverallDown: -0.03

Systematic: "jes"
  Type: HISTO
  HistoNameSufUp: "_up"
  HistoNameSufDown: "_down"
  Samples: Background
"""

CABINETRY = """\
General: {Measurement: fit, POI: mu, HistogramFolder: h, InputPath: "inputs/all.root:mass_{SamplePath}{VariationPath}"}
Regions: [{Name: SR}]
Samples:
  - {Name: Data, SamplePath: data, Data: True}
  - {Name: Signal, SamplePath: signal}
  - {Name: Background, SamplePath: background}
NormFactors: [{Name: mu, Samples: Signal, Nominal: 1, Bounds: [0, 10]}]
Systematics:
  - {Name: lumi, Type: Normalization, Up: {Normalization: 0.02}, Down: {Normalization: -0.03}}
  - Name: jes
    Type: NormPlusShape
    Samples: Background
    Up: {VariationPath: _up}
    Down: {VariationPath: _down}
"""

EVENTS = """\
Job: "events"
  POI: "mu"
  ReadFrom: NTUP
  NtuplePath: "inputs"
  NtupleName: "tree"
  MCweight: "w"
  Selection: "n > 1"
  Lumi: 2
  MCstatConstraint: GAUSSIAN
  MergeUnderOverFlow: {merges}

Region: "SR"
  Variable: "x",5,0,10
  Selection: "abs(y) < 1 && n != 3"

Sample: "Signal"
  Type: SIGNAL
  NtupleFiles: one,two
  MCweight: "1 + 0.1 * y"
  NormFactor: "mu",1,0,10

Systematic: "weights"
  WeightSufUp: "1 + 0.05 * x"
  WeightSufDown: "1 - 0.05 * x"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Histograms and trees."""
    import boost_histogram as bh
    import uproot

    folder = tmp_path_factory.mktemp("trexfitter")
    (folder / "inputs").mkdir()
    generator = np.random.default_rng(11)
    with uproot.recreate(folder / "inputs" / "all.root") as file:
        for name, size in [
            ("data", 400),
            ("signal", 900),
            ("background", 3000),
            ("background_up", 3100),
            ("background_down", 2900),
        ]:
            histogram = bh.Histogram(bh.axis.Regular(6, 0, 6), storage=bh.storage.Weight())
            weight = None if name == "data" else generator.uniform(0.05, 0.2, size)
            histogram.fill(generator.normal(3, 1.8, size), weight=weight)
            file[f"mass_{name}"] = histogram
    for name in ["one", "two"]:
        with uproot.recreate(folder / "inputs" / f"{name}.root") as file:
            columns = {
                "x": generator.normal(5, 4, 3000),
                "y": generator.normal(0, 1, 3000),
                "n": generator.integers(0, 5, 3000, dtype="int32"),
                "w": generator.uniform(0.5, 1.5, 3000),
            }
            file.mktree("tree", {key: column.dtype for key, column in columns.items()})
            file["tree"].extend(columns)
    return folder


def workspace(germane, folder, text):
    """What the command makes of a configuration."""
    (folder / "fit.config").write_text(text)
    done = germane("convert", "fit.config", "--to", "pyhf", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_workspace_from_histograms(germane, folder, monkeypatch):
    """The workspace is that of cabinetry for the same histograms and rules."""
    import cabinetry
    import yaml

    monkeypatch.chdir(folder)
    logging.getLogger("cabinetry").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jsonschema, about pyhf
        config = yaml.safe_load(CABINETRY)
        cabinetry.templates.collect(config)
        cabinetry.templates.postprocess(config)
        theirs = cabinetry.workspace.build(config)
    ours = workspace(germane, folder, TREX)
    for sample, other in zip(ours["channels"][0]["samples"], theirs["channels"][0]["samples"], strict=True):
        np.testing.assert_allclose(sample["data"], other["data"], rtol=1e-14)
        assert [(m["name"], m["type"]) for m in sample["modifiers"]] == [(m["name"], m["type"]) for m in other["modifiers"]]
        for modifier, peer in zip(sample["modifiers"], other["modifiers"], strict=True):
            if isinstance(peer["data"], dict):
                for side in peer["data"]:
                    np.testing.assert_allclose(modifier["data"][side], peer["data"][side], rtol=1e-13)
            elif peer["data"] is not None:
                np.testing.assert_allclose(modifier["data"], peer["data"], rtol=1e-14)
    assert ours["observations"] == theirs["observations"]
    assert ours["measurements"] == theirs["measurements"]


@pytest.mark.parametrize("merges", [True, False])
def test_templates_from_trees(germane, folder, merges):
    """Selections, weights and luminosity as NumPy computes them; what is beyond the ends counts to the outer bins, or not."""
    import uproot

    ours = workspace(germane, folder, EVENTS.format(merges=str(merges).upper()))
    sample = ours["channels"][0]["samples"][0]
    columns = [uproot.open(folder / "inputs" / f"{name}.root")["tree"].arrays(library="np") for name in ["one", "two"]]
    x, y, n, w = (np.concatenate([part[key] for part in columns]) for key in "xynw")
    kept = (n > 1) & (np.abs(y) < 1) & (n != 3)
    x, y, w = x[kept], y[kept], w[kept]
    weight = w * (1 + 0.1 * y)
    # The upper edge of the last bin is outside.
    filled = np.clip(x, 0, np.nextafter(10, 0)) if merges else x

    def template(factor, power=1):
        inside = (filled >= 0) & (filled < 10)
        return np.histogram(filled[inside], np.linspace(0, 10, 6), weights=((factor * weight) ** power)[inside])[0]

    np.testing.assert_allclose(sample["data"], 2 * template(1), rtol=1e-12)
    modifiers = {modifier["type"]: modifier for modifier in sample["modifiers"]}
    np.testing.assert_allclose(modifiers["staterror"]["data"], 2 * np.sqrt(template(1, 2)), rtol=1e-12)
    for side, factor in [("hi", 1 + 0.05 * x), ("lo", 1 - 0.05 * x)]:
        ratio = template(factor).sum() / template(1).sum()
        assert modifiers["normsys"]["data"][side] == pytest.approx(ratio, rel=1e-12)
        np.testing.assert_allclose(modifiers["histosys"]["data"][f"{side}_data"], 2 * template(factor) / ratio, rtol=1e-12)
    assert ours["observations"][0]["data"] == sample["data"], "no data: the sum of the samples"


def test_mistakes(germane, folder):
    """Settings that could change the model are not passed over."""
    (folder / "wrong.config").write_text(
        TREX.replace("Type: HISTO", "Symetrisation: TWOSIDED").replace("Type: SIGNAL\n  HistoName: ", "Rebin: 2\n  HistoName: ")
    )
    done = germane("fit", "wrong.config", cwd=folder)
    assert done.returncode == 6
    assert "unknown setting `Symetrisation`" in done.stderr
    assert "did you mean `Symmetrisation`?" in done.stderr
    assert "unknown setting `Rebin`" in done.stderr
    assert "wrong.config:10:3" in done.stderr
    (folder / "wrong.config").write_text(TREX.replace('"_signal"', '"_signla"'))
    done = germane("fit", "wrong.config", cwd=folder)
    assert done.returncode == 6
    assert "no histogram `mass_signla`" in done.stderr
    assert "did you mean `mass_signal`?" in done.stderr
