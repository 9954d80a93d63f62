"""Reading LH5: rows and fields of one object from one or several files; what a file holds."""

from __future__ import annotations

import fnmatch
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from germane import _core
from germane.errors import GermaneWarning
from germane.lh5 import selection, views
from germane.lh5.objects import Object, from_node, value_of

__all__ = ["ls", "read", "read_as", "read_n_rows", "show"]

RETURNS = ("auto", "lgdo", "germane", *views.LIBRARIES)


def read(
    name: str,
    lh5_file: Any,
    start_row: int = 0,
    n_rows: int | None = None,
    idx: Any = None,
    use_h5idx: bool = False,
    field_mask: Mapping[str, bool] | Sequence[str] | None = None,
    obj_buf: None = None,
    obj_buf_start: int = 0,
    decompress: bool = True,
    locking: bool = False,
    *,
    rows: Any = None,
    fields: Mapping[str, bool] | Sequence[str] | None = None,
    dtype: Any = None,
    wrap: bool = False,
    missing: str = "error",
    returns: str = "auto",
    threads: int = 0,
) -> Any:
    """Read one object, or the same object of several files, rows numbered through.

    Parameters
    ----------
    name : str
        Path of the object in the file.
    lh5_file : path-like, h5py.File, or sequence of them
        One file or several; they agree in fields and types, and values in another unit are converted to the first file's.
    start_row, n_rows : int
        Rows from ``start_row`` on, at most ``n_rows`` of them; after ``rows`` has chosen.
    rows, idx : slice, range, or array-like
        Increasing row numbers ``(n,)``, half-open ranges ``(n, 2)`` or a mask ``(n,)``; one a file in a sequence as long as
        that of the files. Rows past the end are left out with a warning. ``idx`` is the peer's name.
    fields, field_mask : sequence of str, or mapping of str to bool
        A sequence: only these. A mapping: its first value is the opposite of what the fields have that it does not name.
        ``a/b`` reaches into tables. ``field_mask`` is the peer's name.
    decompress : bool
        Decode encoded waveforms; else they come as their codec wrote them.
    dtype : dtype-like
        Type of decoded samples: u2, i2, i4 (default), u4, f4, f8, …
    wrap : bool
        Samples outside ``dtype`` wrap around instead of being an error.
    missing : {"error", "null"}
        A field that later files lack: an error, or NaN where values can say so.
    returns : {"auto", "lgdo", "germane", "np", "ak", "pd", "arrow"}
        ``auto``: objects of lgdo where that is installed, else ours. lgdo, NumPy and pandas get memory that may be changed.
    threads : int
        0: all cores.
    use_h5idx, obj_buf, obj_buf_start, locking
        Of the peer; without effect. A buffer is refused: the result is always new.

    Returns
    -------
    object of lgdo, `Object`, dict of ndarray, ndarray, ak.Array, DataFrame, pyarrow.Table

    Raises
    ------
    FileError
        A file or object that is missing or damaged, with file, object, byte; files that disagree, with both names.
    ColumnError
        A field that does not exist, with the nearest name.
    ValueError, TypeError
        A selection that does not increase, or of another shape or type.

    Examples
    --------
    >>> ge.lh5.read("ch1/raw/energy", "run.lh5", rows=[3, 8, 13], returns="np")  # doctest: +SKIP
    """
    del use_h5idx, obj_buf_start, locking
    if obj_buf is not None:
        raise TypeError("obj_buf: the result is always new; leave the buffer out")
    files, several = file_names(lh5_file)
    form = wanted_form(returns)
    found = _core.lh5_read(
        files,
        name,
        _rows(name, files, several, _one_of("rows", rows, "idx", idx)),
        options(start_row, n_rows, (fields, field_mask), decompress, dtype, wrap, missing, threads),
        form in {"lgdo", "np", "pd"},
    )
    node, dropped, notes, nulls = found
    return as_wanted(received(node, f"{files[-1]}: {name}", dropped, notes, nulls, stacklevel=3), form)


