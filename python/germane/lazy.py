"""Lazy columns: expressions on a table, written as text or with Python's operators.

Every operation gives the text that one would have written; it is checked at once, against headers alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from germane.arrays import Array
from germane.axis import Axis
from germane.histogram import Histogram

if TYPE_CHECKING:
    from germane.files import Table

__all__ = ["Column", "Quantity"]

# A histogram of a long table never holds more of a column than this.
_ENTRIES_AT_ONCE = 1 << 20


class Quantity:
    """A number with a unit, as it stands in an expression: ``30 * ge.GeV``."""

    __array_ufunc__ = None

    def __init__(self, value: float, unit: str) -> None:
        self.value, self.unit = value, unit

    def __mul__(self, factor: float) -> Quantity:
        return Quantity(self.value * factor, self.unit)

    __rmul__ = __mul__

    def __neg__(self) -> Quantity:
        return Quantity(-self.value, self.unit)

    def __str__(self) -> str:
        return self.unit

    def __repr__(self) -> str:
        return f"{self.value:g} {self.unit}"


def written(value: Any) -> str:
    """Text of an operand."""
    if isinstance(value, Expression):
        return value.text if value.text.isidentifier() else f"({value.text})"
    if isinstance(value, Quantity):
        return f"({value.value!r} {value.unit})"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int | float):
        return repr(value) if value >= 0 else f"({value!r})"
    raise TypeError(f"{type(value).__name__} has no place in an expression")


class Expression:
    """Operators and reductions; what they give is made by ``_made``."""

    # NumPy leaves operators with its arrays and numbers to us.
    __array_ufunc__ = None
    text: str

    def _made(self, text: str) -> Any:
        raise NotImplementedError

    def _infix(self, operator: str, other: Any) -> Any:
        return self._made(f"{written(self)} {operator} {written(other)}")

    def _prefixed(self, operator: str, other: Any) -> Any:
        return self._made(f"{written(other)} {operator} {written(self)}")

    def __add__(self, other: Any) -> Any:
        return self._infix("+", other)

    def __radd__(self, other: Any) -> Any:
        return self._prefixed("+", other)

    def __sub__(self, other: Any) -> Any:
        return self._infix("-", other)

    def __rsub__(self, other: Any) -> Any:
        return self._prefixed("-", other)

    def __mul__(self, other: Any) -> Any:
        return self._infix("*", other)

    def __rmul__(self, other: Any) -> Any:
        return self._prefixed("*", other)

    def __truediv__(self, other: Any) -> Any:
        return self._infix("/", other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._prefixed("/", other)

    def __floordiv__(self, other: Any) -> Any:
        return self._infix("//", other)

    def __mod__(self, other: Any) -> Any:
        return self._infix("%", other)

    def __pow__(self, other: Any) -> Any:
        return self._infix("**", other)

    def __neg__(self) -> Any:
        return self._made(f"-{written(self)}")

    def __abs__(self) -> Any:
        return self._made(f"abs({self.text})")

    def __invert__(self) -> Any:
        return self._made(f"not {written(self)}")

    def __and__(self, other: Any) -> Any:
        return self._infix("and", other)

    def __rand__(self, other: Any) -> Any:
        return self._prefixed("and", other)

    def __or__(self, other: Any) -> Any:
        return self._infix("or", other)

    def __ror__(self, other: Any) -> Any:
        return self._prefixed("or", other)

    def __lt__(self, other: Any) -> Any:
        return self._infix("<", other)

    def __le__(self, other: Any) -> Any:
        return self._infix("<=", other)

    def __gt__(self, other: Any) -> Any:
        return self._infix(">", other)

    def __ge__(self, other: Any) -> Any:
        return self._infix(">=", other)

    def __eq__(self, other: object) -> Any:
        return self._infix("==", other)

    def __ne__(self, other: object) -> Any:
        return self._infix("!=", other)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a lazy column is neither true nor false: write `&`, `|`, `~` on conditions in brackets, "
            "`(30 < x) & (x < 60)` for a chain, t.expr('a if c else b') for a choice"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError("a lazy column is not iterable: `.compute()` gives its values")

    def __len__(self) -> int:
        raise TypeError("a lazy column has no length yet: `count()` counts in each event, `.compute()` gives the values")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._made(f"{written(self)}.{name}")

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            ends = ["" if end is None else str(int(end)) for end in (index.start, index.stop)]
            if index.step is not None:
                raise TypeError("slices of a lazy column have no step")
            return self._made(f"{written(self)}[{ends[0]}:{ends[1]}]")
        return self._made(f"{written(self)}[{scoped(index)}]")

    def _reduced(self, name: str, argument: Any) -> Any:
        return self._made(f"{name}({self.text})" if argument is None else f"{written(self)}.{name}({scoped(argument)})")

    def sum(self, of: Any = None) -> Any:
        """Sum over the innermost axis; of an expression of its items, if given."""
        return self._reduced("sum", of)

    def count(self, condition: Any = None) -> Any:
        """Number of items, or of those that pass."""
        return self._reduced("count", condition)

    def any(self, condition: Any = None) -> Any:
        """Whether one item passes."""
        return self._reduced("any", condition)

    def all(self, condition: Any = None) -> Any:
        """Whether all items pass."""
        return self._reduced("all", condition)

    def min(self, of: Any = None) -> Any:
        """Smallest value; missing where there is no item."""
        return self._reduced("min", of)

    def max(self, of: Any = None) -> Any:
        """Largest value; missing where there is no item."""
        return self._reduced("max", of)

    def mean(self, of: Any = None) -> Any:
        """Mean; missing where there is no item."""
        return self._reduced("mean", of)

    def first(self) -> Any:
        """First item; missing where there is none."""
        return self._reduced("first", None)

    def argmin(self) -> Any:
        """Position of the smallest value."""
        return self._reduced("argmin", None)

    def argmax(self) -> Any:
        """Position of the largest value."""
        return self._reduced("argmax", None)

    def sort(self, by: Any) -> Any:
        """Items in rising order of an expression."""
        return self._made(f"{written(self)}.sort(by={scoped(by)})")

    def best(self, *, min: Any = None, max: Any = None) -> Any:
        """Item with the smallest or largest value of an expression."""
        word, of = ("min", min) if max is None else ("max", max)
        return self._made(f"{written(self)}.best({word}={scoped(of)})")

    def is_null(self) -> Any:
        """Whether the value is missing."""
        return self._made(f"{written(self)} is null")

    def fill_null(self, value: Any) -> Any:
        """Return the value, or another one where it is missing."""
        return self._infix("??", value)

    def isin(self, values: list[Any]) -> Any:
        """Whether the value is one of several."""
        return self._made(f"{written(self)} in ({', '.join(map(written, values))})")


class Item(Expression):
    """One item inside brackets: ``jets[lambda j: j.pt > 30]``."""

    def __init__(self, text: str = "this") -> None:
        self.text = text

    def _made(self, text: str) -> Item:
        return Item(text)


def scoped(index: Any) -> str:
    """Text between brackets: a position, a condition, or a function of the item."""
    if isinstance(index, str):
        return index
    if isinstance(index, Expression):
        return index.text
    if callable(index):
        function: Callable[[Item], Any] = index
        return scoped(function(Item()))
    return written(index).strip("()")


class Column(Expression):
    """A lazy column: an expression on a table, checked when it is made.

    Attributes
    ----------
    text : str
        The expression.
    dtype, unit : str
        Known without reading a value.
    """

    def __init__(self, table: Table, text: str, name: str | None = None) -> None:
        self.table = table
        self.text = text
        self.name = name or text
        self.dtype, self.unit = table._core.check(text)

    def _made(self, text: str) -> Column:
        return Column(self.table, text)

    def compute(self, start: int = 0, stop: int | None = None) -> Array:
        """Values."""
        return self.table.arrays([self], start, stop)[self.name]

    def hist(self, axis: Axis, *, weight: str | Column | None = None, storage: str | None = None) -> Histogram:
        """Histogram of the values; ragged ones count one by one, missing ones are left out.

        Parameters
        ----------
        weight : expression per entry, optional
            Makes a histogram of storage ``Weight``.
        """
        histogram = Histogram(axis, storage=storage or ("Double" if weight is None else "Weight"))
        texts = [self.text] if weight is None else [self.text, str(weight)]
        for start in range(0, len(self.table), _ENTRIES_AT_ONCE):
            stop = min(start + _ENTRIES_AT_ONCE, len(self.table))
            values, *weights = map(Array, self.table._core.evaluate(texts, texts, start, stop))
            histogram.fill(values, weight=weights[0] if weights else None)
        return histogram

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"<lazy {self.name}: {len(self.table)} × {self.dtype}{unit}>"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Column, (self.table, self.text, self.name)
