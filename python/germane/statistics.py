"""What tests, scans and rankings of a model have found; the documents are those of the command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from germane import _core
from germane.arrays import unknown
from germane.result import number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from germane.model import Model
    from germane.templates import Templates

__all__ = [
    "Coefficients",
    "Compatibility",
    "Contour",
    "Contours",
    "Goodness",
    "Limit",
    "Posterior",
    "Ranking",
    "Region",
    "Scan",
    "Significance",
    "Toys",
    "Yields",
]


def _array(values: Iterable[Any]) -> NDArray[np.float64]:
    """Numbers of a document; what is missing is NaN."""
    import numpy as np

    nested = [_array(value) if isinstance(value, list) else number(value) for value in values]
    return np.array(nested, dtype=np.float64)


class _Document:
    """Something found, with its document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def to_dict(self) -> dict[str, Any]:
        """Return the document."""
        return self.document


class Limit(_Document):
    """Upper limits of the parameter of interest.

    Attributes
    ----------
    poi : str
    level : float
    observed : float
    expected : ndarray (5,)
        For background at -2 … +2 standard deviations.
    best : float
        Best value of the parameter.
    values, cls, clsb, clb : ndarray (n,)
        Tested values, ascending, and the p-values of the data there.
    expected_cls : ndarray (n, 5)
    errors : ndarray (6,) or None
        Of the observed and the expected limits, from the number of toys.
    notes : list of str
    """

    def __init__(self, document: dict[str, Any], model: Model | None = None) -> None:
        super().__init__(document)
        self._model = model
        self.poi: str = document["poi"]
        self.level: float = document["level"]
        self.observed = float(number(document["observed"]) or 0.0)
        self.best = number(document["best"])
        self.notes: list[str] = document["notes"]

    @property
    def expected(self) -> NDArray[np.float64]:
        """Expected limits, ndarray (5,)."""
        return _array(self.document["expected"])

    @property
    def errors(self) -> NDArray[np.float64] | None:
        """Errors from the number of toys."""
        if "observed_error" not in self.document:
            return None
        return _array([self.document["observed_error"], *self.document["expected_error"]])

    def _points(self, key: str) -> NDArray[np.float64]:
        values = (point[key] for point in self.document["points"])
        return _array(value["ratio"] if isinstance(value, Mapping) else value for value in values)

    @property
    def values(self) -> NDArray[np.float64]:
        """Tested values, ndarray (n,)."""
        return self._points("poi")

    @property
    def cls(self) -> NDArray[np.float64]:
        """CLs of the data, ndarray (n,)."""
        return self._points("cls")

    @property
    def clsb(self) -> NDArray[np.float64]:
        """p-values of signal plus background, ndarray (n,)."""
        return self._points("clsb")

    @property
    def clb(self) -> NDArray[np.float64]:
        """p-values of background, ndarray (n,)."""
        return self._points("clb")

    @property
    def expected_cls(self) -> NDArray[np.float64]:
        """CLs of background at -2 … +2 standard deviations, ndarray (n, 5)."""
        return self._points("expected")

    @cached_property
    def _gradients(self) -> list[Templates]:
        import numpy as np

        if self._model is None or "toys" in self.document:
            raise ValueError("only asymptotic limits have derivatives")
        observed, expected = self._model._core.limit_gradient(self.poi, self.level)
        like = self._model.templates.like
        return [like(np.asarray(found)) for found in (observed, *expected)]

    def gradient_of(self, which: str | int = "observed") -> Templates:
        """Derivatives of a limit by every number that the model is made of.

        Parameters
        ----------
        which : "observed" or int, optional
            An expected limit by its standard deviations, -2 … 2.
        """
        if which == "observed":
            return self._gradients[0]
        if which not in {-2, -1, 0, 1, 2}:
            raise ValueError(f"{which!r} is neither 'observed' nor one of -2, -1, 0, 1, 2")
        return self._gradients[3 + int(which)]

    def __repr__(self) -> str:
        expected = ", ".join(f"{value:.6g}" for value in self.expected)
        return f"{self.poi} < {self.observed:.6g} at {100 * self.level:g} % (expected {expected})"


