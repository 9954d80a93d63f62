"""LH5 objects: scalars, arrays, vectors of vectors, encoded waveforms, structs, tables."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from germane import _core
from germane.arrays import unknown
from germane.errors import ColumnError
from germane.lh5 import elements

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from germane.histogram import Histogram

__all__ = ["Array", "Encoded", "Object", "Scalar", "Struct", "Table", "VectorOfVectors"]


class Object:
    """Base of all LH5 objects.

    Parameters
    ----------
    units : str, optional
        Unit of the values; the attribute ``units``.
    attrs : mapping, optional
        Further attributes. ``datatype`` among them is kept as the datatype; ``compression`` and ``hdf5_settings`` say how
        `write` stores the object and never reach the file.
    """

    kind: ClassVar[str]

    def __init__(self, *, units: str | None = None, attrs: Mapping[str, Any] | None = None) -> None:
        self.attrs: dict[str, Any] = dict(attrs or {})
        # The content decides where the caller says nothing; a changed struct asks again.
        self._datatype: str | None = self.attrs.pop("datatype", None)
        if units is not None:
            self.attrs["units"] = units
        # Rows (rows,) that are null, where a file lacks the field and that was allowed.
        self.missing: NDArray[np.bool_] | None = None

    @property
    def datatype(self) -> str:
        """The ``datatype`` of the file, or the one that the content asks for."""
        return self._datatype or self._form()

    @property
    def units(self) -> str | None:
        """The attribute ``units``, None where there is none."""
        units = self.attrs.get("units")
        return None if units is None else str(units)

    def getattrs(self, datatype: bool = False) -> dict[str, Any]:
        """A copy of the attributes, with the datatype where that is asked for."""
        return {"datatype": self.datatype, **self.attrs} if datatype else dict(self.attrs)

    def view_as(self, library: str, with_units: bool = False) -> Any:
        """The object for another library, sharing memory where that library allows.

        Parameters
        ----------
        library : {"np", "ak", "pd", "arrow"}
            NumPy, Awkward (units as parameter), pandas, pyarrow (units as metadata).
        with_units : bool
            Pint quantities for ``np`` and ``pd``, the parameter ``units`` for ``ak``.

        Raises
        ------
        TypeError
            If the library has no form for the object.
        ValueError
            If no such library is known.
        """
        from germane.lh5 import views

        return views.view(self, library, with_units)

    def _form(self) -> str:
        raise NotImplementedError

    def _node(self) -> _core.Lh5Node:
        raise NotImplementedError

    def _attributes(self) -> dict[str, Any]:
        hidden = {"compression", "hdf5_settings", "datatype"}
        return {str(name): _attribute(value) for name, value in self.attrs.items() if name not in hidden}

    def _column(self, name: str) -> _core.Array:
        column = self._node().column(name)
        return column if self.missing is None else column.with_missing(self.missing.view(np.uint8))

    def __arrow_c_schema__(self) -> Any:
        return self._column("").__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return self._column("").__arrow_c_array__(requested_schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and self.getattrs(True) == other.getattrs(True) and self._same(other)

    __hash__ = None  # type: ignore[assignment]

    def _same(self, other: Object) -> bool:
        raise NotImplementedError

    def _shown(self) -> str:
        return f" {self.units}" if self.units else ""


class Scalar(Object):
    """One value: ``real``, ``bool``, ``complex``, ``string`` or ``symbol``.

    Attributes
    ----------
    value : number, bool or str
    """

    kind = "scalar"

    def __init__(self, value: Any, **more: Any) -> None:
        super().__init__(**more)
        self.value = value

    def _form(self) -> str:
        return element_type(np.asarray(self.value))

    def _node(self) -> _core.Lh5Node:
        value = self.value
        texts = isinstance(value, str | bytes)
        values = _core.Lh5Values.texts([value], ()) if texts else elements.to_core(np.asarray(value))
        return _core.Lh5Node("scalar", self.datatype, self._attributes(), values, [], None)

    def _same(self, other: Object) -> bool:
        return isinstance(other, Scalar) and bool(self.value == other.value)

    def __repr__(self) -> str:
        return f"Scalar({self.value!r}{self._shown()})"


class Array(Object):
    """Numbers, conditions or texts of any number of axes; the first is that of the rows.

    Attributes
    ----------
    nda : ndarray (rows, …)
        The values. What `read` gives is read-only and shares the memory of all its views.
    members : dict of str to int, or None
        Names of the values of an enumeration.
    """

    kind = "array"

    def __init__(self, nda: ArrayLike, *, members: Mapping[str, int] | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.nda: NDArray[Any] = np.asarray(nda)
        self.members = None if members is None else dict(members)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.nda.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self.nda.shape

    def _form(self) -> str:
        content = element_type(self.nda)
        if self.members is not None:
            content = "enum{" + ",".join(f"{name}={value}" for name, value in self.members.items()) + "}"
        return f"array<{self.nda.ndim}>{{{content}}}"

    def _node(self) -> _core.Lh5Node:
        values = elements.to_core(self.nda)
        return _core.Lh5Node("array", self.datatype, self._attributes(), values, [], None)

    def _same(self, other: Object) -> bool:
        return isinstance(other, Array) and self.dtype == other.dtype and _equal(self.nda, other.nda)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False and dtype is not None and np.dtype(dtype) != self.dtype:
            raise ValueError(f"the array is {self.dtype}; another type needs a copy")
        return np.array(self.nda, dtype=dtype) if copy else np.asarray(self.nda, dtype=dtype)

    def __len__(self) -> int:
        return len(self.nda)

    def __getitem__(self, index: Any) -> Any:
        return self.nda[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.nda)

    def __repr__(self) -> str:
        values = np.array2string(self.nda, threshold=6, edgeitems=3, separator=", ").replace("\n", "")
        return f"Array({values}, {self.dtype}{self._shown()})"


class VectorOfVectors(Object):
    """Vectors of different lengths: row ``i`` is ``flattened_data[cumulative_length[i - 1]:cumulative_length[i]]``.

    Attributes
    ----------
    flattened_data : Array, VectorOfVectors, Encoded or Table
        All items; itself vectors where the nesting is deeper.
    cumulative_length : Array (rows,) of integers
        Inclusive sums of the lengths.
    """

    kind = "vectors"

    def __init__(self, flattened_data: Any, cumulative_length: Any, **more: Any) -> None:
        super().__init__(**more)
        self.flattened_data: Any = flattened_data if isinstance(flattened_data, Object) else Array(flattened_data)
        self.cumulative_length = cumulative_length if isinstance(cumulative_length, Array) else Array(cumulative_length)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Start of each vector and the end of the last, ``(rows + 1,)``, int64."""
        return np.concatenate([np.zeros(1, np.int64), self.cumulative_length.nda.astype(np.int64)])

    def _form(self) -> str:
        return f"array<1>{{{self.flattened_data.datatype}}}"

    def _node(self) -> _core.Lh5Node:
        sums = elements.to_core(self.cumulative_length.nda)
        members = [("flattened_data", self.flattened_data._node())]
        return _core.Lh5Node("vectors", self.datatype, self._attributes(), sums, members, None)

    def _same(self, other: Object) -> bool:
        if not isinstance(other, VectorOfVectors):
            return False
        return bool(np.array_equal(self.offsets, other.offsets)) and self.flattened_data == other.flattened_data

    def __len__(self) -> int:
        return len(self.cumulative_length)

    def __getitem__(self, index: int) -> Any:
        if not -len(self) <= index < len(self):
            raise IndexError(f"row {index} of {len(self)} vectors")
        sums, row = self.cumulative_length.nda, index % len(self)
        start, stop = 0 if row == 0 else int(sums[row - 1]), int(sums[row])
        inner = self.flattened_data
        return inner[start:stop] if isinstance(inner, Array) else [inner[i] for i in range(start, stop)]

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"VectorOfVectors({len(self)} × {self.datatype}{self._shown()}, of {self.flattened_data!r})"


