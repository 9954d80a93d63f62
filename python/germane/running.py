"""Run an analysis: the same plan and the same bits as the command."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from typing import Any

from germane import _core
from germane.errors import GermaneWarning
from germane.result import Result

__all__ = ["plan", "run"]


class Plan:
    """A checked analysis: its graph, from the headers of its inputs alone.

    Attributes
    ----------
    hash : str
        Names the plan; equal analyses have equal hashes.
    """

    def __init__(self, core: _core.Plan) -> None:
        self._core = core

    @property
    def hash(self) -> str:
        """Name of the plan; equal analyses have equal ones."""
        return self._core.hash

    def to_json(self) -> dict[str, Any]:
        """Return the ``germane_plan`` document."""
        document: dict[str, Any] = json.loads(self._core.document())
        return document

    def __dask_tokenize__(self) -> str:
        return self.hash

    def __repr__(self) -> str:
        return self._core.text().rstrip("\n")


def plan(analysis: str | os.PathLike[str] | Mapping[str, Any]) -> Plan:
    """Check an analysis; only headers are read.

    Parameters
    ----------
    analysis : path-like, or a mapping with the keys of an analysis file
        Paths in a mapping are relative to the working directory.

    Raises
    ------
    Error
        All mistakes at once, each with its place and the nearest right name.
    """
    return Plan(_core.plan(*_source(analysis)))


def run(
    analysis: str | os.PathLike[str] | Mapping[str, Any] | Plan,
    *,
    output: str | os.PathLike[str] | None = None,
    threads: int = 0,
    cache: str | os.PathLike[str] | None = None,
    allow_bad_files: int | str | bool = 0,
    partition_size: int = 64 << 20,
) -> Result:
    """Read, select, fill, fit and draw everything that an analysis asks for.

    Parameters
    ----------
    analysis : path-like, mapping or Plan
    output : path-like, optional
        Folder to publish the products in, as the command does; by default nothing is written.
    threads : int
        0: all cores. Results do not depend on it.
    cache : path-like, optional
        Folder of partial results.
    allow_bad_files : int, "P%" or True
        How many bad files may be left out; each is listed in the report.
    partition_size : int
        Compressed bytes of a partition. Results do not depend on it.

    Raises
    ------
    Error
        ``ExpressionError`` and its like before any event is read, ``FileError`` for damaged inputs.
    """
    source = analysis._core.source() if isinstance(analysis, Plan) else _source(analysis)
    allowed = (
        "100%" if allow_bad_files is True else str(int(allow_bad_files)) if allow_bad_files is False else str(allow_bad_files)
    )
    texts = _core.run(
        *source,
        None if output is None else os.fspath(output),
        threads,
        None if cache is None else os.fspath(cache),
        allowed,
        partition_size,
    )
    result = Result(texts)
    for text in result.warnings:
        warnings.warn(text, GermaneWarning, stacklevel=2)
    return result


def _source(analysis: str | os.PathLike[str] | Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Path, or the text of an analysis that is an object."""
    if isinstance(analysis, Mapping):
        return None, json.dumps(analysis, default=str)
    return os.fspath(analysis), None
