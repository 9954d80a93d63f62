"""Hypothesis tests as pyhf makes them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from germane.pyhf.infer import intervals, mle
from germane.result import number

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from germane.model import Model as Likelihood
    from germane.pyhf.model import Model

__all__ = ["hypotest", "intervals", "mle"]


def tested(
    data: ArrayLike,
    pdf: Model,
    init_pars: Sequence[float] | None,
    par_bounds: Sequence[tuple[float, float]] | None,
    fixed_params: Sequence[bool] | None,
) -> Likelihood:
    """Return the likelihood in which a strength is tested: with q~ and q0 the best strength is not negative."""
    if pdf.config.poi_index is None:
        raise ValueError("the model has no parameter of interest, which a test needs")
    bounds = pdf.config.suggested_bounds() if par_bounds is None else list(par_bounds)
    lower, upper = bounds[pdf.config.poi_index]
    bounds[pdf.config.poi_index] = (max(lower, 0.0), upper)
    return pdf.started(data, init_pars, bounds, fixed_params)


def _survival(x: float) -> float:
    """Probability of a standard normal value above ``x``."""
    return 0.5 * math.erfc(x / math.sqrt(2))


def hypotest(
    poi_test: float,
    data: ArrayLike,
    pdf: Model,
    init_pars: Sequence[float] | None = None,
    par_bounds: Sequence[tuple[float, float]] | None = None,
    fixed_params: Sequence[bool] | None = None,
    calctype: str = "asymptotics",
    return_tail_probs: bool = False,
    return_expected: bool = False,
    return_expected_set: bool = False,
    *,
    test_stat: str = "qtilde",
    ntoys: int = 2000,
    seed: int = 0,
    track_progress: bool = True,
) -> Any:
    """Test a value of the parameter of interest.

    Parameters
    ----------
    poi_test : float
    data, pdf
    init_pars, par_bounds, fixed_params : optional
        In pyhf's order.
    calctype : {"asymptotics", "toybased"}, optional
    return_tail_probs, return_expected, return_expected_set : bool, optional
    test_stat : {"qtilde", "q0"}, optional
    ntoys, seed : int, optional
        Of each hypothesis.

    Returns
    -------
    ndarray, or a tuple that begins with it
        CLs of the data (of ``q0``, the p-value without signal); then as asked for ``[CLs+b, CLb]``, the median expected CLs,
        the expected CLs at -2 … 2 standard deviations.

    Raises
    ------
    FitError
        If a fit has no minimum.
    """
    del track_progress  # nothing that takes long enough
    core = tested(data, pdf, init_pars, par_bounds, fixed_params)._core
    if test_stat not in {"qtilde", "q0"}:
        raise ValueError(f"the test statistic {test_stat!r} is not offered here: take 'qtilde' or 'q0'")
    if calctype == "toybased":
        found = json.loads(core.toys(pdf.config.poi_name, float(poi_test), test_stat, (ntoys, seed, 0)))
        background = number(found["background"]["ratio"])
        signal = background if test_stat == "q0" else number(found["signal"]["ratio"])
        observed = background if test_stat == "q0" else number(found["cls"])
        expected = None if test_stat == "q0" else [number(value) for value in found["expected"]]
    elif calctype == "asymptotics" and test_stat == "q0":
        found = json.loads(core.significance(pdf.config.poi_name, None))
        root, asimov = (math.sqrt(number(found[key]["q0"]) or 0.0) for key in ("observed", "expected"))
        observed = signal = _survival(root)
        background = _survival(root - asimov)
        expected = [_survival(asimov + n) for n in (2, 1, 0, -1, -2)]
    elif calctype == "asymptotics":
        (point,) = json.loads(core.test(pdf.config.poi_name, [float(poi_test)]))["points"]
        observed, signal, background = (number(point[key]) for key in ("cls", "clsb", "clb"))
        expected = [number(value) for value in point["expected"]]
    else:
        raise ValueError(f"no calculator {calctype!r}: take 'asymptotics' or 'toybased'")
    found_all: list[Any] = [np.array(observed)]
    if return_tail_probs:
        found_all.append([np.array(background)] if test_stat == "q0" else [np.array(signal), np.array(background)])
    if (return_expected or return_expected_set) and expected is None:
        raise ValueError("toys of q0 are thrown without signal only: there is nothing expected")
    band = [np.array(value) for value in expected or []]
    if return_expected:
        found_all.append(band[2])
    if return_expected_set:
        found_all.append(band)
    return tuple(found_all) if len(found_all) > 1 else found_all[0]
