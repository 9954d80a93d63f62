"""The examples that hand gradients to JAX and PyTorch, where these are installed."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import germane as ge

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "gradients"


@pytest.fixture(scope="module", params=["jax", "torch"])
def example(request):
    """An example as a module."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"not run: {request.param} is not installed")
    sys.path.insert(0, str(EXAMPLES))
    try:
        name = f"{request.param}_model"
        found = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(EXAMPLES))


@pytest.fixture(scope="module")
def model(example):
    return ge.Model.from_pyhf(example.WORKSPACE)


def functions(example, model):
    """-ln L and the fitted strength, each with its gradient, as functions of NumPy arrays."""
    if example.__name__ == "jax_model":
        jax = example.jax
        nll, mu = example.likelihood(model), example.fitted(model, "mu")
        return (
            lambda x, t: float(nll(x, t)),
            lambda x, t: [np.asarray(g) for g in jax.grad(nll, argnums=(0, 1))(x, t)],
            lambda t: float(mu(t)),
            lambda t: np.asarray(jax.grad(mu)(t)),
        )
    torch = example.torch

    def tensors(*arrays):
        return [torch.tensor(array, dtype=torch.float64, requires_grad=True) for array in arrays]

    def gradients(function, *arrays):
        given = tensors(*arrays)
        function(*given).backward()
        return [tensor.grad.numpy() for tensor in given]

    def nll(x, t):
        return example.NegativeLogLikelihood.apply(x, t, model)

    def mu(t):
        return example.FittedValue.apply(t, model, "mu")

    return (
        lambda x, t: nll(*tensors(x, t)).item(),
        lambda x, t: gradients(nll, x, t),
        lambda t: mu(*tensors(t)).item(),
        lambda t: gradients(mu, t)[0],
    )


def differences(function, at):
    """Central differences of fourth order."""
    found = []
    for place in range(len(at)):
        step = 1e-3 * max(abs(at[place]), 1.0)

        def moved(times, place=place, step=step):
            other = np.array(at)
            other[place] += times * step
            return function(other)

        near, far = (moved(1) - moved(-1)) / (2 * step), (moved(2) - moved(-2)) / (4 * step)
        found.append((4 * near - far) / 3)
    return np.array(found)


def test_gradients_are_those_of_the_functions(example, model):
    nll, slopes, mu, moves = functions(example, model)
    x = np.array([model.start[name] for name in model.names]) + 0.07
    templates = model.templates.flat.copy()
    assert nll(x, templates) == model.nll(x)
    by_parameters, by_templates = slopes(x, templates)
    assert by_parameters == pytest.approx(differences(lambda at: nll(at, templates), x), rel=1e-6, abs=1e-6)
    assert by_templates == pytest.approx(differences(lambda at: nll(x, at), templates), rel=1e-6, abs=1e-7)
    assert moves(templates) == pytest.approx(differences(mu, templates), rel=1e-6, abs=1e-8)


def test_the_example_runs(example, capsys):
    example.main()
    assert "mu" in capsys.readouterr().out
