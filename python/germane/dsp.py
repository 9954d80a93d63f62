"""Processing chains: waveforms of raw tables to dsp tables, with the arguments of the peer (dspeed)."""

from __future__ import annotations

import copy
import itertools
import json
import os
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from germane import _core
from germane.errors import GermaneWarning
from germane.lh5 import selection
from germane.lh5.conversion import as_object
from germane.lh5.iteration import Blocks
from germane.lh5.objects import Struct, Table, from_node
from germane.lh5.reading import as_wanted, read_n_rows, wanted_form

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["build_dsp", "optimise_chain"]

Config = str | os.PathLike[str] | Mapping[str, Any]


def build_dsp(
    raw_in: Any,
    dsp_out: str | os.PathLike[str] | None = None,
    dsp_config: Config | Collection[str | os.PathLike[str]] | None = None,
    lh5_tables: str | Collection[str] | None = None,
    base_group: str | None = None,
    database: Config | None = None,
    outputs: Collection[str] | None = None,
    write_mode: str | None = None,
    entry_list: Collection[int] | None = None,
    entry_mask: Collection[bool] | None = None,
    i_start: int = 0,
    n_entries: int | None = None,
    buffer_len: int | None = None,
    block_width: int = 16,
    chan_config: str | os.PathLike[str] | Mapping[str, Config | None] | None = None,
    *,
    allow_missing_outputs: bool = False,
    returns: str = "auto",
    threads: int = 0,
) -> Any:
    """Run processing chains over raw tables.

    Parameters
    ----------
    raw_in : path-like, a table, or blocks of a table
        An LH5 file; a table of ours or of lgdo; `germane.lh5.iterate` or lh5's ``LH5Iterator``, the rows of which are one table
        in memory.
    dsp_out : path-like, optional
        File to write; by default the tables are returned.
    dsp_config : path-like, sequence of path-like, or mapping
        Processing chain, JSON or YAML; of several what a later one says wins. None: only tables that ``chan_config`` knows.
    lh5_tables : str or sequence of str, optional
        Tables by path or pattern below ``base_group``; by default all. ``X`` that holds only ``raw`` means ``X/raw``. For a table
        in memory: the path that it would have.
    base_group : str, optional
        Folder of the tables; by default ``raw``, where the file has it.
    database : path-like or mapping, optional
        Parameters by channel: the first name in the path of a table that is not ``raw``.
    outputs : sequence of str, optional
        Columns to write instead of those that the chain names.
    write_mode : {None, "r", "u", "a"}
        What happens to a file that is there: an error, replaced, its columns updated, its tables made longer.
    entry_list, entry_mask : sequence, optional
        Rows that are processed, by number or by condition; the same for all tables.
    i_start, n_entries : int
        First of these rows, and how many.
    buffer_len : int, optional
        Rows of a block; results do not depend on it.
    block_width : int
        Of the peer; without effect.
    chan_config : path-like or mapping, optional
        Ordered mapping from patterns of tables to chains; the first that fits wins over ``dsp_config``. None as a chain leaves
        the tables out.
    allow_missing_outputs : bool
        Leave outputs out that nothing makes, with a warning, as the peer does.
    returns : {"auto", "lgdo", "germane", …}
        Form of what is returned, as for `germane.lh5.read`.
    threads : int
        0: all cores. Results do not depend on it.

    Returns
    -------
    None, or a table, or a struct of tables
        What was made, if there is no ``dsp_out``.

    Raises
    ------
    ExpressionError, ColumnError, UnitError
        All mistakes of all chains at once, before any row is read.
    FileError
        An input that is missing or damaged, a value that a processor cannot take, a file that is there already.

    Examples
    --------
    >>> ge.build_dsp("raw.lh5", "dsp.lh5", "hpge.yaml", database={"ch0": {"pz": {"tau": "450*us"}}})  # doctest: +SKIP
    """
    del block_width
    form = wanted_form(returns)
    tables = [lh5_tables] if isinstance(lh5_tables, str) else None if lh5_tables is None else list(lh5_tables)
    raw_in = _whole(raw_in)
    file, table = _input(raw_in, tables)
    rows = _rows(raw_in, file, tables, entry_list, entry_mask)
    made, _, notes = _core.build_dsp(
        file,
        table,
        [rows],
        {
            **_words(dsp_config, base_group, outputs, i_start, n_entries, threads),
            "output": None if dsp_out is None else os.fspath(dsp_out),
            "chan_config": None if chan_config is None else _text("chan_config", chan_config),
            "lh5_tables": None if table is not None else tables,
            "database": None if database is None else _text("database", database),
            "write_mode": write_mode,
            "block_rows": buffer_len,
            "allow_missing_outputs": allow_missing_outputs,
        },
    )
    for note in notes:
        warnings.warn(note, GermaneWarning, stacklevel=2)
    return None if dsp_out is not None else _returned(made, form)


