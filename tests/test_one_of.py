"""Densities that are one of several functions: in analysis files and in HS3 documents, by the command and from Python."""

import json

import pytest
from house import ROOT, read
from test_statistics import document

DOCUMENT = ROOT / "crates" / "inference" / "tests" / "discrete" / "document.json"

ANALYSIS = """germane: 1
datasets:
  zmumu: {{files: {file}, tree: events, kind: data}}
regions:
  opposite: [Q1 * Q2 < 0]
histograms:
  mass: {{fill: M * 1 GeV, axis: [60, 60 GeV, 120 GeV], regions: [opposite]}}
model:
  channels:
    opposite:
      histogram: mass
      density:
        signal: {{yield: n_sig, breit_wigner: {{mean: m_z, width: 2.4952 GeV}}, convolve: {{gaussian: {{sigma: sigma}}}}}}
        background: {background}
  parameters:
    n_sig: {{value: 1800, range: [0, 5000]}}
    n_bkg: {{value: 200, range: [0, 5000]}}
    m_z: {{value: 91 GeV, range: [85 GeV, 97 GeV]}}
    sigma: {{value: 1.5 GeV, range: [0.1 GeV, 10 GeV]}}
    {parameters}
fits:
  unbinned: {{}}
figures:
  mass: {{kind: fit, of: fits.unbinned}}
"""

FUNCTIONS = {
    "falling": ("exponential: {c: slope}", ["slope: {value: -0.02 /GeV, range: [-1 /GeV, 1 /GeV]}"]),
    "curved": ("bernstein: {c: [1, b1]}", ["b1: {value: 0.5, range: [0, 50]}"]),
    "flat": ("uniform: {}", []),
}


@pytest.fixture
def run(germane, example_file, tmp_path):
    """The fit and the folder of products of an analysis with a background."""

    def products(name, background, parameters):
        text = ANALYSIS.format(
            file=example_file("uproot-Zmumu.root"), background=background, parameters="\n    ".join(parameters) or "{}"
        ).replace("    {}\n", "")
        (tmp_path / f"{name}.yaml").write_text(text)
        done = germane("run", tmp_path / f"{name}.yaml", "-o", tmp_path / name, "--cache", tmp_path / "cache")
        assert done.returncode == 0, done.stderr
        return read(tmp_path / name / "result.json")["fits"]["unbinned"], tmp_path / name

    return products


def test_an_analysis_takes_the_best_of_the_functions_that_it_names(run):
    alone = {}
    for name, (shape, parameters) in FUNCTIONS.items():
        fit, _ = run(name, f"{{yield: n_bkg, {shape}}}", parameters)
        alone[name] = fit["nll"] + 0.5 * len(parameters)
    functions = ", ".join(f"{name}: {{{shape}}}" for name, (shape, _) in FUNCTIONS.items())
    parameters = [line for _, lines in FUNCTIONS.values() for line in lines]
    fit, products = run("all", f"{{yield: n_bkg, one_of: {{{functions}}}}}", parameters)
    best = min(alone, key=lambda name: alone[name])
    chosen = fit["chosen"]
    assert (chosen["choices"], chosen["functions"]) == (["background"], [best])
    assert fit["nll"] == pytest.approx(alone[best], abs=1e-8)
    found = {combination["functions"][0]: combination["nll"] for combination in chosen["combinations"]}
    assert found == pytest.approx(alone, abs=1e-8)
    # The curves of the figure are those of the chosen function.
    figure = json.dumps(read(products / "figures" / "mass.json"))
    assert f"background ({best})" in figure
    assert not any(f"background ({name})" in figure for name in FUNCTIONS if name != best)


def test_a_correction_of_nothing_compares_the_likelihoods(run):
    functions = "falling: {exponential: {c: slope}}, flat: {uniform: {}}"
    background = f"{{yield: n_bkg, one_of: {{{functions}}}, correction: 0, index: shape}}"
    fit, _ = run("none", background, FUNCTIONS["falling"][1])
    assert fit["chosen"]["choices"] == ["shape"]
    assert [one["correction"] for one in fit["chosen"]["combinations"]] == [0, 0]
    # A slope of 0 is the flat density: with a parameter more nothing can be worse.
    assert fit["chosen"]["functions"] == ["falling"]


@pytest.mark.parametrize(
    ("background", "words"),
    [
        ("{yield: n_bkg, one_of: {a: {exponental: {c: slope}}}}", "did you mean `exponential`?"),
        ("{yield: n_bkg, one_of: {a: {exponential: {c: slope}}}, corection: 0}", "did you mean `correction`?"),
        ("{yield: n_bkg, one_of: {a: {exponential: {c: slope}}}, index: sigma}", "`sigma` is a parameter, and the index"),
        ("{yield: n_bkg, one_of: {}}", "a map of functions by name"),
    ],
)
def test_mistakes_have_their_place(germane, example_file, tmp_path, background, words):
    parameters = FUNCTIONS["falling"][1][0]
    text = ANALYSIS.format(file=example_file("uproot-Zmumu.root"), background=background, parameters=parameters)
    (tmp_path / "analysis.yaml").write_text(text)
    done = germane("plan", "analysis.yaml", cwd=tmp_path)
    assert done.returncode == 6
    assert words in done.stderr
    assert "analysis.yaml:14:" in done.stderr


def test_a_scan_prints_envelope_functions_and_intervals(germane, tmp_path):
    done = germane("fit", DOCUMENT)
    assert done.returncode == 0, done.stderr
    assert "pdf_A = exp_A, pdf_B = exp_B" in done.stdout
    scan = germane("scan", DOCUMENT, "--range", "0:2", "--points", "5", "-o", tmp_path / "scan.json")
    assert scan.returncode == 0, scan.stderr
    lines = scan.stdout.splitlines()
    # iminuit 2.33: below 0.9 the polynomial is lower, above it the exponential (crates/inference/tests/discrete/peer.py).
    assert next(line.split("exp_B")[0].split()[-1].rstrip(",") for line in lines if "exp_B" in line) == "bern_A"
    assert any(line.startswith("68.3 %: [") for line in lines)
    figure = json.dumps(read(tmp_path / "scan.json"))
    assert "envelope" in figure
    assert "bern_A, exp_B" in figure


def test_python_has_the_curves(germane):
    ge = pytest.importorskip("germane")
    model = ge.Model.read(DOCUMENT)
    fit = model.fit()
    assert fit.to_dict()["chosen"]["functions"] == ["exp_A", "exp_B"]
    found = model.scan("mu", values=[0.0, 1.5])
    assert len(found.curves) == 9
    lowest = [min(curve[k] for curve in found.curves.values()) for k in range(2)]
    assert list(found.rises) == pytest.approx(lowest, abs=1e-12)
    # One function alone.
    assert document(germane, "fit", DOCUMENT, "--fix", "pdf_A=2")["chosen"]["functions"] == ["bern_A", "exp_B"]
