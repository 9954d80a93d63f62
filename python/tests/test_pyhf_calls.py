"""The calls of pyhf, with germane behind, beside pyhf itself."""

import numpy as np
import pyhf
import pytest
from workspaces import all_modifiers, one_channel, two_channels

import germane as ge

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pyhf")

WORKSPACES = {"all modifiers": all_modifiers, "one channel": one_channel, "two channels": two_channels}


@pytest.fixture(autouse=True)
def tight():
    """pyhf with Minuit at a tight tolerance."""
    known = pyhf.get_backend()
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-6, strategy=2))
    yield
    pyhf.set_backend(*known)


@pytest.fixture(params=WORKSPACES)
def both(request):
    """Models and data of pyhf and of germane."""
    spec = WORKSPACES[request.param]()
    theirs, ours = pyhf.Workspace(spec), ge.pyhf.Workspace(spec)
    return theirs.model(), theirs.data(theirs.model()), ours.model(), ours.data(ours.model())


def points(config):
    random = np.random.default_rng(4)
    for _ in range(5):
        near = np.array(config.suggested_init()) + random.normal(0, 0.1, config.npars)
        yield np.clip(near, *np.array(config.suggested_bounds()).T).tolist()


def test_configuration(both):
    theirs, data, ours, our_data = both
    # (nominal/uncertainty)², rounded twice or three times.
    assert our_data == pytest.approx(data, rel=1e-15)
    assert ours.config.auxdata == pytest.approx(theirs.config.auxdata, rel=1e-15)
    for name in (
        "par_order",
        "par_names",
        "npars",
        "poi_name",
        "poi_index",
        "auxdata_order",
        "channels",
        "samples",
        "modifiers",
        "parameters",
        "channel_nbins",
        "nmaindata",
        "nauxdata",
        "modifier_settings",
        "channel_slices",
    ):
        assert getattr(ours.config, name) == getattr(theirs.config, name), name
    for name in ("suggested_init", "suggested_fixed"):
        assert getattr(ours.config, name)() == getattr(theirs.config, name)(), name
    assert ours.config.suggested_bounds() == [tuple(bounds) for bounds in theirs.config.suggested_bounds()]
    for name in theirs.config.par_order:
        assert ours.config.par_slice(name) == theirs.config.par_slice(name)


def test_densities_and_expectations(both):
    theirs, data, ours, _ = both
    for pars in points(theirs.config):
        assert ours.logpdf(pars, data) == pytest.approx(theirs.logpdf(pars, data), rel=1e-12)
        assert ours.logpdf(pars, data).shape == theirs.logpdf(pars, data).shape
        for include in (True, False):
            want = theirs.expected_data(pars, include_auxdata=include)
            assert ours.expected_data(pars, include_auxdata=include) == pytest.approx(want, rel=1e-12)
        assert ours.expected_auxdata(pars) == pytest.approx(theirs.expected_auxdata(pars), rel=1e-12)


def test_fits(both):
    theirs, data, ours, _ = both
    wanted = {"return_uncertainties": True, "return_fitted_val": True}
    want, value = pyhf.infer.mle.fit(data, theirs, **wanted)
    found, least = ge.pyhf.infer.mle.fit(data, ours, **wanted)
    assert found.shape == np.shape(want)
    assert float(least) == pytest.approx(float(value), abs=1e-6)
    for (best, error), (their_best, their_error) in zip(found, np.asarray(want), strict=True):
        # Minuit ends within some 1e-3 of an error.
        assert best == pytest.approx(their_best, abs=2e-3 * error + 1e-9)
        assert error == pytest.approx(their_error, rel=0.02, abs=1e-9)
    want, value = pyhf.infer.mle.fixed_poi_fit(0.7, data, theirs, return_fitted_val=True)
    found, least = ge.pyhf.infer.mle.fixed_poi_fit(0.7, data, ours, return_fitted_val=True)
    assert found[ours.config.poi_index] == 0.7
    assert float(least) == pytest.approx(float(value), abs=1e-6)
    _, correlations = ge.pyhf.infer.mle.fit(data, ours, return_uncertainties=True, return_correlations=True)
    _, their_correlations = pyhf.infer.mle.fit(data, theirs, return_uncertainties=True, return_correlations=True)
    assert correlations == pytest.approx(np.asarray(their_correlations), abs=0.02)


