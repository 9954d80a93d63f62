"""A workspace as pyhf has it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from germane import _core
from germane.model import patched
from germane.pyhf.model import Model

__all__ = ["Workspace"]


class Workspace(dict[str, Any]):
    """A workspace: the document, from which models and data are made.

    Parameters
    ----------
    spec : mapping
    """

    def __init__(self, spec: Mapping[str, Any], validate: bool = True) -> None:
        super().__init__(spec)
        if validate:
            # What is wrong with the text is told now, all of it.
            _core.Model.read(json.dumps(spec), "workspace", "pyhf", None, (120.0, None, [], []))
        self.observations = {one["name"]: list(one["data"]) for one in self["observations"]}
        self.measurement_names = [one["name"] for one in self["measurements"]]

    def get_measurement(self, measurement_name: str | None = None, measurement_index: int | None = None) -> dict[str, Any]:
        """Return a measurement by name or number, by default the first."""
        if measurement_name is not None:
            for one in self["measurements"]:
                if one["name"] == measurement_name:
                    found: dict[str, Any] = one
                    return found
            raise KeyError(f"no measurement {measurement_name!r}: there are {', '.join(self.measurement_names)}")
        first: dict[str, Any] = self["measurements"][measurement_index or 0]
        return first

    @classmethod
    def combine(
        cls, left: Mapping[str, Any], right: Mapping[str, Any], join: str = "none", merge_channels: bool = False
    ) -> Workspace:
        """Return two workspaces as one: parameters of equal names are the same.

        Parameters
        ----------
        left, right : mapping
        join : {"none", "outer", "left outer", "right outer"}, optional
            Nothing may be in both; what is in both must be equal; the left or the right workspace wins.
        merge_channels : bool, optional
            Not offered.

        Raises
        ------
        ColumnError
            Names in both that the join does not allow, all of them.
        """
        if merge_channels:
            raise ValueError("channels of equal names are not merged here: rename one of them")
        return cls(json.loads(_core.joined_workspace(json.dumps(left), json.dumps(right), join)))

    @classmethod
    def sorted(cls, workspace: Mapping[str, Any]) -> Workspace:
        """Return a workspace in the order of names."""
        return cls(json.loads(_core.sorted_workspace(json.dumps(workspace))))

    def prune(
        self,
        modifiers: Iterable[str] | None = None,
        modifier_types: Iterable[str] | None = None,
        samples: Iterable[str] | None = None,
        channels: Iterable[str] | None = None,
        measurements: Iterable[str] | None = None,
    ) -> Workspace:
        """Return the workspace without some parts."""
        kinds = {
            "modifier": modifiers,
            "type": modifier_types,
            "sample": samples,
            "channel": channels,
            "measurement": measurements,
        }
        dropped = [(kind, name) for kind, names in kinds.items() for name in names or ()]
        return Workspace(json.loads(_core.edited_workspace(json.dumps(self), dropped, [])))

    def rename(
        self,
        modifiers: Mapping[str, str] | None = None,
        samples: Mapping[str, str] | None = None,
        channels: Mapping[str, str] | None = None,
        measurements: Mapping[str, str] | None = None,
    ) -> Workspace:
        """Return the workspace with other names of some parts."""
        kinds = {"modifier": modifiers, "sample": samples, "channel": channels, "measurement": measurements}
        renamed = [(kind, old, new) for kind, names in kinds.items() for old, new in (names or {}).items()]
        return Workspace(json.loads(_core.edited_workspace(json.dumps(self), [], renamed)))

    def model(
        self,
        measurement_name: str | None = None,
        measurement_index: int | None = None,
        patches: Iterable[Any] | None = None,
        *,
        modifier_settings: Mapping[str, Mapping[str, str]] | None = None,
        **config: Any,
    ) -> Model:
        """Return the model of a measurement.

        Parameters
        ----------
        measurement_name : str, optional
        measurement_index : int, optional
        patches : iterable, optional
            JSON Patches (lists of operations, or objects with a list ``patch``) that are applied one after the other.
        modifier_settings : mapping, optional
            Interpolation codes.
        poi_name : str or None, optional
            Instead of that of the measurement.
        """
        settings = self.get_measurement(measurement_name, measurement_index)["config"]
        document = {key: value for key, value in self.items() if key in {"channels", "observations", "measurements", "version"}}
        for patch in patches or ():
            text, _ = patched(json.dumps(document), "workspace", list(getattr(patch, "patch", patch)))
            document = json.loads(text)
        spec = {"channels": document["channels"], "parameters": settings["parameters"]}
        poi = config.pop("poi_name", settings["poi"] or None)
        return Model(spec, poi_name=poi, modifier_settings=modifier_settings, **config)

    def data(self, model: Model, include_auxdata: bool = True) -> list[float]:
        """Return observed counts in the order of the model, and its auxiliary data."""
        main = [count for channel in model.config.channels for count in self.observations[channel]]
        return main + model.config.auxdata if include_auxdata else main
