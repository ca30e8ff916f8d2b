"""Energy in cells: what is stored is what comes out, whole or in part."""

import numpy as np
import pytest

from metacalo.errors import ReadoutError
from metacalo.readout.building import load_readout
from metacalo.readout.hits import CellHits, concatenate
from metacalo.readout.readout import Readout


@pytest.fixture(scope="module")
def readout() -> Readout:
    return load_readout("lhcb_ecal")


def make(readout: Readout, **changes: object) -> CellHits:
    """Three events of 2, 0 and 3 hits."""
    columns: dict[str, object] = {
        "offsets": np.array([0, 2, 2, 5]),
        "cell": np.array([3, 9, 1, 3, 6063]),
        "energy_mev": np.array([1.0, 2.0, 4.0, 8.0, 16.0], dtype=np.float32),
        "incident_energy_gev": np.array([1.0, 2.0, 3.0]),
        "theta_rad": np.zeros(3),
        "phi_rad": np.zeros(3),
        "position_mm": np.zeros((3, 3)),
        "lost_mev": {"gap": np.array([0.5, 0.0, 0.0]), "outside": np.array([0.0, 0.0, 0.25])},
    }
    return CellHits(readout=readout, **{**columns, **changes})  # type: ignore[arg-type]


def test_sums_are_those_of_the_hits(readout: Readout) -> None:
    hits = make(readout)
    assert len(hits) == 3
    np.testing.assert_array_equal(hits.total_energy_mev, [3.0, 0.0, 28.0])
    np.testing.assert_array_equal(hits.layer_energies_mev, [[3.0], [0.0], [28.0]])
    np.testing.assert_array_equal(hits.n_hits, [2, 0, 3])
    np.testing.assert_array_equal(hits.event, [0, 0, 2, 2, 2])
    np.testing.assert_array_equal(readout.index_of(hits.cell_id), hits.cell)


def test_an_event_s_cells_are_its_own(readout: Readout) -> None:
    cell, energy = make(readout).energies_of(-1)
    np.testing.assert_array_equal(cell, [1, 3, 6063])
    np.testing.assert_array_equal(energy, [4.0, 8.0, 16.0])
    with pytest.raises(ReadoutError, match="expected an event from 0 to 2, got 3"):
        make(readout).energies_of(3)


def test_energy_in_some_cells_is_summed_and_no_cell_has_none(readout: Readout) -> None:
    hits = make(readout)
    np.testing.assert_array_equal(hits.energy_in([3, 9, -1]), [3.0, 0.0, 8.0])
    np.testing.assert_array_equal(hits.energy_in([[9], [9], [6063]]), [2.0, 0.0, 16.0])
    np.testing.assert_array_equal(hits[1].energy_in([3]), [0.0])


def test_some_events_put_together_again_are_all(readout: Readout) -> None:
    hits = make(readout)
    again = concatenate([hits[:1], hits[1:], hits[[0]]])
    np.testing.assert_array_equal(again.total_energy_mev, [3.0, 0.0, 28.0, 3.0])
    np.testing.assert_array_equal(again.cell, [3, 9, 1, 3, 6063, 3, 9])
    np.testing.assert_array_equal(again.lost_mev["gap"], [0.5, 0.0, 0.0, 0.5])
    np.testing.assert_array_equal(hits[np.array([False, False, True])].energy_mev, [4.0, 8.0, 16.0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": np.array([3, 9, 1, 3, 6064])}, "expected cells from 0 to 6063, got 1 to 6064"),
        ({"cell": np.array([3, 9, 1, 3, -1])}, "expected cells from 0 to 6063, got -1 to 9"),
        ({"offsets": np.array([0, 3, 2, 5])}, "expected offsets that ascend from 0 to 5"),
        ({"theta_rad": np.zeros(2)}, r"expected theta_rad of shape \(3,\)"),
        ({"lost_mev": {"gap": np.zeros(1)}}, r"expected lost_mev\['gap'\] of shape \(3,\)"),
    ],
)
def test_columns_that_do_not_fit_are_refused(
    readout: Readout, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ReadoutError, match=message):
        make(readout, **changes)


def test_nobody_may_write_to_the_columns(readout: Readout) -> None:
    with pytest.raises(ValueError, match="read-only"):
        make(readout).energy_mev[0] = 7.0


def test_events_of_different_readouts_are_not_put_together(readout: Readout) -> None:
    with pytest.raises(ReadoutError, match="2 readouts"):
        concatenate([make(readout), make(load_readout("lhcb_ecal"))])
    with pytest.raises(ReadoutError, match="0 parts"):
        concatenate([])
