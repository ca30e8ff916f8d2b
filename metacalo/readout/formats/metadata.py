"""What is known of all events of a file: detector, readout, where the showers come from, settings, seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from metacalo.errors import EventFileError

SCHEMA = "metacalo-events"
SCHEMA_VERSION = 1

NAME = "metacalo"
"""Name under which files keep it, as JSON."""


class EventMetadata(BaseModel):
    """The description of a file of events, stored in it as JSON.

    Attributes:
        detector: content of its detector file, with the readout; see `metacalo.geometry.Detector.to_dict`.
        showers: attributes of the showers that were projected.
        seed: of sampling and electronics.
        projection: how the showers were put onto the cells (sampling, where they enter).
        electronics: settings of the electronics; None if deposits are as they are.
        collection: name of the collection of hits, in the EDM4hep layout.
        command: the command line that wrote the file.
        metacalo_version: that wrote the file.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    detector: dict[str, Any]
    showers: dict[str, Any] = Field(default_factory=dict)
    seed: int | None = None
    projection: dict[str, Any] = Field(default_factory=dict)
    electronics: dict[str, Any] | None = None
    collection: str = "ECalBarrelCollection"
    command: str = ""
    metacalo_version: str = Field(default_factory=lambda: version("metacalo"))

    def to_json(self) -> str:
        """Return it as JSON, with the schema's name and version."""
        return json.dumps({"schema": SCHEMA, "schema_version": SCHEMA_VERSION} | self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, text: str, *, where: str) -> Self:
        """Read what `to_json` wrote.

        Args:
            text: the JSON.
            where: the file, for the message.

        Raises:
            EventFileError: it is not such JSON, or of a newer version.
        """
        try:
            content = json.loads(text)
            known = isinstance(content, Mapping) and content.get("schema") == SCHEMA
            if known and content["schema_version"] > SCHEMA_VERSION:
                raise EventFileError(
                    f"{where}: expected events of version {SCHEMA_VERSION} at the most, got version "
                    f"{content['schema_version']}; upgrade: pip install --upgrade metacalo"
                )
            return cls.model_validate(content if known else {})
        except (KeyError, TypeError, ValidationError, json.JSONDecodeError) as error:
            raise EventFileError(
                f"{where}: expected the description of events that metacalo writes, got something else; "
                "write the file again with `metacalo project`"
            ) from error
