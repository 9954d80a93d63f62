"""LH5 objects for other libraries: NumPy, Awkward, pandas, Arrow; memory is shared where the library allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from germane.lh5.objects import Array, Encoded, Object, Scalar, Struct, Table, VectorOfVectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LIBRARIES", "view"]

LIBRARIES = ("np", "ak", "pd", "arrow")


def view(obj: Object, library: str, with_units: bool = False) -> Any:
    """The object for a library; see `Object.view_as`."""
    if library not in LIBRARIES:
        raise ValueError(f"no library {library!r}: there is {', '.join(map(repr, LIBRARIES))}")
    if isinstance(obj, Scalar):
        return _quantity(obj.value, obj) if with_units else obj.value
    if library == "np":
        return _numpy(obj, with_units)
    if library == "ak":
        import awkward as ak

        return ak.Array(_layout(obj, with_units))
    if library == "pd":
        return _pandas(obj, with_units)
    return _arrow(obj)


def _numpy(obj: Object, with_units: bool) -> Any:
    """Arrays; a dictionary of a struct; vectors as a rectangle in which NaN fills short rows, as lgdo gives it."""
    if isinstance(obj, Struct):
        return {name: view(member, "np", with_units) for name, member in obj.items()}
    if isinstance(obj, Array):
        values = obj.nda
        if obj.missing is not None:
            rows = obj.missing.reshape((-1,) + (1,) * (values.ndim - 1))
            values = np.ma.masked_array(values, mask=np.broadcast_to(rows, values.shape))
        return _quantity(values, obj) if with_units else values
    if isinstance(obj, VectorOfVectors):
        return _quantity(_padded(obj), obj) if with_units else _padded(obj)
    raise TypeError(f"NumPy has no form for {obj.datatype}; read it with decompress=True, or view it as 'ak'")


def _padded(obj: VectorOfVectors) -> NDArray[Any]:
    inner = obj.flattened_data
    items: NDArray[Any] = _padded(inner) if isinstance(inner, VectorOfVectors) else np.asarray(view(inner, "np"))
    lengths = np.diff(obj.offsets)
    longest = int(lengths.max(initial=0))
    filled = np.full((len(obj), longest, *items.shape[1:]), np.nan)
    filled[np.arange(longest) < lengths[:, None]] = items
    return filled


def _quantity(value: Any, obj: Object) -> Any:
    if obj.units is None:
        return value
    from pint import application_registry

    return value * application_registry.Unit(obj.units)


def _layout(obj: Object, with_units: bool) -> Any:
    """Awkward layout with missing rows."""
    import awkward as ak

    content = _full_layout(obj, with_units)
    if obj.missing is None:
        return content
    return ak.contents.ByteMaskedArray(ak.index.Index8(obj.missing.view(np.int8)), content, valid_when=False)


def _full_layout(obj: Object, with_units: bool) -> Any:
    """Awkward layout, buffers shared; vectors need a leading zero before their sums, which are copied."""
    import awkward as ak

    parameters = {"units": obj.units} if with_units and obj.units is not None else None
    content: Any
    if isinstance(obj, Array):
        if obj.dtype.kind == "O":
            content = ak.to_layout(ak.Array(obj.nda.tolist()))
        elif obj.dtype.kind in "SV":
            content = ak.to_layout(ak.from_numpy(obj.nda))
        else:
            content = ak.contents.NumpyArray(obj.nda)
        return ak.with_parameter(content, "units", obj.units, highlevel=False) if parameters else content
    if isinstance(obj, VectorOfVectors):
        offsets = ak.index.Index64(obj.offsets)
        return ak.contents.ListOffsetArray(offsets, _layout(obj.flattened_data, with_units), parameters=parameters)
    if isinstance(obj, Encoded):
        sizes = obj.decoded_size
        each = np.full(len(obj), sizes.value) if isinstance(sizes, Scalar) else sizes.nda
        contents = [_layout(obj.encoded_data, with_units), ak.contents.NumpyArray(each)]
        return ak.contents.RecordArray(contents, ["encoded_data", "decoded_size"], parameters=parameters)
    if isinstance(obj, Table):
        columns = [_layout(column, with_units) for column in obj.values()]
        return ak.contents.RecordArray(columns, list(obj), length=len(obj), parameters=parameters)
    raise TypeError(f"Awkward has no form for {obj.datatype}")


def _pandas(obj: Object, with_units: bool) -> Any:
    """Columns by name, those of tables in it as ``table_column``; ragged ones as Arrow lists."""
    import pandas as pd

    if isinstance(obj, Table):
        columns = dict(_series(obj, "", with_units))
        frame = pd.DataFrame(columns, copy=False)
        # A frame forgets what its series say.
        frame.attrs["units"] = {name: series.attrs["units"] for name, series in columns.items() if "units" in series.attrs}
        return frame
    if isinstance(obj, Struct):
        raise TypeError(f"pandas has no form for {obj.datatype}")
    return dict(_series(Table({"": obj}), "", with_units))[""]


def _series(table: Table, prefix: str, with_units: bool) -> Any:
    import pandas as pd

    for name, column in table.items():
        if isinstance(column, Table):
            yield from _series(column, f"{prefix}{name}_", with_units)
            continue
        if isinstance(column, Array) and column.nda.ndim == 1 and column.missing is None:
            series = pd.Series(column.nda, copy=False)
        else:
            series = pd.Series(pd.arrays.ArrowExtensionArray(_arrow(column)))
        if column.units is not None:
            series.attrs["units"] = column.units
            if with_units:
                series = series.astype(f"pint[{column.units}]")
        yield f"{prefix}{name}", series


def _arrow(obj: Object) -> Any:
    """A ``pyarrow.Table`` of a table, else a ``pyarrow.Array``; units are field metadata."""
    import pyarrow as pa

    if isinstance(obj, Struct) and not isinstance(obj, Table):
        raise TypeError(f"Arrow has no form for {obj.datatype}")
    return pa.table(obj) if isinstance(obj, Table) else pa.array(obj)
