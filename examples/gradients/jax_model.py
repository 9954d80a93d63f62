"""A likelihood of germane inside JAX: -ln L, fitted values and limits, differentiable by parameters and templates.

Run it where jax is installed: ``python examples/gradients/jax_model.py``. It designs a signal region by gradient descent: how
much of each bin of the signal should be kept so that the expected limit is lowest.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from workspace import WORKSPACE

import germane as ge

jax.config.update("jax_enable_x64", True)


def likelihood(model):
    """-ln L(parameters, templates) of a model as a function of JAX."""

    def host(parameters, templates):
        made = model.with_templates(np.asarray(templates))
        x = np.asarray(parameters)
        return np.float64(made.nll(x)), made.grad(x), made.grad_templates(x).flat

    def call(parameters, templates):
        shapes = (
            jax.ShapeDtypeStruct((), np.float64),
            jax.ShapeDtypeStruct(parameters.shape, np.float64),
            jax.ShapeDtypeStruct(templates.shape, np.float64),
        )
        return jax.pure_callback(host, shapes, parameters, templates, vmap_method="sequential")

    @jax.custom_vjp
    def nll(parameters, templates):
        return call(parameters, templates)[0]

    def forward(parameters, templates):
        value, *gradients = call(parameters, templates)
        return value, gradients

    def backward(gradients, cotangent):
        return tuple(cotangent * gradient for gradient in gradients)

    nll.defvjp(forward, backward)
    return nll


def through(model, found, gradient):
    """A number that is found in a model, as a differentiable function of the templates.

    ``found(model)`` gives a result, ``gradient(result)`` its value and its derivatives.
    """

    def host(templates):
        value, derivatives = gradient(found(model.with_templates(np.asarray(templates))))
        return np.float64(value), derivatives.flat

    def call(templates):
        shapes = (jax.ShapeDtypeStruct((), np.float64), jax.ShapeDtypeStruct(templates.shape, np.float64))
        return jax.pure_callback(host, shapes, templates, vmap_method="sequential")

    @jax.custom_vjp
    def value(templates):
        return call(templates)[0]

    value.defvjp(call, lambda derivatives, cotangent: (cotangent * derivatives,))
    return value


def fitted(model, name):
    """Fitted value of a parameter as a function of the templates."""
    return through(model, lambda m: m.fit(), lambda fit: (fit.values[name], fit.gradient_of(name)))


def expected_limit(model):
    """Median expected upper limit as a function of the templates."""
    return through(model, lambda m: m.limit(), lambda limit: (limit.expected[2], limit.gradient_of(0)))


def main():
    """Show the three functions, and use one."""
    model = ge.Model.from_pyhf(WORKSPACE)
    parameters = jnp.array([model.start[name] for name in model.names])
    templates = jnp.array(model.templates.flat)

    nll = jax.jit(likelihood(model))
    print("-ln L:", nll(parameters, templates))
    by_parameters, by_templates = jax.grad(nll, argnums=(0, 1))(parameters, templates)
    print("largest derivative by a parameter:", model.names[int(jnp.abs(by_parameters).argmax())])
    print("by the signal:", model.templates.like(by_templates)["SR", "signal", "nominal"])

    print("d(mu)/d(signal):", model.templates.like(jax.grad(fitted(model, "mu"))(templates))["SR", "signal", "nominal"])

    # A cut with a smooth edge: of each bin of the signal region, a share of signal and background passes.
    place = places(model)
    signal, background, data = (place["SR", *rest] for rest in (["signal", "nominal"], ["background", "nominal"], ["data"]))
    limit = expected_limit(model)

    def objective(cut):
        kept = jax.nn.sigmoid(cut)
        # Signal is lost as the cut tightens, background faster; the data are what is then expected without signal.
        left = templates[background] * kept**2
        return limit(templates.at[signal].set(templates[signal] * kept).at[background].set(left).at[data].set(left))

    cut, step = jnp.zeros(3), 4.0
    for _ in range(20):
        value, slope = jax.value_and_grad(objective)(cut)
        cut = cut - step * slope
    print(f"expected limit {objective(jnp.zeros(3)):.4f} -> {value:.4f} with", np.round(jax.nn.sigmoid(cut), 3), "kept")


def places(model):
    """Places of the numbers of each name in the flat vector."""
    numbered = model.templates.like(np.arange(model.templates.flat.size))
    return {key: values.astype(int) for key, values in numbered.items()}


if __name__ == "__main__":
    main()