class Region(_Document):
    """Confidence region of a parameter.

    Attributes
    ----------
    poi : str
    level : float
    best : float
        Best value of the parameter.
    values, statistics, p : ndarray (n,)
        Tested values, ascending, t of the data there, and the probability of a t that is at least as large.
    notes : list of str
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.poi: str = document["poi"]
        self.level: float = document["level"]
        self.best = number(document["best"])
        self.notes: list[str] = document["notes"]

    @property
    def segments(self) -> NDArray[np.float64]:
        """Lower and upper ends of the pieces, ascending, ndarray (pieces, 2)."""
        return _array([piece["low"], piece["high"]] for piece in self.document["segments"])

    @property
    def errors(self) -> NDArray[np.float64]:
        """Errors of the ends from the number of toys, ndarray (pieces, 2)."""
        return _array([piece["low_error"], piece["high_error"]] for piece in self.document["segments"])

    @property
    def at_bound(self) -> NDArray[np.bool_]:
        """Whether an end is the bound of the parameter, ndarray (pieces, 2)."""
        import numpy as np

        return np.array([piece["at_bound"] for piece in self.document["segments"]], dtype=bool)

    @property
    def values(self) -> NDArray[np.float64]:
        """Tested values, ndarray (n,)."""
        return _array(point["poi"] for point in self.document["points"])

    @property
    def statistics(self) -> NDArray[np.float64]:
        """T of the data at the tested values, ndarray (n,)."""
        return _array(point["t"] for point in self.document["points"])

    @property
    def p(self) -> NDArray[np.float64]:
        """p-values of the tested values, ndarray (n,); part of the toys, or exact."""
        values = (point["p"] for point in self.document["points"])
        return _array(value["ratio"] if isinstance(value, Mapping) else value for value in values)

    def __repr__(self) -> str:
        pieces = " and ".join(f"[{low:.6g}, {high:.6g}]" for low, high in self.segments)
        return f"{self.poi} in {pieces} at {100 * self.level:g} %"


class Posterior(_Document):
    """Draws of a posterior.

    ``posterior["mu"]`` are the draws of a parameter, ndarray (chains, draws); runs of nested sampling differ in length, there it
    is ndarray (draws,) of all, with ``weights``.

    Attributes
    ----------
    names : list of str
    method : {"nuts", "nested"}
    valid : bool
        Whether the chains agree and few trajectories diverged; ``reason`` says what is wrong.
    ln_evidence : tuple of float or None
        ln of the evidence and its error, of nested sampling.
    draws : ndarray (chains, draws, parameters) or (draws, parameters)
    weights : ndarray (draws,) or None
        Their sum is 1; None where all draws weigh the same.
    """

    def __init__(self, document: str, values: list[_core.Buffer], weights: list[_core.Buffer] | None) -> None:
        import numpy as np

        super().__init__(json.loads(document))
        self.names: list[str] = [one["name"] for one in self.document["parameters"]]
        self.method: str = self.document["method"]
        self.valid: bool = self.document["valid"]
        self.reason: str = self.document["reason"]
        evidence = self.document.get("ln_evidence")
        self.ln_evidence = None if evidence is None else (number(evidence[0]), number(evidence[1]))
        chains = [np.asarray(chain).reshape(-1, len(self.names)) for chain in values]
        self.draws: NDArray[np.float64] = np.concatenate(chains) if weights is not None else np.stack(chains)
        self.weights: NDArray[np.float64] | None = (
            None if weights is None else np.concatenate([np.asarray(own) for own in weights])
        )

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        if name not in self.names:
            raise unknown("parameter", name, _core.nearest(name, self.names), self.names)
        values: NDArray[np.float64] = self.draws[..., self.names.index(name)]
        return values

    def _of(self, key: str) -> dict[str, float | None]:
        return {one["name"]: number(one[key]) for one in self.document["parameters"]}

    @property
    def means(self) -> dict[str, float | None]:
        """Mean of each parameter."""
        return self._of("mean")

    @property
    def deviations(self) -> dict[str, float | None]:
        """Standard deviation of each parameter."""
        return self._of("deviation")

    @property
    def mean_errors(self) -> dict[str, float | None]:
        """Standard error of each mean, from the effective draws."""
        return self._of("mean_error")

    @property
    def effective(self) -> dict[str, float | None]:
        """Effective number of draws for each mean."""
        return self._of("effective")

    @property
    def r_hat(self) -> dict[str, float | None]:
        """R-hat of each parameter, the larger of those of the ranks and of the folded ranks; None for nested sampling."""
        return self._of("r_hat")

    def __repr__(self) -> str:
        rows = [f"{name} = {self.means[name]:.6g} ± {self.deviations[name]:.3g}" for name in self.names]
        how = f"{self.draws.shape[0]} chains"
        if self.ln_evidence is not None:
            how = f"ln Z = {self.ln_evidence[0]:.6g} ± {self.ln_evidence[1]:.2g}"
        trust = "" if self.valid else f", not to be trusted: {self.reason}"
        return "\n  ".join([f"posterior, {how}{trust}", *rows])


class Significance(_Document):
    """Evidence for a signal.

    Attributes
    ----------
    q0, p, z : float
        Of the data.
    expected_q0, expected_p, expected_z : float
        Medians with the signal at 1.
    toys : dict or None
        p-value of the data by toys without signal.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.poi: str = document["poi"]
        observed, expected = document["observed"], document["expected"]
        self.q0, self.p, self.z = (number(observed[key]) for key in ("q0", "p", "z"))
        self.expected_q0, self.expected_p, self.expected_z = (number(expected[key]) for key in ("q0", "p", "z"))
        self.toys: dict[str, Any] | None = document.get("toys")

    def __repr__(self) -> str:
        return f"{self.z:.4g} σ (p = {self.p:.4g}), expected {self.expected_z:.4g} σ"