def test_held_parameters_and_other_bounds(both):
    theirs, data, ours, _ = both
    init, fixed = theirs.config.suggested_init(), theirs.config.suggested_fixed()
    bounds = theirs.config.suggested_bounds()
    free = [index for index, held in enumerate(fixed) if not held and index != theirs.config.poi_index]
    fixed[free[0]], bounds[theirs.config.poi_index] = True, (0.9, 1.1)
    arguments = (init, bounds, fixed)
    _, want = pyhf.infer.mle.fit(data, theirs, *arguments, return_fitted_val=True)
    best, found = ge.pyhf.infer.mle.fit(data, ours, *arguments, return_fitted_val=True)
    assert float(found) == pytest.approx(float(want), abs=1e-6)
    assert best[free[0]] == init[free[0]]
    bounds[0] = (5, 6)
    with pytest.raises(ValueError, match="outside of its bounds"):
        ge.pyhf.infer.mle.fit(data, ours, init, bounds, fixed)


@pytest.mark.parametrize("statistic", ["qtilde", "q0"])
def test_tests(both, statistic):
    theirs, data, ours, _ = both
    value = 0.0 if statistic == "q0" else 1.4
    arguments = {"return_tail_probs": True, "return_expected": True, "return_expected_set": True, "test_stat": statistic}
    want = pyhf.infer.hypotest(value, data, theirs, **arguments)
    found = ge.pyhf.infer.hypotest(value, data, ours, **arguments)
    assert len(found) == len(want)
    for one, other in zip(found, want, strict=True):
        # -2 ln L of Minuit's minima is good to some 1e-6.
        assert np.ravel(one) == pytest.approx(np.ravel(other), rel=1e-3, abs=1e-8)
    plain = ge.pyhf.infer.hypotest(value, data, ours, test_stat=statistic)
    assert float(plain) == float(found[0])


def test_limits_along_a_scan(both):
    theirs, data, ours, _ = both
    # Lines between points are the same lines if the points are the same.
    scan = np.linspace(0.2, 6, 12)
    observed, expected = pyhf.infer.intervals.upper_limits.upper_limit(data, theirs, scan)
    found, band, (values, results) = ge.pyhf.infer.intervals.upper_limits.upper_limit(data, ours, scan, return_results=True)
    assert float(found) == pytest.approx(float(observed), rel=1e-3)
    assert [float(one) for one in band] == pytest.approx([float(one) for one in expected], rel=1e-3)
    assert values.tolist() == scan.tolist()
    assert len(results) == len(scan)


def test_limits_without_a_scan(both):
    _, data, ours, _ = both
    observed, expected = ge.pyhf.infer.intervals.upper_limits.upper_limit(data, ours)
    assert float(ge.pyhf.infer.hypotest(float(observed), data, ours)) == pytest.approx(0.05, rel=1e-8)
    assert len(expected) == 5


@pytest.mark.parametrize("codes", [("code1", "code0"), ("code4", "code2"), ("code4", "code4p")])
def test_interpolation_codes(codes):
    settings = {"normsys": {"interpcode": codes[0]}, "histosys": {"interpcode": codes[1]}}
    theirs = pyhf.Workspace(all_modifiers()).model(modifier_settings=settings)
    ours = ge.pyhf.Workspace(all_modifiers()).model(modifier_settings=settings)
    for pars in points(theirs.config):
        # Inside of [-1, 1], where code 2 of pyhf is that of HistFactory.
        assert ours.expected_actualdata(pars) == pytest.approx(theirs.expected_actualdata(pars), rel=1e-12)


