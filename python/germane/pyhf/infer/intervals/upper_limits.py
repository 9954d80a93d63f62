"""Upper limits as pyhf makes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from germane.pyhf.model import Model

__all__ = ["upper_limit"]


def upper_limit(
    data: ArrayLike,
    model: Model,
    scan: Iterable[float] | None = None,
    level: float = 0.05,
    return_results: bool = False,
    *,
    init_pars: Sequence[float] | None = None,
    par_bounds: Sequence[tuple[float, float]] | None = None,
    fixed_params: Sequence[bool] | None = None,
) -> Any:
    """Upper limits by CLs: where it is ``level``, or with a ``scan`` where straight lines between its points are.

    Returns
    -------
    observed : ndarray
    expected : list of ndarray
        At -2 … 2 standard deviations.
    results : tuple, if asked for
        Tested values and ``(CLs, [expected CLs])`` of each.

    Raises
    ------
    FitError
        If a fit has no minimum, or no value is excluded.
    """
    from germane.pyhf.infer import tested

    likelihood = tested(data, model, init_pars, par_bounds, fixed_params)
    grid = None if scan is None else np.asarray(list(scan), dtype=np.float64)
    if grid is None:
        found = likelihood.limit(level=1 - level)
        observed, expected = np.array(found.observed), [np.array(value) for value in found.expected]
        values, cls, bands = found.values, found.cls, found.expected_cls
    else:
        import json

        points = json.loads(likelihood._core.test(model.config.poi_name, grid.tolist()))["points"]
        values = grid
        cls = np.array([float(point["cls"]) for point in points])
        bands = np.array([[float(value) for value in point["expected"]] for point in points])
        # CLs falls: the interpolation wants it to rise.
        observed = np.array(np.interp(level, cls[::-1], grid[::-1]))
        expected = [np.array(np.interp(level, bands[::-1, band], grid[::-1])) for band in range(5)]
    if not return_results:
        return observed, expected
    results = [(np.array(one), [np.array(value) for value in band]) for one, band in zip(cls, bands, strict=True)]
    return observed, expected, (values, results)
