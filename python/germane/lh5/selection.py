"""Which rows to read: slices, lists, ranges and masks in the forms that NumPy and the peers know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["fields", "per_file", "rows"]

Rows = tuple[str, "NDArray[Any]"]


def rows(wanted: Any, total: Callable[[], int | None]) -> Rows | None:
    """Kind and numbers of a selection: ``("list", (n,))``, ``("ranges", (n, 2))`` or ``("mask", (n,))``.

    Parameters
    ----------
    wanted : None, slice, range, or array-like
        Increasing row numbers ``(n,)``, half-open ranges ``(n, 2)``, a condition a row ``(n,)``, or one row number.
    total : callable
        Number of rows of the object; asked only for slices that count from the end.

    Raises
    ------
    ValueError
        For another shape, and for slices that run backwards.
    TypeError
        For numbers that are no integers.
    """
    if wanted is None:
        return None
    if isinstance(wanted, slice):
        return _slice(wanted, total)
    chosen = np.asarray(wanted)
    if chosen.size == 0:
        return ("list", np.empty(0, np.int64))
    if chosen.ndim == 0:
        chosen = chosen.reshape(1)
    if chosen.dtype.kind == "b" and chosen.ndim == 1:
        return ("mask", np.ascontiguousarray(chosen).view(np.uint8))
    if chosen.dtype.kind not in "iu":
        raise TypeError(f"rows are integers or conditions, not {chosen.dtype}")
    if chosen.dtype.kind == "u" and np.any(chosen > np.iinfo(np.int64).max):
        raise ValueError("a row number above 2**63")
    if chosen.ndim == 1:
        return ("list", np.ascontiguousarray(chosen, np.int64))
    if chosen.ndim == 2 and chosen.shape[1] == 2:
        return ("ranges", np.ascontiguousarray(chosen, np.int64))
    raise ValueError(f"rows of the shape {chosen.shape}: row numbers (n,), ranges (n, 2) or a mask (n,)")


def _slice(wanted: slice, total: Callable[[], int | None]) -> Rows | None:
    start, stop, step = wanted.start, wanted.stop, 1 if wanted.step is None else wanted.step
    if step < 1:
        raise ValueError("rows are read in their order: the step of a slice is positive")
    if wanted == slice(None):
        return None
    if stop is None or stop < 0 or (start or 0) < 0:
        count = total()
        if count is None:
            raise ValueError("an object without rows has no slices")
        start, stop, step = wanted.indices(count)
    start, stop = start or 0, max(stop, start or 0)
    if step == 1:
        return ("ranges", np.array([[start, stop]], np.int64)) if stop > start else ("list", np.empty(0, np.int64))
    return ("list", np.arange(start, stop, step, dtype=np.int64))


def per_file(wanted: Any, files: int) -> list[Any] | None:
    """Selections of each file where a sequence holds one a file, as the peers tell them apart; else None."""
    if not isinstance(wanted, Sequence) or isinstance(wanted, str | range) or len(wanted) != files:
        return None
    return None if all(np.isscalar(one) for one in wanted) else list(wanted)


def fields(wanted: Any) -> list[tuple[str, bool]] | None:
    """Names with whether they are wanted; the first one decides about those that are not named.

    Parameters
    ----------
    wanted : None, sequence of str, or mapping of str to bool
        A list: only these. A mapping that begins with False: all but these. ``a/b`` reaches into tables.
    """
    if wanted is None:
        return None
    if isinstance(wanted, str):
        raise TypeError(f"fields are a list or a mapping: [{wanted!r}]")
    if isinstance(wanted, Mapping):
        return [(str(name), bool(chosen)) for name, chosen in wanted.items()]
    return [(str(name), True) for name in wanted]
