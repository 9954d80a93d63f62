"""Densities given other numbers of each event, in analysis files."""

import numpy as np
import pytest
from house import read

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
        signal: {{yield: n_sig, gaussian: {{mean: m_z, sigma: {column}}}}}
        background: {{yield: n_bkg, exponential: {{c: slope}}}}
  parameters:
    n_sig: {{value: 1800, range: [0, 5000]}}
    n_bkg: {{value: 200, range: [0, 5000]}}
    m_z: {{value: 91 GeV, range: [85 GeV, 97 GeV]}}
    scale: {{value: 1, range: [0.1, 10]}}
    slope: {{value: -0.02 /GeV, range: [-1 /GeV, 1 /GeV]}}
fits:
  unbinned: {{}}
figures:
  mass: {{kind: fit, of: fits.unbinned}}
"""

COLUMN = "{column: (2.0 + abs(eta1) * 0.5) * 1 GeV, times: scale}"


def test_a_resolution_of_each_event_has_the_likelihood_of_scipy(germane, example_file, tmp_path):
    uproot, stats, special = (pytest.importorskip(name) for name in ("uproot", "scipy.stats", "scipy.special"))
    file = example_file("uproot-Zmumu.root")
    (tmp_path / "analysis.yaml").write_text(ANALYSIS.format(file=file, column=COLUMN))
    done = germane("run", "analysis.yaml", "-o", "out", "--cache", "cache", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    fit = read(tmp_path / "out" / "result.json")["fits"]["unbinned"]
    assert fit["state"] == "valid"
    events = uproot.open(file)["events"].arrays(["M", "eta1", "Q1", "Q2"], library="np")
    mass, width = events["M"], 2.0 + 0.5 * abs(events["eta1"])
    kept = (events["Q1"] * events["Q2"] < 0) & (mass >= 60) & (mass < 120)
    mass, width = mass[kept], width[kept]
    assert fit["entries"] == len(mass)

    def nll(x):
        n_sig, n_bkg, m_z, scale, slope = x
        peak = stats.norm(m_z, scale * width)
        signal = peak.pdf(mass) / (peak.cdf(120) - peak.cdf(60))
        background = slope * np.exp(slope * mass) / (np.exp(slope * 120) - np.exp(slope * 60))
        return n_sig + n_bkg - np.log(n_sig * signal + n_bkg * background).sum() + special.gammaln(len(mass) + 1)

    names = ["n_sig", "n_bkg", "m_z", "scale", "slope"]
    found = {parameter["name"]: parameter for parameter in fit["parameters"]}
    x = np.array([found[name]["value"] for name in names])
    assert fit["nll"] == pytest.approx(nll(x), rel=1e-11)
    # It is a minimum: a fifth of an error to either side -ln L rises by 1/50, as far as it is a parabola.
    for k, name in enumerate(names):
        step = np.zeros(5)
        step[k] = 0.2 * found[name]["error"]
        assert nll(x + step) > nll(x)
        assert nll(x - step) > nll(x)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("{column: etaa1}", "did you mean `eta1`?"),
        ("{column: eta1, time: scale}", "did you mean `times`?"),
        ("{column: eta1, times: 2}", "`times` is a parameter"),
        ("{column: eta1 * 1 s, times: scale}", "the column is in s, the axis in GeV"),
    ],
)
def test_mistakes_have_their_place(germane, example_file, tmp_path, column, words):
    (tmp_path / "analysis.yaml").write_text(ANALYSIS.format(file=example_file("uproot-Zmumu.root"), column=column))
    done = germane("plan", "analysis.yaml", cwd=tmp_path)
    assert done.returncode == 6
    assert words in done.stderr, done.stderr
    assert "analysis.yaml:13:" in done.stderr
