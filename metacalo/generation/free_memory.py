"""Free memory of the heap, given back to the system between batches."""

import ctypes
import sys
from collections.abc import Iterable, Iterator

from metacalo.showers import Showers

_BATCHES_BETWEEN = 4


def trimmed(batches: Iterable[Showers]) -> Iterator[Showers]:
    """Yield batches of showers, and now and then return free memory to the system, where that is glibc's.

    Its heap is fragmented by the batches, each of another size, and would grow for as long as showers are
    written: by 4 MB a thousand, as measured.
    """
    for number, showers in enumerate(batches, 1):
        yield showers
        if number % _BATCHES_BETWEEN == 0:
            _trim()


def _trim() -> None:
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
