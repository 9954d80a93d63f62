"""Formats in and out, a method a command, joint and quadratic models."""

import json
import math

import cabinetry
import iminuit
import numpy as np
import pyhf
import pyhf.writexml
import pytest
import uproot
from scipy import optimize, special, stats
from workspaces import one_channel as workspace

import germane as ge

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pyhf")


@pytest.fixture(scope="module")
def model():
    return ge.Model.from_pyhf(workspace())


@pytest.fixture
def peer():
    """pyhf with Minuit at a tight tolerance: module, model, data."""
    known = pyhf.get_backend()
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=2))
    made = pyhf.Workspace(workspace())
    yield pyhf, made.model(), made.data(made.model())
    pyhf.set_backend(*known)


def test_any_format_is_read_by_one_door(tmp_path, model):
    path = tmp_path / "model.txt"
    path.write_text(json.dumps(workspace()))
    assert ge.Model.read(path).nll(model.start) == model.nll(model.start)
    hs3 = model.to_hs3()
    path.write_text(json.dumps(hs3))
    again = ge.Model.read(path)
    assert again.fit().nll == pytest.approx(model.fit().nll, abs=1e-9)
    assert ge.Model.from_hs3(hs3).to_pyhf()["channels"] == model.to_pyhf()["channels"]
    assert model.to_pyhf() == workspace()
    with pytest.raises(ge.ExpressionError, match="is hs3, not pyhf"):
        ge.Model.from_pyhf(hs3)


def test_patches(tmp_path, model):
    operations = [{"op": "replace", "path": "/channels/0/samples/0/data", "value": [1, 2, 3]}]
    patchset = {
        "metadata": {"references": {}, "description": "", "digests": {}, "labels": ["m"]},
        "patches": [{"metadata": {"name": "light", "values": [1]}, "patch": operations}],
        "version": "1.0.0",
    }
    path = tmp_path / "patches.json"
    path.write_text(json.dumps(patchset))
    want = ge.Model.from_pyhf(workspace(signal=(1, 2, 3))).nll(model.start)
    for patch in (operations, (patchset, "light"), path, f"{path}:light"):
        assert ge.Model.from_pyhf(workspace(), patch=patch).nll(model.start) == want
    with pytest.raises(ge.ColumnError) as caught:
        ge.Model.from_pyhf(workspace(), patch=f"{path}:lihgt")
    assert caught.value.nearest == "light"


HS3 = {
    "metadata": {"hs3_version": "0.2"},
    "distributions": [{"name": "mass", "type": "normal_dist", "x": "m", "mean": "mean", "sigma": "width"}],
    "data": [
        {
            "name": "events",
            "type": "unbinned",
            "axes": [{"name": "m", "min": -50, "max": 50}],
            "entries": [[0.1], [1.4], [-0.7], [2.2], [0.4]],
        }
    ],
    "likelihoods": [{"name": "all", "distributions": ["mass"], "data": ["events"]}],
    "domains": [
        {
            "name": "default",
            "type": "product_domain",
            "axes": [{"name": "mean", "min": -5, "max": 5}, {"name": "width", "min": 0.1, "max": 9}],
        }
    ],
    "parameter_points": [{"name": "start", "parameters": [{"name": "mean", "value": 0}, {"name": "width", "value": 1}]}],
    "analyses": [
        {"name": "one", "likelihood": "all", "parameters_of_interest": ["mean"], "domains": ["default"], "init": "start"}
    ],
}


def test_models_of_events():
    events = np.ravel(HS3["data"][0]["entries"])
    ours = ge.Model.from_hs3(HS3)
    # The range is so wide that the density is normalised on it to 1e-16.
    want = -stats.norm.logpdf(events, 0.3, 1.2).sum()
    assert ours.nll({"mean": 0.3, "width": 1.2}) == pytest.approx(want, rel=1e-12)
    fit = ours.fit()
    assert fit.values["mean"] == pytest.approx(events.mean(), abs=1e-8)
    assert fit.values["width"] == pytest.approx(events.std(), abs=1e-8)
    scan = ours.scan("mean", [0.0, 1.0])
    # Profiled over the width: n ln(1 + (m - mean)²/s²).
    assert scan.rises == pytest.approx(5 * np.log1p((scan.values - events.mean()) ** 2 / events.var()), rel=1e-6)
    assert len(ours.contour("mean", "width", points=8).contours[0].points) == 8
    x = [0.3, 1.2]
    assert ours.hvp(x, [1, 2]) == pytest.approx(ours.hessian(x) @ [1, 2], rel=1e-12)
    with pytest.raises(TypeError, match="models of bins"):
        ours.yields()


