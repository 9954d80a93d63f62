"""Derivatives by the numbers that a model is made of: against central differences, of models that pyhf makes anew."""

import json
import pickle

import numpy as np
import pyhf
import pytest
from workspaces import two_channels as workspace

import germane as ge

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pyhf")


@pytest.fixture(scope="module")
def model():
    return ge.Model.from_pyhf(workspace())


@pytest.fixture(scope="module", params=[(0.4, -1.4), (1.7, 0.3), (-2.2, 1.1)])
def point(model, request):
    """Parameters on all branches of the interpolation: inside of [-1, 1], and beyond on both sides."""
    scale, tilt = request.param
    values = dict(model.start, mu=1.3, scale=scale, tilt=tilt)
    random = np.random.default_rng(8)
    return {name: value + (0.05 * random.normal() if "[" in name else 0) for name, value in values.items()}


def changed(key, number, value):
    """The workspace with one number replaced; the key is that of `Templates`."""
    spec = json.loads(json.dumps(workspace()))  # nothing in it is there twice
    if key[-1] == "data":
        entry = next(one for one in spec["observations"] if one["name"] == key[0])["data"]
    else:
        channel = next(one for one in spec["channels"] if one["name"] == key[0])
        sample = next(one for one in channel["samples"] if one["name"] == key[1])
        if key[-1] == "nominal":
            entry = sample["data"]
        else:
            kinds = {"uncertainty": {"staterror", "shapesys"}}.get(key[-1], {"histosys", "normsys"})
            factor = key[-1].endswith("(factor)")
            found = [m for m in sample["modifiers"] if m["name"] == key[2] and m["type"] in kinds]
            modifier = next(m for m in found if len(found) == 1 or (m["type"] == "normsys") == factor)
            data, end = modifier["data"], key[-1][:2]
            if modifier["type"] == "normsys":
                data[end] = value
                return spec
            entry = data[f"{end}_data"] if modifier["type"] == "histosys" else data
    entry[number] = value
    return spec


def every_number(model):
    return [(key, number, value) for key, values in model.templates.items() for number, value in enumerate(values)]


def test_templates_are_those_of_the_workspace(model):
    templates = model.templates
    # 5 data, 8 nominal contents, 6 + 6 of histosys, 2 + 2 of normsys, 6 + 2 uncertainties.
    assert len(templates.flat) == 5 + 8 + 12 + 4 + 8
    assert templates["SR", "signal", "tilt", "hi"].tolist() == [5.0, 11.5, 6.0]
    assert templates["CR", "background", "scale", "lo"].tolist() == [0.93]
    assert templates["SR", "background", "mc", "uncertainty"].tolist() == [2.0, 1.5, 1.2]
    assert templates["CR", "data"].tolist() == [310.0, 240.0]
    # pyhf reads the same numbers at the same places: each written back gives the workspace again.
    for key, number, value in every_number(model):
        assert changed(key, number, float(value)) == workspace(), key


def twice_nll_of_pyhf(spec, values, auxiliary):
    """-ln L by pyhf, with auxiliary data as they were unless they follow from the templates."""
    made = pyhf.Workspace(spec)
    peer = made.model()
    data = [count for channel in peer.config.channels for count in made.observations[channel]]
    return -float(peer.logpdf([values[name] for name in peer.config.par_names], data + (auxiliary or peer.config.auxdata))[0])


def test_gradient_by_every_number_is_that_of_pyhf(model, point):
    """Central differences of fourth order of pyhf's -ln L, of workspaces in which one number is changed."""
    gradient = model.grad_templates(point)
    for key, number, value in every_number(model):
        step = 1e-3 * max(value, 1.0)

        def at(times, key=key, number=number, value=value, step=step):
            return twice_nll_of_pyhf(changed(key, number, float(value + times * step)), point, None)

        near, far = (at(1) - at(-1)) / (2 * step), (at(2) - at(-2)) / (4 * step)
        assert gradient[key][number] == pytest.approx((4 * near - far) / 3, rel=1e-6, abs=1e-7), (key, number)


def test_models_made_of_other_numbers_are_those_of_the_workspace(model, point):
    for key, number, value in every_number(model):
        other = float(value) * 1.1
        flat = model.templates.flat.copy()
        place = np.concatenate([np.full(len(values), k == key) for k, values in model.templates.items()]).nonzero()[0][number]
        flat[place] = other
        want = ge.Model.from_pyhf(changed(key, number, other)).nll(point)
        assert model.with_templates(flat).nll(point) == pytest.approx(want, rel=1e-13), key


def test_hessian_times_vector(model, point):
    vector = np.linspace(-1, 1, len(model.names))
    x = [point[name] for name in model.names]
    assert model.hvp(x, vector) == pytest.approx(model.hessian(x) @ vector, rel=1e-12, abs=1e-12)


def differences(model, of):
    """Central differences of fourth order by every number."""
    flat = model.templates.flat.copy()
    found = []
    for place, value in enumerate(flat):
        step = 1e-3 * max(value, 1.0)

        def at(times, place=place, step=step):
            moved = flat.copy()
            moved[place] += times * step
            return of(model.with_templates(moved))

        near, far = (at(1) - at(-1)) / (2 * step), (at(2) - at(-2)) / (4 * step)
        found.append((4 * near - far) / 3)
    return np.array(found)


def test_fitted_values_move_as_their_derivatives_say(model):
    fit = model.fit()
    for name in ("mu", "scale", "mc[1]"):
        want = differences(model, lambda m, name=name: m.fit().values[name])
        assert fit.gradient_of(name).flat == pytest.approx(want, rel=1e-6, abs=1e-8), name


def test_limits_move_as_their_derivatives_say(model):
    limit = model.limit()
    want = differences(model, lambda m: np.array([(found := m.limit()).observed, *found.expected]))
    for column, which in enumerate(["observed", -2, -1, 0, 1, 2]):
        # Limits are found to 1e-10, so that differences are good to some 1e-8.
        assert limit.gradient_of(which).flat == pytest.approx(want[:, column], rel=1e-6, abs=3e-8), which


def test_a_parameter_at_a_bound_does_not_move():
    spec = workspace()
    spec["observations"][0]["data"] = [45.0, 35.0, 25.0]
    fit = ge.Model.from_pyhf(spec).fit()
    assert fit.state == "valid_at_bound"
    assert not fit.gradient_of("mu").flat.any()
    assert fit.gradient_of("scale").flat.any()


def test_a_fit_without_its_model_has_no_derivatives(model):
    fit = pickle.loads(pickle.dumps(model.fit()))
    assert fit.values == model.fit().values
    with pytest.raises(ValueError, match="not known"):
        fit.gradient_of("mu")


def test_impossible_numbers_are_refused(model):
    flat = model.templates.flat.copy()
    with pytest.raises(ValueError, match="37 numbers, not 36"):
        model.with_templates(flat[:-1])
    with pytest.raises(ValueError, match="`data` of CR of bin 0 is -1"):
        model.with_templates([-1.0, *flat[1:]])