def read_as(name: str, lh5_file: Any, library: str, *, with_units: bool = False, **options: Any) -> Any:
    """Read an object straight into another library.

    Parameters
    ----------
    library : {"np", "ak", "pd", "arrow"}
    with_units : bool
        As in `Object.view_as`.
    options
        Those of `read`.
    """
    if library not in views.LIBRARIES:
        raise ValueError(f"no library {library!r}: there is {', '.join(map(repr, views.LIBRARIES))}")
    kind = "germane" if with_units or library in {"ak", "arrow"} else library
    found = read(name, lh5_file, returns=kind, **options)
    return found.view_as(library, with_units) if isinstance(found, Object) else found


def read_n_rows(name: str, h5f: Any) -> int | None:
    """Rows of an object on disk; None of scalars and structs.

    Raises
    ------
    FileError
        A file or object that is missing or damaged.
    """
    return _core.lh5_rows(file_names(h5f)[0][0], name)


def ls(lh5_file: Any, lh5_group: str = "", recursive: bool = False) -> list[str]:
    """Paths of the objects in a file, or in a group of it.

    Parameters
    ----------
    lh5_group : str
        A pattern with ``*``, ``?``, ``[…]`` in each part; ``group/`` lists the members of the group.
    recursive : bool
        Members of members, too.
    """
    tree = _core.Lh5Tree(file_names(lh5_file)[0][0])
    return _matching(tree, "/", lh5_group.lstrip("/") or "*", recursive)


def show(
    lh5_file: Any,
    lh5_group: str = "/",
    attrs: bool = False,
    indent: str = "",
    header: bool = True,
    depth: int | None = None,
    detail: bool = False,
) -> None:
    """Print the tree of a file with datatypes and units.

    Parameters
    ----------
    attrs : bool
        Attributes, too.
    indent : str
        Put before each line.
    header : bool
        Print the name of the group first.
    depth : int, optional
        Levels of groups.
    detail : bool
        How datasets are stored: type, shape, chunks, filters.
    """
    tree = _core.Lh5Tree(file_names(lh5_file)[0][0])
    lines = [lh5_group] if header else []
    lines += _branches(tree, lh5_group, indent, attrs, depth, detail)
    print("\n".join(lines))


def _matching(tree: _core.Lh5Tree, group: str, pattern: str, recursive: bool) -> list[str]:
    first, slash, rest = pattern.partition("/")
    found: list[str] = []
    for member in tree.members(group) or []:
        if not fnmatch.fnmatchcase(member.name, first or "*"):
            continue
        inside = f"{group.rstrip('/')}/{member.name}"
        if slash:
            found += [f"{member.name}/{path}" for path in (_matching(tree, inside, rest, recursive) if member.group else [])]
        else:
            found.append(member.name)
            if recursive and member.group:
                found += [f"{member.name}/{path}" for path in _matching(tree, inside, "*", True)]
    return found


def _branches(tree: _core.Lh5Tree, group: str, indent: str, attrs: bool, depth: int | None, detail: bool) -> list[str]:
    if depth is not None and depth <= 0:
        return []
    members = tree.members(group) or []
    lines = [] if members else [f"{indent}└── empty"]
    for member in members:
        last = member is members[-1]
        inside = indent + ("    " if last else "│   ")
        text = f"{indent}{'└──' if last else '├──'} {member.name} "
        if member.target is not None:
            lines.append(f"{text}-> {member.target}")
            continue
        units = value_of(member.attributes.get("units"))
        more = {name: value_of(value) for name, value in member.attributes.items()} if attrs else {}
        text += f"· {member.datatype or ('folder' if member.group else 'no datatype')}"
        lines.append(text + (f" · {units}" if units else "") + (f" ── {more}" if more else ""))
        if member.group:
            deeper = None if depth is None else depth - 1
            lines += _branches(tree, f"{group.rstrip('/')}/{member.name}", inside, attrs, deeper, detail)
        elif detail:
            shape = "scalar" if member.shape == [] else f"shape {tuple(member.shape or ())}"
            chunks = f"chunks {tuple(member.chunks)}" if member.chunks else member.layout
            filters = ", ".join(member.filters) or "no filters"
            lines.append(f"{inside}{member.dtype}, {shape}, {chunks}, {filters}")
    return lines


