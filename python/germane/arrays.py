"""Columns with values: views for NumPy, Awkward, Arrow and Polars that share the memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from germane import _core
from germane.errors import CategoryError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Array", "Arrays"]


class Array:
    """Values of one column.

    Attributes
    ----------
    name, unit, doc : str
        ``unit`` is empty where nobody declared one.
    dtype : str
        Type of the values, e.g. ``list<float64>``.
    """

    def __init__(self, core: _core.Array) -> None:
        self._core = core

    @property
    def name(self) -> str:
        """Name of the column."""
        return self._core.name

    @property
    def unit(self) -> str:
        """Unit, empty where nobody declared one."""
        return self._core.unit or ""

    @property
    def doc(self) -> str:
        """Free text from the file."""
        return self._core.doc

    @property
    def dtype(self) -> str:
        """Type of the values, e.g. ``list<float64>``."""
        return self._core.dtype

    @property
    def nbytes(self) -> int:
        """Bytes of all buffers."""
        return self._core.nbytes

    def __len__(self) -> int:
        return len(self._core)

    def to_numpy(self) -> NDArray[Any]:
        """Flat values as an ndarray ``(len,)`` that shares the memory; read-only.

        Missing numbers make a copy in which they are NaN. Conditions are unpacked, texts become objects.

        Raises
        ------
        TypeError
            For ragged columns and structures; ``to_awkward()`` takes them.
        """
        import numpy as np

        core = self._core
        valid = self._valid()
        if core.kind == "number":
            values: NDArray[Any] = np.asarray(core.values())
            return values if valid is None else np.asarray(np.where(valid, values, np.nan))
        if core.kind == "bool":
            bits = np.unpackbits(np.asarray(core.values()), count=len(self), bitorder="little").astype(bool)
            if valid is None:
                return bits
            return np.array([bool(bit) if there else None for bit, there in zip(bits, valid, strict=True)], dtype=object)
        if core.kind in {"text", "bytes"}:
            return np.array(self.to_list(), dtype=object)
        if core.kind == "fixed_list" and valid is None:
            items = Array(_present(core.items())).to_numpy()
            return items.reshape(len(self), core.size or 0, *items.shape[1:])
        raise TypeError(f"column `{self.name}` is {self.dtype}: to_awkward() or to_arrow() take what is not flat")

    @property
    def ragged(self) -> bool:
        """Whether entries hold lists of different lengths."""
        return self._core.kind == "list"

    def to_masked(self) -> Any:
        """Flat numbers as a ``numpy.ma.MaskedArray`` that shares the memory; missing ones are masked."""
        import numpy as np

        valid = self._valid()
        if valid is None or self._core.kind != "number":
            return self.to_numpy()
        return np.ma.masked_array(np.asarray(self._core.values()), mask=~valid)

    def _valid(self) -> NDArray[np.bool_] | None:
        import numpy as np

        bits = self._core.validity()
        return None if bits is None else np.unpackbits(np.asarray(bits), count=len(self), bitorder="little").astype(bool)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        import numpy as np

        values = self.to_numpy()
        if copy is False and dtype is not None and np.dtype(dtype) != values.dtype:
            raise ValueError(f"column `{self.name}` is {values.dtype}; another type needs a copy")
        return np.array(values, dtype=dtype) if copy else np.asarray(values, dtype=dtype)

    def to_awkward(self) -> Any:
        """An ``ak.Array`` that shares values and offsets."""
        import awkward as ak

        return ak.Array(_content(self._core))

    def to_arrow(self) -> Any:
        """A ``pyarrow.Array`` that shares all buffers."""
        import pyarrow as pa

        return pa.array(self)

    def to_list(self) -> list[Any]:
        """Python values; missing ones are None."""
        result: list[Any] = self._core.to_list()
        return result

    def __arrow_c_schema__(self) -> Any:
        return self._core.__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self._core.__arrow_c_array__(requested_schema)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            if step != 1:
                raise IndexError("slices of a column have no step; to_numpy() or to_awkward() take one")
            return Array(self._core.slice(start, max(start, stop)))
        if not -len(self) <= index < len(self):
            raise IndexError(f"entry {index} of a column with {len(self)} entries")
        index %= len(self)
        return Array(self._core.slice(index, index + 1)).to_list()[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_list())

    def __repr__(self) -> str:
        shown = [self._core.text(i) for i in range(min(5, len(self)))]
        more = ", …" if len(self) > 5 else ""
        unit = f" {self.unit}" if self.unit else ""
        return f"<{self.name or 'column'}: {len(self)} × {self.dtype}{unit} [{', '.join(shown)}{more}]>"


class Arrays(Mapping[str, Array]):
    """Columns of one length, by name; a table for everything that speaks Arrow's PyCapsule interface."""

    def __init__(self, columns: Mapping[str, Array], rows: int) -> None:
        self._columns = dict(columns)
        self._rows = rows

    @property
    def rows(self) -> int:
        """Number of entries."""
        return self._rows

    def __getitem__(self, name: str) -> Array:
        try:
            return self._columns[name]
        except KeyError:
            near = _core.nearest(name, list(self._columns))
            raise unknown("column", name, near, list(self._columns)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def to_numpy(self) -> dict[str, NDArray[Any]]:
        """One ndarray a column, flat columns sharing the memory."""
        return {name: array.to_numpy() for name, array in self._columns.items()}

    def to_awkward(self) -> Any:
        """An ``ak.Array`` of records that shares values and offsets."""
        import awkward as ak

        contents = [_content(array._core) for array in self._columns.values()]
        return ak.Array(ak.contents.RecordArray(contents, list(self._columns), length=self._rows))

    def to_arrow(self) -> Any:
        """A ``pyarrow.Table`` that shares all buffers; units are field metadata."""
        import pyarrow as pa

        return pa.table(self)

    def _batch(self) -> _core.Batch:
        return _core.Batch([array._core for array in self._columns.values()], self._rows)

    def __arrow_c_schema__(self) -> Any:
        return self._batch().__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self._batch().__arrow_c_array__(requested_schema)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._batch().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        lines = [f"{self._rows} entries, {len(self)} columns"]
        lines += [f"  {array!r}" for array in self._columns.values()]
        return "\n".join(lines)


def unknown(what: str, name: str, nearest: str | None, candidates: list[str]) -> CategoryError:
    """Error for a name that something does not have."""
    known = ", ".join(f"`{c}`" for c in candidates[:8]) + (f" and {len(candidates) - 8} more" if len(candidates) > 8 else "")
    advice = f"did you mean `{nearest}`?" if nearest else f"there is {known}" if known else "there is none"
    entry = {"code": "name", "message": f"no {what} `{name}`", "nearest": nearest, "advice": advice}
    hint = f" {advice}" + (f" ({known})" if nearest else "")
    return CategoryError(f"no {what} `{name}`:{hint}", 6, [entry])


def _present(core: _core.Array | None) -> _core.Array:
    if core is None:
        raise TypeError("a column without items")
    return core


def _content(core: _core.Array) -> Any:
    """Awkward layout of a column, buffers shared."""
    import awkward as ak
    import numpy as np

    content: Any
    kind = core.kind
    if kind == "number":
        content = ak.contents.NumpyArray(np.asarray(core.values()))
    elif kind == "bool":
        # Awkward holds a byte a condition, Arrow a bit: the one kind that is copied.
        bits = np.unpackbits(np.asarray(core.values()), count=len(core), bitorder="little")
        content = ak.contents.NumpyArray(bits.view(bool))
    elif kind in {"text", "bytes"}:
        names = ("string", "char") if kind == "text" else ("bytestring", "byte")
        letters = ak.contents.NumpyArray(np.asarray(core.values()), parameters={"__array__": names[1]})
        content = ak.contents.ListOffsetArray(
            ak.index.Index64(np.asarray(core.offsets())), letters, parameters={"__array__": names[0]}
        )
    elif kind == "list":
        content = ak.contents.ListOffsetArray(ak.index.Index64(np.asarray(core.offsets())), _content(_present(core.items())))
    elif kind == "fixed_list":
        content = ak.contents.RegularArray(_content(_present(core.items())), core.size or 0, zeros_length=len(core))
    else:
        names_of = core.fields()
        content = ak.contents.RecordArray([_content(core.field(name)) for name in names_of], names_of, length=len(core))
    validity = core.validity()
    if validity is None:
        return content
    mask = ak.index.IndexU8(np.asarray(validity))
    return ak.contents.BitMaskedArray.simplified(mask, content, valid_when=True, length=len(core), lsb_order=True)
