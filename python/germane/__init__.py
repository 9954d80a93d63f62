"""germane: a physics analysis from collision events to a fitted, plotted result.

Examples
--------
>>> import germane as ge
>>> ge.Histogram(ge.axis.Regular(2, 0, 2, name="x")).fill([0.5, 1.5, 1.7]).values()
array([1., 2.])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from germane._core import __version__

if TYPE_CHECKING:
    GeV: Quantity
    MeV: Quantity
    TeV: Quantity
    keV: Quantity  # noqa: N816
    mm: Quantity
    ns: Quantity
    from germane import axis, lh5, pyhf, tag
    from germane.arrays import Array, Arrays
    from germane.dsp import build_dsp, optimise_chain
    from germane.errors import (
        CategoryError,
        ColumnError,
        Error,
        ExpressionError,
        FileError,
        FitError,
        GermaneWarning,
        Place,
        UnitError,
    )
    from germane.files import File, Table, open, write_root
    from germane.histogram import Histogram
    from germane.lazy import Column, Quantity
    from germane.model import Model, combine
    from germane.result import Result
    from germane.running import plan, run
    from germane.tag import at, loc, overflow, rebin, sum, underflow

# Loaded when first used: importing the package costs the extension module alone.
_HOMES = {
    "arrays": ["Array", "Arrays"],
    "dsp": ["build_dsp", "optimise_chain"],
    "errors": [
        "CategoryError",
        "ColumnError",
        "Error",
        "ExpressionError",
        "FileError",
        "FitError",
        "GermaneWarning",
        "Place",
        "UnitError",
    ],
    "files": ["File", "Table", "open", "write_root"],
    "histogram": ["Histogram"],
    "lazy": ["Column", "Quantity"],
    "model": ["Model", "combine"],
    "result": ["Result"],
    "running": ["plan", "run"],
    "tag": ["at", "loc", "overflow", "rebin", "sum", "underflow"],
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = ["axis", "lh5", "pyhf", "tag"]
_UNITS = ["GeV", "MeV", "TeV", "keV", "mm", "ns"]

__all__ = [
    "Array",
    "Arrays",
    "CategoryError",
    "Column",
    "ColumnError",
    "Error",
    "ExpressionError",
    "File",
    "FileError",
    "FitError",
    "GeV",
    "GermaneWarning",
    "Histogram",
    "MeV",
    "Model",
    "Place",
    "Quantity",
    "Result",
    "Table",
    "TeV",
    "UnitError",
    "__version__",
    "at",
    "axis",
    "build_dsp",
    "combine",
    "keV",
    "lh5",
    "loc",
    "mm",
    "ns",
    "open",
    "optimise_chain",
    "overflow",
    "plan",
    "pyhf",
    "rebin",
    "run",
    "sum",
    "tag",
    "underflow",
    "write_root",
]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(f"germane.{_HOME_OF[name]}"), name)
    elif name in _UNITS:
        value = import_module("germane.lazy").Quantity(1, name)
    elif name in _MODULES:
        value = import_module(f"germane.{name}")
    else:
        raise AttributeError(f"module 'germane' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
