"""Settings: frozen, named, with real defaults; an unknown name or an impossible value is the user's error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from metacalo.errors import SettingsError
from metacalo.geometry.naming import did_you_mean


class Settings(BaseModel):
    """Base of all settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Check settings that come from outside.

        Args:
            values: name -> value; what is not named has its default.

        Raises:
            SettingsError: an unknown name (the nearest known one is given) or an impossible value.
        """
        for name in values:
            if name not in cls.model_fields:
                hint = did_you_mean(name, cls.model_fields) or f"known are {', '.join(cls.model_fields)}"
                raise SettingsError(f"{cls.__name__} has no setting {name!r}; {hint}")
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            raise SettingsError(f"setting {name}: {first['msg']}, got {first['input']!r}") from error
