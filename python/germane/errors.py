"""What goes wrong, with its place, the nearest right name and advice."""

from __future__ import annotations

from typing import Any, NamedTuple


class Place(NamedTuple):
    """Where an error is.

    Attributes
    ----------
    file : str or None
        Text or data file.
    line, column : int or None
        Both from 1, in characters.
    length : int or None
        Characters that are underlined.
    object : str or None
        Tree, branch or histogram in a data file.
    byte : int or None
        Offset in a data file.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None
    length: int | None = None
    object: str | None = None
    byte: int | None = None


class Error(Exception):
    """Base of every error of germane.

    Parameters
    ----------
    message : str
        What is printed: the reason, the place underlined, advice.
    exit : int
        Exit code that the command would return.
    errors : list of dict
        One entry a mistake, in the form of the ``germane_error`` document.
    """

    def __init__(self, message: str, exit: int = 1, errors: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.exit = exit
        self.errors = errors or []

    def _first(self, key: str) -> Any:
        return self.errors[0].get(key) if self.errors else None

    def _text(self, key: str) -> str | None:
        value = self._first(key)
        return None if value is None else str(value)

    @property
    def code(self) -> str | None:
        """Kind of the first mistake, e.g. ``name``, ``unit``, ``file``."""
        return self._text("code")

    @property
    def place(self) -> Place:
        """Where the first mistake is."""
        return Place(*(self._first(key) for key in Place._fields))

    @property
    def nearest(self) -> str | None:
        """The right name that looks most like the wrong one."""
        return self._text("nearest")

    @property
    def advice(self) -> str | None:
        """What to do about the first mistake."""
        return self._text("advice")

    def __str__(self) -> str:
        # KeyError would show the message in quotes.
        return self.message

    def __reduce__(self) -> tuple[type[Error], tuple[str, int, list[dict[str, Any]]]]:
        return type(self), (self.message, self.exit, self.errors)


class ColumnError(Error, KeyError, AttributeError):
    """A column, field or function that does not exist."""


class CategoryError(Error, KeyError, IndexError):
    """A category, axis or product that does not exist."""


class UnitError(Error, ValueError):
    """Units that do not fit together, or a text that is no unit."""


class ExpressionError(Error, ValueError):
    """An analysis file or an expression that is wrong."""


class FileError(Error, OSError):
    """An input that is missing, damaged, or not what it claims."""


class FitError(Error, ArithmeticError):
    """A fit or a model without a valid minimum."""


class GermaneWarning(UserWarning):
    """Something that a result needs to be read with."""


def from_document(message: str, document: dict[str, Any]) -> Error:
    """Exception for a ``germane_error`` document, of the class that fits its first mistake."""
    errors = document["errors"]
    code = errors[0]["code"] if errors else ""
    exit_code = document["exit"]
    if code in {"name", "field", "function"}:
        kind: type[Error] = ColumnError
    elif code == "unit":
        kind = UnitError
    elif exit_code == 4:
        kind = FileError
    elif exit_code == 7:
        kind = FitError
    elif exit_code == 6:
        kind = ExpressionError
    else:
        kind = Error
    return kind(message.rstrip("\n"), exit_code, errors)
