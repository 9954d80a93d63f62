"""Words of the UHI index language: ``h[loc(0.5)]``, ``h[underflow]``, ``h[::sum]``, ``h[::rebin(2)]``.

Those of boost-histogram and hist are understood too.
"""

from __future__ import annotations

from builtins import sum
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from germane.axis import Axis

__all__ = ["at", "loc", "overflow", "rebin", "sum", "underflow"]


class Locator:
    """A bin that is found when the axis is known; an integer added to it moves it by bins."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset

    def _moved(self, offset: int) -> Locator:
        moved = type(self).__new__(type(self))
        moved.__dict__.update(self.__dict__, offset=self.offset + offset)
        return moved

    def __add__(self, offset: int) -> Locator:
        return self._moved(offset)

    def __sub__(self, offset: int) -> Locator:
        return self._moved(-offset)

    def __call__(self, axis: Axis) -> int:
        """Bin number on this axis; -1 is underflow, the number of bins overflow."""
        raise NotImplementedError


class loc(Locator):  # noqa: N801 the name in UHI
    """The bin that holds a value."""

    def __init__(self, value: Any, offset: int = 0) -> None:
        super().__init__(offset)
        self.value = value

    def __call__(self, axis: Axis) -> int:
        """Bin number of the value."""
        return axis.index(self.value) + self.offset

    def __repr__(self) -> str:
        return f"loc({self.value!r})"


class _Underflow(Locator):
    def __call__(self, axis: Axis) -> int:
        return -1 + self.offset

    def __repr__(self) -> str:
        return "underflow"


class _Overflow(Locator):
    def __call__(self, axis: Axis) -> int:
        return len(axis) + self.offset

    def __repr__(self) -> str:
        return "overflow"


underflow = _Underflow()
overflow = _Overflow()


class at:  # noqa: N801 the name in UHI
    """A bin by its number as it is: -1 is underflow."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __call__(self, axis: Axis) -> int:
        """The number itself."""
        return self.value

    def __repr__(self) -> str:
        return f"at({self.value})"


class rebin:  # noqa: N801 the name in UHI
    """Step of a slice that joins neighbouring bins: a number of them, groups of several lengths, or new edges."""

    def __init__(
        self, factor: int | None = None, *, groups: Sequence[int] | None = None, edges: Sequence[float] | None = None
    ) -> None:
        if (factor is None) + (groups is None) + (edges is None) != 2:
            raise ValueError("rebin takes a number of bins, groups= or edges=")
        if isinstance(factor, bool) or (factor is not None and factor < 1):
            raise ValueError(f"rebin takes a positive number of bins, not {factor!r}")
        self.factor, self.groups, self.edges = factor, groups, edges

    def __repr__(self) -> str:
        given = {"groups": self.groups, "edges": self.edges}
        named = ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)
        return f"rebin({named or self.factor})"
