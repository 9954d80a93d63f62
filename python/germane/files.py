"""Files and the lazy tables in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from germane import _core
from germane.arrays import Array, Arrays
from germane.histogram import Histogram
from germane.lazy import Column

__all__ = ["File", "Table", "open", "write_root"]


def open(path: str | os.PathLike[str]) -> Any:
    """Open a file: headers are read, values when they are asked for.

    Parameters
    ----------
    path : path-like
        A file, or ``FILE:OBJECT`` (the longest existing file name wins).

    Returns
    -------
    File, or the Table or Histogram of ``FILE:OBJECT``

    Raises
    ------
    FileError
        If the file is missing, damaged, or of no known format.

    Examples
    --------
    >>> events = ge.open("uproot-Zmumu.root")["events"]  # doctest: +SKIP
    >>> events.define(mass="(p4(px1, py1, pz1, E1) + p4(px2, py2, pz2, E2)).mass")["mass"]  # doctest: +SKIP
    """
    text = os.fspath(path)
    name = text
    while not os.path.exists(name) and ":" in name:
        name = name.rpartition(":")[0]
    if name != text and os.path.exists(name):
        return File(_core.open(name))[text[len(name) + 1 :]]
    return File(_core.open(text))


def write_root(
    path: str | os.PathLike[str],
    histograms: Mapping[str, Any],
    *,
    compression: str | None = None,
    level: int = 1,
    single: bool = False,
) -> None:
    """Write histograms into a new ROOT file, which gets its name when it is whole.

    The same histograms give the same bytes. Counts are written without sums of squares, weights with them; slots for flow that
    a histogram does not have are empty.

    Parameters
    ----------
    path : path-like
        A file of this name is replaced.
    histograms : mapping
        Histograms of up to three axes (ours or any in the sense of UHI) by their paths, as ``"folder/name"``.
    compression : {"zlib", "lz4", "zstd", "xz"}, optional
        None leaves records as they are.
    level : int
        How much is done to make them short, from 1 on.
    single : bool
        Contents as 32-bit numbers (TH1F, TH2F, TH3F); sums of squares stay.

    Raises
    ------
    FileError
        For paths and axes that ROOT cannot have, and for a file that cannot be written.

    Examples
    --------
    >>> import germane as ge
    >>> mass = ge.Histogram(ge.axis.Regular(3, 60, 120, name="mass")).fill([91.2, 88.0])
    >>> ge.write_root("z.root", {"SR/mass": mass})  # doctest: +SKIP
    """
    cores = [(name, (h if isinstance(h, Histogram) else Histogram(h))._core) for name, h in histograms.items()]
    _core.write_root(os.fspath(path), cores, None if compression is None else (compression, level), single)


class File(Mapping[str, Any]):
    """A file of tables and histograms, by name."""

    def __init__(self, core: _core.File) -> None:
        self._core = core

    @property
    def path(self) -> str:
        """Where it lies."""
        return self._core.path

    def __getitem__(self, name: str) -> Any:
        found = self._core.get(name)
        return Table(found) if isinstance(found, _core.Table) else Histogram._wrap(found)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _, _, _ in self._core.objects()))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(name == key for key in self)

    def show(self) -> None:
        """Print the objects with their types and sizes."""
        print(self)

    def __repr__(self) -> str:
        lines = [self.path]
        for name, kind, title, entries in self._core.objects():
            size = "" if entries is None else f", {entries} entries"
            lines.append(f"  {name}: {kind}{size}{f' ({title})' if title else ''}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return open, (self.path,)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)


class Table:
    """A lazy table: columns of a file and definitions on them.

    Nothing is read until values are asked for, and then only the columns that are needed.
    """

    def __init__(self, core: _core.Table) -> None:
        self._core = core

    @property
    def name(self) -> str:
        """Name in the file."""
        return self._core.name

    @property
    def columns(self) -> list[str]:
        """Names of columns and definitions."""
        return [name for name, _, _, _ in self._core.columns()] + [name for name, _ in self._core.definitions()]

    def __len__(self) -> int:
        return self._core.entries

    def define(self, **definitions: str | Column) -> Table:
        """Add named expressions; in any order, checked now, evaluated when needed.

        Raises
        ------
        ColumnError, UnitError, ExpressionError
            With the place in the text and the nearest right name.
        """
        return Table(self._core.define([(name, str(text)) for name, text in definitions.items()]))

    def units(self, **units: str) -> Table:
        """Declare units of columns: ``t.units(Jet_pt="GeV")``."""
        return Table(self._core.with_units(list(units.items())))

    def expr(self, text: str) -> Column:
        """Column of an expression; checked now."""
        return Column(self, text)

    def __getitem__(self, name: str) -> Column:
        return Column(self, name)

    def __getattr__(self, name: str) -> Column:
        if name.startswith("_"):
            raise AttributeError(name)
        return Column(self, name)

    def arrays(self, expressions: Iterable[str | Column] | None = None, start: int = 0, stop: int | None = None) -> Arrays:
        """Values of expressions for the entries from ``start`` up to ``stop``, all read in one pass.

        Parameters
        ----------
        expressions : iterable of str or Column, optional
            Names or expressions; by default every column that can be read.
        """
        given = self._core.readable() if expressions is None else list(expressions)
        names = [column.name if isinstance(column, Column) else column for column in given]
        if len(set(names)) != len(names):
            raise ValueError(f"a column is asked for twice: {', '.join(sorted({n for n in names if names.count(n) > 1}))}")
        stop = len(self) if stop is None else min(stop, len(self))
        texts = [column.text if isinstance(column, Column) else column for column in given]
        values = self._core.evaluate(texts, names, min(start, stop), stop)
        return Arrays({name: Array(core) for name, core in zip(names, values, strict=True)}, stop - min(start, stop))

    def show(self) -> None:
        """Print columns with type, unit and size."""
        print(self.describe())

    def describe(self) -> str:
        """Columns with type, unit and documentation, as ``show`` prints them."""
        rows = self._core.columns() + [(name, "=", "", text) for name, text in self._core.definitions()]
        width = max((len(name) for name, _, _, _ in rows), default=0)
        types = max((len(kind) for _, kind, _, _ in rows), default=0)
        lines = [f"{self.name}: {len(self)} entries, {len(rows)} columns"]
        lines += [f"  {name:<{width}}  {kind:<{types}}  {unit:<4}  {doc}".rstrip() for name, kind, unit, doc in rows]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<table {self.name}: {len(self)} entries, {len(self.columns)} columns>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.describe())}</pre>"

    def _ipython_key_completions_(self) -> list[str]:
        return self.columns

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        path, name, units, definitions = self._core.state()
        return _reopened, (path, name, units, definitions)


def _reopened(path: str, name: str, units: list[tuple[str, str]], definitions: list[tuple[str, str]]) -> Table:
    return open(path)[name].units(**dict(units)).define(**dict(definitions))  # type: ignore[no-any-return]
