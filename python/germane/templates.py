"""The numbers that a binned model is made of, by name, and derivatives by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Templates"]


class Templates(Mapping[tuple[str, ...], "NDArray[np.float64]"]):
    """One number for each number of a model: themselves, or derivatives by them.

    Keys are ``(channel, "data")``, ``(channel, sample, "nominal")``, ``(channel, sample, modifier, "hi")`` and ``"lo"`` (one
    number for a normsys, one a bin for a histosys), ``(channel, sample, modifier, "uncertainty")`` (of a staterror or shapesys).
    Where a normsys and a histosys of one sample share a name, those of the normsys are ``"hi (factor)"`` and ``"lo (factor)"``.

    Attributes
    ----------
    flat : ndarray (n,), float64
        All of them; the arrays by name are views of it.
    """

    def __init__(self, flat: NDArray[np.float64], layout: list[tuple[str, str | None, str | None, str, int, int]]) -> None:
        self.flat = flat
        self._layout = layout
        self._places: dict[tuple[str, ...], slice] = {}
        for *names, kind, start, stop in layout:
            key = (*(str(name) for name in names if name is not None), str(kind))
            # A modifier may be a normsys and a histosys of one sample.
            place = slice(start, stop)
            if key in self._places:
                key = (*key[:-1], f"{kind} (factor)")
            self._places[key] = place

    def __getitem__(self, key: tuple[str, ...]) -> NDArray[np.float64]:
        return self.flat[self._places[key]]

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def like(self, flat: Any) -> Templates:
        """Return other numbers under the same names."""
        import numpy as np

        return Templates(np.asarray(flat, dtype=np.float64), self._layout)

    def __repr__(self) -> str:
        return "\n".join(f"{' / '.join(key)}: {self[key]}" for key in self)
