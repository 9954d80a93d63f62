"""cabinetry's configurations, from events or histograms to workspace, fit and ranking, beside cabinetry itself."""

import json
import logging
import warnings

import numpy as np
import pytest

CONFIGURATION = """\
General:
  Measurement: two regions
  POI: strength
  InputPath: "{RegionPath}/{SamplePath}"
  HistogramFolder: templates/
  Fixed:
    - Name: held
      Value: 0.5
Regions:
  - Name: signal region
    RegionPath: ntuples
    Variable: pt
    Filter: (charge > 0) & (pt > 210)
    Binning: [200, 260, 330, 400, 480, 600]
  - Name: control
    RegionPath: ntuples
    Variable: "sqrt(abs(eta))"
    Filter: (charge < 0) | (njets == 2)
    Binning: [0, 2]
Samples:
  - Name: Data
    Tree: observed
    SamplePath: data.root
    Data: True
  - Name: Signal
    Tree: nominal
    SamplePath: signal.root
    Weight: weight
    Regions: signal region
    DisableStaterror: true
  - Name: Background
    Tree: nominal
    SamplePath: [background_1.root, background_2.root]
    Weight: weight * 0.5
  - Name: Other
    Tree: nominal
    SamplePath: other.root
    Filter: charge > 0
NormFactors:
  - Name: strength
    Samples: Signal
    Nominal: 1
    Bounds: [-2, 10]
  - Name: background_norm
    Samples: [Background]
    Regions: [signal region, control]
Systematics:
  - Name: luminosity
    Type: Normalization
    Up: {Normalization: 0.03}
    Down: {Normalization: -0.025}
  - Name: tree
    Type: NormPlusShape
    Samples: Background
    Up: {Tree: varied, SamplePath: background_1.root, Weight: weight}
    Down: {Symmetrize: True}
  - Name: weights
    Type: NormPlusShape
    Samples: [Background, Signal]
    Up: {Weight: 1.3 * weight * (pt / 300) ** 0.5}
    Down: {Weight: "0.8*weight"}
    Smoothing: {Algorithm: "353QH, twice", Samples: Background}
  - Name: scale
    Type: NormPlusShape
    Regions: signal region
    Up: {Variable: 1.04 * pt}
    Down: {Variable: 0.97 * pt, Filter: (charge > 0) & (pt > 215)}
    ModifierName: energy_scale
  - Name: held
    Type: NormPlusShape
    Samples: Other
    Up: {Weight: "0.9"}
    Down: {Symmetrize: True}
"""


def events(generator, number, scale, offset):
    """Columns of a tree."""
    return {
        "pt": generator.noncentral_chisquare(5, 10, number) * scale + offset,
        "eta": generator.normal(0, 1.2, number),
        "charge": generator.choice(np.array([-1, 1], dtype="int32"), number),
        "njets": generator.integers(1, 5, number, dtype="int64"),
        "weight": generator.normal(0.1, 0.02, number),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with trees and the configuration."""
    import uproot

    folder = tmp_path_factory.mktemp("cabinetry")
    (folder / "ntuples").mkdir()
    generator = np.random.default_rng(7)
    files = {
        "data": {"observed": (700, 22, 50)},
        "signal": {"nominal": (1500, 12, 280)},
        "background_1": {"nominal": (6000, 22, 40), "varied": (6000, 24, 40)},
        "background_2": {"nominal": (4000, 22, 40)},
        "other": {"nominal": (60, 15, 150)},
    }
    for name, trees in files.items():
        with uproot.recreate(folder / "ntuples" / f"{name}.root") as file:
            for tree, shape in trees.items():
                columns = events(generator, *shape)
                file.mktree(tree, {key: column.dtype for key, column in columns.items()})
                file[tree].extend(columns)
    (folder / "config.yml").write_text(CONFIGURATION)
    return folder


def peer_workspace(configuration, folder, monkeypatch, *, from_histograms=False):
    """The workspace that cabinetry builds; its paths are relative to the working directory."""
    import cabinetry
    import yaml

    monkeypatch.chdir(folder)
    logging.getLogger("cabinetry").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jsonschema, about pyhf
        config = yaml.safe_load(configuration)
        cabinetry.configuration.validate(config)
        (cabinetry.templates.collect if from_histograms else cabinetry.templates.build)(config)
        cabinetry.templates.postprocess(config)
        return cabinetry.workspace.build(config)


def assert_equal(ours, theirs, at=""):
    """The same keys, texts and lists, numbers within 1e-12 of the largest of their list."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys(), at
        for key in theirs:
            assert_equal(ours[key], theirs[key], f"{at}/{key}")
    elif isinstance(theirs, list) and theirs and isinstance(theirs[0], float):
        # Both add the same few thousand terms, in another order.
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12 * np.max(np.abs(theirs)), err_msg=at)
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), at
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            assert_equal(*pair, f"{at}/{index}")
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-12), at
    else:
        assert ours == theirs, at


