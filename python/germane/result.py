"""What a run has made, by name: histograms, fits, cutflow, tables, figures, report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from germane import _core
from germane.arrays import unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from germane.histogram import Histogram
    from germane.model import Model
    from germane.templates import Templates

__all__ = ["Cutflow", "Figure", "Fit", "Parameter", "Products", "Result"]

T = TypeVar("T")
_WORDS = {"nan": float("nan"), "inf": float("inf"), "-inf": float("-inf")}


def number(value: Any) -> float | None:
    """Number of a document, in which non-finite ones are words, whole ones have no point and missing ones are null."""
    return None if value is None else _WORDS[value] if isinstance(value, str) else float(value)


class Products(Mapping[str, T], Generic[T]):
    """Products of one kind by name; made when they are asked for."""

    def __init__(self, kind: str, documents: Mapping[str, Any], make: Callable[[str, Any], T]) -> None:
        self._kind = kind
        self._documents = dict(documents)
        self._make = make
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._documents:
            raise unknown(self._kind, name, _core.nearest(name, list(self._documents)), list(self._documents))
        if name not in self._made:
            self._made[name] = self._make(name, self._documents[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._documents)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {self[name]!r}" for name in self) or f"no {self._kind}"


class Parameter:
    """One parameter of a fit, in its unit.

    Attributes
    ----------
    value, error : float
    minos : tuple of float or None
        Distances to the two crossings, the lower one negative.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.name: str = document["name"]
        self.unit: str = document.get("unit") or ""
        self.value = number(document["value"])
        self.error = number(document["error"])
        minos = document.get("minos")
        self.minos = None if minos is None else tuple(number(side) for side in minos)
        self.lower, self.upper = number(document.get("lower")), number(document.get("upper"))
        self.fixed: bool = document["fixed"]
        self.at_bound: str | None = document.get("at_bound")
        self.pull = number(document.get("pull"))

    def __repr__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.fixed:
            return f"{self.name} = {self.value:g}{unit} (fixed)"
        error = "?" if self.error is None else f"{self.error:.3g}"
        bound = f" at its {self.at_bound} bound" if self.at_bound else ""
        return f"{self.name} = {self.value:.7g} ± {error}{unit}{bound}"


class Fit:
    """A fit with its certificate.

    Attributes
    ----------
    state, reason : str
        ``valid``, ``valid_at_bound``, or why there is no valid minimum.
    nll, edm : float
    """

    def __init__(
        self,
        document: dict[str, Any],
        covariance: _core.Buffer | None = None,
        origin: tuple[Model, _core.Fitted] | None = None,
    ) -> None:
        # Entries that came as numbers become part of the document only if somebody asks for it.
        self._document = document
        self._covariance = covariance
        self._origin = origin
        self.state: str = document["state"]
        self.reason: str = document.get("reason", "")
        self.nll = number(document["nll"])
        self.edm = number(document["edm"])
        self.parameters = {p["name"]: Parameter(p) for p in document["parameters"]}

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole ``germane_fit`` document."""
        if self._covariance is None:
            return self._document
        values = self.covariance[1].tolist()
        return self._document | {"covariance": self._document["covariance"] | {"values": values}}

    @property
    def valid(self) -> bool:
        """Whether there is a minimum."""
        return self.state in {"valid", "valid_at_bound"}

    @property
    def values(self) -> dict[str, float | None]:
        """Value of each parameter."""
        return {name: parameter.value for name, parameter in self.parameters.items()}

    @property
    def errors(self) -> dict[str, float | None]:
        """Error of each parameter, from the Hessian."""
        return {name: parameter.error for name, parameter in self.parameters.items()}

    @property
    def covariance(self) -> tuple[list[str], NDArray[np.float64]]:
        """Names, and the matrix ``(n, n)`` of these parameters."""
        import numpy as np

        document = self._document["covariance"]
        names = list(document["names"])
        if self._covariance is not None:
            return names, np.asarray(self._covariance).reshape(len(names), len(names)).copy()
        return names, np.array([[number(v) for v in row] for row in document["values"]], dtype=np.float64)

    def gradient_of(self, name: str) -> Templates:
        """Derivatives of the fitted value of a parameter by every number that the model is made of.

        By the implicit function theorem, -H⁻¹ ∂²(-ln L)/∂θ∂φ; 0 for a parameter that is fixed or at a bound.

        Raises
        ------
        FitError
            If the fit is not valid.
        ValueError
            If the fit came from a document, without its model.
        """
        import numpy as np

        if self._origin is None:
            raise ValueError("the model of this fit is not known")
        model, fitted = self._origin
        return model.templates.like(np.asarray(model._core.fitted_gradient(fitted, name)))

    def to_dict(self) -> dict[str, Any]:
        """Return the whole document."""
        return self.document

    def __reduce__(self) -> tuple[type[Fit], tuple[dict[str, Any]]]:
        return Fit, (self.document,)

    @property
    def certificate(self) -> dict[str, Any]:
        """What makes the minimum one."""
        certificate: dict[str, Any] = self._document["certificate"]
        return certificate

    @property
    def goodness(self) -> dict[str, Any] | None:
        """Kind, statistic, ndof and p of the goodness-of-fit test."""
        return self._document.get("goodness")

    def __repr__(self) -> str:
        reason = f": {self.reason}" if self.reason else ""
        lines = [f"{self.state}{reason}, -ln L = {self.nll:.6f}"]
        return "\n  ".join(lines + [repr(parameter) for parameter in self.parameters.values()])

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(p.name)}</td><td>{p.value:.7g}</td><td>{'' if p.error is None else f'{p.error:.3g}'}</td>"
            f"<td>{escape(p.unit)}</td></tr>"
            for p in self.parameters.values()
        )
        head = "<tr><th>parameter</th><th>value</th><th>error</th><th>unit</th></tr>"
        return f"<table><caption>{escape(self.state)}, -ln L = {self.nll:.6f}</caption>{head}{rows}</table>"


class Cutflow(list[dict[str, Any]]):
    """Steps of every region, process and variation."""

    def __call__(self, region: str, process: str | None = None, variation: str = "nominal") -> list[dict[str, Any]]:
        """Steps of one region; the process may be left out where there is one."""
        regions = list(dict.fromkeys(flow["region"] for flow in self))
        if region not in regions:
            raise unknown("region", region, _core.nearest(region, regions), regions)
        of = [flow for flow in self if flow["region"] == region]
        variations = list(dict.fromkeys(flow["variation"] for flow in of))
        if variation not in variations:
            raise unknown("variation", variation, _core.nearest(variation, variations), variations)
        of = [flow for flow in of if flow["variation"] == variation and process in {None, flow["process"]}]
        processes = [flow["process"] for flow in of]
        if len(of) != 1:
            raise ValueError(f"region `{region}` has the processes {', '.join(processes) or 'none of that name'}: say which")
        steps: list[dict[str, Any]] = of[0]["steps"]
        return steps

    def __repr__(self) -> str:
        lines = []
        for flow in self:
            if flow["variation"] == "nominal":
                lines.append(f"{flow['region']}, {flow['process']}")
                lines += [f"  {s['entries']:>12}  {number(s['sumw']):>14.6g}  {s['cut']}" for s in flow["steps"]]
        return "\n".join(lines)


class Figure:
    """A figure as data, with its picture.

    Attributes
    ----------
    document : dict
        The ``germane_figure`` document: every number that is drawn.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def svg(self) -> str:
        """The picture as SVG."""
        return _core.figure_svg(json.dumps(self.document))

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<figure {self.document['kind']}, {len(self.document['panels'])} panels>"


