"""Fits as pyhf makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from germane.errors import FitError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from germane.pyhf.model import Model

__all__ = ["fit", "fixed_poi_fit", "twice_nll"]


def twice_nll(pars: ArrayLike, data: ArrayLike, pdf: Model) -> NDArray[np.float64]:
    """Return -2 ln L, ndarray (1,)."""
    return -2 * pdf.logpdf(pars, data)


def fit(
    data: ArrayLike,
    pdf: Model,
    init_pars: Sequence[float] | None = None,
    par_bounds: Sequence[tuple[float, float]] | None = None,
    fixed_params: Sequence[bool] | None = None,
    *,
    return_uncertainties: bool = False,
    return_correlations: bool = False,
    return_fitted_val: bool = False,
) -> Any:
    """Fit all parameters that are not held.

    Returns
    -------
    ndarray (n,), or a tuple that begins with it
        Best values in pyhf's order; with ``return_uncertainties`` (n, 2), values and errors (0 of what does not move). Then as
        asked for the correlations (n, n) and -2 ln L.

    Raises
    ------
    FitError
        If there is no valid minimum, with the reason.
    """
    found = pdf.started(data, init_pars, par_bounds, fixed_params).fit()
    if not found.valid:
        raise FitError(f"{found.state}: {found.reason}", 7)
    names = pdf.config.par_names
    values = np.array([found.values[name] for name in names], dtype=np.float64)
    errors = np.array([found.errors[name] or 0.0 for name in names])
    answer: list[Any] = [np.stack([values, errors], axis=1) if return_uncertainties else values]
    if return_correlations:
        free, covariance = found.covariance
        places = [names.index(name) for name in free]
        scale = np.sqrt(np.diag(covariance))
        correlations = np.zeros((len(names), len(names)))
        correlations[np.ix_(places, places)] = covariance / np.outer(scale, scale)
        answer.append(correlations)
    if return_fitted_val:
        answer.append(np.array(2 * (found.nll or 0.0)))
    return tuple(answer) if len(answer) > 1 else answer[0]


def fixed_poi_fit(
    poi_val: float,
    data: ArrayLike,
    pdf: Model,
    init_pars: Sequence[float] | None = None,
    par_bounds: Sequence[tuple[float, float]] | None = None,
    fixed_params: Sequence[bool] | None = None,
    **wanted: bool,
) -> Any:
    """Fit with the parameter of interest held at a value; results as ``fit``."""
    if pdf.config.poi_index is None:
        raise ValueError("the model has no parameter of interest that could be held")
    init = list(init_pars or pdf.config.suggested_init())
    fixed = list(fixed_params or pdf.config.suggested_fixed())
    init[pdf.config.poi_index] = poi_val
    fixed[pdf.config.poi_index] = True
    return fit(data, pdf, init, par_bounds, fixed, **wanted)
