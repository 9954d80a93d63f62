"""Models against pyhf and iminuit."""

import gzip
import json

import iminuit
import numpy as np
import pyhf
import pytest
from workspaces import all_modifiers as workspace

import germane as ge

# pyhf 0.7.6 asks jsonschema for something that is to go away.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pyhf")


@pytest.fixture(scope="module")
def ours():
    return ge.Model.from_pyhf(workspace())


@pytest.fixture(scope="module")
def theirs():
    ws = pyhf.Workspace(workspace())
    model = ws.model()
    return model, ws.data(model)


def in_order(theirs, values):
    """Values by name as pyhf's vector."""
    return [values[name] for name in theirs[0].config.par_names]


def test_parameters_are_those_of_pyhf(ours, theirs):
    config = theirs[0].config
    assert set(ours.names) == set(config.par_names)
    assert in_order(theirs, ours.start) == config.suggested_init()
    assert [tuple(limits) for limits in config.suggested_bounds()] == in_order(theirs, ours.limits)
    assert ours.poi == config.poi_name
    assert ours.channels == {"CR": 2, "SR": 3}


def test_nll_equals_pyhf_with_all_constants(ours, theirs):
    model, data = theirs
    random = np.random.default_rng(3)
    for _ in range(20):
        values = {name: ours.start[name] + random.normal(0, 0.2) for name in ours.names}
        want = -float(model.logpdf(in_order(theirs, values), data)[0])
        # Sums of some twenty terms of size ten in another order.
        assert ours.nll(values) == pytest.approx(want, rel=0, abs=1e-11)


def test_gradient_and_hessian_are_those_of_the_value(ours):
    x = np.array([ours.start[name] for name in ours.names]) + 0.05
    size, step = len(x), 1e-5
    for i in range(size):
        e = np.eye(size)[i] * step
        # Central differences: truncation and rounding both near 1e-8 here.
        assert ours.grad(x)[i] == pytest.approx((ours.nll(x + e) - ours.nll(x - e)) / (2 * step), rel=1e-6, abs=1e-6)
        assert ours.hessian(x)[i] == pytest.approx((ours.grad(x + e) - ours.grad(x - e)) / (2 * step), rel=1e-6, abs=1e-6)


def fit_with_pyhf(model, data):
    """Minimum by pyhf and iminuit: values and errors by name, -ln L."""
    backend = pyhf.get_backend()
    try:
        pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(errordef=0.5, strategy=2, tolerance=1e-4))
        best, twice = pyhf.infer.mle.fit(data, model, return_uncertainties=True, return_fitted_val=True)
    finally:
        pyhf.set_backend(*backend)
    return dict(zip(model.config.par_names, np.asarray(best).tolist(), strict=True)), float(twice) / 2


def pyhf_data(model, mine):
    """Main and auxiliary data in the order of pyhf."""
    entries = [name for name in model.config.par_names if name in mine.auxiliary]
    ordered = [e for name in model.config.auxdata_order for e in entries if e == name or e.startswith(f"{name}[")]
    return [*mine.observed.tolist(), *(mine.auxiliary[name] for name in ordered)]


@pytest.mark.parametrize("data", ["observed", "asimov", "toy"])
def test_fit_agrees_with_pyhf(ours, theirs, data):
    mine = {"observed": ours, "asimov": ours.asimov(), "toy": ours.toy(seed=5)}[data]
    fit = mine.fit()
    best, nll = fit_with_pyhf(theirs[0], pyhf_data(theirs[0], mine))
    assert fit.valid
    assert fit.nll == pytest.approx(nll, rel=0, abs=1e-8)
    for name, (value, error) in best.items():
        assert fit.values[name] == pytest.approx(value, rel=0, abs=1e-4 * error), name


def test_model_is_a_cost_function_of_iminuit(ours):
    minuit = iminuit.Minuit(ours, **ours.start)
    assert minuit.parameters == tuple(ours.names)
    minuit.strategy = 2
    minuit.tol = 1e-4
    minuit.migrad()
    minuit.hesse()
    assert minuit.valid
    assert minuit.ngrad > 0
    fit = ours.fit()
    assert minuit.fval == pytest.approx(fit.nll, rel=0, abs=1e-6)
    for name in ours.names:
        assert minuit.values[name] == pytest.approx(fit.values[name], rel=0, abs=1e-3 * fit.errors[name]), name
        # HESSE differentiates the gradient numerically through the bounds.
        assert minuit.errors[name] == pytest.approx(fit.errors[name], rel=1e-2), name


def test_minos_agrees_with_iminuit(ours):
    minuit = iminuit.Minuit(ours, **ours.start)
    minuit.tol = 1e-4
    minuit.migrad()
    minuit.minos("mu")
    low, high = ours.fit(minos="mu").parameters["mu"].minos
    error = minuit.merrors["mu"]
    # iminuit stops a crossing at one per cent of an error.
    assert (low, high) == pytest.approx((error.lower, error.upper), rel=1e-2)