class Result:
    """Products of a run.

    Attributes
    ----------
    exit : int
        0, 3 (inputs were excluded) or 7 (a fit has no valid minimum).
    document, report : dict
        ``result.json`` and ``report.json``.
    summary : str
        The tables that the command prints.
    warnings : list of str
    """

    def __init__(self, texts: Mapping[str, Any]) -> None:
        self._texts = dict(texts)
        self.exit: int = texts["exit"]
        self.summary: str = texts["summary"]
        self.warnings: list[str] = list(texts["warnings"])

    @cached_property
    def document(self) -> dict[str, Any]:
        """``result.json``."""
        document: dict[str, Any] = json.loads(self._texts["result"])
        return document

    @cached_property
    def report(self) -> dict[str, Any]:
        """``report.json``: inputs, exclusions, times."""
        document: dict[str, Any] = json.loads(self._texts["report"])
        return document

    @cached_property
    def histograms(self) -> Products[Histogram]:
        """Histograms with category axes process, region, variation before the filled axes."""
        from germane.histogram import Histogram

        return Products("histogram", self._texts["histograms"], lambda _, text: Histogram._from_uhi_(json.loads(text)))

    @cached_property
    def fits(self) -> Products[Fit]:
        """Fits by name."""
        return Products("fit", self.document["fits"], lambda _, document: Fit(document))

    @cached_property
    def cutflow(self) -> Cutflow:
        """Entries and sums of weights after each cut."""
        return Cutflow(self.document["cutflow"])

    @cached_property
    def tables(self) -> Products[dict[str, Any]]:
        """Columns of each table by name, as lists."""

        def columns(_: str, text: str) -> dict[str, Any]:
            return {name: column["values"] for name, column in json.loads(text)["columns"].items()}

        return Products("table", self._texts["tables"], columns)

    @cached_property
    def models(self) -> Products[dict[str, Any]]:
        """Workspaces (pyhf JSON) and densities by name."""
        return Products("model", self._texts["models"], lambda _, text: json.loads(text))

    @cached_property
    def figures(self) -> Products[Figure]:
        """Figures by name."""
        return Products("figure", self._texts["figures"], lambda _, text: Figure(json.loads(text)))

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Result, (self._texts,)

    def __repr__(self) -> str:
        return self.summary.rstrip("\n")

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.summary)}</pre>"