def optimise_chain(
    table: Any,
    chain: Config | Collection[str | os.PathLike[str]],
    grid: Mapping[str, Collection[Any]] | Any,
    merit: Callable[[Table], float] | tuple[str, str],
    db: Mapping[str, Any] | None = None,
    *,
    lh5_tables: str | None = None,
    base_group: str | None = None,
    outputs: Collection[str] | None = None,
    entry_list: Collection[int] | None = None,
    entry_mask: Collection[bool] | None = None,
    i_start: int = 0,
    n_entries: int | None = None,
    threads: int = 0,
) -> NDArray[np.float64]:
    """Figure of merit of a chain at every point of a grid of parameters.

    All points are planned as one graph: what does not depend on the varied parameters is computed once. The numbers are those
    of separate runs with each set of parameters.

    Parameters
    ----------
    table : path-like, a table, or blocks of a table
        An LH5 file, of which ``lh5_tables`` names one table; else as ``raw_in`` of `build_dsp`.
    chain : path-like, sequence of path-like, or mapping
        As ``dsp_config`` of `build_dsp`.
    grid : mapping of str to sequence, or pygama's ParGrid
        Parameters ``db.a.b`` and their values, numbers or texts such as ``"8*us"``; the first one varies slowest. Of a grid with
        ``dims``, the values ``value_strs`` of ``db.NAME.PARAMETER``.
    merit : callable, or (str, str)
        A function of the table of a point; or the name of one of ours and of the column that it takes: ``noise`` (standard
        deviation), ``fwhm`` (of the highest peak, in the unit of the column), ``resolution`` (that divided by its position).
    db : mapping, optional
        The other parameters of the channel.

    Returns
    -------
    ndarray of float64
        Merits, axes in the order of ``grid``; NaN where a point is wrong, which is told in a warning.

    Raises
    ------
    ExpressionError, ColumnError, UnitError
        A chain that is wrong at every point.
    FileError
        As `build_dsp`.

    Examples
    --------
    >>> rises = {"db.etrap.rise": ["4*us", "8*us"], "db.etrap.flat": ["2*us", "3*us"]}
    >>> ge.optimise_chain("raw.lh5", "hpge.yaml", rises, ("resolution", "trapEmax"))  # doctest: +SKIP
    """
    tables = None if lh5_tables is None else [lh5_tables]
    table = _whole(table)
    file, given = _input(table, tables)
    dimensions = _dimensions(grid)
    names, values = list(dimensions), list(dimensions.values())
    points = [dict(zip(names, point, strict=True)) for point in itertools.product(*values)]
    measure = _merit(merit) if isinstance(merit, tuple) else merit
    wanted = [merit[1]] if isinstance(merit, tuple) and outputs is None else outputs
    made, notes = _core.run_grid(
        file,
        given,
        [_rows(table, file, tables, entry_list, entry_mask)],
        {
            **_words(chain, base_group, wanted, i_start, n_entries, threads),
            "output": None,
            "chan_config": None,
            "lh5_tables": None if given is not None else tables,
            "database": None,
            "write_mode": None,
            "block_rows": None,
            "allow_missing_outputs": False,
        },
        [json.dumps(_plain(_with(db or {}, point))) for point in points],
    )
    merits = np.full(len(points), np.nan)
    for i, (node, wrong) in enumerate(made):
        if node is not None:
            merits[i] = measure(from_node(node))
        else:
            where = ", ".join(f"{name} = {value}" for name, value in points[i].items())
            notes.append(f"at {where}: {wrong[0]}")
    for note in notes:
        warnings.warn(note, GermaneWarning, stacklevel=2)
    return merits.reshape([len(one) for one in values])


def _dimensions(grid: Any) -> dict[str, list[Any]]:
    """Parameters of a grid with their values, in order."""
    if isinstance(grid, Mapping):
        return {name: list(values) for name, values in grid.items()}
    if not hasattr(grid, "dims"):
        raise TypeError(f"a grid is a mapping or has `dims`, as pygama's ParGrid; this is {type(grid).__name__}")
    found: dict[str, list[Any]] = {}
    for dimension in grid.dims:
        name = f"db.{dimension.name}.{dimension.parameter}"
        if name in found:
            raise ValueError(f"the grid has two dimensions {name}")
        found[name] = list(dimension.value_strs)
    return found