def normal(events, lower=-5.0):
    """Events around a mean, with the width 1."""
    document = json.loads(json.dumps(HS3))
    document["distributions"][0]["sigma"] = 1
    # Wide enough that nothing is cut off, and not so wide that the density is 0 in doubles somewhere.
    document["data"][0]["axes"] = [{"name": "m", "min": -20, "max": 20}]
    document["data"][0]["entries"] = [[float(x)] for x in events]
    document["domains"][0]["axes"] = [{"name": "mean", "min": lower, "max": 5}]
    document["parameter_points"][0]["parameters"] = [{"name": "mean", "value": 0.5}]
    return ge.Model.from_hs3(document)


def test_models_of_events_are_tested_as_those_of_bins():
    events = np.array([0.1, 1.4, -0.7, 2.2, 0.4])
    model, mean, width = normal(events), events.mean(), 1 / math.sqrt(len(events))
    # All is normal: CLs is a ratio of its tails (G. Cowan et al., Eur. Phys. J. C 71 (2011) 1554).
    cls = lambda mu: stats.norm.sf((mu - mean) / width) / stats.norm.cdf(mean / width)  # noqa: E731
    want = optimize.brentq(lambda mu: cls(mu) - 0.05, 0.1, 4)
    assert model.limit().observed == pytest.approx(want, rel=1e-6)
    assert model.significance().z == pytest.approx(mean / width, rel=1e-6)
    # t of toys at the tested value is χ² of one degree of freedom.
    toys = model.toys(1.0, statistic="t", toys=1000, seed=2)
    assert stats.kstest(toys.signal, stats.chi2(1).cdf).pvalue > 1e-3
    assert model.asimov({"mean": 0.7}).fit().values["mean"] == pytest.approx(0.7, abs=1e-6)
    one, again = model.toy(3, 1), model.toy(3, 1)
    assert one.nll([0.2]) == again.nll([0.2]) != model.nll([0.2])
    with pytest.raises(ge.FitError, match="saturated"):
        model.gof()


def test_feldman_cousins_beside_a_boundary():
    x = -0.4
    found = normal([x], lower=0.0).feldman_cousins(level=0.9, toys=1500, seed=4, points=12)

    def p(mean):
        """Probability of a likelihood ratio that is no larger, in closed form."""
        t = mean**2 - 2 * x * mean
        return stats.norm.sf(np.sqrt(t)) + stats.norm.cdf((mean**2 - t) / (2 * mean) - mean)

    inner = found.values > 0
    want = p(found.values[inner])
    assert np.all(abs(found.p[inner] - want) < 4.5 * np.sqrt(want * (1 - want) / 1500) + 1 / 1500)
    ((low, high),) = found.segments
    assert low == 0
    assert found.at_bound.tolist() == [[True, False]]
    assert high == pytest.approx(optimize.brentq(lambda mean: p(mean) - 0.1, 0.1, 4), abs=5 * found.errors[0, 1] + 0.02)


