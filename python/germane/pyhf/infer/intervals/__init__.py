"""Intervals as pyhf makes them."""

from germane.pyhf.infer.intervals import upper_limits

__all__ = ["upper_limits"]
