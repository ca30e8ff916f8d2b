"""What a mistyped name was probably meant to be."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Find the known names that a word resembles most, whatever its case.

    Args:
        word: what was written.
        known: the names that would have been understood.
        limit: how many to return at most.

    Returns:
        The nearest names, best first; empty if nothing is near.
    """
    spelled = {name.casefold(): name for name in known}
    matches = get_close_matches(word.casefold(), spelled, n=limit, cutoff=0.5)
    return [spelled[match] for match in matches]


def did_you_mean(word: str, known: Iterable[str], limit: int = 3) -> str:
    """Phrase the nearest names as a hint, for example ``did you mean 'Pb'?``.

    Args:
        word: what was written.
        known: the names that would have been understood.
        limit: how many to name at most.

    Returns:
        The hint, or an empty string if nothing is near.
    """
    names = [repr(name) for name in nearest(word, known, limit)]
    return f"did you mean {' or '.join(names)}?" if names else ""
