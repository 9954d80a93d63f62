"""HS3 documents that are not made of bins alone: limits, toys, rankings; weighted events; constraints of several parameters."""

import json
import math

import numpy as np
import pytest
from test_statistics import document, workspace


def hs3(distributions, data, likelihood, values, domains=(), poi=(), functions=()):
    """A document with one analysis."""
    return {
        "metadata": {"hs3_version": "0.2"},
        "distributions": distributions,
        "functions": list(functions),
        "data": data,
        "likelihoods": [{"name": "L", **likelihood}],
        "analyses": [{"name": "A", "likelihood": "L", "parameters_of_interest": list(poi), "domains": ["default_domain"]}],
        "domains": [
            {
                "name": "default_domain",
                "type": "product_domain",
                "axes": [{"name": name, "min": low, "max": high} for name, low, high in domains],
            }
        ],
        "parameter_points": [
            {"name": "default_values", "parameters": [{"name": name, "value": value} for name, value in values.items()]}
        ],
    }


@pytest.fixture
def write(tmp_path):
    """A document as a file."""

    def file(content, name="model.json"):
        (tmp_path / name).write_text(json.dumps(content))
        return tmp_path / name

    return file


@pytest.fixture
def twins(germane, tmp_path, write):
    """A workspace, and the same as a document in which the strength is a function of a parameter."""
    plain = write(workspace(), "plain.json")
    done = germane("convert", plain, "--to", "hs3", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    content["functions"] = [{"name": "strength", "type": "product", "factors": ["mu", 1]}]
    for distribution in content["distributions"]:
        for sample in distribution.get("samples", ()):
            for modifier in sample["modifiers"]:
                if modifier.get("parameter") == "mu":
                    modifier["parameter"] = "strength"
    return plain, write(content, "function.hs3.json")


def equal(one, other, tolerance):
    """Documents with the same numbers, but for the entries' names of vectors."""
    if isinstance(one, dict):
        assert set(one) == set(other)
        for key in one:
            if key not in {"name", "notes", "iterations", "names"}:
                equal(one[key], other[key], tolerance)
    elif isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            equal(a, b, tolerance)
    elif isinstance(one, float):
        assert other == pytest.approx(one, rel=tolerance, abs=tolerance)
    else:
        assert one == other


@pytest.mark.parametrize(
    "command",
    [
        ("limit",),
        ("significance",),
        ("scan", "--points", 5),
        ("contour", "mu", "scale", "--points", 6),
        ("rank",),
        ("gof",),
    ],
    ids=lambda command: command[0],
)
def test_a_function_of_the_strength_changes_no_result(germane, twins, command):
    """Every command on models takes a document with functions, and gives what the workspace gives."""
    name, *options = command
    first, second = (document(germane, name, file, *options) for file in twins)
    if name == "rank":
        # Impacts that are equal come in any order.
        for found in (first, second):
            found["rows"] = [row["postfit"] for row in found["rows"]]
    # Both minimise to an EDM of 1e-12, so that values agree to its root.
    equal(first, second, 2e-6)


def flat_signal(count, background):
    """So many events of a uniform signal on a uniform background of known size: a counting experiment."""
    distributions = [
        {"name": "p", "type": "mixture_dist", "summands": ["u", "v"], "coefficients": ["s", "b"], "extended": True},
        {"name": "u", "type": "uniform_dist", "x": ["x"]},
        {"name": "v", "type": "uniform_dist", "x": ["x"]},
    ]
    entries = [[0.5 * (k + 0.5) / count] for k in range(count)]
    data = [{"name": "d", "type": "unbinned", "axes": [{"name": "x", "min": 0, "max": 0.5}], "entries": entries}]
    content = hs3(
        distributions, data, {"distributions": ["p"], "data": ["d"]}, {"s": 1.0, "b": background}, [("s", 0, 100)], ["s"]
    )
    content["parameter_points"][0]["parameters"][1]["const"] = True
    return content


def test_tests_of_events_are_those_of_their_number(germane, write):
    """q0 of n events on b expected ones is 2 (n ln(n/b) - n + b); the limit is that of the counting experiment."""
    count, background = 17, 9.0
    file = write(flat_signal(count, background))
    found = document(germane, "significance", file)
    q0 = 2 * (count * math.log(count / background) - count + background)
    assert found["observed"]["z"] == pytest.approx(math.sqrt(q0), rel=1e-9)
    # Asimov data with the signal at 1.
    expected = background + 1.0
    q0 = 2 * (expected * math.log(expected / background) - expected + background)
    assert found["expected"]["z"] == pytest.approx(math.sqrt(q0), rel=1e-7)

    samples = [
        {"name": "s", "data": [1.0], "modifiers": [{"name": "s", "type": "normfactor", "data": None}]},
        {"name": "b", "data": [background], "modifiers": []},
    ]
    settings = [{"name": "s", "bounds": [[0, 100]], "inits": [1.0]}]
    counting = {
        "channels": [{"name": "c", "samples": samples}],
        "observations": [{"name": "c", "data": [count]}],
        "measurements": [{"name": "m", "config": {"poi": "s", "parameters": settings}}],
        "version": "1.0.0",
    }
    ours, theirs = document(germane, "limit", file), document(germane, "limit", write(counting, "counting.json"))
    assert ours["observed"] == pytest.approx(theirs["observed"], rel=1e-7)
    assert ours["expected"] == pytest.approx(theirs["expected"], rel=1e-7)


def test_toys_of_events(germane, write):
    """The p-value of the background is the Poisson probability of as many events, within the error of the toys."""
    from scipy.stats import poisson

    count, background = 17, 9.0
    found = document(germane, "significance", write(flat_signal(count, background)), "--toys", 4000)
    p = poisson.sf(count - 1, background)
    assert found["toys"]["p"] == pytest.approx(p, abs=4 * math.sqrt(p / 4000))
    again = document(germane, "significance", write(flat_signal(count, background)), "--toys", 4000, "--threads", 1)
    assert again == found


def test_weighted_events(germane, write):
    """Errors are those of the weights: of a yield √Σw², of a mean √Σw²(x - m)² / Σw; RooFit's H⁻¹ would give √Σw and σ/√Σw."""
    random = np.random.Generator(np.random.PCG64(5))
    x, w = random.normal(50, 2, 200), random.uniform(0.2, 3.0, 200)
    axes = [{"name": "x", "min": 0, "max": 100}]
    data = [{"name": "d", "type": "unbinned", "axes": axes, "entries": [[v] for v in x], "weights": list(w)}]
    distributions = [
        {"name": "p", "type": "mixture_dist", "summands": ["g"], "coefficients": ["n"], "extended": True},
        {"name": "g", "type": "gaussian_dist", "x": "x", "mean": "m", "sigma": 2},
    ]
    values = {"n": 300.0, "m": 49.0}
    content = hs3(distributions, data, {"distributions": ["p"], "data": ["d"]}, values, [("n", 0, 1000), ("m", 30, 70)])
    fit = document(germane, "fit", write(content))
    n, m = (next(p for p in fit["parameters"] if p["name"] == name) for name in ("n", "m"))
    mean = float(np.average(x, weights=w))
    assert fit["state"] == "valid"
    assert fit["entries"] == pytest.approx(w.sum(), rel=1e-14)
    assert n["value"] == pytest.approx(w.sum(), rel=1e-9)
    # The cut at 25 widths is nothing.
    assert m["value"] == pytest.approx(mean, rel=1e-9)
    assert n["error"] == pytest.approx(math.sqrt((w**2).sum()), rel=1e-8)
    assert m["error"] == pytest.approx(math.sqrt((w**2 * (x - mean) ** 2).sum()) / w.sum(), rel=1e-8)
    # Without the yield the number is given, and the mean has the same error.
    content["distributions"] = [{**distributions[1], "name": "p"}]
    content["parameter_points"][0]["parameters"] = [{"name": "m", "value": 49.0}]
    fit = document(germane, "fit", write(content))
    assert fit["parameters"][0]["error"] == pytest.approx(m["error"], rel=1e-8)


def test_constraints_of_several_parameters_and_of_logarithms(germane, write):
    """Beside one count the terms of a two-dimensional normal and of a log-normal density."""
    distributions = [
        {
            "name": "c",
            "type": "histfactory_dist",
            "axes": [{"name": "x", "min": 0, "max": 1, "nbins": 1}],
            "samples": [
                {
                    "name": "s",
                    "data": {"contents": [10.0]},
                    "modifiers": [{"name": n, "type": "normfactor", "parameter": n} for n in ("a", "b", "k")],
                }
            ],
        },
        {
            "name": "ab",
            "type": "multivariate_normal_dist",
            "x": ["a", "b"],
            "mean": [1.1, "b0"],
            "covariances": [[0.04, 0.01], [0.01, 0.09]],
        },
        {"name": "kk", "type": "lognormal_dist", "x": "k", "mu": 0.1, "sigma": 0.2},
    ]
    data = [{"name": "d", "type": "binned", "axes": distributions[0]["axes"], "contents": [14]}]
    values = {"a": 1.2, "b": 0.8, "k": 1.3, "b0": 0.9}
    content = hs3(distributions, data, {"distributions": ["c"], "data": ["d"], "aux_distributions": ["ab", "kk"]}, values)
    file = write(content)
    held = [text for name in "abk" for text in ("--fix", f"{name}={values[name]}")]
    found = document(germane, "fit", file, *held)["nll"]
    nu = 10 * 1.2 * 0.8 * 1.3
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])
    away = np.array([1.2 - 1.1, 0.8 - 0.9])
    truth = nu - 14 * math.log(nu) + math.lgamma(15)
    truth += 0.5 * away @ np.linalg.solve(covariance, away) + 0.5 * math.log(np.linalg.det(2 * math.pi * covariance))
    pull = (math.log(1.3) - 0.1) / 0.2
    truth += 0.5 * pull**2 + math.log(1.3 * 0.2 * math.sqrt(2 * math.pi))
    assert found == pytest.approx(truth, rel=1e-13)
    assert document(germane, "fit", file)["state"] == "valid"
    goodness = document(germane, "gof", file, "--toys", 200)
    assert goodness["ndof"] == 1
    assert goodness["toys"]["ratio"] == pytest.approx(goodness["p"], abs=4 * math.sqrt(0.25 / 200))
    distributions[1]["covariances"] = [[0.04, 0.06], [0.06, 0.09]]
    done = germane("fit", write(content))
    assert done.returncode == 6
    assert "has no variance along" in done.stderr
