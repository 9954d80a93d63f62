"""A model as pyhf has it: a density of main and auxiliary data in parameters, both vectors in pyhf's order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from germane import _core
from germane.model import Model as Likelihood
from germane.pyhf.config import Config

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Model"]

DEFAULT_CODES = {"normsys": {"interpcode": "code4"}, "histosys": {"interpcode": "code4p"}}


class Model:
    """A density of data in parameters.

    Parameters
    ----------
    spec : mapping
        ``channels``, and ``parameters`` with their settings.
    poi_name : str or None, optional
        Parameter of interest.
    modifier_settings : mapping, optional
        ``{"normsys": {"interpcode": …}, "histosys": {"interpcode": …}}``, by default code4 and code4p.
    """

    def __init__(
        self,
        spec: Mapping[str, Any],
        *,
        poi_name: str | None = "mu",
        modifier_settings: Mapping[str, Mapping[str, str]] | None = None,
        validate: bool = True,
    ) -> None:
        del validate  # what is wrong is always told
        settings = {kind: dict((modifier_settings or {}).get(kind, codes)) for kind, codes in DEFAULT_CODES.items()}
        channels = list(spec["channels"])
        empty = [{"name": c["name"], "data": [0.0] * len(c["samples"][0]["data"])} for c in channels if c["samples"]]
        config = {"poi": poi_name or "", "parameters": list(spec.get("parameters", []))}
        workspace = {
            "channels": channels,
            "observations": empty,
            "measurements": [{"name": "model", "config": config}],
            "version": "1.0.0",
        }
        codes = (settings["normsys"]["interpcode"], settings["histosys"]["interpcode"])
        core = _core.Model.read_workspace(json.dumps(workspace), "model", None, codes)
        self.spec = {"channels": channels, "parameters": config["parameters"]}
        self.likelihood = Likelihood(core)
        self.config = Config(self.likelihood, self.spec, settings)
        constrained = [name for name, _ in core.auxiliary()]
        auxiliary = [name for name in self.config.par_names if name in set(constrained)]
        # Parameters and auxiliary data of the likelihood from those in pyhf's order.
        self._parameters = np.argsort(core.pyhf_order())
        places = {name: place for place, name in enumerate(auxiliary)}
        self._auxiliary = np.array([places[name] for name in constrained], dtype=np.intp)
        self._known: tuple[bytes, Likelihood] | None = None

    @property
    def nominal_rates(self) -> NDArray[np.float64]:
        """Expected counts at the starting values, ndarray (n,)."""
        return self.likelihood.expected(self.ours(self.config.suggested_init()))

    def ours(self, pars: ArrayLike) -> NDArray[np.float64]:
        """Values in the order of the likelihood from those in pyhf's."""
        values = np.asarray(pars, dtype=np.float64).ravel()
        if len(values) != self.config.npars:
            raise ValueError(f"{len(values)} values for {self.config.npars} parameters")
        return values[self._parameters]

    def theirs(self, values: ArrayLike) -> NDArray[np.float64]:
        """Values in pyhf's order from those in the order of the likelihood."""
        return np.asarray(values, dtype=np.float64)[self.likelihood._core.pyhf_order()]

    def with_data(self, data: ArrayLike) -> Likelihood:
        """Return the likelihood of these data, main and auxiliary ones."""
        values = np.ascontiguousarray(data, dtype=np.float64).ravel()
        key = values.tobytes()
        if self._known is None or self._known[0] != key:
            main, auxiliary = values[: self.config.nmaindata], values[self.config.nmaindata :]
            if len(auxiliary) != self.config.nauxdata or len(main) != self.config.nmaindata:
                raise ValueError(f"{len(values)} data for {self.config.nmaindata} bins and {self.config.nauxdata} constraints")
            core = self.likelihood._core.with_data(main, auxiliary[self._auxiliary])
            self._known = key, Likelihood(core)
        return self._known[1]

    def logpdf(self, pars: ArrayLike, data: ArrayLike) -> NDArray[np.float64]:
        """Logarithm of the density, ndarray (1,)."""
        return np.array([-self.with_data(data).nll(self.ours(pars))])

    def pdf(self, pars: ArrayLike, data: ArrayLike) -> NDArray[np.float64]:
        """Density, ndarray (1,)."""
        return np.exp(self.logpdf(pars, data))

    def expected_actualdata(self, pars: ArrayLike) -> NDArray[np.float64]:
        """Expected counts of all bins, ndarray."""
        return self.likelihood.expected(self.ours(pars))

    def expected_auxdata(self, pars: ArrayLike) -> NDArray[np.float64]:
        """Expected auxiliary data, ndarray."""
        _, auxiliary = self.likelihood._core.expected_data(self.ours(pars))
        return np.asarray(auxiliary)[np.argsort(self._auxiliary)]

    def expected_data(self, pars: ArrayLike, include_auxdata: bool = True) -> NDArray[np.float64]:
        """Expected main and auxiliary data, ndarray."""
        main = self.expected_actualdata(pars)
        return np.concatenate([main, self.expected_auxdata(pars)]) if include_auxdata else main

    def started(
        self,
        data: ArrayLike,
        init_pars: Sequence[float] | None,
        par_bounds: Sequence[tuple[float, float]] | None,
        fixed_params: Sequence[bool] | None,
    ) -> Likelihood:
        """Return the likelihood of data with other starts, bounds and held parameters."""
        init = self.config.suggested_init() if init_pars is None else list(init_pars)
        bounds = self.config.suggested_bounds() if par_bounds is None else list(par_bounds)
        fixed = self.config.suggested_fixed() if fixed_params is None else list(fixed_params)
        for index, (value, (lower, upper)) in enumerate(zip(init, bounds, strict=True)):
            if not lower <= value <= upper:
                name = self.config.par_names[index]
                raise ValueError(f"the start {value} of {name} (index {index}) lies outside of its bounds ({lower}, {upper})")
        order = self._parameters
        core = self.with_data(data)._core.started(
            [float(init[index]) for index in order],
            [(float(bounds[index][0]), float(bounds[index][1])) for index in order],
            [bool(fixed[index]) for index in order],
        )
        return Likelihood(core)
