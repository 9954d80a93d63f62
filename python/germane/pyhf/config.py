"""What pyhf tells about a model: order, starts, bounds and names of its parameters, and its auxiliary data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from germane.model import Model

__all__ = ["Config"]


class Config:
    """Configuration of a model, in pyhf's order.

    Attributes
    ----------
    par_order : list of str
        Names; a vector has one for all its entries.
    par_names : list of str
        Names; entries of vectors are ``name[i]``.
    npars : int
    poi_name, poi_index
        Of the parameter of interest; None without one.
    auxdata : list of float
    auxdata_order : list of str
    channels, samples, modifiers, parameters : list
        Names, sorted.
    channel_nbins : dict
    """

    def __init__(self, model: Model, spec: dict[str, Any], modifier_settings: dict[str, dict[str, str]]) -> None:
        core = model._core
        described = core.parameters()
        self._order = core.pyhf_order()
        self._described = [described[index] for index in self._order]
        self.modifier_settings = modifier_settings
        self.par_names = [name for name, *_ in self._described]
        self.npars = len(self.par_names)
        vectors = {"shapefactor", "shapesys", "staterror"}
        used = [m for channel in spec["channels"] for sample in channel["samples"] for m in sample["modifiers"]]
        self.modifiers = sorted({(modifier["name"], modifier["type"]) for modifier in used})
        stems = {name for name, kind in self.modifiers if kind in vectors}
        self._slices: dict[str, slice] = {}
        for index, name in enumerate(self.par_names):
            stem = name.rsplit("[", 1)[0]
            key = stem if stem in stems else name
            start = self._slices[key].start if key in self._slices else index
            self._slices[key] = slice(start, index + 1)
        self.par_order = list(self._slices)
        self.parameters = sorted(self.par_order)
        self.poi_name = model.poi
        self.poi_index = None if model.poi is None else self.par_names.index(model.poi)
        auxiliary = dict(core.auxiliary())
        self.auxdata = [auxiliary[name] for name in self.par_names if name in auxiliary]
        constrained = {name for name in self.par_names if name in auxiliary}
        self.auxdata_order = [name for name, where in self._slices.items() if self.par_names[where.start] in constrained]
        self.channel_nbins = {name: int(bins or 0) for name, bins in core.channels()}
        self.channels = sorted(self.channel_nbins)
        self.samples = sorted({sample["name"] for channel in spec["channels"] for sample in channel["samples"]})
        self.nmaindata = sum(self.channel_nbins.values())
        self.nauxdata = len(self.auxdata)
        ends, end = {}, 0
        for name in self.channels:
            ends[name] = slice(end, end + self.channel_nbins[name])
            end = ends[name].stop
        self.channel_slices = ends

    def suggested_init(self) -> list[float]:
        """Starting values."""
        return [start for _, _, start, *_ in self._described]

    def suggested_bounds(self) -> list[tuple[float, float]]:
        """Lower and upper bounds."""
        return [(lower, upper) for _, _, _, lower, upper, _ in self._described]

    def suggested_fixed(self) -> list[bool]:
        """Whether fits leave a parameter where it is."""
        return [fixed for *_, fixed in self._described]

    def par_slice(self, name: str) -> slice:
        """Where the entries of a parameter are."""
        return self._slices[name]
