"""From showers to a file of events: in whatever batches, the same."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metacalo.errors import SettingsError
from metacalo.readout import Readout, load_readout
from metacalo.readout.electronics import Electronics
from metacalo.readout.entries import Entries
from metacalo.readout.formats import EventColumns, EventMetadata, open_events
from metacalo.readout.production import Balance, project_to_file
from metacalo.showers import Showers, open_showers

pytestmark = pytest.mark.filterwarnings("ignore:shower .* was made for")
FILE = Path(__file__).parents[1] / "data" / "lhcb_small.h5"
PLACE = np.array([1550.0, 160.0])
NOISY = Electronics(noise_mev=1.0, threshold_mev=2.0)


@cache
def readout() -> Readout:
    return load_readout("lhcb_ecal")


@cache
def showers() -> Showers:
    return open_showers(FILE).load()[:12]


def written(
    entries: Entries, batch: int, *, sampling: bool = False, electronics: Electronics | None = None
) -> tuple[EventColumns, Balance]:
    """Events of the showers, cut into batches."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "events.h5"
        balance = project_to_file(
            showers().iter_batches(batch),
            readout(),
            entries,
            path,
            EventMetadata(detector={}),
            sampling=sampling,
            electronics=electronics,
            seed=3,
        )
        with open_events(path) as file:
            return file.read(), balance


@settings(max_examples=8)
@given(
    batch=st.integers(1, 13),
    theta=st.sampled_from([None, 0.0, 0.2]),
    sampling=st.booleans(),
    electronics=st.sampled_from([None, NOISY]),
)
def test_events_do_not_depend_on_how_showers_are_cut_into_batches(
    batch: int, theta: float | None, sampling: bool, electronics: Electronics | None
) -> None:
    """With an angle all showers enter alike, by a plan; without one each at its own, a single one too."""
    entries = Entries(PLACE, theta, None if theta is None else 0.3)
    assert entries.is_one == (theta is not None)
    how = {"sampling": sampling, "electronics": electronics}
    (whole, balance), (parts, other) = (written(entries, n, **how) for n in (len(showers()), batch))
    np.testing.assert_array_equal(parts.offsets, whole.offsets)
    for name, values in {**whole.event, **whole.hit}.items():
        np.testing.assert_array_equal({**parts.event, **parts.hit}[name], values)
    assert other.n_hits == balance.n_hits
    assert other.cells_mev == pytest.approx(balance.cells_mev, rel=1e-12)


def test_the_balance_says_where_all_energy_is() -> None:
    columns, balance = written(Entries(PLACE), 5)
    assert balance.n_events == len(showers())
    assert balance.showers_mev == pytest.approx(float(showers().total_energy_mev.sum()))
    told = balance.cells_mev + sum(balance.lost_mev.values())
    assert told == pytest.approx(balance.showers_mev, rel=1e-6)
    assert balance.read_out_mev == pytest.approx(float(columns.hit["energy_mev"].sum(dtype=np.float64)))


def test_no_showers_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected at least 1 shower"):
        project_to_file([], readout(), Entries(PLACE), tmp_path / "events.h5", EventMetadata(detector={}))
    assert not list(tmp_path.iterdir())