def test_toys_are_repeatable_and_differ(ours):
    one, again, other = (ours.toy(5, number) for number in (0, 0, 1))
    assert np.array_equal(one.observed, again.observed)
    assert one.auxiliary == again.auxiliary
    assert not np.array_equal(one.observed, other.observed)
    assert one.auxiliary.keys() == other.auxiliary.keys()
    assert one.auxiliary != other.auxiliary


def test_held_parameters_stay(ours):
    fit = ours.fix(mu=0).fit()
    assert fit.values["mu"] == 0
    assert fit.parameters["mu"].fixed
    with pytest.raises(ge.ColumnError) as caught:
        ours.fix(mus=0)
    assert caught.value.nearest == "mu"


def test_mistakes_of_a_workspace_at_once(tmp_path):
    spec = workspace()
    spec["channels"][0]["samples"][0]["modifiers"][0]["type"] = "normfacto"
    spec["channels"][1]["samples"][0]["modifiers"][0]["type"] = "normsyst"
    path = tmp_path / "ws.json"
    path.write_text(json.dumps(spec, indent=1))
    with pytest.raises(ge.Error) as caught:
        ge.Model.from_pyhf(path)
    assert [error["nearest"] for error in caught.value.errors] == ["normfactor", "normsys"]
    assert caught.value.place.file == str(path)
    assert "^" in str(caught.value)


def test_wrong_number_of_values(ours):
    with pytest.raises(ValueError, match="parameters"):
        ours.nll([1, 2])


def test_repr(ours):
    assert repr(ours) == "<model: 2 channels, 5 bins, 12 parameters, parameter of interest mu>"


CARD = """imax 1
jmax 1
kmax *
bin a
observation 6
bin a a
process S B
process 0 1
rate 1 5.5
sys lnN - 1.3
"""


def test_a_datacard_is_a_model(tmp_path):
    path = tmp_path / "card.txt"
    path.write_text(CARD)
    model = ge.Model.from_datacard(path)
    assert model.names == ["r", "sys"]
    assert model.limits["r"] == (0, 20)
    # r + 5.5 events are best at 6.
    assert model.fit().values["r"] == pytest.approx(0.5, abs=1e-9)
    assert ge.Model.from_datacard(path, physics="multiSignalModel map=.*/S:mu[2,0,10]").start == {"mu": 2, "sys": 0}


def test_options_of_a_datacard(tmp_path):
    """Masks, groups and forms, as the command has them."""
    path = tmp_path / "card.txt"
    path.write_text(CARD + "theory group = sys\n")
    model = ge.Model.from_datacard(path)
    assert list(model.rank().groups) == ["theory"]
    assert model.rank(groups={}).groups == {}
    entry = {"channel": "a", "process": "S", "parameters": ["c[0,-5,5]", "SM[1]"], "scaling": [[0.25, 0.5, 1]]}
    forms = tmp_path / "forms.json.gz"
    forms.write_bytes(gzip.compress(json.dumps([entry]).encode()))
    model = ge.Model.from_datacard(path, physics=f"interferenceModel scalingData={forms}")
    # (1 + c/2)² + 5.5 events are best at 6.
    assert model.fit().values["c"] == pytest.approx(2 * (0.5**0.5 - 1), abs=1e-7)
    with pytest.raises(ge.Error, match="no channel `b` to mask"):
        ge.Model.from_datacard(path, mask=["b"])
    path.write_text(CARD.replace("lnN - 1.3", "trG - 0.1"))
    workspace = ge.Model.from_datacard(path, physics="multiSignalModel map=.*/S:mu[2,0,10]").to_pyhf()
    assert workspace["measurements"][0]["config"]["poi"] == "mu"


def test_datacards_refuse_derivatives_by_templates(tmp_path):
    path = tmp_path / "card.txt"
    path.write_text(CARD)
    model = ge.Model.from_datacard(path)
    for ask in (lambda: model.templates, lambda: model.grad_templates(model.start), lambda: model.fit().gradient_of("r")):
        with pytest.raises(ValueError, match="normalised when it is read"):
            ask()


def test_mistakes_of_a_datacard(tmp_path):
    path = tmp_path / "card.txt"
    path.write_text(CARD.replace("lnN", "lnM").replace("rate 1", "rate x"))
    with pytest.raises(ge.Error) as caught:
        ge.Model.from_datacard(path)
    assert [(error["line"], error["nearest"]) for error in caught.value.errors] == [(9, None), (10, "lnN")]
    with pytest.raises(ge.FileError):
        ge.Model.from_datacard(tmp_path / "none.txt")