def wanted_form(returns: str) -> str:
    """The argument ``returns`` without ``auto``."""
    if returns not in RETURNS:
        raise ValueError(f"returns={returns!r}: there is {', '.join(map(repr, RETURNS))}")
    if returns != "auto":
        return returns
    return "lgdo" if find_spec("lgdo") is not None else "germane"


def options(
    start_row: int,
    n_rows: int | None,
    rows_fields: tuple[Any, Any],
    decompress: bool,
    dtype: Any,
    wrap: bool,
    missing: str,
    threads: int,
) -> dict[str, Any]:
    """What Rust is asked besides rows."""
    if missing not in {"error", "null"}:
        raise ValueError(f"missing={missing!r}: there is 'error', 'null'")
    if start_row < 0 or (n_rows is not None and n_rows < 0):
        raise ValueError("rows count from 0")
    return {
        "start_row": int(start_row),
        "n_rows": None if n_rows is None or n_rows >= np.iinfo(np.int64).max else int(n_rows),
        "fields": selection.fields(_one_of("fields", rows_fields[0], "field_mask", rows_fields[1])),
        "decompress": decompress,
        "dtype": None if dtype is None else np.dtype(dtype).str,
        "wrap": wrap,
        "missing_is_null": missing == "null",
        "threads": threads,
    }


def received(
    node: _core.Lh5Node, place: str, dropped: int, notes: list[str], nulls: list[tuple[str, int, int]], *, stacklevel: int
) -> Any:
    """The object of a node, with its nulls; warns of rows that are not there and of conversions."""
    if dropped:
        warnings.warn(f"{place}: {dropped} rows past the end are left out", GermaneWarning, stacklevel=stacklevel)
    for note in notes:
        warnings.warn(f"{place}: {note}", GermaneWarning, stacklevel=stacklevel)
    obj = from_node(node)
    for path, start, stop in nulls:
        column = obj[path]
        if column.missing is None:
            column.missing = np.zeros(len(column), bool)
        column.missing[start:stop] = True
    return obj


def as_wanted(obj: Any, form: str) -> Any:
    """An object in the form of the argument ``returns``."""
    if form == "germane":
        return obj
    if form == "lgdo":
        from germane.lh5.lgdo_objects import to_lgdo

        return to_lgdo(obj)
    return views.view(obj, form, with_units=form == "ak")


def file_names(files: Any) -> tuple[list[str], bool]:
    """Names of one file or several, and whether a sequence was given."""
    if isinstance(files, str | os.PathLike):
        return [os.fspath(files)], False
    if hasattr(files, "filename"):  # h5py.File
        return [str(files.filename)], False
    if isinstance(files, Iterable):
        return [name for file in files for name in file_names(file)[0]], True
    raise TypeError(f"a file is a path or an h5py.File, not {type(files).__name__}")


def _one_of(ours: str, own: Any, theirs: str, peer: Any) -> Any:
    if own is not None and peer is not None:
        raise TypeError(f"{ours} and {theirs} are two names of one argument")
    return peer if own is None else own


def _rows(name: str, files: list[str], several: bool, wanted: Any) -> list[selection.Rows | None]:
    """One selection over all files, or one a file."""
    each = selection.per_file(wanted, len(files)) if several else None
    if each is None:
        return [selection.rows(wanted, lambda: sum(read_n_rows(name, file) or 0 for file in files))]
    return [selection.rows(one, partial(read_n_rows, name, file)) for one, file in zip(each, files, strict=True)]
