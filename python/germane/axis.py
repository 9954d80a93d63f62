"""Axes of histograms: ``Regular``, ``Variable``, ``Integer``, ``StrCategory``.

The printed edges are the rule: bin ``i`` holds ``x`` if ``edges[i] <= x < edges[i + 1]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from germane import _core
from germane._core import Axis as _CoreAxis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Axis", "Integer", "Regular", "StrCategory", "Traits", "Variable"]


@dataclass(frozen=True)
class Traits:
    """What the plotting protocol asks of an axis."""

    circular: bool = False
    discrete: bool = False


class Axis:
    """One axis of a histogram; made by its kinds.

    Attributes
    ----------
    name, label, unit : str
        As given; empty where not given.
    size, extent : int
        Number of bins without and with the flow slots.
    """

    _discrete: ClassVar[bool] = False
    _core: _CoreAxis

    @staticmethod
    def _wrap(core: _CoreAxis) -> Axis:
        kinds: dict[str, type[Axis]] = {"regular": Regular, "variable": Variable, "integer": Integer, "category": StrCategory}
        kind = kinds[core.kind]
        axis: Axis = kind.__new__(kind)
        axis._core = core
        return axis

    @property
    def name(self) -> str:
        """Name, for indices and fills."""
        return self._core.name

    @property
    def label(self) -> str:
        """Text for figures."""
        return self._core.label

    @property
    def unit(self) -> str:
        """Unit of the edges."""
        return self._core.unit

    @property
    def size(self) -> int:
        """Number of bins without flow."""
        return self._core.size

    @property
    def extent(self) -> int:
        """Number of slots, flow included."""
        return self._core.extent

    @property
    def traits(self) -> Traits:
        """Circular, discrete."""
        return Traits(discrete=self._discrete)

    @property
    def edges(self) -> NDArray[np.float64]:
        """Printed edges, ndarray (size + 1,), float64, in the axis' unit."""
        import numpy as np

        return np.asarray(self._core.edges())

    @property
    def centers(self) -> NDArray[np.float64]:
        """Bin centres, ndarray (size,), float64."""
        edges = self.edges
        centers: NDArray[np.float64] = (edges[1:] + edges[:-1]) / 2
        return centers

    @property
    def widths(self) -> NDArray[np.float64]:
        """Bin widths, ndarray (size,), float64."""
        edges = self.edges
        widths: NDArray[np.float64] = edges[1:] - edges[:-1]
        return widths

    def index(self, value: Any) -> int:
        """Bin of a value: -1 for underflow, ``size`` for overflow."""
        return self._core.index(value)

    def bin(self, index: int) -> Any:
        """Pair of edges, or the category, of bin ``index`` (negative: from the end)."""
        if index < 0:
            index += self.size
        if not 0 <= index < self.size:
            raise IndexError(f"bin {index} of an axis with {self.size} bins")
        return self._bin(index)

    def _bin(self, index: int) -> Any:
        edges = self.edges
        return float(edges[index]), float(edges[index + 1])

    def __getitem__(self, index: int) -> Any:
        return self.bin(index)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Any]:
        return (self._bin(i) for i in range(self.size))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Axis) and self._core == other._core

    def __hash__(self) -> int:
        return hash((self._core.kind, self.name, self.size))

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return _from_text, (self._core.to_uhi(),)

    def _options(self) -> str:
        titles = "".join(f", {key}={value!r}" for key in ("name", "label", "unit") if (value := getattr(self, key)))
        flow = {} if isinstance(self, StrCategory) else {"underflow": self._core.underflow}
        if not self._core.growth:
            flow["overflow"] = self._core.overflow
        return titles + "".join(f", {key}=False" for key, there in flow.items() if not there)


def _from_text(text: str) -> Axis:
    return Axis._wrap(_core.Axis.from_uhi(text))


class Regular(Axis):
    """Bins of equal width; edge ``i`` is the double nearest to ``lower + i (upper - lower) / bins``.

    Examples
    --------
    >>> import germane as ge
    >>> ge.axis.Regular(4, 0, 2, name="mass", unit="GeV").edges
    array([0. , 0.5, 1. , 1.5, 2. ])
    """

    def __init__(
        self,
        bins: int,
        lower: float,
        upper: float,
        *,
        name: str = "",
        label: str = "",
        unit: str = "",
        underflow: bool = True,
        overflow: bool = True,
    ) -> None:
        core = _core.Axis.regular(bins, lower, upper, name, label, str(unit))
        self._core = core.with_flow(underflow, overflow)

    def __repr__(self) -> str:
        edges = self.edges
        return f"Regular({self.size}, {edges[0]:g}, {edges[-1]:g}{self._options()})"


class Variable(Axis):
    """Bins between strictly increasing edges."""

    def __init__(
        self,
        edges: Iterable[float],
        *,
        name: str = "",
        label: str = "",
        unit: str = "",
        underflow: bool = True,
        overflow: bool = True,
    ) -> None:
        core = _core.Axis.variable([float(edge) for edge in edges], name, label, str(unit))
        self._core = core.with_flow(underflow, overflow)

    def __repr__(self) -> str:
        return f"Variable([{', '.join(f'{edge:g}' for edge in self.edges)}]{self._options()})"


class Integer(Axis):
    """One bin an integer from ``start`` up to ``stop``, excluded."""

    _discrete = True

    def __init__(
        self,
        start: int,
        stop: int,
        *,
        name: str = "",
        label: str = "",
        unit: str = "",
        underflow: bool = True,
        overflow: bool = True,
    ) -> None:
        core = _core.Axis.integer(start, stop, name, label, str(unit))
        self._core = core.with_flow(underflow, overflow)

    def _bin(self, index: int) -> int:
        return int(self.edges[index])

    def __repr__(self) -> str:
        edges = self.edges
        return f"Integer({edges[0]:g}, {edges[-1]:g}{self._options()})"


class StrCategory(Axis):
    """One bin a text; ``growth=True`` adds texts as they come."""

    _discrete = True

    def __init__(
        self,
        categories: Sequence[str],
        *,
        name: str = "",
        label: str = "",
        unit: str = "",
        growth: bool = False,
        overflow: bool = True,
    ) -> None:
        core = _core.Axis.category(list(categories), growth, name, label, str(unit))
        self._core = core.with_flow(False, overflow)

    @property
    def categories(self) -> list[str]:
        """Texts in the order of their bins."""
        return self._core.categories()

    def _bin(self, index: int) -> str:
        return self.categories[index]

    def __repr__(self) -> str:
        growth = ", growth=True" if self._core.growth else ""
        return f"StrCategory({self.categories!r}{self._options()}{growth})"
