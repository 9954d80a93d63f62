"""LH5 files: reading, writing and iterating what LEGEND stores in HDF5.

Names and arguments are those of ``lh5`` (legend-lh5io), so that scripts move over line by line; where lgdo is installed its
objects come and go.

Examples
--------
>>> import numpy as np
>>> import germane as ge
>>> t = ge.lh5.Table({"energy": ge.lh5.Array([1.5, 2.5], units="keV"), "hits": np.array([3, 4])})
>>> t["energy"].units, t.datatype, len(t)
('keV', 'table{energy,hits}', 2)
"""

from __future__ import annotations

from germane.lh5.conversion import as_object
from germane.lh5.objects import Array, Encoded, Object, Scalar, Struct, Table, VectorOfVectors

__all__ = [
    "Array",
    "Encoded",
    "Object",
    "Scalar",
    "Struct",
    "Table",
    "VectorOfVectors",
    "as_object",
]
