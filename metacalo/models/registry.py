"""Every family of generators by name."""

from __future__ import annotations

from collections.abc import Mapping

from metacalo.errors import SettingsError
from metacalo.geometry.naming import nearest
from metacalo.models.field_vae import FieldVAE, FieldVAESettings
from metacalo.models.generator import Generator, GeneratorSettings
from metacalo.models.par04_vae import Par04VAE, Par04VAESettings

FAMILIES: Mapping[str, tuple[type[Generator], type[GeneratorSettings]]] = {
    "field_vae": (FieldVAE, FieldVAESettings),
    "par04_vae": (Par04VAE, Par04VAESettings),
}


def build_generator(settings: Mapping[str, object]) -> Generator:
    """Build a generator with fresh parameters.

    Args:
        settings: `family`, by default field_vae, and any settings of that family.

    Raises:
        SettingsError: unknown family, a setting that the family does not have, or an impossible value.
    """
    family = str(settings.get("family", "field_vae"))
    if family not in FAMILIES:
        near = nearest(family, FAMILIES, limit=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise SettingsError(f"expected a family out of {', '.join(FAMILIES)}, got {family!r}{hint}")
    model, settings_type = FAMILIES[family]
    return model(settings_type.from_mapping(settings))
