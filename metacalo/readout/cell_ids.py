"""Identifiers of cells: several small numbers packed into one integer of 64 bits."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import ReadoutError

MAXIMUM_BITS = 64


@dataclass(frozen=True)
class IdFields:
    """Bit fields of an identifier, the first in the lowest bits.

    Attributes:
        bits: name -> width in bits, in ascending order of significance.

    Raises:
        ReadoutError: no fields, a width below 1, or more than 64 bits together.
    """

    bits: Mapping[str, int]

    def __post_init__(self) -> None:
        total = sum(self.bits.values())
        if not self.bits or min(self.bits.values()) < 1 or total > MAXIMUM_BITS:
            raise ReadoutError(
                f"expected fields of at least 1 bit and at most {MAXIMUM_BITS} together, got {self}, "
                f"{total} in all; make fields narrower"
            )

    @property
    def shifts(self) -> dict[str, int]:
        """Name -> lowest bit of each field."""
        shifts, shift = {}, 0
        for name, width in self.bits.items():
            shifts[name] = shift
            shift += width
        return shifts

    def pack(self, **values: ArrayLike) -> NDArray[np.uint64]:
        """Pack one value for each field.

        Args:
            **values: whole numbers by the names of all fields, of shapes that broadcast.

        Returns:
            Identifiers of the broadcast shape.

        Raises:
            ReadoutError: a value that does not fit the field's bits.
        """
        packed = np.zeros(np.broadcast_shapes(*(np.shape(v) for v in values.values())), dtype=np.uint64)
        for name, shift in self.shifts.items():
            numbers = np.asarray(values[name])
            highest = (1 << self.bits[name]) - 1
            if numbers.size and (numbers.min() < 0 or numbers.max() > highest):
                worst = int(numbers.max() if numbers.max() > highest else numbers.min())
                raise ReadoutError(
                    f"expected values of {name} from 0 to {highest}, which {self.bits[name]} bits hold, "
                    f"got {worst}; give the field more bits"
                )
            packed |= numbers.astype(np.uint64) << np.uint64(shift)
        return packed

    def unpack(self, ids: ArrayLike) -> dict[str, NDArray[np.int64]]:
        """Take identifiers apart.

        Args:
            ids: identifiers, any shape.

        Returns:
            Name -> values of each field, of the same shape.
        """
        packed = np.asarray(ids).astype(np.uint64)
        return {
            name: ((packed >> np.uint64(shift)) & np.uint64((1 << self.bits[name]) - 1)).astype(np.int64)
            for name, shift in self.shifts.items()
        }

    def describe(self, identifier: int) -> str:
        """One identifier in words, as in ``region 1, row 5, column 7``."""
        shifts = self.shifts
        return ", ".join(
            f"{name} {(identifier >> shifts[name]) & ((1 << width) - 1)}" for name, width in self.bits.items()
        )

    def __str__(self) -> str:
        return ", ".join(f"{name}:{width}" for name, width in self.bits.items())