def test_patches_and_measurements():
    spec = one_channel()
    spec["measurements"].append({"name": "other", "config": {"poi": "mu", "parameters": [{"name": "mu", "bounds": [[0, 3]]}]}})
    patch = [{"op": "replace", "path": "/channels/0/samples/0/data", "value": [1, 2, 3]}]
    arguments = {"measurement_name": "other", "patches": [patch]}
    theirs, ours = pyhf.Workspace(spec).model(**arguments), ge.pyhf.Workspace(spec).model(**arguments)
    assert ours.config.suggested_bounds()[ours.config.poi_index] == (0, 3)
    init = theirs.config.suggested_init()
    assert ours.expected_data(init) == pytest.approx(theirs.expected_data(init), rel=1e-13)
    with pytest.raises(KeyError, match="main, other"):
        ge.pyhf.Workspace(spec).model(measurement_name="othr")


def test_simple_models():
    for name, arguments in {
        "uncorrelated_background": {"signal": [12.0, 11.0], "bkg": [50.0, 52.0], "bkg_uncertainty": [3.0, 7.0]},
        "correlated_background": {"signal": [12, 11], "bkg": [50, 52], "bkg_up": [45, 57], "bkg_down": [55, 47]},
    }.items():
        theirs, ours = getattr(pyhf.simplemodels, name)(**arguments), getattr(ge.pyhf.simplemodels, name)(**arguments)
        data = [51.0, 48.0, *theirs.config.auxdata]
        assert ours.config.par_names == theirs.config.par_names
        assert ours.config.auxdata == pytest.approx(theirs.config.auxdata, rel=1e-15)
        found = ge.pyhf.infer.hypotest(1.0, data, ours, return_expected=True)
        want = pyhf.infer.hypotest(1.0, data, theirs, return_expected=True)
        assert [float(one) for one in found] == pytest.approx([float(one) for one in want], rel=1e-4)


def test_toys_of_a_test():
    spec = one_channel()
    workspace = ge.pyhf.Workspace(spec)
    model = workspace.model()
    data = workspace.data(model)
    cls = float(ge.pyhf.infer.hypotest(0.8, data, model, calctype="toybased", ntoys=2000, seed=5))
    # Some 0.02 of statistics, and the formulae are good to as much for fifty events a bin.
    assert cls == pytest.approx(float(ge.pyhf.infer.hypotest(0.8, data, model)), abs=0.06)


def test_mistakes():
    spec = one_channel()
    spec["channels"][0]["samples"][0]["modifiers"][0]["type"] = "normfactr"
    with pytest.raises(ge.Error) as caught:
        ge.pyhf.Workspace(spec)
    assert caught.value.nearest == "normfactor"
    model = ge.pyhf.Workspace(one_channel()).model()
    with pytest.raises(ValueError, match="parameters"):
        model.logpdf([1.0], [52, 60, 57, *model.config.auxdata])
    with pytest.raises(ValueError, match="bins"):
        model.logpdf(model.config.suggested_init(), [1.0])
    with pytest.raises(ValueError, match="not offered"):
        ge.pyhf.infer.hypotest(1.0, [52, 60, 57, *model.config.auxdata], model, test_stat="q")