def test_feldman_cousins_of_counts():
    sample = {"name": "s", "data": [1.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]}
    spec = {
        "channels": [{"name": "SR", "samples": [sample, {"name": "b", "data": [3.0], "modifiers": []}]}],
        "observations": [{"name": "SR", "data": [7.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": [{"name": "mu", "bounds": [[0, 60]]}]}}],
        "version": "1.0.0",
    }
    model = ge.Model.from_pyhf(spec)
    exact = model.feldman_cousins(level=0.9, toys=None, halvings=15)
    # Phys. Rev. D 57 (1998) 3873, table IV: n0 = 7, b = 3.
    assert exact.segments[0] == pytest.approx([0.89, 9.53], abs=0.01)
    toys = model.feldman_cousins(toys=400, seed=1, points=8, halvings=2)
    assert toys.to_dict() == model.feldman_cousins(toys=400, seed=1, points=8, halvings=2, threads=1).to_dict()
    with pytest.raises(ge.FitError, match="is no count"):
        ge.Model.from_pyhf(workspace()).feldman_cousins(toys=None)


def test_posteriors():
    sample = {"name": "s", "data": [2.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]}
    spec = {
        "channels": [{"name": "SR", "samples": [sample]}],
        "observations": [{"name": "SR", "data": [9.0]}],
        "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": [{"name": "mu", "bounds": [[0, 100]]}]}}],
        "version": "1.0.0",
    }
    model = ge.Model.from_pyhf(spec)
    truth = stats.gamma(10, scale=0.5)
    for settings in ({}, {"from_mode": False, "shortest": 0.1}):
        found = model.sample(draws=1000, seed=3, **settings)
        assert found.valid, found.reason
        assert found.draws.shape == (4, 1000, 1)
        assert found["mu"].shape == (4, 1000)
        assert found.means["mu"] == pytest.approx(found["mu"].mean(), rel=1e-12)
        assert found.means["mu"] == pytest.approx(truth.mean(), abs=4.5 * found.mean_errors["mu"])
        assert found.deviations["mu"] == pytest.approx(truth.std(), rel=0.1)
        assert found.r_hat["mu"] < 1.02
        assert 400 < found.effective["mu"] < 4001
    assert np.array_equal(found.draws, model.sample(draws=1000, seed=3, threads=1, **settings).draws)
    nested = model.sample(nested=True, chains=2, points=200, seed=5)
    value, error = nested.ln_evidence
    # The integral of the Poisson probability over mu is 1/2; the prior is 1/100.
    assert value == pytest.approx(math.log(0.005), abs=3 * error)
    assert nested.draws.shape == (len(nested.weights), 1)
    assert nested.weights.sum() == pytest.approx(1, rel=1e-12)
    assert np.average(nested["mu"], weights=nested.weights) == pytest.approx(nested.means["mu"], rel=1e-12)
    assert nested.means["mu"] == pytest.approx(truth.mean(), abs=0.15)
    with pytest.raises(ge.CategoryError, match="did you mean `mu`"):
        nested["mus"]
    with pytest.raises(ValueError, match="acceptance"):
        model.sample(acceptance=1.5)
    with pytest.raises(ge.FitError, match="two bounds"):
        normal([0.3], lower=None).sample(nested=True)


def test_channels_are_compared_as_by_fits_of_iminuit(model):
    both = workspace()
    for part in ("channels", "observations"):
        both[part] += workspace("CR", (70, 55, 59), (2, 3, 5))[part]
    joint = ge.Model.from_pyhf(both)
    found = joint.channel_compatibility(toys=200, seed=1)
    apart = json.loads(json.dumps(both))
    for channel in apart["channels"]:
        channel["samples"][0]["modifiers"] = [
            m | {"name": f"mu_{channel['name']}"} if m["name"] == "mu" else m for m in channel["samples"][0]["modifiers"]
        ]
    apart["measurements"][0]["config"]["poi"] = "mu_SR"
    minima = []
    for one in (ge.Model.from_pyhf(both), ge.Model.from_pyhf(apart)):
        minuit = iminuit.Minuit(one, **one.start)
        minuit.tol = 1e-6
        minuit.migrad()
        minima.append(minuit)
    assert found.statistic == pytest.approx(2 * (minima[0].fval - minima[1].fval), abs=1e-5)
    assert found.channels == ["CR", "SR"]
    values = [minima[1].values[f"mu_{name}"] for name in found.channels]
    assert found.values == pytest.approx(values, abs=2e-3)
    assert found.ndof == 1
    assert found.p == pytest.approx(stats.chi2.sf(found.statistic, 1), rel=1e-9)
    # Some fifty events a bin: χ² is right to a few hundredths.
    assert found.toys["ratio"] == pytest.approx(found.p, abs=0.05 + 5 * math.sqrt(0.25 / 200))
    with pytest.raises(ge.FitError, match="nothing to compare"):
        model.channel_compatibility()


