"""Likelihoods with exact derivatives, their fits, and what follows from them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from germane import _core
from germane._core import Model as _CoreModel
from germane.result import Fit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from germane.statistics import (
        Coefficients,
        Compatibility,
        Contours,
        Goodness,
        Limit,
        Posterior,
        Ranking,
        Region,
        Scan,
        Significance,
        Toys,
        Yields,
    )
    from germane.templates import Templates

    Spec = str | os.PathLike[str] | Mapping[str, Any] | list[Any]
    Patch = str | os.PathLike[str] | Sequence[Mapping[str, Any]] | tuple[Mapping[str, Any], str]

__all__ = ["Model", "combine"]


def _described(spec: Spec, what: str) -> tuple[str, str]:
    """Text and name of a description, which is a file or a document."""
    if isinstance(spec, (Mapping, list)):
        return json.dumps(spec), what
    name = os.fspath(spec)
    return _core.read_text(name), name


def patched(text: str, name: str, patch: Patch | None) -> tuple[str, str]:
    """Text and name of a workspace with a patch."""
    if patch is None:
        return text, name
    if isinstance(patch, (str, os.PathLike)):
        return _core.patched(text, name, os.fspath(patch), None)
    if isinstance(patch, tuple):
        patchset, wanted = patch
        return _core.patched(text, name, None, (json.dumps(patchset), wanted))
    # Operations of a JSON Patch, as pyhf takes them.
    metadata = {"name": "patch", "values": [0]}
    patchset = {"metadata": {}, "patches": [{"metadata": metadata, "patch": list(patch)}], "version": "1.0.0"}
    return _core.patched(text, name, None, (json.dumps(patchset), "patch"))


class Model:
    """A compiled likelihood: value, gradient and Hessian of -ln L with all constants.

    It is a cost function of iminuit: ``Minuit(model, **model.start)`` uses its gradient. Models add: in ``a + b`` parameters of
    the same name are one, and a constraint that both have counts once.

    Attributes
    ----------
    names : list of str
        Parameters in order; entries of vectors are ``name[i]``.
    start : dict
        Starting values by name.
    limits : dict
        Bounds by name.
    """

    errordef = 0.5
    shared: list[dict[str, Any]] = []  # noqa: RUF012 - read only, replaced for joint models

    def __init__(self, core: _CoreModel) -> None:
        self._core = core

    @staticmethod
    def read(
        spec: Spec,
        *,
        patch: Patch | None = None,
        measurement: str | None = None,
        mass: float = 120.0,
        physics: str | None = None,
        keywords: Mapping[str, str] | None = None,
        mask: Iterable[str] = (),
    ) -> Model:
        """Read a model in any format, which is told by its content, not by the name of the file.

        Parameters
        ----------
        spec : path-like or mapping
            Workspace of pyhf, HS3 document, top-level XML of HistFactory, datacard of combine, configuration of cabinetry or
            TRExFitter.
        patch : str, path-like, tuple or list, optional
            Of a workspace: ``FILE[:NAME]`` of a patchset, a patchset with a name, or operations of a JSON Patch.
        measurement : str, optional
            Measurement or analysis; by default the first.
        mass, physics, keywords, mask
            Of cards, as for ``from_datacard``.

        Raises
        ------
        ExpressionError
            All mistakes at once, each with its place.
        FileError
            If a file is missing.
        """
        return Model._read(spec, None, patch, measurement, (mass, physics, keywords, mask))

    @staticmethod
    def _read(
        spec: Spec,
        expected: str | None,
        patch: Patch | None = None,
        measurement: str | None = None,
        card: tuple[float, str | None, Mapping[str, str] | None, Iterable[str]] = (120.0, None, None, ()),
    ) -> Model:
        text, name = patched(*_described(spec, "workspace" if expected in {None, "pyhf"} else f"{expected} document"), patch)
        mass, physics, keywords, mask = card
        options = (float(mass), physics, list((keywords or {}).items()), list(mask))
        return Model(_CoreModel.read(text, name, expected, measurement, options))

    @staticmethod
    def from_pyhf(spec: Spec, *, patch: Patch | None = None, measurement: str | None = None) -> Model:
        """Read a pyhf workspace.

        Parameters
        ----------
        spec : path-like or mapping
        patch : str, path-like, tuple or list, optional
            ``FILE[:NAME]`` of a patchset, a patchset with a name, or operations of a JSON Patch.
        measurement : str, optional
            By default the first.

        Raises
        ------
        ExpressionError
            All mistakes at once, each with its place.
        """
        return Model._read(spec, "pyhf", patch, measurement)

    @staticmethod
    def from_hs3(spec: Spec, *, analysis: str | None = None) -> Model:
        """Read an HS3 document, of bins or of events.

        Parameters
        ----------
        spec : path-like or mapping
        analysis : str, optional
            Analysis or likelihood; by default the first.

        Raises
        ------
        ExpressionError
            All mistakes at once, each with its place.
        """
        return Model._read(spec, "hs3", None, analysis)

    @staticmethod
    def from_histfactory(path: str | os.PathLike[str], *, measurement: str | None = None) -> Model:
        """Read the top-level XML of HistFactory, with the channel files and histograms that it names.

        Parameters
        ----------
        path : path-like
        measurement : str, optional
            By default the first.

        Raises
        ------
        ExpressionError
            All mistakes at once, each with its place.
        FileError
            If a file is missing.
        """
        return Model._read(path, "histfactory", None, measurement)

    @staticmethod
    def from_datacard(
        path: str | os.PathLike[str],
        *,
        mass: float = 120.0,
        physics: str | None = None,
        keywords: Mapping[str, str] | None = None,
        mask: Iterable[str] = (),
    ) -> Model:
        """Read a datacard of CMS combine, with histograms (TH1) in ROOT files beside it.

        Parameters
        ----------
        path : path-like
        mass : float, optional
            What ``$MASS`` stands for.
        physics : str, optional
            How yields depend on parameters of interest, as ``"multiSignalModel map=.*/ggH:r_ggH[1,0,10]"`` or
            ``"interferenceModel scalingData=scaling.json"``; by default one strength ``r`` for all signals.
        keywords : mapping of str, optional
            Other keywords of file and histogram names.
        mask : iterable of str, optional
            Channels that are left out.

        Raises
        ------
        ExpressionError
            All mistakes at once, each with its place.
        FileError
            If a file is missing.
        """
        return Model._read(path, "datacard", None, None, (mass, physics, keywords, mask))

    @staticmethod
    def from_cabinetry(path: str | os.PathLike[str]) -> Model:
        """Read a configuration of cabinetry, and make its templates from the events or histograms that it names.

        Raises
        ------
        ExpressionError
            All mistakes at once, each with its place.
        FileError
            If a file is missing.
        """
        return Model._read(path, "cabinetry")

    @staticmethod
    def from_trexfitter(path: str | os.PathLike[str]) -> Model:
        """Read a configuration of TRExFitter; otherwise as ``from_cabinetry``."""
        return Model._read(path, "trexfitter")

    @staticmethod
    def from_scaling(scaling: Spec, *parts: Spec, linear: bool = False, linear_in: Iterable[str] = ()) -> Model:
        """Read yields that are quadratic in coefficients, as effective field theories have them.

        Parameters
        ----------
        scaling : path-like or mapping
            Quadratic forms of the bins (combine's ``scaling.json``).
        *parts : path-like or mapping
            Yields with data, or measured values with their covariance.
        linear : bool, optional
            Only what is linear in the coefficients.
        linear_in : iterable of str, optional
            Coefficients that enter linearly only.

        Raises
        ------
        ExpressionError
            All mistakes at once, each with its place.
        """
        read = [_described(part, f"part {number}") for number, part in enumerate(parts)]
        return Model(_CoreModel.read_scaling(_described(scaling, "scaling"), read, linear, list(linear_in)))

    def to_pyhf(self) -> dict[str, Any]:
        """Return the description as a workspace of pyhf.

        Raises
        ------
        ExpressionError
            What that format cannot say.
        ValueError
            If data, parameters or templates have been replaced since the model was read, or it has no description.
        """
        document: dict[str, Any] = json.loads(self._core.convert("pyhf"))
        return document

    def to_hs3(self) -> dict[str, Any]:
        """Return the description as an HS3 document; errors as ``to_pyhf``."""
        document: dict[str, Any] = json.loads(self._core.convert("hs3"))
        return document

    def inspect(self) -> dict[str, Any]:
        """Return what the model is made of: channels, samples, modifiers, parameters, measurements.

        Data, starts and bounds are those of the model, also where they have been replaced.
        """
        document: dict[str, Any] = json.loads(self._core.inspect())
        return document

    @property
    def warnings(self) -> list[str]:
        """What is odd in the description, with places."""
        return self._core.warnings()

    @cached_property
    def _described(self) -> list[tuple[str, str | None, float, float, float, bool]]:
        return self._core.parameters()

    @property
    def names(self) -> list[str]:
        """Parameters in order."""
        return [name for name, *_ in self._described]

    @property
    def start(self) -> dict[str, float]:
        """Starting values by name."""
        return {name: start for name, _, start, _, _, _ in self._described}

    @property
    def limits(self) -> dict[str, tuple[float, float]]:
        """Lower and upper bounds by name."""
        return {name: (lower, upper) for name, _, _, lower, upper, _ in self._described}

    @property
    def fixed(self) -> list[str]:
        """Names of the parameters that fits leave at their start."""
        return [name for name, _, _, _, _, fixed in self._described if fixed]

    @property
    def poi(self) -> str | None:
        """Parameter of interest."""
        return self._core.poi

    @property
    def channels(self) -> dict[str, int | None]:
        """Number of bins of each channel, in the order of the data; None where the data are events."""
        return dict(self._core.channels())

    @property
    def ndata(self) -> float:
        """Number of bins, or of events where these are the data."""
        return self._core.ndata

    @property
    def _parameters(self) -> dict[str, tuple[float, float]]:
        """Names and limits in the form that iminuit asks for."""
        return self.limits

    def _starting(self, values: ArrayLike | Mapping[str, float] | None) -> Any:
        return [start for _, _, start, *_ in self._described] if values is None else values

    def nll(self, *values: Any) -> float:
        """-ln L with all constants; infinite where an expectation is negative.

        This, ``grad`` and ``hessian`` take one vector, one mapping by name, or one number a parameter.
        """
        return self._core.nll(values)

    def __call__(self, *values: Any) -> float:
        """-ln L, as ``nll``."""
        return self._core.nll(values)

    def grad(self, *values: Any) -> NDArray[np.float64]:
        """Gradient of -ln L, ndarray (n,), exact."""
        import numpy as np

        return np.asarray(self._core.gradient(values))

    def hessian(self, *values: Any) -> NDArray[np.float64]:
        """Second derivatives of -ln L, ndarray (n, n), exact."""
        import numpy as np

        size = len(self._described)
        return np.asarray(self._core.hessian(values)).reshape(size, size)

    def hvp(self, values: ArrayLike | Mapping[str, float], vector: ArrayLike) -> NDArray[np.float64]:
        """Second derivatives of -ln L times a vector, ndarray (n,), exact."""
        import numpy as np

        return np.asarray(self._core.hessian_times(values, vector))

    @property
    def templates(self) -> Templates:
        """The numbers that the model is made of: data, templates, factors, uncertainties."""
        import numpy as np

        from germane.templates import Templates

        return Templates(np.asarray(self._core.input_values()), self._layout)

    @cached_property
    def _layout(self) -> list[tuple[str, str | None, str | None, str, int, int]]:
        return self._core.inputs()

    def with_templates(self, templates: Templates | ArrayLike) -> Model:
        """Return the model made of other numbers, in the order of ``templates.flat``; widths of constraints follow."""
        from germane.templates import Templates

        return Model(self._core.with_inputs(templates.flat if isinstance(templates, Templates) else templates))

    def grad_templates(self, *values: Any) -> Templates:
        """Derivatives of -ln L by every number that the model is made of.

        Parameters and auxiliary data are held; what the widths of constraints owe to nominal contents and uncertainties is
        counted.
        """
        import numpy as np

        from germane.templates import Templates

        return Templates(np.asarray(self._core.input_gradient(values)), self._layout)

    def expected(self, values: ArrayLike | Mapping[str, float]) -> NDArray[np.float64]:
        """Expected counts of all bins, ndarray."""
        import numpy as np

        return np.asarray(self._core.expected(values))

    @property
    def observed(self) -> NDArray[np.float64]:
        """Observed counts of all bins, ndarray."""
        import numpy as np

        return np.asarray(self._core.observed())

    @property
    def auxiliary(self) -> dict[str, float]:
        """Auxiliary measurements by the names of their parameters."""
        return dict(self._core.auxiliary())

    def asimov(self, values: ArrayLike | Mapping[str, float] | None = None) -> Model:
        """Return the model with what it expects for data; by default at the starting values."""
        return Model(self._core.asimov(self._starting(values)))

    def toy(self, seed: int, number: int = 0, values: ArrayLike | Mapping[str, float] | None = None) -> Model:
        """Return the model with random data; the same seed and number always give the same."""
        return Model(self._core.toy(self._starting(values), seed, number))

    def fix(self, **values: float) -> Model:
        """Return the model with parameters held at values."""
        core = self._core
        for name, value in values.items():
            core = core.fix(name, float(value))
        return Model(core)

    def __add__(self, other: Model) -> Model:
        if not isinstance(other, Model):
            return NotImplemented
        return combine({"first": self, "second": other}, map={"default": "same"})

    def fit(
        self,
        *,
        minos: str | Iterable[str] | None = None,
        start: ArrayLike | Mapping[str, float] | None = None,
        starts: int | None = None,
        seed: int = 0,
        minuit: bool = False,
        strategy: int = 1,
    ) -> Fit:
        """Minimise -ln L.

        Parameters
        ----------
        minos : "all" or names, optional
            Parameters for which intervals of the profiled likelihood are wanted.
        start : array-like or mapping, optional
            Where the search starts; by default at the starting values.
        starts, seed : int, optional
            So many random starts beside: the lowest minimum is taken, and ``document["minima"]`` lists all.
        minuit : bool, optional
            With the numbers and flags of MIGRAD, HESSE and MINOS.
        strategy : {0, 1, 2}, optional
            Of Minuit.

        Returns
        -------
        Fit
            With its certificate; without a valid minimum its ``reason`` says why.
        """
        names = None if minos is None or minos == "all" else [minos] if isinstance(minos, str) else list(minos)
        document, covariance, fitted = self._core.fit(
            names, minos == "all", start, None if starts is None else (starts, seed), strategy if minuit else None
        )
        return Fit(json.loads(document), covariance, (self, fitted))

    def limit(
        self,
        poi: str | None = None,
        *,
        level: float = 0.95,
        points: Iterable[float] = (),
        toys: int | None = None,
        seed: int = 0,
        threads: int = 0,
    ) -> Limit:
        """Upper limits by CLs, observed and expected.

        Parameters
        ----------
        poi : str, optional
            By default the parameter of interest of the model.
        level : float, optional
        points : iterable of float, optional
            Values that are tested beside the limits.
        toys : int, optional
            By so many toys of each hypothesis instead of the asymptotic formulae.
        seed, threads : int, optional
            Of the toys; by default a thread for each core.

        Raises
        ------
        FitError
            If a fit has no minimum, or no value is excluded.
        """
        from germane.statistics import Limit

        if toys is None:
            text = self._core.limit(poi, level, [float(value) for value in points])
        else:
            text = self._core.limit_by_toys(poi, level, (toys, seed, threads))
        return Limit(json.loads(text), self)

    def significance(self, poi: str | None = None, *, toys: int | None = None, seed: int = 0, threads: int = 0) -> Significance:
        """Evidence for a signal: q0, its p-value and significance, observed and expected."""
        from germane.statistics import Significance

        return Significance(json.loads(self._core.significance(poi, None if toys is None else (toys, seed, threads))))

    def feldman_cousins(
        self,
        poi: str | None = None,
        *,
        level: float = 0.95,
        toys: int | None = 1000,
        points: int = 20,
        halvings: int = 5,
        seed: int = 0,
        threads: int = 0,
    ) -> Region:
        """Confidence region of a parameter by the construction of Neyman, ordered as Feldman and Cousins do.

        Parameters
        ----------
        poi : str, optional
            By default the parameter of interest of the model. Its bounds are the physical boundary.
        level : float, optional
        toys : int, optional
            Thrown at each tested value; None for the exact probabilities of a model of counts.
        points, halvings : int, optional
            Values of the first grid, and how often a step is halved in which the region ends.
        seed, threads : int, optional
            Of the toys; by default a thread for each core.

        Raises
        ------
        FitError
            If a fit has no minimum, or the exact probabilities cannot be listed.
        """
        from germane.statistics import Region

        thrown = None if toys is None else (toys, seed, threads)
        return Region(json.loads(self._core.feldman_cousins(poi, float(level), (points, halvings), thrown)))

    def scan(self, parameter: str | None = None, values: Iterable[float] = (), *, points: int = 41) -> Scan:
        """-ln L along a parameter, minimised over all others.

        Parameters
        ----------
        parameter : str, optional
            By default the parameter of interest.
        values : iterable of float, optional
            By default ``points`` values within three errors of the minimum.
        """
        from germane.statistics import Scan

        return Scan(json.loads(self._core.scan(parameter, [float(value) for value in values], points)))

    def contour(
        self, first: str, second: str, *, levels: Iterable[float] = (0.682689492137086, 0.954499736103642), points: int = 60
    ) -> Contours:
        """Contours of the profiled likelihood of two parameters that hold given probabilities."""
        from germane.statistics import Contours

        levels = [float(level) for level in levels]
        return Contours(json.loads(self._core.contour((first, second), levels, points)), levels)

    def rank(
        self,
        poi: str | None = None,
        *,
        covariance: bool = False,
        groups: Mapping[str, Iterable[str]] | None = None,
        threads: int = 0,
    ) -> Ranking:
        """Impacts of all nuisance parameters on the parameter of interest.

        Parameters
        ----------
        poi : str, optional
        covariance : bool, optional
            From the covariance alone, without fits.
        groups : mapping of str to names, optional
            Sets of parameters whose share in the error is wanted; by default the groups of a datacard.
        threads : int, optional
            By default one for each core.
        """
        from germane.statistics import Ranking

        named = None if groups is None else [(name, list(members)) for name, members in groups.items()]
        return Ranking(json.loads(self._core.rank(poi, covariance, named, threads)))

    def gof(self, *, test: str = "saturated", toys: int = 0, seed: int = 0, threads: int = 0) -> Goodness:
        """Goodness of fit.

        Parameters
        ----------
        test : {"saturated", "ks", "ad"}, optional
            Against the saturated model, by χ² and by toys; or the distance of cumulated distributions of Kolmogorov and Smirnov
            or of Anderson and Darling, by toys alone.
        toys, seed, threads : int, optional
            By default no toys.
        """
        from germane.statistics import Goodness

        return Goodness(json.loads(self._core.gof(test, (toys, seed, threads))))

    def channel_compatibility(self, poi: str | None = None, *, toys: int = 0, seed: int = 0, threads: int = 0) -> Compatibility:
        """Whether channels agree on a parameter: one value for all of them against one for each.

        Parameters
        ----------
        poi : str, optional
            By default the parameter of interest of the model.
        toys, seed, threads : int, optional
            Toys thrown with the common value; by default none.

        Raises
        ------
        FitError
            If fewer than two channels depend on the parameter, or a fit has no minimum.
        """
        from germane.statistics import Compatibility

        return Compatibility(json.loads(self._core.channel_compatibility(poi, (toys, seed, threads))))

    def toys(
        self,
        value: float = 1.0,
        poi: str | None = None,
        *,
        statistic: str = "qtilde",
        toys: int = 1000,
        seed: int = 0,
        threads: int = 0,
    ) -> Toys:
        """Test statistics of a tested value in toys with and without signal.

        Parameters
        ----------
        value : float, optional
            Tested value of the parameter of interest.
        poi : str, optional
        statistic : {"qtilde", "q", "ttilde", "t", "q0"}, optional
        toys, seed, threads : int, optional
        """
        from germane.statistics import Toys

        return Toys(json.loads(self._core.toys(poi, float(value), statistic, (toys, seed, threads))))

    def sample(
        self,
        *,
        nested: bool = False,
        chains: int = 4,
        draws: int = 1000,
        warmup: int = 1000,
        acceptance: float = 0.8,
        shortest: float = 1.0,
        from_mode: bool = True,
        points: int = 400,
        seed: int = 0,
        threads: int = 0,
    ) -> Posterior:
        """Draw from the posterior of the free parameters, whose prior is flat within their bounds.

        Parameters
        ----------
        nested : bool, optional
            Nested sampling: the evidence and weighted draws. Every free parameter needs two bounds.
        chains, draws, warmup : int, optional
            Chains (or runs of nested sampling), draws of each, and draws before them from which a chain learns.
        acceptance : float, optional
            Part of the steps of the trajectories that is to be accepted.
        shortest : float, optional
            Steps are shortened at random, down to this part; a funnel needs some 0.05.
        from_mode : bool, optional
            Whether the first widths come from the mode. Where the mode says nothing of the rest (a funnel), False.
        points : int, optional
            Live points of each run of nested sampling.
        seed, threads : int, optional
            The draws do not depend on the threads; by default one for each core.

        Raises
        ------
        FitError
            If the posterior has no mode, or a parameter has no two bounds.

        Examples
        --------
        >>> import germane as ge
        >>> sample = {"name": "s", "data": [2.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]}
        >>> model = ge.Model.from_pyhf(
        ...     {
        ...         "channels": [{"name": "SR", "samples": [sample]}],
        ...         "observations": [{"name": "SR", "data": [9.0]}],
        ...         "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
        ...         "version": "1.0.0",
        ...     }
        ... )
        >>> posterior = model.sample(draws=500, seed=1)
        >>> posterior["mu"].shape, posterior.valid
        ((4, 500), True)
        """
        from germane.statistics import Posterior

        settings = {
            "nested": nested,
            "chains": chains,
            "draws": draws,
            "warmup": warmup,
            "acceptance": float(acceptance),
            "shortest": float(shortest),
            "from_mode": from_mode,
            "points": points,
            "seed": seed,
            "threads": threads,
        }
        return Posterior(*self._core.sample(settings))

    def yields(self, *, prefit: bool = False) -> Yields:
        """Expected yields with their errors after a fit, or before it."""
        from germane.statistics import Yields

        return Yields(json.loads(self._core.yields(prefit)))

    def coefficients(
        self,
        names: Iterable[str] | None = None,
        *,
        levels: Iterable[float] = (0.682689492137086, 0.95),
        starts: int = 100,
        seed: int = 0,
    ) -> Coefficients:
        """All minima of a model of ``from_scaling``, intervals of coefficients as unions, directions that the data determine."""
        from germane.statistics import Coefficients

        wanted = None if names is None else list(names)
        return Coefficients(json.loads(self._core.coefficients(wanted, [float(level) for level in levels], (starts, seed))))

    def __repr__(self) -> str:
        bins = self.channels.values()
        data = f"{sum(n for n in bins if n is not None)} bins" if None not in bins else f"{self.ndata:g} data"
        poi = f", parameter of interest {self.poi}" if self.poi else ""
        return f"<model: {len(self.channels)} channels, {data}, {len(self._described)} parameters{poi}>"


def combine(models: Mapping[str, Model], *, map: Mapping[str, Any] | None = None) -> Model:
    """Join models to one likelihood.

    Where a workspace of pyhf can say it, the joint model is one of bins, with yields.

    Parameters
    ----------
    models : mapping of str to Model
        By short names.
    map : mapping, optional
        ``same``, ``different``, ``partial`` and ``default`` as in the correlations of a map of ``germane combine``, and
        ``rename``. Without a rule, equal names are a mistake.

    Returns
    -------
    Model
        With ``shared``, a list of what the models have in common.

    Raises
    ------
    ExpressionError
        Equal names without a rule, constraints that differ, correlations that are not positive definite.

    Examples
    --------
    >>> import germane as ge
    >>> def channel(name, n):
    ...     sample = {"name": "s", "data": [10.0], "modifiers": [{"name": "mu", "type": "normfactor", "data": None}]}
    ...     return ge.Model.from_pyhf(
    ...         {
    ...             "channels": [{"name": name, "samples": [sample]}],
    ...             "observations": [{"name": name, "data": [n]}],
    ...             "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    ...             "version": "1.0.0",
    ...         }
    ...     )
    >>> joint = ge.combine({"A": channel("a", 12.0), "B": channel("b", 8.0)}, map={"same": [["A.mu", "B.mu"]]})
    >>> joint.names, joint.fit().values["mu"]
    (['mu'], 1.0)
    """
    rules = dict(map or {})
    rename = rules.pop("rename", {})
    document = {"germane": 1, "models": {name: name for name in models}, "rename": rename, "correlations": rules}
    core, shared = _CoreModel.join(json.dumps(document), "map", [model._core for model in models.values()])
    joint = Model(core)
    joint.shared = json.loads(shared)["shared"]
    return joint
