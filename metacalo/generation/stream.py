"""Generation into a file: any number of showers in constant memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from metacalo.generation.adapted import DEFAULT_BATCH
from metacalo.generation.free_memory import trimmed
from metacalo.showers import ShowerWriter

if TYPE_CHECKING:
    import torch

    from metacalo.generation.adapted import AdaptedModel
    from metacalo.generation.request import Conditioned


def generate_to_file(
    model: AdaptedModel,
    conditions: Conditioned,
    path: str | Path,
    *,
    seed: int | None = None,
    batch: int = DEFAULT_BATCH,
    device: torch.device | str = "cpu",
    on_batch: Callable[[int], object] = lambda _: None,
) -> int:
    """Write showers in the native format; the file appears when it is whole.

    Args:
        model: that makes them.
        conditions: incident particles.
        path: of the file.
        seed: of the showers; None for new ones.
        batch: showers at a time.
        device: to compute on.
        on_batch: is told how many more showers are written.

    Returns:
        Number of showers.

    Raises:
        OutputError: the file cannot be written.
    """
    batches = model.stream(conditions, seed=seed, batch=batch, device=device)
    first = next(batches)
    with ShowerWriter(path, first.grid, first.attributes) as writer:
        for showers in trimmed(chain([first], batches)):
            writer.append(showers)
            on_batch(len(showers))
    return len(conditions)
