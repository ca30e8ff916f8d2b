"""Which parameters an adaptation steps, and how fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from metacalo.errors import SettingsError

if TYPE_CHECKING:
    from torch import nn

    from metacalo.adaptation.settings import AdaptSettings
    from metacalo.models import Generator


_PEAK_OVER_MEAN = 2.0
"""Of the schedule: an inner step that a rate was learned for has no schedule."""


def parameter_groups(
    generator: Generator, settings: AdaptSettings, learned: Mapping[str, float] | None
) -> dict[float, list[nn.Parameter]]:
    """Sort the parameters that are adapted by their peak learning rate.

    Args:
        generator: to be adapted.
        settings: of the adaptation.
        learned: learned rates by the name of the parameter, if the checkpoint has some.

    Raises:
        SettingsError: the head alone is asked for and there is none; or learned rates, and there are none.
    """
    parameters = dict(generator.named_parameters())
    if settings.adapts == "head":
        head = generator.head_parameters()
        if not head:
            raise SettingsError(
                f"expected a generator with a head, got one of the family {generator.family}, which names "
                "none; adapt all of it"
            )
        parameters = {name: p for name, p in parameters.items() if name in head}
    rates = dict.fromkeys(parameters, settings.rate)
    if settings.rates == "learned":
        missing = sorted(set(parameters) - set(learned or {}))
        if missing:
            raise SettingsError(
                f"expected a learned rate for each parameter, got none for {missing[0]} and "
                f"{len(missing) - 1} others; give a checkpoint of the method meta_sgd, or set rates=one"
            )
        rates = {name: _PEAK_OVER_MEAN * (learned or {})[name] for name in parameters}
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in parameters.items():
        groups.setdefault(rates[name], []).append(parameter)
    return groups
