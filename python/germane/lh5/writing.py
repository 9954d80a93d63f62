"""Writing LH5: new objects, rows at the end, rows in place, new columns."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any

from germane import _core
from germane.errors import GermaneWarning
from germane.lh5 import selection, storage
from germane.lh5.conversion import as_object
from germane.lh5.reading import file_names

__all__ = ["concat", "write", "write_view"]

MODES = {
    "w": "write_safe",
    "a": "append",
    "o": "overwrite",
    "of": "overwrite_file",
    "ac": "append_column",
}


def write(
    obj: Any,
    name: str,
    lh5_file: str | os.PathLike[str] | Any,
    group: str = "/",
    start_row: int = 0,
    n_rows: int | None = None,
    wo_mode: str = "append",
    write_start: int = 0,
    page_buffer: int = 0,
    *,
    mode: str | None = None,
    hdf5_settings: dict[str, dict[str, Any]] | None = None,
    threads: int = 0,
    **settings: Any,
) -> None:
    """Write an object into an LH5 file.

    Parameters
    ----------
    obj
        An LH5 object or one of lgdo; arrays of NumPy, lists of Awkward, data frames; a mapping of columns.
    name, group : str
        Where it comes to lie; folders on the way are made, and their ``struct{…}`` is extended.
    lh5_file : path-like or h5py.File
        Made where it is absent.
    start_row, n_rows : int
        Rows of ``obj`` that are written.
    wo_mode, mode : str
        ``write_safe`` w: only what is not there. ``append`` a: rows at the end; scalars are replaced. ``overwrite`` o: from the
        row ``write_start`` of the file; a table loses the fields that the new one has not. ``overwrite_file`` of: a new file.
        ``append_column`` ac: new columns of the same length.
    write_start : int
        First row in the file that is overwritten.
    page_buffer : int
        Of the peer; without effect.
    hdf5_settings : dict of str to dict
        Settings of single fields, by path inside ``obj``: ``{"waveform/values": {"compression": "zstd"}}``.
    threads : int
        0: all cores.
    settings
        ``compression``, ``compression_opts``, ``shuffle``, ``fletcher32``, ``chunks``: as in `h5py.Group.create_dataset`; also
        codecs of waveforms. What objects carry in their attributes ``compression`` and ``hdf5_settings`` wins.

    Raises
    ------
    FileError
        The object is there (w), has another type or shape, or lacks what is appended to; a file that cannot be written.
    TypeError
        Values without a form in LH5, settings that are not known.
    ValueError
        A mode or compression that is not known.

    Examples
    --------
    >>> ge.lh5.write({"energy": energies}, "hit", "out.lh5", mode="w", compression="zstd")  # doctest: +SKIP
    """
    del page_buffer
    written = _mode(wo_mode if mode is None else mode)
    given = as_object(obj)
    fields = storage.storage_of(given)
    fields += [(path.strip("/"), storage.settings(words)) for path, words in (hdf5_settings or {}).items()]
    _core.lh5_write(
        given._node(),
        name,
        file_names(lh5_file)[0][0],
        group,
        written,
        start_row,
        n_rows,
        write_start,
        storage.settings(settings),
        fields,
        threads,
    )


def write_view(
    target: str,
    entries: Any,
    name: str,
    lh5_file: str | os.PathLike[str] | Any,
    external_file: str | os.PathLike[str] | None = None,
    group: str = "/",
    wo_mode: str = "write_safe",
) -> None:
    """Write a view: chosen rows of an object, read as if they were an object.

    Parameters
    ----------
    target : str
        Path of the object, in this file or in ``external_file``.
    entries : array-like
        Increasing row numbers ``(n,)`` or half-open ranges ``(n, 2)``.
    name, group, lh5_file
        Where the view comes to lie, as in `write`.
    external_file : path-like, optional
        The file of the target, named from the folder of this one.
    wo_mode : {"write_safe", "overwrite_file"}

    Raises
    ------
    FileError
        An object of that name is there.
    ValueError
        Rows that do not increase.
    """
    mode = _mode(wo_mode)
    if mode not in {"write_safe", "overwrite_file"}:
        raise ValueError(f"a view is written in the modes write_safe (w) and overwrite_file (of), not {mode}")
    chosen = selection.rows(entries, lambda: None)
    if chosen is None or chosen[0] == "mask":
        raise ValueError("rows of a view are a list or ranges")
    external = None if external_file is None else os.fspath(external_file)
    _core.lh5_write_view(target, [chosen], name, file_names(lh5_file)[0][0], group, external, mode == "overwrite_file")


def concat(
    lh5_files: Any,
    output: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    include_list: Sequence[str] | None = None,
    exclude_list: Sequence[str] | None = None,
    threads: int = 0,
) -> dict[str, int]:
    """Put the tables, arrays and vectors of files together in a new file, rows one after the other.

    Parameters
    ----------
    lh5_files : sequence of path-like
        Files that agree in fields, types and dimensions of units.
    output : path-like
    overwrite : bool
        Replace a file of that name.
    include_list, exclude_list : sequence of str
        Patterns of the paths that are taken and left out; ``*`` also stands for ``/``.
    threads : int
        0: all cores.

    Returns
    -------
    dict of str to int
        Objects with their rows.

    Raises
    ------
    FileExistsError
        The output is there and may not be replaced.
    FileError
        Files that are missing, damaged or do not agree; nothing is written then.
    """
    target = os.fspath(output)
    if os.path.exists(target) and not overwrite:
        raise FileExistsError(f"{target} is there; replace it with overwrite=True")
    objects, notes = _core.lh5_concat(file_names(lh5_files)[0], target, include_list or [], exclude_list or [], threads)
    for note in notes:
        warnings.warn(note, GermaneWarning, stacklevel=2)
    return dict(objects)


def _mode(mode: str) -> str:
    """A mode in full."""
    known = mode.strip().lower()
    known = MODES.get(known, known)
    if known not in MODES.values():
        names = ", ".join(f"{long} ({short})" for short, long in MODES.items())
        raise ValueError(f"no mode {mode!r}: there is {names}")
    return known