class Scan(_Document):
    """Profiled likelihood along a parameter.

    Attributes
    ----------
    parameter : str
    best, error : float
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.parameter: str = document["parameter"]
        self.best, self.error = number(document["best"]), number(document["error"])

    @property
    def values(self) -> NDArray[np.float64]:
        """Scanned values, ascending, ndarray (n,)."""
        return _array(point["value"] for point in self.document["points"])

    @property
    def rises(self) -> NDArray[np.float64]:
        """2Δ(-ln L), ndarray (n,); NaN where the other parameters have no minimum."""
        return _array(point["rise"] for point in self.document["points"])

    @property
    def curves(self) -> dict[str, NDArray[np.float64]]:
        """The same with each combination of functions, by their names; empty where there is no choice between functions."""
        return {", ".join(curve["functions"]): _array(curve["rises"]) for curve in self.document.get("curves", ())}

    def __repr__(self) -> str:
        return f"scan of {self.parameter}, {len(self.document['points'])} points, best {self.best:.6g}"


class Contour:
    """Points on which 2Δ(-ln L) of two parameters has one value.

    Attributes
    ----------
    level : float
        Probability that it holds.
    rise : float
    points : ndarray (n, 2)
    on_bound : ndarray (n,), bool
        Where a bound ends the region.
    """

    def __init__(self, document: Mapping[str, Any], level: float) -> None:
        import numpy as np

        self.level = level
        self.rise = number(document["rise"])
        self.points = _array(point["at"] for point in document["points"])
        self.on_bound = np.array([point["on_bound"] for point in document["points"]])


class Contours(_Document):
    """Contours of two parameters, by level.

    Attributes
    ----------
    parameters : tuple of str
    best : ndarray (2,)
    contours : list of Contour
    """

    def __init__(self, document: dict[str, Any], levels: list[float]) -> None:
        super().__init__(document)
        self.parameters = tuple(document["parameters"])
        self.contours = [Contour(ring, level) for ring, level in zip(document["contours"], levels, strict=True)]

    @property
    def best(self) -> NDArray[np.float64]:
        """Best values, ndarray (2,)."""
        return _array(self.document["best"])

    def __repr__(self) -> str:
        levels = ", ".join(f"{100 * contour.level:.1f} %" for contour in self.contours)
        return f"contours of {', '.join(self.parameters)} at {levels}"


class Ranking(_Document):
    """Impacts on the parameter of interest, the largest first.

    Attributes
    ----------
    poi, kind : str
    value, error : float
        Of the parameter of interest.
    names : list of str
    groups : dict
        Of each group the number of its ``members`` and its share in the error, ``frozen`` (with them held) and ``auxiliary``.
    failed : dict
        Parameters without impact, with the reason.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.poi: str = document["poi"]
        self.kind: str = document["kind"]
        self.value, self.error = number(document["value"]), number(document["error"])
        self.names: list[str] = [row["name"] for row in document["rows"]]
        self.groups: dict[str, dict[str, Any]] = {one["name"]: one for one in document["groups"]}
        self.failed: dict[str, str] = {one["name"]: one["reason"] for one in document["failed"]}

    def _column(self, key: str) -> NDArray[np.float64]:
        pairs = key in {"auxiliary", "postfit", "prefit"}
        return _array((row[key] if row[key] is not None or not pairs else [None, None]) for row in self.document["rows"])

    @property
    def values(self) -> NDArray[np.float64]:
        """Best values of the parameters, ndarray (n,)."""
        return self._column("value")

    @property
    def errors(self) -> NDArray[np.float64]:
        """Their errors, ndarray (n,)."""
        return self._column("error")

    @property
    def pulls(self) -> NDArray[np.float64]:
        """Their pulls, ndarray (n,); NaN without constraint."""
        return self._column("pull")

    @property
    def prefit(self) -> NDArray[np.float64]:
        """Shifts up and down for the widths of the constraints, ndarray (n, 2)."""
        return self._column("prefit")

    @property
    def postfit(self) -> NDArray[np.float64]:
        """Shifts up and down for the errors after the fit, ndarray (n, 2)."""
        return self._column("postfit")

    @property
    def covariance(self) -> NDArray[np.float64]:
        """Shifts for an error up, from the covariance, ndarray (n,)."""
        return self._column("covariance")

    @property
    def auxiliary(self) -> NDArray[np.float64]:
        """Shifts when the auxiliary measurement is moved up and down by its width, ndarray (n, 2); NaN without constraint."""
        return self._column("auxiliary")

    def __repr__(self) -> str:
        rows = [f"{name}: {up:+.4g} {down:+.4g}" for name, (up, down) in zip(self.names, self.postfit, strict=True)]
        return "\n  ".join([f"impacts on {self.poi} = {self.value:.6g}", *rows])


