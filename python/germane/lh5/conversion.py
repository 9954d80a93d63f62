"""Objects of other libraries as LH5 objects; arrays are shared, not copied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from germane.lh5.objects import Array, Object, Scalar, Struct, Table, VectorOfVectors

__all__ = ["as_object", "from_awkward", "from_pandas"]


def as_object(value: Any, *, column: bool = False) -> Any:
    """LH5 object of anything that has a form in LH5.

    Parameters
    ----------
    value
        An LH5 or lgdo object, a NumPy, Awkward or pandas object, a mapping (columns of a table; a struct where a member has
        no rows), a sequence of numbers or texts, a number, condition or text.
    column : bool
        As a column of a table: a row of an array of two axes is an array of equal size.

    Raises
    ------
    TypeError
        If the value has no form in LH5.
    """
    if isinstance(value, Object):
        return value
    home = {base.__module__.partition(".")[0] for base in type(value).__mro__}
    if "lgdo" in home:
        from germane.lh5.lgdo_objects import from_lgdo

        return from_lgdo(value)
    if "awkward" in home:
        return from_awkward(value, column=column)
    if "pandas" in home:
        return from_pandas(value)
    if isinstance(value, Mapping):
        members = {str(name): as_object(member, column=True) for name, member in value.items()}
        if all(hasattr(member, "__len__") and not _is_struct(member) for member in members.values()):
            return Table(members)
        return Struct({str(name): as_object(member) for name, member in value.items()})
    if isinstance(value, str | bytes) or np.isscalar(value):
        return Scalar(value)
    array = np.asarray(value)
    if array.shape == ():
        return Scalar(array[()])
    return _array(array, None, column=column)


def from_awkward(array: Any, *, column: bool = False) -> Any:
    """Lists become vectors of vectors, records tables, regular lists axes; the parameter ``units`` is kept.

    Raises
    ------
    TypeError
        For missing values, unions and tuples.
    """
    import awkward as ak

    return _from_layout(ak.to_layout(ak.to_packed(array)), column)


def from_pandas(frame: Any) -> Any:
    """Columns of a data frame as a table; a series as an array."""
    if hasattr(frame, "columns"):
        return Table({str(name): from_pandas(frame[name]) for name in frame.columns})
    values = frame.to_numpy()
    if values.dtype.kind == "O" and len(values) and not isinstance(values[0], str | bytes):
        import awkward as ak

        return from_awkward(ak.from_iter(values))
    units = frame.attrs.get("units")
    return _array(values, units.get(frame.name) if isinstance(units, dict) else units, column=True)


def _is_struct(member: Object) -> bool:
    return isinstance(member, Struct) and not isinstance(member, Table)


def _array(values: Any, units: str | None, *, column: bool) -> Array:
    if column and values.ndim == 2:
        content = Array(values)._form().partition("{")[2]
        return Array(values, units=units, attrs={"datatype": f"array_of_equalsized_arrays<1,1>{{{content}"})
    return Array(values, units=units)


def _from_layout(layout: Any, column: bool) -> Any:
    import awkward as ak

    units = layout.parameter("units")
    if layout.parameter("__array__") in {"string", "bytestring"}:
        return Array(np.array(ak.to_list(layout), dtype=object), units=units)
    if layout.is_record and not layout.is_tuple:
        fields = {name: _from_layout(layout.content(name), True) for name in layout.fields}
        return Table(fields, rows=layout.length, units=units)
    if layout.is_numpy or (layout.is_regular and _all_regular(layout)):
        values = np.asarray(ak.to_numpy(layout, allow_missing=False))
        return _array(values, units or _inner_units(layout), column=column)
    if layout.is_list:
        lists = layout.to_ListOffsetArray64(True)
        sums = np.asarray(lists.offsets)[1:]
        items = _from_layout(lists.content[: int(sums[-1]) if len(sums) else 0], False)
        # The unit stands on the vectors, as the peers write it.
        units = units or items.attrs.pop("units", None)
        return VectorOfVectors(items, sums, units=units)
    raise TypeError(f"{layout.form.type}: LH5 has no missing values, unions or tuples")


def _all_regular(layout: Any) -> bool:
    return bool(layout.is_numpy or (layout.is_regular and layout.parameter("__array__") is None and _all_regular(layout.content)))


def _inner_units(layout: Any) -> str | None:
    while not layout.is_numpy:
        layout = layout.content
        if layout.parameter("units") is not None:
            break
    units = layout.parameter("units")
    return None if units is None else str(units)
