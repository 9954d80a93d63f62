"""Models of one channel with a signal and a background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from germane.pyhf.model import Model

__all__ = ["correlated_background", "uncorrelated_background"]


def _model(signal: Sequence[float], background: Sequence[float], uncertainty: dict[str, Any]) -> Model:
    strength = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": "signal", "data": list(signal), "modifiers": [strength]},
        {"name": "background", "data": list(background), "modifiers": [uncertainty]},
    ]
    return Model({"channels": [{"name": "singlechannel", "samples": samples}]}, poi_name="mu")


def correlated_background(
    signal: Sequence[float], bkg: Sequence[float], bkg_up: Sequence[float], bkg_down: Sequence[float]
) -> Model:
    """Return a signal over a background with one uncertainty of its shape."""
    data = {"hi_data": list(bkg_up), "lo_data": list(bkg_down)}
    return _model(signal, bkg, {"name": "correlated_bkg_uncertainty", "type": "histosys", "data": data})


def uncorrelated_background(signal: Sequence[float], bkg: Sequence[float], bkg_uncertainty: Sequence[float]) -> Model:
    """Return a signal over a background with an uncertainty of each bin."""
    return _model(signal, bkg, {"name": "uncorr_bkguncrt", "type": "shapesys", "data": list(bkg_uncertainty)})