class Compatibility(_Document):
    """Agreement of channels on a parameter.

    Attributes
    ----------
    poi : str
    channels : list of str
        Those that depend on the parameter.
    value, error : float
        With one value for all channels.
    statistic : float
        Twice the rise of -ln L from one value for each channel to one for all.
    ndof : int
    p : float or None
        By χ²; None where the value of a channel is at a bound.
    toys : dict or None
        p-value by toys.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.poi: str = document["poi"]
        self.channels: list[str] = [one["channel"] for one in document["channels"]]
        self.value, self.error = number(document["common"]["value"]), number(document["common"]["error"])
        self.statistic = number(document["statistic"])
        self.ndof: int = document["ndof"]
        self.p = number(document["p"])
        self.toys: dict[str, Any] | None = document.get("toys")

    @property
    def values(self) -> NDArray[np.float64]:
        """Value of each channel, ndarray (channels,)."""
        return _array(one["value"] for one in self.document["channels"])

    @property
    def errors(self) -> NDArray[np.float64]:
        """Error of each, from the Hessian, ndarray (channels,)."""
        return _array(one["error"] for one in self.document["channels"])

    @property
    def minos(self) -> NDArray[np.float64]:
        """Distances to the ends of the profiled intervals, ndarray (channels, 2); NaN beyond a bound."""
        return _array(one["minos"] or [None, None] for one in self.document["channels"])

    def __repr__(self) -> str:
        fitted = zip(self.channels, self.values, self.errors, strict=True)
        rows = [f"{name}: {value:.6g} ± {error:.3g}" for name, value, error in fitted]
        return "\n  ".join([f"{self.poi} = {self.value:.6g} in all, statistic {self.statistic:.4g} / {self.ndof}", *rows])


class Goodness(_Document):
    """Goodness of fit.

    Attributes
    ----------
    kind : {"saturated", "ks", "ad"}
    statistic : float
    ndof : int
    p : float or None
        By χ².
    toys : dict or None
        p-value by toys.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.kind: str = document["kind"]
        self.statistic = number(document["statistic"])
        self.ndof: int = document["ndof"]
        self.p = number(document["p"])
        self.toys: dict[str, Any] | None = document.get("toys")

    @property
    def values(self) -> NDArray[np.float64]:
        """The statistic of the toys, ndarray."""
        return _array(self.toys["values"] if self.toys else [])

    def __repr__(self) -> str:
        p = "" if self.p is None else f", p = {self.p:.4g}"
        toys = f", p = {self.toys['p']:.4g} by {self.toys['toys']} toys" if self.toys else ""
        return f"{self.kind}: {self.statistic:.6g} with {self.ndof} degrees of freedom{p}{toys}"