def _with(db: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with those of a point put in."""
    whole = copy.deepcopy(dict(db))
    for name, value in point.items():
        *path, last = name.removeprefix("db.").split(".")
        inner = whole
        for key in path:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return whole


def _merit(named: tuple[str, str]) -> Callable[[Table], float]:
    name, column = named
    known: dict[str, Callable[[NDArray[np.float64]], float]] = {
        "noise": _noise,
        "fwhm": _fwhm,
        "resolution": lambda x: _fwhm(x) / _mode(x),
    }
    if name not in known:
        raise ValueError(f"no merit {name!r}: there is {', '.join(map(repr, known))}, or a function of the table")

    def measured(table: Table) -> float:
        values = np.asarray(table[column].nda, np.float64)
        values = values[np.isfinite(values)]
        return float(known[name](values)) if len(values) > 1 else np.nan

    return measured


def _noise(values: NDArray[np.float64]) -> float:
    return float(np.std(values, ddof=1))


def _shortest(values: NDArray[np.float64], share: float) -> tuple[float, float]:
    """Ends of the shortest interval that holds a share of the values."""
    ordered = np.sort(values)
    count = max(2, round(share * len(ordered)))
    widths = ordered[count - 1 :] - ordered[: len(ordered) - count + 1]
    first = int(np.argmin(widths))
    return float(ordered[first]), float(ordered[first + count - 1])


def _mode(values: NDArray[np.float64]) -> float:
    return sum(_shortest(values, 0.5)) / 2


def _fwhm(values: NDArray[np.float64]) -> float:
    # A Gaussian holds 76.1 % of its values between its half maxima.
    low, high = _shortest(values, 0.7609681085504878)
    return high - low


def _rows(
    raw_in: Any, file: str | None, tables: list[str] | None, entry_list: Any, entry_mask: Any
) -> tuple[str, NDArray[Any]] | None:
    if entry_list is not None and entry_mask is not None:
        raise TypeError("rows are given by entry_list or by entry_mask")
    chosen = entry_mask if entry_list is None else entry_list
    return selection.rows(
        None if chosen is None else list(chosen),
        lambda: len(raw_in) if file is None else read_n_rows((tables or [""])[0], file),
    )


def _words(
    config: Any, base_group: str | None, outputs: Collection[str] | None, i_start: int, n_entries: int | None, threads: int
) -> dict[str, Any]:
    return {
        "chains": [] if config is None else [_text("chain", one) for one in _several(config)],
        "base_group": base_group,
        "outputs": None if outputs is None else list(outputs),
        "start": i_start,
        "count": n_entries,
        "threads": threads,
    }


def _whole(raw_in: Any) -> Any:
    """The rows of all blocks as one table; what is no iterator of blocks as it is."""
    if not (isinstance(raw_in, Blocks) or hasattr(raw_in, "__next__")):
        return raw_in
    # The peer's iterator fills the same arrays again and again.
    blocks = [as_object(copy.deepcopy(block)) for block in raw_in]
    if not blocks:
        raise ValueError("raw_in has no block of rows")
    if not all(isinstance(block, Table) for block in blocks):
        raise TypeError("the blocks of raw_in are no tables")
    return from_node(_core.Lh5Node.joined([block._node() for block in blocks]))


def _input(raw_in: Any, tables: list[str] | None) -> tuple[str | None, tuple[str, _core.Lh5Node] | None]:
    if isinstance(raw_in, str | os.PathLike):
        return os.fspath(raw_in), None
    if tables is not None and len(tables) > 1:
        raise TypeError("a table in memory has one path")
    given = as_object(raw_in)
    if not isinstance(given, Table):
        raise TypeError(f"raw_in is a file or a table, not {type(raw_in).__name__}")
    return None, ((tables or [""])[0], given._node())


def _several(config: Any) -> list[Any]:
    return [config] if isinstance(config, str | os.PathLike | Mapping) else list(config)


def _text(name: str, config: Any) -> tuple[str, str]:
    """Name and text of a file, or of an object."""
    if isinstance(config, Mapping):
        return name, json.dumps(_plain(config), indent=1)
    path = os.path.expanduser(os.path.expandvars(os.fspath(config)))
    try:
        with open(path, encoding="utf-8") as file:
            return path, file.read()
    except OSError as error:
        from germane.errors import FileError

        raise FileError(
            f"{path}: {error.strerror}", 4, [{"code": "file", "message": str(error.strerror), "file": path}]
        ) from error


def _plain(value: Any) -> Any:
    """What JSON can say: mappings, sequences and numbers of any library as those of Python."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, Collection):
        return [_plain(item) for item in value]
    return str(value)


def _returned(made: list[tuple[str, _core.Lh5Node]], form: str) -> Any:
    if len(made) == 1 and made[0][0] == "":
        return as_wanted(from_node(made[0][1]), form)
    whole: dict[str, Any] = {}
    for path, node in made:
        *folders, name = path.split("/")
        inner = whole
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[name] = from_node(node)
    return as_wanted(_structs(whole), form)


def _structs(members: dict[str, Any]) -> Struct:
    return Struct({name: _structs(one) if isinstance(one, dict) else one for name, one in members.items()})