class Encoded(Object):
    """Waveforms as their codec wrote them.

    Attributes
    ----------
    encoded_data : VectorOfVectors of uint8
        The bytes of each row.
    decoded_size : Array (rows,) or Scalar
        Samples of each row, or of all.
    """

    kind = "encoded"

    def __init__(self, encoded_data: VectorOfVectors, decoded_size: Array | Scalar, **more: Any) -> None:
        super().__init__(**more)
        self.encoded_data, self.decoded_size = encoded_data, decoded_size

    def _form(self) -> str:
        return (
            "array_of_encoded_equalsized_arrays<1,1>{real}"
            if isinstance(self.decoded_size, Scalar)
            else "array<1>{encoded_array<1>{real}}"
        )

    def _node(self) -> _core.Lh5Node:
        members = [("encoded_data", self.encoded_data._node()), ("decoded_size", self.decoded_size._node())]
        return _core.Lh5Node("encoded", self.datatype, self._attributes(), None, members, None)

    def _same(self, other: Object) -> bool:
        if not isinstance(other, Encoded):
            return False
        return self.encoded_data == other.encoded_data and self.decoded_size == other.decoded_size

    def __len__(self) -> int:
        return len(self.encoded_data)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        size = self.decoded_size.value if isinstance(self.decoded_size, Scalar) else self.decoded_size.nda[index]
        return self.encoded_data[index], int(size)

    def __repr__(self) -> str:
        return f"Encoded({len(self)} rows, {self.attrs.get('codec', 'no codec')}{self._shown()})"