def document(germane, *arguments, cwd):
    """The JSON that a command prints."""
    done = germane(*arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_workspace_from_events(germane, folder, monkeypatch):
    """Every yield, error and template is cabinetry's."""
    theirs = peer_workspace(CONFIGURATION, folder, monkeypatch)
    done = germane("convert", "config.yml", "-o", "workspace.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    ours = json.loads((folder / "workspace.json").read_text())
    kinds = [
        modifier["type"] for channel in ours["channels"] for sample in channel["samples"] for modifier in sample["modifiers"]
    ]
    assert kinds.count("histosys") == 7, "a shape in the region of five bins, none in that of one"
    assert_equal(ours, json.loads(json.dumps(theirs)))


def test_fit_and_ranking(germane, folder, monkeypatch):
    """-ln L, minimum, errors and impacts are those of cabinetry's fits with a tight tolerance."""
    import cabinetry
    import pyhf

    theirs = peer_workspace(CONFIGURATION, folder, monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Exact derivatives are not to be had with NumPy alone: the tolerance makes up for it.
        pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-8, strategy=2))
        model, data = cabinetry.model_utils.model_and_data(theirs)
        fitted = cabinetry.fit.fit(model, data, strategy=2, tolerance=1e-6)
        ranked = cabinetry.fit.ranking(model, data, fit_results=fitted, strategy=2, tolerance=1e-6)
    ours = document(germane, "fit", "config.yml", cwd=folder)
    parameters = {parameter["name"]: parameter for parameter in ours["parameters"]}
    assert ours["state"] == "valid"
    values = [parameters[name]["value"] for name in model.config.par_names]
    assert ours["nll"] == pytest.approx(-float(model.logpdf(values, data)[0]), rel=1e-12)
    assert ours["nll"] == pytest.approx(fitted.best_twice_nll / 2, abs=1e-5)
    for name, value, error in zip(fitted.labels, fitted.bestfit, fitted.uncertainty, strict=True):
        if parameters[name]["fixed"]:
            assert parameters[name]["value"] == value
            continue
        assert parameters[name]["value"] == pytest.approx(value, abs=2e-3 * error), name
    names = [name for name in fitted.labels if not parameters[name]["fixed"]]
    errors = errors_by_differences(lambda x: -float(model.logpdf(x, data)[0]), parameters, model.config.par_names, names)
    for name, error in zip(names, errors, strict=True):
        # Fourth order: what is left falls with the fourth power of the step, 2e-7 here (2e-5 with thrice the step).
        assert parameters[name]["error"] == pytest.approx(error, rel=1e-5), name
    impacts = document(germane, "rank", "config.yml", cwd=folder)
    rows = {row["name"]: row for row in impacts["rows"]}
    error = parameters["strength"]["error"]
    sides = zip(ranked.labels, ranked.prefit_up, ranked.prefit_down, ranked.postfit_up, ranked.postfit_down, strict=True)
    compared = 0
    for name, prefit_up, prefit_down, postfit_up, postfit_down in sides:
        if parameters[name]["fixed"]:
            assert (postfit_up, postfit_down) == (0, 0)
            assert name not in rows
            continue
        row = rows[name]
        if prefit_up != 0 or prefit_down != 0:  # cabinetry's value for a parameter without a prior
            assert row["prefit"] == pytest.approx([prefit_up, prefit_down], abs=4e-3 * error), name
        assert row["postfit"] == pytest.approx([postfit_up, postfit_down], abs=4e-3 * error), name
        compared += 1
    assert compared > 8


def errors_by_differences(nll, parameters, order, names):
    """Errors from the inverse of the matrix of second differences of pyhf's -ln L; HESSE itself is good to a percent here."""
    centre = np.array([parameters[name]["value"] for name in order])
    steps = {name: 0.003 * parameters[name]["error"] for name in names}

    def at(*moves):
        point = centre.copy()
        for name, times in moves:
            point[order.index(name)] += times * steps[name]
        return nll(point)

    hessian = np.empty((len(names), len(names)))
    weights = {-2: 1 / 12, -1: -8 / 12, 1: 8 / 12, 2: -1 / 12}
    for i, first in enumerate(names):
        second = {-2: -1 / 12, -1: 16 / 12, 0: -30 / 12, 1: 16 / 12, 2: -1 / 12}
        hessian[i, i] = sum(w * at((first, k)) for k, w in second.items()) / steps[first] ** 2
        for j, other in enumerate(names[:i]):
            mixed = sum(v * w * at((first, k), (other, m)) for k, v in weights.items() for m, w in weights.items())
            hessian[i, j] = hessian[j, i] = mixed / (steps[first] * steps[other])
    return np.sqrt(np.diag(np.linalg.inv(hessian)))


HISTOGRAMS = """\
General:
  Measurement: histograms
  InputPath: "ntuples/histograms.root:{RegionPath}/{SamplePath}_{VariationPath}"
  HistogramFolder: templates_of_histograms/
  VariationPath: nominal
Regions:
  - {Name: SR, RegionPath: sr}
Samples:
  - {Name: Data, SamplePath: data, Data: yes}
  - {Name: Background, SamplePath: background}
NormFactors:
  - {Name: norm, Samples: Background}
Systematics:
  - Name: shape
    Type: NormPlusShape
    Up: {VariationPath: up}
    Down: {VariationPath: down}
    Smoothing: {Algorithm: "353QH, twice"}
"""


def test_workspace_from_histograms(germane, folder, monkeypatch):
    """Weighted histograms and plain ones; the errors of plain ones are the roots of their contents."""
    import boost_histogram as bh
    import uproot

    generator = np.random.default_rng(3)
    axis = bh.axis.Variable([0, 1, 2, 4, 8, 9, 10])
    with uproot.recreate(folder / "ntuples" / "histograms.root") as file:
        for name, storage in [("data", bh.storage.Double()), ("background", bh.storage.Weight())]:
            for variation in ["nominal", "up", "down"]:
                histogram = bh.Histogram(axis, storage=storage)
                values = generator.uniform(-1, 11, 900)
                weight = generator.uniform(0.5, 1.5, 900) if name == "background" else None
                histogram.fill(values, weight=weight)
                file[f"sr/{name}_{variation}"] = histogram
    (folder / "histograms.yml").write_text(HISTOGRAMS)
    theirs = peer_workspace(HISTOGRAMS, folder, monkeypatch, from_histograms=True)
    ours = document(germane, "convert", "histograms.yml", "--to", "pyhf", cwd=folder)
    assert_equal(ours, json.loads(json.dumps(theirs)))


@pytest.mark.parametrize(
    ("change", "exit_code", "told"),
    [
        (("Filter: (charge > 0) & (pt > 210)", "Filtr: pt > 1"), 6, ["config.yml:13:5", "unknown key `Filtr`", "`Filter`"]),
        (("Tree: observed", "Tree: observd"), 6, ["config.yml:22:11", "no tree `observd`", "`observed`"]),
        (("SamplePath: data.root", "SamplePath: dat.root"), 4, ["config.yml:23:17", "no file", "data.root`"]),
        (("Variable: pt", "Variable: pT"), 6, ["config.yml:12:15", "`pT`", "`pt`"]),
        (("(charge > 0) & (pt > 210)", "(charge > 0) & (pt >> 210)"), 6, ["config.yml:13:32", "did you mean `>`?"]),
        (("Samples: Signal\n", "Samples: Sigal\n"), 6, ["no sample `Sigal`", "`Signal`"]),
        (("POI: strength", "POI: strenght"), 6, ["config.yml:3:8", "no parameter `strenght`", "`strength`"]),
        (("pt > 210)", "pt < 0)"), 6, ["all templates of region `signal region` are empty"]),
        (("Data: True", "Data: False"), 6, ["no sample is data"]),
        (("[200, 260,", "[200, 160,"), 6, ["config.yml:14:20", "edges rise"]),
        (("Down: {Symmetrize: True}", "Down: {Symetrize: True}"), 6, ["unknown key `Symetrize`", "`Symmetrize`"]),
    ],
)
def test_mistakes(germane, folder, change, exit_code, told):
    """What is wrong is told with its place and the nearest name."""
    before, after = change
    assert before in CONFIGURATION
    text = CONFIGURATION.replace(before, after, 1)
    if before == "pt > 210)":  # the sample's own filter and that of a systematic win over the region's
        text = text.replace("    Filter: charge > 0\n", "").replace(", Filter: (charge > 0) & (pt > 215)", "")
    wrong = folder / "wrong" / "config.yml"
    wrong.parent.mkdir(exist_ok=True)
    wrong.write_text(text)
    done = germane("fit", "wrong/config.yml", cwd=folder)
    assert done.returncode == exit_code, done.stderr
    for words in told:
        assert words in done.stderr


def test_figures(germane, folder):
    """Pulls of the shared nuisance parameters, correlations, a stack for each region with its edges and steady colours."""
    for command in [
        ("fit", "config.yml", "-o", "pulls.json"),
        ("fit", "config.yml", "-o", "correlation.json", "--figure", "correlation"),
        ("yields", "config.yml", "-o", "stack.json"),
        ("rank", "config.yml", "-o", "ranking.png"),
    ]:
        done = germane(*command, cwd=folder)
        assert done.returncode == 0, done.stderr
    pulls = json.loads((folder / "pulls.json").read_text())["panels"][0]
    assert set(pulls["axes"]["y"]["categories"]) == {"luminosity", "tree", "weights", "energy_scale"}
    matrix = json.loads((folder / "correlation.json").read_text())["panels"][0]
    assert {"strength", "background_norm"} < set(matrix["axes"]["x"]["categories"])
    colours = []
    for region, edges in [("signal-region", [200, 260, 330, 400, 480, 600]), ("control", [0, 2])]:
        figure = json.loads((folder / f"stack_{region}.json").read_text())
        stack = next(layer for layer in figure["panels"][0]["layers"] if layer["kind"] == "stack")
        assert stack["edges"] == edges
        colours.append({sample["name"]: sample["colour"] for sample in stack["samples"]})
    assert colours[1].items() <= colours[0].items()
    assert len(set(colours[0].values())) == 3
    assert (folder / "ranking.png").read_bytes().startswith(b"\x89PNG")