def parts():
    """Two workspaces that share a measurement, and what each has that the other has not."""
    left, right = two_channels(), one_channel("VR", (48, 55, 59), (2, 3, 5))
    left["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[0.0, 8.0]]}, {"name": "tilt", "inits": [0.1]}]
    right["measurements"][0]["config"]["parameters"] = [{"name": "slope", "fixed": True}, {"name": "mu", "bounds": [[0.0, 8.0]]}]
    right["measurements"].append({"name": "another", "config": {"poi": "mu", "parameters": []}})
    return left, right


@pytest.mark.parametrize("join", ["outer", "left outer", "right outer"])
def test_workspaces_are_joined_as_by_pyhf(join):
    left, right = parts()
    pairs = [(left, right), (right, left), (left, left)]
    if join != "outer":
        # The same names with other contents: one side wins.
        other = two_channels()
        other["channels"][0]["samples"][0]["data"] = [5.0, 11.0, 6.0]
        other["observations"][0]["data"] = [60.0, 50.0, 45.0]
        other["measurements"][0]["config"]["parameters"] = [{"name": "mu", "bounds": [[0.0, 4.0]]}]
        pairs += [(left, other), (other, right)]
    for one, two in pairs:
        theirs = pyhf.Workspace.combine(pyhf.Workspace(one), pyhf.Workspace(two), join=join)
        ours = ge.pyhf.Workspace.combine(one, two, join=join)
        # Orders differ where pyhf goes through sets.
        assert dict(pyhf.Workspace.sorted(theirs)) == dict(ge.pyhf.Workspace.sorted(ours))
        assert [c["name"] for c in theirs["channels"]] == [c["name"] for c in ours["channels"]]
        assert dict(ge.pyhf.Workspace.sorted(dict(theirs))) == dict(pyhf.Workspace.sorted(pyhf.Workspace(dict(ours))))


def test_joins_that_pyhf_refuses_are_refused():
    left, right = parts()
    other = two_channels()
    other["channels"][0]["samples"][0]["data"] = [5.0, 11.0, 6.0]
    elsewhere = one_channel("VR")
    elsewhere["measurements"][0]["config"]["poi"] = "scale"
    for one, two, join in [(left, right, "none"), (left, other, "outer"), (left, elsewhere, "outer")]:
        with pytest.raises(pyhf.exceptions.InvalidWorkspaceOperation):
            pyhf.Workspace.combine(pyhf.Workspace(one), pyhf.Workspace(two), join=join)
        with pytest.raises(ge.ColumnError, match="both workspaces have"):
            ge.pyhf.Workspace.combine(one, two, join=join)
    with pytest.raises(ValueError, match="no join"):
        ge.pyhf.Workspace.combine(left, right, join="inner")
    with pytest.raises(ValueError, match="not merged"):
        ge.pyhf.Workspace.combine(left, right, join="outer", merge_channels=True)


def test_sorting_renaming_and_pruning_are_those_of_pyhf():
    spec = all_modifiers()
    theirs, ours = pyhf.Workspace(spec), ge.pyhf.Workspace(spec)
    backwards = all_modifiers()
    backwards["channels"].reverse()
    for channel in backwards["channels"]:
        channel["samples"].reverse()
        for sample in channel["samples"]:
            sample["modifiers"].reverse()
    for one in (spec, backwards):
        sorted_there = pyhf.Workspace.sorted(pyhf.Workspace(one))
        sorted_here = ge.pyhf.Workspace.sorted(one)
        assert dict(sorted_here) == dict(sorted_there)
        assert [c["name"] for c in sorted_here["channels"]] == ["CR", "SR"]
    names = {"channels": {"SR": "signal region"}, "modifiers": {"rate": "norm"}, "samples": {"signal": "new"}}
    assert dict(ours.rename(**names)) == dict(theirs.rename(**names))
    for less in (
        {"samples": ["signal"], "modifiers": ["mu"]},
        {"modifier_types": ["staterror", "shapesys"]},
        {"modifiers": ["rate"]},
    ):
        there = dict(theirs.prune(**less))
        here = dict(ours.prune(**less))
        # A measurement whose parameters are gone says nothing of them here; pyhf leaves names that mean nothing.
        left = {m["name"] for c in here["channels"] for s in c["samples"] for m in s["modifiers"]}
        for document in (here, there):
            for one in document["measurements"]:
                config = one["config"]
                config["poi"] = config["poi"] if config["poi"] in left else ""
                config["parameters"] = [setting for setting in config["parameters"] if setting["name"] in left]
        assert here == there
    with pytest.raises(ge.ColumnError, match="no channel"):
        ours.prune(channels=["SR2"])
