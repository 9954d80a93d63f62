"""A likelihood of germane inside PyTorch: -ln L and fitted values, differentiable by parameters and templates.

Run it where torch is installed: ``python examples/gradients/torch_model.py``. It finds the minimum with an optimiser of PyTorch,
and then asks how the fitted strength changes with the templates.
"""

from __future__ import annotations

import numpy as np
import torch
from workspace import WORKSPACE

import germane as ge


class NegativeLogLikelihood(torch.autograd.Function):
    """-ln L(parameters, templates)."""

    @staticmethod
    def forward(context, parameters, templates, model):
        """Evaluate the likelihood and both of its gradients."""
        made = model.with_templates(templates.detach().numpy())
        x = parameters.detach().numpy()
        gradients = made.grad(x).copy(), made.grad_templates(x).flat.copy()
        context.save_for_backward(*(torch.from_numpy(gradient) for gradient in gradients))
        return torch.tensor(made.nll(x), dtype=torch.float64)

    @staticmethod
    def backward(context, cotangent):
        """Scale the gradients."""
        by_parameters, by_templates = context.saved_tensors
        return cotangent * by_parameters, cotangent * by_templates, None


class FittedValue(torch.autograd.Function):
    """Fitted value of a parameter as a function of the templates."""

    @staticmethod
    def forward(context, templates, model, name):
        """Fit, and differentiate through the fit."""
        fit = model.with_templates(templates.detach().numpy()).fit()
        context.save_for_backward(torch.from_numpy(fit.gradient_of(name).flat.copy()))
        return torch.tensor(fit.values[name], dtype=torch.float64)

    @staticmethod
    def backward(context, cotangent):
        """Scale the derivatives."""
        (derivatives,) = context.saved_tensors
        return cotangent * derivatives, None, None


def main():
    """Show both functions."""
    model = ge.Model.from_pyhf(WORKSPACE)
    start = [model.start[name] for name in model.names]
    parameters = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    templates = torch.tensor(model.templates.flat, dtype=torch.float64, requires_grad=True)

    optimiser = torch.optim.LBFGS([parameters], max_iter=100, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        value = NegativeLogLikelihood.apply(parameters, templates, model)
        value.backward()
        return value

    optimiser.step(closure)
    fit = model.fit()
    mu = model.names.index("mu")
    print(f"mu = {parameters[mu].item():.6f} by LBFGS, {fit.values['mu']:.6f} by germane")

    templates.grad = None
    FittedValue.apply(templates, model, "mu").backward()
    by_name = model.templates.like(templates.grad.numpy())
    print("d(mu)/d(data):", np.round(by_name["SR", "data"], 5))
    print("d(mu)/d(background):", np.round(by_name["SR", "background", "nominal"], 5))


if __name__ == "__main__":
    main()