def test_histfactory_and_its_histograms(tmp_path):
    with pytest.raises(ge.FileError):
        ge.Model.from_histfactory(tmp_path / "combination.xml")
    path = tmp_path / "combination.xml"
    path.write_text("<Combination><Input>no.xml</Input></Combination>")
    with pytest.raises(ge.Error, match=r"no\.xml"):
        ge.Model.from_histfactory(path)
    # As pyhf writes it: XML of channels, histograms in a ROOT file.
    spec = workspace()
    for sample in spec["channels"][0]["samples"]:
        sample["data"] = [float(content) for content in sample["data"]]
    (tmp_path / "config").mkdir()
    (tmp_path / "data").mkdir()
    path.write_bytes(pyhf.writexml.writexml(spec, str(tmp_path / "config"), str(tmp_path / "data"), "result"))
    model = ge.Model.from_histfactory(path)
    assert model.observed.tolist() == [52, 60, 57]
    assert model.inspect()["measurements"] == [{"name": "main", "poi": ["mu"]}]
    # HistFactory leaves errors of a bin below a twentieth out.
    gammas = [f"gamma_stat_SR_bin_{bin}" for bin in range(3)]
    assert set(model.names) == {"mu", "alpha_scale", "alpha_slope", *gammas}
    assert model.fixed == gammas[1:]
    # Where a nuisance parameter is -1, 0 or 1, all interpolations are the given variations.
    x = model.start | {"mu": 2.0, "alpha_scale": 1.0, "alpha_slope": -1.0, gammas[0]: 1.1}
    want = 1.08 * (2.0 * np.array([4, 12, 6]) + np.array([54 * 1.1, 50, 45]))
    # Files hold contents as floats.
    assert model.expected(x) == pytest.approx(want, rel=1e-7)

    def nll(x):
        means = model.expected(x)
        constrained = -sum(stats.norm.logpdf(x[name]) for name in ("alpha_scale", "alpha_slope"))
        # Poisson counts of (content / error)² that need not be whole.
        counts = np.array([50 / 2.5, 52 / 2.0, 53 / 1.5]) ** 2
        values = np.array([x[name] for name in gammas])
        poisson = counts * values - counts * np.log(counts * values) + special.gammaln(counts + 1)
        return -stats.poisson.logpmf([52, 60, 57], means).sum() + constrained + poisson.sum()

    for at in (model.start, x):
        assert model.nll(at) == pytest.approx(nll(at), rel=1e-7)
    fit = model.fit()
    assert fit.valid
    assert nll(fit.values) == pytest.approx(fit.nll, abs=1e-5)
    free = [place for place, name in enumerate(model.names) if name not in model.fixed]
    assert abs(model.grad(fit.values)[free]).max() < 1e-5


CABINETRY = """
General: {{Measurement: main, POI: mu, HistogramFolder: histograms, InputPath: "{file}:{{RegionPath}}/{{SamplePath}}"}}
Regions:
  - {{Name: SR, RegionPath: SR}}
Samples:
  - {{Name: Data, SamplePath: data, Data: True}}
  - {{Name: signal, SamplePath: signal, DisableStaterror: True}}
  - {{Name: background, SamplePath: background}}
NormFactors:
  - {{Name: mu, Samples: signal, Nominal: 1, Bounds: [0, 5]}}
Systematics:
  - {{Name: size, Type: Normalization, Up: {{Normalization: 0.1}}, Down: {{Normalization: -0.08}}, Samples: background}}
"""


def test_configurations_of_cabinetry(tmp_path):
    contents = {"data": [52.0, 60.0], "signal": [4.0, 12.0], "background": [50.0, 52.0]}
    with uproot.recreate(tmp_path / "templates.root") as file:
        for name, values in contents.items():
            file[f"SR/{name}"] = (np.array(values), np.array([0.0, 1.0, 2.0]))
    path = tmp_path / "config.yml"
    path.write_text(CABINETRY.format(file=tmp_path / "templates.root"))
    model = ge.Model.from_cabinetry(path)
    assert model.expected(model.start).tolist() == [54, 64]
    assert model.observed.tolist() == [52, 60]
    assert model.limits["mu"] == (0, 5)
    # Errors of the bins are those of counts.
    assert model.templates["SR", "background", "staterror_SR", "uncertainty"] == pytest.approx(np.sqrt([50, 52]), rel=1e-12)
    assert pyhf.Workspace(model.to_pyhf()).model().config.poi_name == "mu"
    found = model.inspect()
    assert (found["format"], found["measurements"]) == ("cabinetry", [{"name": "main", "poi": ["mu"]}])
    with pytest.raises(ge.ExpressionError, match="is cabinetry, not trexfitter"):
        ge.Model.from_trexfitter(path)


