import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.errors import ReadoutError
from metacalo.readout import IdFields


@given(st.lists(st.integers(1, 16), min_size=1, max_size=4), st.data())
def test_what_is_packed_unpacks_to_itself(widths, data):
    fields = IdFields({f"f{i}": width for i, width in enumerate(widths)})
    values = {name: data.draw(st.integers(0, 2**width - 1)) for name, width in fields.bits.items()}
    assert {name: int(value) for name, value in fields.unpack(fields.pack(**values)).items()} == values


def test_the_first_field_is_in_the_lowest_bits():
    fields = IdFields({"column": 6, "row": 6, "region": 2})
    assert fields.pack(column=5, row=3, region=2) == 5 + 3 * 64 + 2 * 4096
    assert fields.describe(5 + 3 * 64 + 2 * 4096) == "column 5, row 3, region 2"
    assert str(fields) == "column:6, row:6, region:2"


def test_one_field_may_have_all_64_bits():
    highest = 2**64 - 1
    assert int(IdFields({"id": 64}).unpack(np.uint64(highest))["id"].astype(np.uint64)) == highest


@pytest.mark.parametrize("value", [64, -1])
def test_a_value_that_does_not_fit_is_refused(value):
    with pytest.raises(
        ReadoutError, match=re.escape(f"expected values of row from 0 to 63, which 6 bits hold, got {value}")
    ):
        IdFields({"row": 6}).pack(row=[0, value])


@pytest.mark.parametrize("bits", [{}, {"a": 0}, {"a": 40, "b": 25}])
def test_fields_that_cannot_be_are_refused(bits):
    with pytest.raises(ReadoutError, match="at least 1 bit and at most 64 together"):
        IdFields(bits)
