"""NumPy arrays and values of LH5, without copying where the memory allows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from germane import _core

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["from_core", "to_core"]


def from_core(values: _core.Lh5Values) -> NDArray[Any]:
    """Array of some values: it shares their memory; texts of any length become objects."""
    if values.kind == "texts":
        texts = np.empty(values.shape, dtype=object)
        texts.reshape(-1)[:] = values.to_texts()
        return texts
    if values.kind == "lists":
        starts, items = values.to_lists()
        offsets, content = np.asarray(starts), from_core(items)
        lists = np.empty(values.shape, dtype=object)
        for i, (start, stop) in enumerate(itertools.pairwise(offsets)):
            lists.reshape(-1)[i] = content[start:stop]
        return lists
    raw: NDArray[Any] = np.asarray(values)
    if raw.dtype.kind != "V":
        return raw
    dtype = np.dtype(values.dtype())
    # A small array in the place of an element adds its axes.
    whole: NDArray[Any] = raw.view(dtype.base)
    return whole.reshape((*values.shape, *dtype.shape))


def to_core(array: NDArray[Any]) -> _core.Lh5Values:
    """Values of an array: the very same where it shows read-only values as a whole, else a copy of the bytes.

    Raises
    ------
    TypeError
        For elements that LH5 cannot hold.
    """
    held = _held(array)
    if held is not None:
        return held
    if array.dtype.kind == "O":
        flat = array.reshape(-1).tolist()
        if all(isinstance(text, str | bytes) for text in flat):
            return _core.Lh5Values.texts(flat, array.shape)
        raise TypeError("an array of objects: LH5 holds numbers, conditions and texts; awkward arrays hold lists")
    if array.dtype.kind == "T":
        return _core.Lh5Values.texts(array.reshape(-1).tolist(), array.shape)
    if array.dtype.kind == "U":
        array = np.char.encode(array, "utf-8")
    if array.dtype.kind in "mM":
        raise TypeError(f"{array.dtype}: LH5 has no times; give numbers with units")
    native = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")).reshape(array.shape)
    if native.dtype.itemsize == 0:
        native = native.astype(f"{native.dtype.kind}1")
    raw = native.reshape(-1).view(np.uint8) if native.size else np.empty(0, np.uint8)
    try:
        return _core.Lh5Values.fixed(raw, _description(native.dtype), native.shape)
    except ValueError as refused:
        raise TypeError(str(refused)) from None


def _held(array: NDArray[Any]) -> _core.Lh5Values | None:
    """The values that an array shows as a whole and cannot change."""
    base: Any = array.base
    while isinstance(base, np.ndarray):
        base = base.base
    if not isinstance(base, _core.Lh5Values) or array.flags.writeable or not array.flags.c_contiguous:
        return None
    whole = from_core(base)
    same = whole.ctypes.data == array.ctypes.data and whole.dtype == array.dtype and whole.shape == array.shape
    return base if same and not whole.flags.writeable else None


def _description(dtype: Any) -> Any:
    """Code, ``(dtype, shape)`` or dictionary of fields: what `numpy.dtype` takes, of native byte order."""
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return (_description(base), shape)
    if not dtype.names:
        return dtype.str
    names = list(dtype.names)
    parts = [dtype.fields[name] for name in names]
    formats, offsets = [_description(part[0]) for part in parts], [part[1] for part in parts]
    return {"names": names, "formats": formats, "offsets": offsets, "itemsize": dtype.itemsize}