class Toys(_Document):
    """A test by toys.

    Attributes
    ----------
    poi, statistic : str
    value, observed, best : float
        Tested value, statistic of the data, best value.
    cls, cls_error : float or None
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.poi: str = document["poi"]
        self.statistic: str = document["statistic"]
        self.value, self.observed, self.best = (number(document[key]) for key in ("value", "observed", "best"))
        self.cls, self.cls_error = number(document.get("cls")), number(document.get("cls_error"))

    @property
    def background(self) -> NDArray[np.float64]:
        """The statistic in toys without signal, ndarray."""
        return _array(self.document["background"]["values"])

    @property
    def signal(self) -> NDArray[np.float64]:
        """The statistic in toys with the tested signal, ndarray; none of q0."""
        return _array(self.document.get("signal", {"values": []})["values"])

    @property
    def expected_cls(self) -> NDArray[np.float64]:
        """CLs of background at -2 … +2 standard deviations, ndarray (5,)."""
        return _array(self.document.get("expected", []))

    def __repr__(self) -> str:
        cls = "" if self.cls is None else f", CLs = {self.cls:.4g} ± {self.cls_error:.2g}"
        return f"{self.statistic} at {self.poi} = {self.value:g}: {self.observed:.6g}{cls}"


class Yields(_Document):
    """Expected yields with errors.

    Attributes
    ----------
    kind : str
        ``prefit`` or ``postfit``.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.kind: str = document["kind"]
        self._rows = {(row["channel"], row["sample"]): row for row in document["rows"]}

    def __getitem__(self, key: str | tuple[str, str | None]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Contents and errors of the bins of a channel, or of one sample of it."""
        row = self._rows[(key, None) if isinstance(key, str) else key]
        return _array(row["contents"]), _array(row["errors"])

    def total(self, channel: str, sample: str | None = None) -> tuple[float | None, float | None]:
        """Sum of the bins and its error."""
        row = self._rows[channel, sample]
        return number(row["sum"]), number(row["sum_error"])

    def observed(self, channel: str) -> NDArray[np.float64]:
        """Observed counts of a channel, ndarray."""
        return _array(self.document["observed"][channel])

    @property
    def channels(self) -> list[str]:
        """Names of the channels."""
        return list(self.document["observed"])

    def samples(self, channel: str) -> list[str]:
        """Names of the samples of a channel."""
        return [sample for name, sample in self._rows if name == channel and sample is not None]

    def __repr__(self) -> str:
        rows = [f"{channel}: {row['sum']:.6g} ± {row['sum_error']:.3g}" for (channel, s), row in self._rows.items() if s is None]
        return "\n  ".join([f"{self.kind} yields", *rows])


class Coefficients(_Document):
    """Minima and intervals of a model that is quadratic in coefficients.

    Attributes
    ----------
    names : list of str
        All parameters.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.names: list[str] = document["parameters"]

    @property
    def minima(self) -> NDArray[np.float64]:
        """Values at each minimum, the lowest first, ndarray (minima, parameters)."""
        return _array(minimum["values"] for minimum in self.document["minima"])

    @property
    def rises(self) -> NDArray[np.float64]:
        """Δ(-ln L) of each minimum, ndarray (minima,)."""
        return _array(minimum["rise"] for minimum in self.document["minima"])

    def intervals(self, name: str) -> dict[float, NDArray[np.float64]]:
        """Pieces of the interval of a coefficient by level, each ndarray (pieces, 2)."""
        row = next(row for row in self.document["coefficients"] if row["parameter"] == name)
        return {one["level"]: _array([piece["low"], piece["high"]] for piece in one["segments"]) for one in row["intervals"]}

    @property
    def eigenvalues(self) -> NDArray[np.float64]:
        """Eigenvalues of the expected information, descending, ndarray (n,)."""
        return _array(self.document["information"]["eigenvalues"])

    @property
    def directions(self) -> NDArray[np.float64]:
        """The directions that belong to them, ndarray (n, n), a row each."""
        return _array(self.document["information"]["directions"])

    def __repr__(self) -> str:
        return f"{len(self.document['minima'])} minima of {len(self.names)} parameters"
