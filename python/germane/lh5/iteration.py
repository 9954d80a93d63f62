"""Blocks of rows over files and groups, with entry lists, friends and labels of groups."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from germane import _core
from germane.lh5 import selection
from germane.lh5.reading import as_wanted, options, received, wanted_form

__all__ = ["Blocks", "iterate"]

Nested = str | os.PathLike[str] | Sequence[Any]
SIZES = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def iterate(lh5_files: Nested, groups: str | Sequence[Any], **words: Any) -> Blocks:
    """Iterate over the rows of a table in many files and groups, a block at a time; memory is that of a block.

    Parameters
    ----------
    lh5_files : path-like, or sequence of them or of sequences
        Files with wildcards, ``~`` and ``$VARIABLES``; a sequence inside the sequence is one set of files.
    groups : str, or sequence of str or of sequences
        Objects in the files. A flat sequence holds for all files, a nested one has an item for each set of files.
    words
        Those of `Blocks`.

    Returns
    -------
    Blocks
        To be iterated over as often as one likes.

    Raises
    ------
    FileError, ColumnError, ValueError, TypeError
        As `read`.

    Examples
    --------
    >>> for block in ge.lh5.iterate("run*.lh5", ["ch1/hit", "ch2/hit"], buffer_len=1000):  # doctest: +SKIP
    ...     print(len(block), block["energy"])
    """
    return Blocks(lh5_files, groups, **words)


class Blocks:
    """Blocks of rows of the same table in many files and groups.

    Parameters
    ----------
    lh5_files, groups
        As in `iterate`.
    base_path : path-like
        Folder of relative files.
    entry_list : sequence of int, or of one sequence for each file and group
        Rows that are wanted: numbered through, or counted from the start of each group.
    entry_mask : sequence of bool, or of one sequence for each file and group
    i_start, n_entries : int
        First chosen row, and how many of them.
    field_mask, fields : sequence of str, or mapping of str to bool
        As in `read`.
    group_data : mapping of str to values
        Columns with a value for each group: of the structure of ``groups``, or a value for a set of groups.
    buffer_len : int or str
        Rows of a block, or the memory that it takes about: ``"100*MB"``.
    friend : Blocks or sequence of them
        Tables whose columns stand beside, row by row.
    friend_prefix, friend_suffix : str or sequence of str
        Put around the names of the friends' columns.
    decompress, dtype, wrap, missing, returns, threads
        As in `read`.

    Attributes
    ----------
    current_i_entry : int
        Number of the first row of the last block among the chosen ones.
    current_local_entries, current_global_entries : ndarray (rows,), int64
        Row numbers of the last block, counted in each group, and numbered through.
    current_files, current_groups : ndarray (rows,) of str
        Where the rows of the last block come from.
    """

    def __init__(
        self,
        lh5_files: Nested,
        groups: str | Sequence[Any],
        *,
        base_path: str | os.PathLike[str] = "",
        entry_list: Any = None,
        entry_mask: Any = None,
        i_start: int = 0,
        n_entries: int | None = None,
        field_mask: Any = None,
        fields: Any = None,
        group_data: Any = None,
        buffer_len: int | str = "100*MB",
        friend: Blocks | Sequence[Blocks] | None = None,
        friend_prefix: str | Sequence[str] = "",
        friend_suffix: str | Sequence[str] = "",
        decompress: bool = True,
        dtype: Any = None,
        wrap: bool = False,
        missing: str = "error",
        returns: str = "auto",
        threads: int = 0,
    ) -> None:
        if entry_list is not None and entry_mask is not None:
            raise TypeError("entry_list and entry_mask are two ways to choose the same rows")
        self._form = wanted_form(returns)
        self._first_entry = i_start
        self._datasets = _datasets(lh5_files, groups, os.fspath(base_path), group_data)
        chosen = _entries(entry_list, entry_mask, len(self._datasets), i_start)
        self._rows: list[selection.Rows | None] = [None] if chosen is None else chosen
        self._options = options(
            start_row=i_start if chosen is None else 0,
            n_rows=n_entries,
            rows_fields=(fields, field_mask),
            decompress=decompress,
            dtype=dtype,
            wrap=wrap,
            missing=missing,
            threads=threads,
        )
        self._size = _size(buffer_len)
        friends = [friend] if isinstance(friend, Blocks) else list(friend or [])
        prefixes = [friend_prefix] * len(friends) if isinstance(friend_prefix, str) else list(friend_prefix)
        suffixes = [friend_suffix] * len(friends) if isinstance(friend_suffix, str) else list(friend_suffix)
        self._friends = list(zip(friends, prefixes, suffixes, strict=True))
        self._starts: list[int] = [0]
        self._parts: list[tuple[int, int, int]] = []
        self.current_i_entry = 0

    def _start(self) -> _core.Lh5Blocks:
        writable = self._form in {"lgdo", "np", "pd"}
        blocks = _core.Lh5Blocks(self._datasets, self._rows, self._options, *self._size, writable)
        for friend, prefix, suffix in self._friends:
            blocks.add_friend(friend._start(), prefix, suffix)
        return blocks

    def __iter__(self) -> Iterator[Any]:
        blocks = self._start()
        place = f"{self._datasets[-1][0]}: {self._datasets[-1][1]}"
        dropped = blocks.dropped()
        while (block := blocks.next()) is not None:
            node, first, self._parts, notes, nulls = block
            self.current_i_entry = self._first_entry + first
            yield as_wanted(received(node, place, dropped, notes, nulls, stacklevel=2), self._form)
            dropped = 0

    def __len__(self) -> int:
        """Rows that are chosen, over all blocks."""
        return self._start().rows()

    @property
    def buffer_len(self) -> int:
        """Rows of a block."""
        return self._start().block_rows()

    @property
    def current_local_entries(self) -> NDArray[np.int64]:
        """Row numbers of the last block, each counted from the start of its group."""
        return _joined([np.arange(start, stop) for _, start, stop in self._parts])

    @property
    def current_global_entries(self) -> NDArray[np.int64]:
        """Row numbers of the last block, numbered through all groups."""
        return _joined([np.arange(start, stop) + self._first(group) for group, start, stop in self._parts])

    @property
    def current_files(self) -> NDArray[np.str_]:
        """File of each row of the last block."""
        return self._each(0)

    @property
    def current_groups(self) -> NDArray[np.str_]:
        """Group of each row of the last block."""
        return self._each(1)

    def _each(self, item: int) -> NDArray[np.str_]:
        names = [str(self._datasets[group][item]) for group, _, _ in self._parts]
        return np.repeat(np.array(names, dtype=str), [stop - start for _, start, stop in self._parts])

    def _first(self, group: int) -> int:
        """Rows of all groups before one; asked for once."""
        while len(self._starts) <= group:
            file, name, _ = self._datasets[len(self._starts) - 1]
            self._starts.append(self._starts[-1] + (_core.lh5_rows(file, name) or 0))
        return self._starts[group]

    def __repr__(self) -> str:
        return f"Blocks({len(self._datasets)} groups, {len(self)} rows)"


def _joined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _is_name(value: Any) -> bool:
    return isinstance(value, str | os.PathLike)


def _found(pattern: Any, base: str) -> list[str]:
    """Files of a pattern, sorted; a name without wildcards is kept even if there is no such file."""
    name = os.path.join(base, os.path.expanduser(os.path.expandvars(os.fspath(pattern))))
    if not glob.has_magic(name) or os.path.exists(name):
        return [name]
    files = sorted(glob.glob(name))
    if not files:
        raise FileNotFoundError(f"no file matches {name}")
    return files


def _datasets(files: Nested, groups: Any, base: str, data: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """File, group and labels of all groups, in the order in which rows number through."""
    given: list[Any] = [files] if isinstance(files, str | os.PathLike) else list(files)
    sets = [_found(one, base) if _is_name(one) else [name for part in one for name in _found(part, base)] for one in given]
    flat = isinstance(groups, str) or all(isinstance(one, str) for one in groups)
    if flat:
        names = [[groups] if isinstance(groups, str) else list(groups)] * len(sets)
    else:
        names = [[one] if isinstance(one, str) else list(one) for one in groups]
    if len(names) != len(sets):
        raise ValueError(f"{len(sets)} sets of files and {len(names)} of groups")
    labels = _labels(data, flat, names)
    made = []
    for number, (own_files, own_groups) in enumerate(zip(sets, names, strict=True)):
        for file in own_files:
            made += [(file, group, labels(number, place)) for place, group in enumerate(own_groups)]
    if not made:
        raise ValueError("no files or no groups")
    return made


def _labels(data: Any, flat: bool, names: list[list[str]]) -> Any:
    """Function of set and place that gives the labels of a group."""
    if data is None:
        return lambda number, place: {}
    if hasattr(data, "fields") and not isinstance(data, Mapping):  # awkward
        data = {name: data[name].to_list() for name in data.fields}
    elif hasattr(data, "columns"):  # pandas
        data = {str(name): data[name].tolist() for name in data.columns}
    for name, values in data.items():
        sets = [values] if flat else list(values)
        if not flat and len(sets) != len(names):
            raise ValueError(f"group_data: `{name}` has {len(sets)} sets of values for {len(names)} of groups")
        for own, groups in zip(sets, names, strict=False):
            if not (np.isscalar(own) or len(own) == len(groups)):
                raise ValueError(f"group_data: `{name}` has {len(own)} values for {len(groups)} groups")

    def labels(number: int, place: int) -> dict[str, Any]:
        own = {name: values if flat else values[number] for name, values in data.items()}
        return {str(name): _plain(value if np.isscalar(value) else value[place]) for name, value in own.items()}

    return labels


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _entries(entry_list: Any, entry_mask: Any, groups: int, start: int) -> list[selection.Rows | None] | None:
    """Lists of rows over all groups or for each, from the chosen row `start` on; None: all rows."""
    chosen = entry_list if entry_mask is None else entry_mask
    if chosen is None:
        return None

    def rows(one: Any) -> NDArray[np.int64]:
        return np.sort(np.asarray(one, np.int64)) if entry_mask is None else np.nonzero(one)[0]

    items = chosen if hasattr(chosen, "dtype") else list(chosen)
    if len(items) == 0 or np.ndim(items[0]) == 0:
        return [("list", np.ascontiguousarray(rows(items)[start:], np.int64))]
    if len(items) > groups:
        raise ValueError(f"rows of {len(items)} groups are given, there are {groups}")
    each: list[selection.Rows | None] = []
    for one in [*items, *[[]] * (groups - len(items))]:
        own = rows(one)
        each.append(("list", np.ascontiguousarray(own[min(start, len(own)) :], np.int64)))
        start = max(start - len(own), 0)
    return each


def _size(buffer_len: Any) -> tuple[int | None, int]:
    """Rows of a block or, where they are None, its bytes."""
    if isinstance(buffer_len, int | np.integer):
        if buffer_len < 1:
            raise ValueError("a block has at least one row")
        return int(buffer_len), 0
    if hasattr(buffer_len, "to"):  # pint
        return None, int(buffer_len.to("byte").magnitude)
    found = re.fullmatch(r"\s*([0-9.]+)\s*\*?\s*([kMG]i?|)B\s*", str(buffer_len))
    if found is None:
        raise ValueError(f"buffer_len={buffer_len!r}: a number of rows, or memory as '100*MB'")
    return None, int(float(found[1]) * SIZES[found[2]])
