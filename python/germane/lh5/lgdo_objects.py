"""LH5 objects as those of lgdo (legend-pydataobj) and back; arrays are shared, not copied."""

from __future__ import annotations

from typing import Any

import numpy as np

from germane.lh5.objects import Array, Encoded, Object, Scalar, Struct, Table, VectorOfVectors

__all__ = ["from_lgdo", "to_lgdo"]


def to_lgdo(obj: Object) -> Any:
    """The object of lgdo that its reader would make; what lgdo has no class for becomes the nearest one.

    Texts of any length are bytes, as in lgdo. Raises `TypeError` where lgdo has nothing near.
    """
    import lgdo

    attrs = dict(obj.attrs)
    if obj.missing is not None and not (isinstance(obj, Array) and obj.dtype.kind in "fc"):
        raise TypeError(f"lgdo has no null for {obj.datatype} but NaN; returns='germane', 'ak' and 'arrow' have")
    if isinstance(obj, Scalar):
        value = obj.value.encode("utf-8", "surrogateescape") if isinstance(obj.value, str) else obj.value
        return _made(lgdo.Scalar, obj, attrs, value)
    if isinstance(obj, Array):
        return _array(obj, attrs)
    if isinstance(obj, VectorOfVectors):
        inner, sums = to_lgdo(obj.flattened_data), obj.cumulative_length.nda
        if not isinstance(inner, lgdo.Array | lgdo.VectorOfVectors):
            raise TypeError(f"lgdo has no vectors of {type(inner).__name__}; returns='germane' has")
        return _made(lgdo.VectorOfVectors, obj, attrs, flattened_data=inner, cumulative_length=sums)
    if isinstance(obj, Encoded):
        same_size = isinstance(obj.decoded_size, Scalar)
        kind = lgdo.ArrayOfEncodedEqualSizedArrays if same_size else lgdo.VectorOfEncodedVectors
        return _made(kind, obj, attrs, encoded_data=to_lgdo(obj.encoded_data), decoded_size=to_lgdo(obj.decoded_size))
    if isinstance(obj, Struct):
        return _struct(obj, attrs)
    raise TypeError(f"lgdo has no class for {type(obj).__name__}")


def from_lgdo(obj: Any) -> Any:
    """The LH5 object of one of lgdo: the rows in use, without the room that lgdo keeps behind them."""
    import lgdo

    attrs = dict(obj.attrs)
    if isinstance(obj, lgdo.Scalar):
        return Scalar(obj.value, attrs=attrs)
    if isinstance(obj, lgdo.Array):
        return Array(obj.nda, attrs=attrs)
    if isinstance(obj, lgdo.VectorOfVectors):
        sums = np.asarray(obj.cumulative_length.nda)
        items = _first(from_lgdo(obj.flattened_data), int(sums[-1]) if len(sums) else 0)
        return VectorOfVectors(items, sums, attrs=attrs)
    if isinstance(obj, lgdo.VectorOfEncodedVectors | lgdo.ArrayOfEncodedEqualSizedArrays):
        return Encoded(from_lgdo(obj.encoded_data), from_lgdo(obj.decoded_size), attrs=attrs)
    if isinstance(obj, lgdo.Table):
        rows = len(obj) if obj.size is not None else 0
        return Table({name: from_lgdo(column) for name, column in obj.items()}, rows=rows, attrs=attrs)
    if isinstance(obj, lgdo.Struct):
        return Struct({str(name): from_lgdo(member) for name, member in obj.items()}, attrs=attrs)
    raise TypeError(f"no LH5 object for lgdo's {type(obj).__name__}")


def _made(kind: Any, obj: Object, attrs: dict[str, Any], *values: Any, **named: Any) -> Any:
    """An object of a class of lgdo; a datatype that lgdo does not write itself is set afterwards, past its check."""
    made = kind(*values, **named, attrs=attrs)
    made.attrs = {"datatype": obj.datatype.strip(), **attrs}
    return made


def _array(obj: Array, attrs: dict[str, Any]) -> Any:
    import lgdo

    nda, datatype = obj.nda, obj.datatype.strip()
    if nda.dtype.kind == "O":
        raw = np.empty(nda.shape, dtype=np.dtype("O", metadata={"vlen": str}))
        raw.reshape(-1)[:] = [text.encode("utf-8", "surrogateescape") for text in nda.reshape(-1)]
        nda = raw
    if datatype.startswith("array_of_equalsized_arrays<"):
        dims = datatype.partition("<")[2].partition(">")[0].split(",")
        return _made(lgdo.ArrayOfEqualSizedArrays, obj, attrs, dims=tuple(int(n) for n in dims), nda=nda)
    if datatype.startswith("fixedsize_array<"):
        return _made(lgdo.FixedSizeArray, obj, attrs, nda)
    if datatype.endswith("{detectorid}") and nda.dtype == np.uint32:
        return _made(lgdo.ArrayOfDetectorIDs, obj, attrs, nda)
    return _made(lgdo.Array, obj, attrs, nda)


def _struct(obj: Struct, attrs: dict[str, Any]) -> Any:
    import lgdo

    members = {name: to_lgdo(member) for name, member in obj.items()}
    encoded = (lgdo.VectorOfEncodedVectors, lgdo.ArrayOfEncodedEqualSizedArrays)
    waveform = (lgdo.ArrayOfEqualSizedArrays, lgdo.VectorOfVectors, *encoded)
    if isinstance(obj, Table):
        made: Any
        if members.keys() == {"t0", "dt", "values"} and isinstance(members["values"], waveform):
            made = lgdo.WaveformTable(t0=members["t0"], dt=members["dt"], values=members["values"], attrs=attrs)
        else:
            made = lgdo.Table(col_dict=members, attrs=attrs)
        made.size = len(obj)
        return made
    if members.keys() == {"binning", "isdensity", "weights"}:
        return _histogram(obj, members, attrs)
    return lgdo.Struct(members, attrs=attrs)


def _histogram(obj: Struct, members: dict[str, Any], attrs: dict[str, Any]) -> Any:
    import lgdo

    axes = []
    for _, axis in sorted(members["binning"].items(), key=lambda item: int(item[0].rpartition("_")[2])):
        edges = axis["binedges"]
        ranged = [edges[name].value for name in ("first", "last", "step")] if isinstance(edges, lgdo.Struct) else [None] * 3
        made = lgdo.Histogram.Axis(None if isinstance(edges, lgdo.Struct) else edges, *ranged, axis["closedleft"].value)
        made.attrs, made["binedges"].attrs = dict(axis.attrs), dict(edges.attrs)
        axes.append(made)
    made = lgdo.Histogram(members["weights"], axes, members["isdensity"].value, attrs=attrs)
    made["isdensity"].attrs = dict(members["isdensity"].attrs)
    return made


def _first(obj: Any, rows: int) -> Any:
    """The first rows of an array or of vectors."""
    if len(obj) == rows:
        return obj
    attrs = obj.getattrs(datatype=True)
    if isinstance(obj, VectorOfVectors):
        sums = obj.cumulative_length.nda[:rows]
        return VectorOfVectors(_first(obj.flattened_data, int(sums[-1]) if len(sums) else 0), sums, attrs=attrs)
    return Array(obj.nda[:rows], attrs=attrs)
