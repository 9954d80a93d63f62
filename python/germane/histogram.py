"""Histograms: exact sums, UHI indexing, the plotting protocol."""

from __future__ import annotations

import enum
import json
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsFloat

from germane import _core
from germane._core import Buffer as _Buffer
from germane._core import Histogram as _CoreHistogram
from germane.arrays import Array, unknown
from germane.axis import Axis, StrCategory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Histogram", "Kind", "WeightedSum"]


class Kind(enum.StrEnum):
    """What a cell holds, in the words of the plotting protocol."""

    COUNT = "COUNT"
    MEAN = "MEAN"


class WeightedSum(NamedTuple):
    """Cell of a histogram of storage ``Weight``."""

    value: float
    variance: float


class Histogram:
    """Counts or sums of weights in bins; sums are exact, so their order never matters.

    Parameters
    ----------
    *axes : Axis, or one object that is a histogram in the sense of UHI
    storage : {"Double", "Weight"}
        ``Weight`` keeps the sum of squared weights too.

    Examples
    --------
    >>> import germane as ge
    >>> h = ge.Histogram(ge.axis.Regular(3, 0, 3, name="x"))
    >>> h.fill([0.5, 1.5, 1.7]).values()
    array([1., 2., 0.])
    """

    _core: _CoreHistogram

    def __init__(self, *axes: Any, storage: str = "Double") -> None:
        if len(axes) == 1 and not isinstance(axes[0], Axis):
            if not hasattr(axes[0], "_to_uhi_"):
                raise TypeError(f"{type(axes[0]).__name__} is neither an axis nor a histogram")
            self._core = Histogram._from_uhi_(axes[0]._to_uhi_())._core
            return
        self._core = _core.Histogram([axis._core for axis in axes], storage)

    @staticmethod
    def _wrap(core: _CoreHistogram) -> Histogram:
        histogram = Histogram.__new__(Histogram)
        histogram._core = core
        return histogram

    # -- what is inside ------------------------------------------------------------------------------------------

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Axes in order."""
        return tuple(Axis._wrap(core) for core in self._core.axes())

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._core.axes())

    @property
    def shape(self) -> tuple[int, ...]:
        """Bins along each axis, without flow."""
        return tuple(axis.size for axis in self.axes)

    @property
    def size(self) -> int:
        """Number of cells, flow included."""
        size = 1
        for axis in self.axes:
            size *= axis.extent
        return size

    @property
    def kind(self) -> Kind:
        """``COUNT``: cells are counts or sums of weights."""
        return Kind.COUNT

    @property
    def storage(self) -> str:
        """``Double`` or ``Weight``."""
        return self._core.storage

    @property
    def entries(self) -> int:
        """Number of fills."""
        return self._core.entries

    @property
    def nan(self) -> int:
        """Fills with a NaN value; they are in the overflow slot."""
        return self._core.nan

    def _shaped(self, buffer: _Buffer, flow: bool) -> NDArray[np.float64]:
        import numpy as np

        shape = tuple(axis.extent if flow else axis.size for axis in self.axes)
        return np.asarray(buffer).reshape(shape)

    def values(self, flow: bool = False) -> NDArray[np.float64]:
        """Sums of weights, float64, one dimension an axis."""
        return self._shaped(self._core.values(flow), flow)

    def variances(self, flow: bool = False) -> NDArray[np.float64] | None:
        """Sums of squared weights; None for ``Double`` filled with weights, where they are unknown."""
        buffer = self._core.variances(flow)
        return None if buffer is None else self._shaped(buffer, flow)

    def counts(self, flow: bool = False) -> NDArray[np.float64] | None:
        """Effective number of entries, (sum w)^2 / sum w^2; None where variances are unknown."""
        buffer = self._core.counts(flow)
        return None if buffer is None else self._shaped(buffer, flow)

    def sum(self, flow: bool = False) -> float:
        """Sum of all cells, rounded once."""
        return self._core.sum(flow)

    def to_numpy(self, flow: bool = False) -> tuple[NDArray[np.float64], ...]:
        """Values, then the edges of each axis, as ``numpy.histogramdd`` gives them."""
        import numpy as np

        def edges(axis: Axis) -> NDArray[np.float64]:
            return np.concatenate([[-np.inf], axis.edges, [np.inf]]) if flow and axis.extent > axis.size else axis.edges

        return (self.values(flow), *(edges(axis) for axis in self.axes))

    # -- filling -------------------------------------------------------------------------------------------------

    def fill(self, *columns: Any, weight: Any = None, **named: Any) -> Histogram:
        """Add entries and return the histogram.

        Parameters
        ----------
        *columns, **named : array-like (n,) or a number
            One an axis, in order or by the axes' names: ndarray, ``Array``, Awkward (ragged ones are flattened), Arrow,
            Polars, list. A single value stands for every entry.
        weight : array-like (n,) or a number, optional
            NaN is refused.

        Raises
        ------
        ValueError
            If lengths differ, or an axis gets no column or two.
        """
        axes = self.axes
        given: list[Any] = [*columns]
        names = [axis.name for axis in axes]
        if named:
            for name in named:
                if name not in names:
                    raise unknown("axis", name, _core.nearest(name, names), names)
            if columns:
                raise ValueError("columns are given in order or by name, not both")
            missing = [name for name in names if name not in named]
            if missing:
                raise ValueError(f"no column for axis {', '.join(f'`{name}`' for name in missing)}")
            given = [named[name] for name in names]
        if len(given) != len(axes):
            raise ValueError(f"{len(axes)} axes take {len(axes)} columns, not {len(given)}")
        prepared = [
            _texts(column) if isinstance(axis, StrCategory) else _numbers(column)
            for axis, column in zip(axes, given, strict=True)
        ]
        self._core.fill(*_aligned(prepared, None if weight is None else _numbers(weight)))
        return self

    # -- UHI indexing --------------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Any:
        """Cell, slice, projection or rebinned histogram, as UHI defines it.

        Integers, ``loc`` or imaginary numbers (``60j``: the bin that holds 60), texts on category axes,
        ``underflow``, ``overflow``; slices of these with step ``sum`` or ``rebin(n)``; a dict by axis name or number.

        Raises
        ------
        IndexError
            Out of range, or a category that does not exist (with the nearest name).
        """
        picks = [_pick(axis, pick) for axis, pick in zip(self.axes, self._picks(index), strict=True)]
        found = self._core.index(picks)
        if isinstance(found, _core.Histogram):
            return Histogram._wrap(found)
        return found[0] if self.storage == "Double" else WeightedSum(*found)

    def _picks(self, index: Any) -> list[Any]:
        axes = self.axes
        everything = slice(None)
        if isinstance(index, Mapping):
            picks = [everything] * len(axes)
            seen: set[int] = set()
            for key, pick in index.items():
                where = self._axis_number(key)
                if where in seen:
                    raise IndexError(f"axis {where} is named twice")
                seen.add(where)
                picks[where] = pick
            return picks
        given = list(index) if isinstance(index, tuple) else [index]
        if any(pick is Ellipsis for pick in given):
            where = next(i for i, pick in enumerate(given) if pick is Ellipsis)
            given[where : where + 1] = [everything] * (len(axes) - len(given) + 1)
        if len(given) != len(axes):
            raise IndexError(f"{len(axes)} axes take {len(axes)} indices, not {len(given)}")
        return given

    def _axis_number(self, key: int | str) -> int:
        axes = self.axes
        if isinstance(key, str):
            names = [axis.name for axis in axes]
            if key in names:
                return names.index(key)
            raise unknown("axis", key, _core.nearest(key, names), names)
        if not -len(axes) <= key < len(axes):
            raise IndexError(f"axis {key} of a histogram with {len(axes)} axes")
        return key % len(axes)

    def project(self, *axes: int | str) -> Histogram:
        """Sum over all other axes, flow included; the kept ones stay in their order."""
        kept = {self._axis_number(axis) for axis in axes}
        whole, summed = ("slice", None, None, None), ("slice", None, None, ("sum",))
        found = self._core.index([whole if i in kept else summed for i in range(self.ndim)])
        if isinstance(found, _core.Histogram):
            return Histogram._wrap(found)
        raise ValueError("a projection keeps at least one axis")

    # -- arithmetic ----------------------------------------------------------------------------------------------

    def __add__(self, other: Histogram) -> Histogram:
        if not isinstance(other, Histogram):
            return NotImplemented
        total = self.copy()
        total._core.merge(other._core)
        return total

    def __radd__(self, other: Any) -> Histogram:
        # sum([h1, h2]) begins with 0
        return self.copy() if other == 0 and not isinstance(other, Histogram) else NotImplemented

    def __mul__(self, factor: object) -> Histogram:
        if not isinstance(factor, SupportsFloat):
            return NotImplemented
        scaled = self.copy()
        scaled._core.scale(float(factor))
        return scaled

    __rmul__ = __mul__

    def __truediv__(self, factor: object) -> Histogram:
        return self * (1 / float(factor)) if isinstance(factor, SupportsFloat) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self._core == other._core

    __hash__ = None  # type: ignore[assignment]

    def copy(self) -> Histogram:
        """A histogram of its own with the same content."""
        return Histogram._wrap(self._core.copy())

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Histogram:
        return self.copy()

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return _unpacked, (self.axes, self.storage, self._core.pack())

    # -- exchange ------------------------------------------------------------------------------------------------

    def _to_uhi_(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._core.to_uhi())
        return document

    @staticmethod
    def _from_uhi_(document: Mapping[str, Any]) -> Histogram:
        return Histogram._wrap(_core.Histogram.from_uhi(json.dumps(document, default=_plain)))

    # -- looks ---------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        axes = ",\n  ".join(map(repr, self.axes))
        return f"Histogram(\n  {axes},\n  storage={self.storage!r}) # {self.entries} entries, sum {self.sum(flow=True):g}"

    def __str__(self) -> str:
        if self.ndim != 1:
            return repr(self)
        axis, values = self.axes[0], self.values()
        top = max(values.max(initial=0.0), 1e-300)
        lines = [repr(self)]
        for label, value in zip(axis, values, strict=True):
            shown = label if isinstance(label, str) else f"[{label[0]:g}, {label[1]:g})" if isinstance(label, tuple) else label
            lines.append(f"{shown!s:>16} {value:>12g} {'█' * round(40 * max(value, 0) / top)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        if self.ndim != 1:
            return f"<pre>{escape(repr(self))}</pre>"
        values = self.values()
        top, n = max(values.max(initial=0.0), 1e-300), len(values)
        bars = "".join(
            f'<rect x="{240 * i / n:.2f}" y="{80 - 76 * max(v, 0) / top:.2f}" width="{240 / n:.2f}"'
            f' height="{76 * max(v, 0) / top:.2f}" fill="currentColor" fill-opacity="0.6"/>'
            for i, v in enumerate(values)
        )
        picture = f'<svg width="240" height="82" viewBox="0 0 240 82">{bars}<path d="M0 80.5H240" stroke="currentColor"/></svg>'
        return f"{picture}<pre>{escape(repr(self))}</pre>"


def _unpacked(axes: tuple[Axis, ...], storage: str, data: bytes) -> Histogram:
    return Histogram._wrap(_core.Histogram.unpack([axis._core for axis in axes], storage, data))


def _plain(value: Any) -> Any:
    """Ndarrays and numpy numbers in a UHI document of a peer."""
    return value.tolist() if hasattr(value, "tolist") else list(value)


def _numbers(column: Any) -> Any:
    """One-dimensional f64, or a number; a masked array where values are missing."""
    import numpy as np

    if hasattr(column, "layout"):  # awkward
        column = _flat(column)
    elif isinstance(column, Array):
        column = _flat(column.to_awkward()) if column.ragged else column.to_masked()
    elif hasattr(column, "is_null"):  # pyarrow, polars
        column = np.ma.masked_array(np.asarray(column, dtype=np.float64), mask=np.asarray(column.is_null()))
    values = np.ma.asanyarray(column) if isinstance(column, np.ma.MaskedArray) else np.asarray(column)
    if np.iscomplexobj(values):
        raise TypeError("complex numbers have no order: fill their real part or modulus")
    return values.ravel().astype(np.float64, copy=False) if values.ndim else values.astype(np.float64)


def _flat(column: Any) -> Any:
    """Awkward values one by one; missing items of lists are dropped, missing entries masked."""
    import awkward as ak

    return ak.to_numpy(column, allow_missing=True) if column.ndim == 1 else ak.to_numpy(ak.flatten(column, axis=None))


def _texts(column: Any) -> list[str] | str:
    return column if isinstance(column, str) else [str(text) for text in column]


def _aligned(columns: list[Any], weights: Any) -> tuple[list[Any], Any]:
    """Columns of one length, single values repeated, entries with a missing value left out."""
    import numpy as np

    every = [*columns, *([] if weights is None else [weights])]
    lengths = {len(column) for column in every if not _single(column)}
    if len(lengths) > 1:
        raise ValueError(f"columns of different lengths: {', '.join(map(str, sorted(lengths)))}")
    length = lengths.pop() if lengths else 1
    keep = np.ones(length, dtype=bool)
    for column in every:
        if isinstance(column, np.ma.MaskedArray):
            keep &= ~np.ma.getmaskarray(column)

    def whole(column: Any) -> Any:
        if isinstance(column, list):
            return column if keep.all() else [text for text, kept in zip(column, keep, strict=True) if kept]
        if isinstance(column, str):
            return [column] * int(keep.sum())
        if _single(column):
            return np.full(int(keep.sum()), column, dtype=np.float64)
        return np.ascontiguousarray(column if keep.all() else np.asarray(column)[keep])

    return [whole(column) for column in columns], None if weights is None else whole(weights)


def _single(column: Any) -> bool:
    return isinstance(column, str) or getattr(column, "ndim", 1) == 0


def _pick(axis: Axis, pick: Any) -> tuple[Any, ...]:
    """One index in the form that the extension takes: a place, a slice, or picked categories.

    Places: ``("bin", i)`` from the end if negative, ``("at", i)`` raw, ``("underflow", k)``, ``("overflow", k)``,
    ``("loc", x, k)``, ``("label", text, k)``.
    """
    if isinstance(pick, slice):
        return ("slice", _end(axis, pick.start), _end(axis, pick.stop), _step(axis, pick.step))
    if isinstance(pick, list | tuple) or (hasattr(pick, "tolist") and getattr(pick, "ndim", 0) == 1):
        return ("pick", [_place(axis, item) for item in pick])
    return _place(axis, pick)


def _place(axis: Axis, pick: Any) -> tuple[Any, ...]:
    if isinstance(pick, bool):
        raise IndexError(f"a condition is no index of axis `{axis.name}`")
    if isinstance(pick, complex):
        return ("loc", pick.imag, _whole(pick.real))
    if isinstance(pick, str):
        return ("label", pick, 0)
    if callable(pick):
        flow = type(pick).__name__.strip("_").lower()
        return (flow, pick.offset) if flow in {"underflow", "overflow"} else ("at", int(pick(axis)))
    try:
        return ("bin", operator.index(pick))
    except TypeError:
        raise IndexError(f"{pick!r} is no index of axis `{axis.name}`: a value is written {pick}j or loc({pick})") from None


def _end(axis: Axis, end: Any) -> tuple[Any, ...] | None:
    if end is None:
        return None
    return ("overflow", 0) if end is len else _place(axis, end)


def _step(axis: Axis, step: Any) -> tuple[Any, ...] | None:
    if step is None:
        return None
    if step is sum:
        return ("sum",)
    if isinstance(step, complex):
        return ("rebin", _whole(step.imag))
    for name, attribute in (("rebin", "factor"), ("groups", "groups"), ("edges", "edges")):
        if getattr(step, attribute, None) is not None:
            value = getattr(step, attribute)
            return (name, int(value) if name == "rebin" else [float(v) if name == "edges" else int(v) for v in value])
    raise IndexError(f"step {step!r} of axis `{axis.name}`: write sum or rebin(n)")


def _whole(number: float) -> int:
    if number != int(number):
        raise IndexError(f"{number} is no whole number of bins")
    return int(number)