def test_fits_from_other_starts_and_by_name_of_minuit(model):
    fit = model.fit()
    other = model.fit(start=dict(model.start, mu=5.0, scale=2.0))
    assert other.nll == pytest.approx(fit.nll, abs=1e-9)
    many = model.fit(starts=5, seed=2)
    assert many.nll == pytest.approx(fit.nll, abs=1e-9)
    assert len(many.document["minima"]) == 1
    by_name = model.fit(minuit=True, strategy=2)
    # Without our gradient, as it is by default.
    theirs = iminuit.Minuit(model, **model.start, grad=False)
    theirs.strategy = 2
    theirs.migrad()
    theirs.hesse()
    assert by_name.document["minuit"]["is_valid"]
    for name in model.names:
        assert by_name.values[name] == pytest.approx(theirs.values[name], abs=0.02 * theirs.errors[name]), name
        # HESSE differentiates numerically, with steps that depend on the way to the minimum.
        assert by_name.errors[name] == pytest.approx(theirs.errors[name], rel=5e-3), name
    with pytest.raises(ValueError, match="strategies"):
        model.fit(minuit=True, strategy=3)


def test_limit_and_significance_are_those_of_pyhf(model, peer):
    module, theirs, data = peer
    limit = model.limit(points=[0.5])
    for value in (limit.observed, 0.5):
        cls, tails, band = module.infer.hypotest(
            value, data, theirs, test_stat="qtilde", return_tail_probs=True, return_expected_set=True
        )
        place = limit.values.tolist().index(value)
        assert limit.cls[place] == pytest.approx(float(cls), rel=2e-4)
        assert [limit.clsb[place], limit.clb[place]] == pytest.approx([float(p) for p in tails], rel=2e-4)
        assert limit.expected_cls[place] == pytest.approx([float(p) for p in band], rel=2e-4)
    assert limit.expected.shape == (5,)
    assert (np.diff(limit.expected) > 0).all()
    found = model.significance()
    assert found.p == pytest.approx(float(module.infer.hypotest(0.0, data, theirs, test_stat="q0")), rel=1e-4)
    assert found.z == pytest.approx(stats.norm.isf(found.p), rel=1e-12)


def test_scan_and_contour_are_those_of_iminuit(model):
    minuit = iminuit.Minuit(model, **model.start)
    minuit.tol = 1e-5
    minuit.strategy = 2
    minuit.migrad()
    values, heights, _ = minuit.mnprofile("mu", size=5, bound=(0.2, 1.4))
    assert model.scan("mu", values).rises == pytest.approx(2 * (np.asarray(heights) - minuit.fval), abs=2e-4)
    ring = model.contour("mu", "scale", levels=[0.68], points=6).contours[0]
    for mu, scale in ring.points[~ring.on_bound]:
        held = model.fix(mu=mu, scale=scale).fit()
        # Both fixed: twice the rise is the quantile of χ² with two degrees of freedom.
        assert 2 * (held.nll - model.fit().nll) == pytest.approx(stats.chi2.ppf(0.68, 2), rel=1e-6)


def test_ranking_and_yields_are_those_of_cabinetry(model):
    ranking = model.rank()
    fit = model.fit()
    for name, (up, _) in zip(ranking.names, ranking.postfit, strict=True):
        held = model.fix(**{name: fit.values[name] + fit.errors[name]}).fit()
        assert up == pytest.approx(held.values["mu"] - fit.values["mu"], abs=1e-8)
    names, covariance = fit.covariance
    mu = names.index("mu")
    for shifts in (ranking, model.rank(covariance=True)):
        for name, shift in zip(shifts.names, shifts.covariance, strict=True):
            place = names.index(name)
            assert shift == pytest.approx(covariance[mu, place] / math.sqrt(covariance[place, place]), rel=1e-6)
    group = model.rank(groups={"shapes": ["slope", "scale"]}).groups["shapes"]
    held = model.fix(slope=fit.values["slope"], scale=fit.values["scale"]).fit()
    assert group["frozen"] == pytest.approx(math.sqrt(fit.errors["mu"] ** 2 - held.errors["mu"] ** 2), rel=1e-6)
    theirs, data = cabinetry.model_utils.model_and_data(workspace())
    results = cabinetry.fit.fit(theirs, data, strategy=2, tolerance=1e-4)
    prediction = cabinetry.model_utils.prediction(theirs, fit_results=results)
    yields = model.yields()
    contents, errors = yields["SR"]
    assert contents == pytest.approx(np.sum(prediction.model_yields[0], axis=0), rel=1e-4)
    # cabinetry moves every parameter by an error up and down, which is more than the derivative knows.
    assert errors == pytest.approx(prediction.total_stdev_model_bins[0][-1], rel=0.03)
    assert yields.observed("SR").tolist() == [52, 60, 57]
    assert yields.samples("SR") == ["background", "signal"] or yields.samples("SR") == ["signal", "background"]


