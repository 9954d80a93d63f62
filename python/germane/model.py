"""Likelihoods with exact derivatives, and their fits."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from germane import _core
from germane._core import Model as _CoreModel
from germane.errors import FileError
from germane.result import Fit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Model"]


def _text(name: str) -> str:
    """Contents of a file."""
    try:
        with open(name, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise FileError(f"{name}: {error.strerror}", 4, [{"code": "file", "message": str(error), "file": name}]) from None


class Model:
    """A compiled likelihood: value, gradient and Hessian of -ln L with all constants.

    It is a cost function of iminuit: ``Minuit(model, **model.start)`` uses its gradient.

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

    def __init__(self, core: _CoreModel, source: tuple[str, str, str | None]) -> None:
        self._core = core
        self._source = source
        self._described = core.parameters()

    @staticmethod
    def from_pyhf(spec: str | os.PathLike[str] | Mapping[str, Any], *, measurement: str | None = None) -> Model:
        """Read a pyhf workspace.

        Parameters
        ----------
        spec : path-like or mapping
        measurement : str, optional
            By default the first.

        Raises
        ------
        ExpressionError
            All mistakes at once, each with its place.
        """
        if isinstance(spec, Mapping):
            text, name = json.dumps(spec), "workspace"
        else:
            name = os.fspath(spec)
            text = _text(name)
        return Model(_core.Model.from_pyhf(text, name, measurement), (text, name, measurement))

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
            How yields depend on parameters of interest, as ``"multiSignalModel map=.*/ggH:r_ggH[1,0,10]"``; by default
            one strength ``r`` for all signals.
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
        name = os.fspath(path)
        text = _text(name)
        pairs = list((keywords or {}).items())
        core = _core.Model.from_datacard(text, name, float(mass), physics, pairs, list(mask))
        return Model(core, (text, name, None))

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
    def channels(self) -> dict[str, int]:
        """Number of bins of each channel, in the order of the data."""
        return dict(self._core.channels())

    @property
    def _parameters(self) -> dict[str, tuple[float, float]]:
        """Names and limits in the form that iminuit asks for."""
        return self.limits

    def _vector(self, values: ArrayLike | Mapping[str, float]) -> list[float]:
        if isinstance(values, Mapping):
            return [float(values[name]) for name in self.names]
        import numpy as np

        vector: list[float] = np.asarray(values, dtype=np.float64).tolist()
        return vector

    def _point(self, values: tuple[Any, ...]) -> list[float]:
        """One vector or mapping, or one number a parameter."""
        import numpy as np

        one = len(values) == 1 and (isinstance(values[0], Mapping) or np.ndim(values[0]) == 1)
        return self._vector(values[0] if one else values)

    def nll(self, *values: Any) -> float:
        """-ln L with all constants; infinite where an expectation is negative.

        This, ``grad`` and ``hessian`` take one vector, one mapping by name, or one number a parameter.
        """
        return self._core.nll(self._point(values))

    def __call__(self, *values: Any) -> float:
        """-ln L, as ``nll``."""
        return self._core.nll(self._point(values))

    def grad(self, *values: Any) -> NDArray[np.float64]:
        """Gradient of -ln L, ndarray (n,), exact."""
        import numpy as np

        return np.asarray(self._core.gradient(self._point(values)))

    def hessian(self, *values: Any) -> NDArray[np.float64]:
        """Second derivatives of -ln L, ndarray (n, n), exact."""
        import numpy as np

        size = len(self._described)
        return np.asarray(self._core.hessian(self._point(values))).reshape(size, size)

    def expected(self, values: ArrayLike | Mapping[str, float]) -> NDArray[np.float64]:
        """Expected counts of all bins, ndarray."""
        import numpy as np

        return np.asarray(self._core.expected(self._vector(values)))

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
        return Model(self._core.asimov(self._vector(self.start if values is None else values)), self._source)

    def toy(self, seed: int, number: int = 0, values: ArrayLike | Mapping[str, float] | None = None) -> Model:
        """Return the model with random data; the same seed and number always give the same."""
        return Model(self._core.toy(self._vector(self.start if values is None else values), seed, number), self._source)

    def fix(self, **values: float) -> Model:
        """Return the model with parameters held at values."""
        core = self._core
        for name, value in values.items():
            core = core.fix(name, float(value))
        return Model(core, self._source)

    def fit(self, *, minos: str | Iterable[str] | None = None) -> Fit:
        """Minimise -ln L.

        Parameters
        ----------
        minos : "all" or names, optional
            Parameters for which intervals of the profiled likelihood are wanted.

        Returns
        -------
        Fit
            With its certificate; without a valid minimum its ``reason`` says why.
        """
        names = None if minos is None or minos == "all" else [minos] if isinstance(minos, str) else list(minos)
        document, covariance = self._core.fit(names, minos == "all")
        return Fit(json.loads(document), covariance)

    def __repr__(self) -> str:
        bins = sum(self.channels.values())
        poi = f", parameter of interest {self.poi}" if self.poi else ""
        return f"<model: {len(self.channels)} channels, {bins} bins, {len(self._described)} parameters{poi}>"
