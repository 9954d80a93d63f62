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
from germane.lh5.iteration import Blocks, iterate
from germane.lh5.objects import Array, Encoded, Object, Scalar, Struct, Table, VectorOfVectors
from germane.lh5.reading import ls, read, read_as, read_n_rows, show
from germane.lh5.storage import RadwareSigcompress, ULEB128ZigZagDiff
from germane.lh5.writing import concat, write, write_view

__all__ = [
    "Array",
    "Blocks",
    "Encoded",
    "Object",
    "RadwareSigcompress",
    "Scalar",
    "Struct",
    "Table",
    "ULEB128ZigZagDiff",
    "VectorOfVectors",
    "as_object",
    "concat",
    "iterate",
    "ls",
    "read",
    "read_as",
    "read_n_rows",
    "show",
    "write",
    "write_view",
]