def test_goodness_and_toys(model):
    for test in ("ks", "ad"):
        found = model.gof(test=test, toys=100, seed=3)
        assert found.kind == test
        assert found.p is None
        assert 0 < found.toys["ratio"] <= 1
    # The largest distance of the cumulated distributions, by NumPy.
    ours, theirs = model.observed, model.expected(model.fit().values)
    apart = np.cumsum(ours) / ours.sum() - np.cumsum(theirs) / theirs.sum()
    assert model.gof(test="ks").statistic == pytest.approx(abs(apart).max(), rel=1e-6)
    with pytest.raises(ValueError, match="saturated, ks, ad"):
        model.gof(test="chi2")
    gof = model.gof(toys=200, seed=3)
    assert gof.p == pytest.approx(stats.chi2.sf(gof.statistic, gof.ndof), rel=1e-12)
    assert len(gof.values) == 200
    toys = model.toys(1.5, toys=400, seed=1)
    assert len(toys.signal) == len(toys.background) == 400
    limit = model.limit(points=[1.5])
    asymptotic = limit.cls[limit.values.tolist().index(1.5)]
    # Five standard deviations of 400 toys; the formulae are good to 0.02 for some fifty events a bin.
    assert toys.cls == pytest.approx(asymptotic, abs=5 * toys.cls_error + 0.02)
    again = model.toys(1.5, toys=400, seed=1, threads=1)
    assert np.array_equal(again.signal, toys.signal)
    limit = model.limit(toys=300, seed=2)
    assert limit.errors.shape == (6,)


def test_joint_models(model):
    other = ge.Model.from_pyhf(workspace("CR", (48, 55, 59), (2, 3, 5)))
    joint = model + other
    assert set(joint.names) == set(model.names) | set(other.names)
    x = {name: joint.start[name] + 0.1 for name in joint.names}
    # The two constraints that both have count once.
    twice = sum(-stats.norm.logpdf(x[name]) for name in ("scale", "slope"))
    assert joint.nll(x) == pytest.approx(model.nll(x) + other.nll(x) - twice, rel=1e-12)
    both = workspace()
    both["channels"] += workspace("CR", (48, 55, 59), (2, 3, 5))["channels"]
    both["observations"] += workspace("CR", (48, 55, 59), (2, 3, 5))["observations"]
    assert joint.limit().observed == pytest.approx(ge.Model.from_pyhf(both).limit().observed, rel=1e-8)
    apart = ge.combine({"A": model, "B": other}, map={"same": [["A.mu", "B.mu"]], "default": "different"})
    assert len(apart.names) == len(model.names) + len(other.names) - 1
    partial = {"same": [["A.mu", "B.mu"]], "partial": [{"pair": ["A.scale", "B.scale"], "rho": 0.5}], "default": "same"}
    correlated = ge.combine({"A": model, "B": other}, map=partial)
    assert [one["tie"] for one in correlated.shared].count("partial") == 1
    assert correlated.fit().valid
    with pytest.raises(ge.ExpressionError, match="mu"):
        ge.combine({"A": model, "B": other})


def test_joint_models_of_events_have_the_limits_of_all_events():
    events = [0.1, 1.4, -0.7, 2.2, 0.4]
    joint, together = normal(events[:3]) + normal(events[3:]), normal(events)
    assert joint.poi == "mean"
    assert joint.limit().observed == pytest.approx(together.limit().observed, rel=1e-7)
    assert joint.limit().expected == pytest.approx(together.limit().expected, rel=1e-7)
    assert joint.significance().z == pytest.approx(together.significance().z, rel=1e-7)
    toys = joint.toys(1.0, statistic="t", toys=1000, seed=2)
    assert stats.kstest(toys.signal, stats.chi2(1).cdf).pvalue > 1e-3
    assert joint.toy(1).nll([0.3]) == joint.toy(1).nll([0.3]) != joint.nll([0.3])
    # Counts and events with a constrained parameter in common.
    mixed = ge.combine({"A": ge.Model.from_pyhf(workspace()), "B": normal(events)}, map={"default": "same"})
    assert mixed.limit("mu").observed == pytest.approx(ge.Model.from_pyhf(workspace()).limit().observed, rel=1e-7)


