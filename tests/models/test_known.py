import math
from dataclasses import replace

import pytest
import torch

from metacalo.geometry import DESCRIPTOR_NAMES, Detector
from metacalo.models import Conditions
from metacalo.models.frame import DetectorFrame, detector_frame
from metacalo.models.known import N_KINEMATIC, Known


@pytest.fixture
def frame(detector: Detector) -> DetectorFrame:
    return detector_frame(detector)


def endless(frame: DetectorFrame) -> DetectorFrame:
    """The same detector, but so deep that nothing leaks."""
    return replace(frame, depth_x0=1e3, z_edges=torch.tensor([0.0, 1e3]))


def leaking(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    """Let this share leak, whatever the detector."""
    monkeypatch.setattr(
        "metacalo.models.known.log_leakage", lambda c, _: torch.full_like(c.energy_gev, math.log(share))
    )


def test_features_are_of_order_one_in_the_whole_range(frame: DetectorFrame):
    conditions = Conditions.from_arrays([1.0, 10.0, 100.0], [0.0, 0.35, 0.7])
    known = Known.of(conditions, frame).features
    assert known.shape == (3, N_KINEMATIC + len(DESCRIPTOR_NAMES))
    assert known[:, :N_KINEMATIC].abs().max() < 3
    assert torch.equal(known[:, N_KINEMATIC:], frame.descriptor.expand(3, -1))


def test_numbers_of_the_detector_that_are_given_stand_for_its_own(frame: DetectorFrame):
    other = frame.descriptor + 1.0
    known = Known.of(Conditions.from_arrays(10.0, 0.4), frame, other)
    assert torch.equal(known.features[0, N_KINEMATIC:], other)
    assert (
        known.expected_mev.tolist()
        == Known.of(Conditions.from_arrays(10.0, 0.4), frame).expected_mev.tolist()
    )


def test_ten_gev_at_0_4_rad_is_known_by_hand(frame: DetectorFrame, monkeypatch: pytest.MonkeyPatch):
    leaking(monkeypatch, 0.05)
    known = Known.of(Conditions.from_arrays(10.0, 0.4), frame)
    energy = (math.log(10) - 2.3) / 1.3
    log_y = (math.log(1e4 / frame.critical_energy_mev) - 6.8) / 1.5
    assert known.features[0, :N_KINEMATIC].tolist() == pytest.approx(
        [energy, energy**2 - 1, log_y, 0.0, 4 * math.sin(0.4) ** 2, (math.log(0.05) + 6) / 3], abs=1e-5
    )
    assert float(known.expected_mev) == pytest.approx(9500.0 * frame.sampling_fraction)
    expected = math.sqrt(frame.stochastic_term**2 / 10.0 + 0.004**2 + 0.035**2)
    assert float(known.reference_width) == pytest.approx(expected)


def test_where_nothing_leaks_the_visible_energy_is_the_sampling_fractions_share(frame: DetectorFrame):
    visible = Known.of(Conditions.from_arrays(2.0, 0.0), endless(frame)).expected_mev
    assert visible.tolist() == pytest.approx([2000.0 * frame.sampling_fraction], rel=1e-5)


def test_where_nothing_leaks_the_resolution_falls_with_energy_to_a_constant(frame: DetectorFrame):
    width = Known.of(Conditions.from_arrays([1.0, 1e8], 0.0), endless(frame)).reference_width
    assert float(width[0]) == pytest.approx(math.hypot(frame.stochastic_term, 0.004), rel=1e-4)
    assert float(width[1]) == pytest.approx(0.004, rel=1e-3)