class Struct(Object, MutableMapping[str, Any]):
    """Members by name; ``a/b`` reaches into members. Names are also attributes."""

    kind = "struct"

    def __init__(self, members: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(**more)
        self._members: dict[str, Any] = {}
        datatype = self._datatype
        for name, member in (members or {}).items():
            self[str(name)] = member
        self._datatype = datatype

    def _form(self) -> str:
        return f"{self.kind}{{{','.join(sorted(self._members))}}}"

    def _node(self) -> _core.Lh5Node:
        members = [(name, member._node()) for name, member in self._members.items()]
        return _core.Lh5Node(self.kind, self.datatype, self._attributes(), None, members, None)

    def _same(self, other: Object) -> bool:
        return isinstance(other, Struct) and self.kind == other.kind and dict(self.items()) == dict(other.items())

    def __getitem__(self, name: str) -> Any:
        first, _, rest = name.strip("/").partition("/")
        try:
            member = self._members[first]
        except KeyError:
            names = list(self._members)
            refused = unknown("field", first, _core.nearest(first, names), names)
            raise ColumnError(refused.message, refused.exit, refused.errors) from None
        return member[rest] if rest else member

    def __setitem__(self, name: str, member: Any) -> None:
        from germane.lh5.conversion import as_object

        first, _, rest = name.strip("/").partition("/")
        if rest:
            self._members.setdefault(first, type(self)())[rest] = member
        else:
            self._members[first] = as_object(member, column=self.kind == "table")
            self._datatype = None

    def __delitem__(self, name: str) -> None:
        first, _, rest = name.strip("/").partition("/")
        if rest:
            del self[first][rest]
        else:
            self[first]
            del self._members[first]
            self._datatype = None

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        first, _, rest = name.strip("/").partition("/")
        return first in self._members and (not rest or rest in self._members[first])

    def keys(self) -> KeysView[str]:
        """Names of the members."""
        return self._members.keys()

    def values(self) -> ValuesView[Any]:
        """The members."""
        return self._members.values()

    def items(self) -> ItemsView[str, Any]:
        """Names and members."""
        return self._members.items()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._members]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._members)

    def histogram(self) -> Histogram:
        """The histogram of a struct of ``binning``, ``isdensity``, ``weights``.

        Raises
        ------
        FileError
            If it is none, or its axes do not fit its weights.
        """
        from germane.histogram import Histogram

        return Histogram._wrap(self._node().histogram())

    def __repr__(self) -> str:
        lines = "\n".join(f"  {name}: {_indented(member)}" for name, member in self._members.items())
        return f"{self.datatype}\n{lines}"


class Table(Struct):
    """Columns of equal length; its length is that of its columns.

    Parameters
    ----------
    columns : mapping of str to array-like
        Objects, arrays (two axes: a row is an array of equal size), awkward arrays (ragged: vectors), mappings (tables).
    rows : int, optional
        Length of a table without columns.

    Raises
    ------
    ValueError
        If the columns have different lengths.
    """

    kind = "table"

    def __init__(self, columns: Mapping[str, Any] | None = None, *, rows: int | None = None, **more: Any) -> None:
        self._rows = rows
        super().__init__(columns, **more)
        lengths = {name: len(column) for name, column in self._members.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of different lengths: {lengths}")

    def __len__(self) -> int:
        return next((len(column) for column in self._members.values()), self._rows or 0)

    def _node(self) -> _core.Lh5Node:
        columns = [(name, column._node()) for name, column in self._members.items()]
        return _core.Lh5Node("table", self.datatype, self._attributes(), None, columns, len(self))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        columns = [member._column(name) for name, member in self._members.items()]
        return _core.Batch(columns, len(self)).__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"{len(self)} rows, {super().__repr__()}"


def from_node(node: _core.Lh5Node) -> Any:
    """The object of a node that Rust made; arrays share its memory."""
    attrs = {name: value_of(value) for name, value in node.attributes.items()}
    more: dict[str, Any] = {"attrs": attrs}
    if node.datatype is not None:
        attrs["datatype"] = node.datatype
    values = node.values
    members = {name: from_node(member) for name, member in node.members}
    if node.kind == "struct":
        return Struct(members, **more)
    if node.kind == "table":
        return Table(members, rows=node.rows, **more)
    if node.kind == "encoded":
        return Encoded(members["encoded_data"], members["decoded_size"], **more)
    if values is None:
        raise TypeError(f"an object of the kind {node.kind} without values")
    if node.kind == "scalar":
        return Scalar(value_of(values), **more)
    if node.kind == "vectors":
        return VectorOfVectors(members["flattened_data"], Array(elements.from_core(values)), **more)
    return Array(elements.from_core(values), members=dict(values.members) if values.members else None, **more)


def element_type(array: NDArray[Any]) -> str:
    """Name of the elements in a datatype."""
    names = {"b": "bool", "c": "complex", "S": "string", "U": "string", "O": "string", "T": "string", "V": "blob"}
    return names.get(array.dtype.kind, "real")


def value_of(value: Any) -> Any:
    """A NumPy scalar or array of values, a text as it is."""
    if not isinstance(value, _core.Lh5Values):
        return value
    array = elements.from_core(value)
    scalar: Any = array[()] if array.shape == () else array
    return scalar.decode(errors="surrogateescape") if isinstance(scalar, bytes) else scalar


def _attribute(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode()
    array = np.asarray(value)
    return elements.to_core(array.astype(object) if array.dtype.kind == "U" else array)


def _equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return bool(np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"))


def _indented(member: Any) -> str:
    return repr(member).replace("\n", "\n  ")
