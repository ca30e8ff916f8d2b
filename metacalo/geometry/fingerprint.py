"""Which detectors are one: hashes of their physical content, whatever names it goes by."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from metacalo.geometry.pdg import material
from metacalo.geometry.stack import MaterialDefinition, Section


def stack_content(
    sections: Iterable[Section], definitions: Mapping[str, MaterialDefinition]
) -> list[list[object]]:
    """Describe slabs in JSON types, with every material by its name in the table or by its parts.

    Args:
        sections: the calorimeter.
        definitions: mixtures that its file defines, by name.

    Raises:
        UnknownMaterialError: a material that is neither in the table nor defined.
    """
    return [
        [
            section.repeat,
            [
                [_canonical(slab.material, definitions), slab.thickness_mm, slab.active]
                for slab in section.stack
            ],
        ]
        for section in sections
    ]


def hash_of(content: object) -> str:
    """Return the SHA-256 of content of JSON types, in hexadecimal, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(name: str, definitions: Mapping[str, MaterialDefinition]) -> object:
    definition = definitions.get(name)
    if definition is None:
        return material(name).name
    parts = ([_canonical(part, definitions), weight] for part, weight in definition.mass_fractions.items())
    return [definition.density_g_cm3, sorted(parts, key=repr)]