def test_sums_are_cost_functions_of_iminuit(model):
    joint = model + ge.Model.from_hs3(HS3)
    minuit = iminuit.Minuit(joint, **joint.start)
    minuit.tol = 1e-4
    minuit.migrad()
    assert minuit.valid
    assert minuit.ngrad > 0
    assert minuit.fval == pytest.approx(joint.fit().nll, abs=1e-6)


def test_coefficients():
    """R = (1 + c/2)² of 100 events, of which 225 are seen: c = 1 and c = -5."""
    scaling = [{"channel": "SR", "process": "EFT", "parameters": ["c[0,-20,20]", "SM[1]"], "scaling": [[0.25, 0.5, 1.0]]}]
    yields = {"channel": "SR", "signal_sm": [100.0], "background": [0.0], "data": [225]}
    model = ge.Model.from_scaling(scaling, yields)
    found = model.coefficients()
    assert sorted(found.minima[:, 0]) == pytest.approx([-5, 1], abs=1e-6)
    assert found.intervals("c")[0.95].shape == (2, 2)


def test_what_a_model_is_made_of(model):
    found = model.inspect()
    assert found["format"] == "pyhf"
    assert [channel["bins"] for channel in found["channels"]] == [3]
    assert {(m["name"], m["type"]) for m in found["modifiers"]} == set(pyhf.Workspace(workspace()).modifiers)
    assert found["measurements"] == [{"name": "main", "poi": ["mu"]}]
    replaced = model.asimov({name: 0.5 if name == "mu" else model.start[name] for name in model.names})
    described = replaced.fix(scale=0.0).inspect()
    # 177 of data; 22/2 + 155 in their place.
    assert described["channels"][0]["observed"] == 166
    assert {one["name"]: one["fixed"] for one in described["parameters"]}["scale"]
    assert {**described, "channels": [], "parameters": []} == {**found, "channels": [], "parameters": []}
    with pytest.raises(ValueError, match="replaced"):
        replaced.to_pyhf()
    joint = model + ge.Model.from_hs3(HS3)
    assert joint.inspect()["format"] == "joint"
    with pytest.raises(ValueError, match="no description"):
        joint.to_pyhf()


def test_a_workspace_of_backgrounds_waits_for_its_patch():
    spec = workspace()
    signal = spec["channels"][0]["samples"].pop(0)
    background = ge.Model.from_pyhf(spec)
    assert background.poi is None
    assert "without a patch" in background.warnings[0]
    found = background.inspect()
    assert found["poi"] is None
    assert found["measurements"] == [{"name": "main", "poi": ["mu"]}]
    with pytest.raises(ValueError, match="parameter of interest"):
        background.limit()
    patch = [{"op": "add", "path": "/channels/0/samples/0", "value": signal}]
    patched = ge.Model.from_pyhf(spec, patch=patch)
    assert patched.poi == "mu"
    assert not patched.warnings


def test_points_are_taken_in_any_form(model):
    values = [model.start[name] + 0.01 for name in model.names]
    want = model.nll(values)
    for form in (np.array(values), tuple(values), dict(zip(model.names, values, strict=True)), np.array([*values, 0.0])[:-1]):
        assert model.nll(form) == want
    assert model.nll(*values) == want
    assert model.nll(np.asfortranarray(np.stack([values, values], axis=1))[:, 0]) == want
    assert model(np.array(values, dtype=np.float32)) == pytest.approx(want, rel=1e-6)
    assert model.nll([1] * len(values)) == model.nll(np.ones(len(values)))
    with pytest.raises(TypeError, match="dimensions"):
        model.nll(np.ones((2, 3)))
    with pytest.raises(KeyError, match="mu"):
        model.nll({"scale": 1.0})
    with pytest.raises(ValueError, match="parameters"):
        model.nll(1.0)
