import math

import pytest
import torch

from metacalo.geometry import DESCRIPTOR_NAMES, Detector
from metacalo.models import Conditions
from metacalo.models.frame import DetectorFrame, detector_frame
from metacalo.models.known import (
    N_KINEMATIC,
    expected_visible_mev,
    known_features,
    reference_width,
)


@pytest.fixture
def frame(detector: Detector) -> DetectorFrame:
    return detector_frame(detector)


def test_features_are_of_order_one_in_the_whole_range(frame: DetectorFrame):
    conditions = Conditions.from_arrays([1.0, 10.0, 100.0], [0.0, 0.35, 0.7])
    known = known_features(conditions, frame, frame.descriptor)
    assert known.shape == (3, N_KINEMATIC + len(DESCRIPTOR_NAMES))
    assert known[:, :N_KINEMATIC].abs().max() < 3
    assert torch.equal(known[:, N_KINEMATIC:], frame.descriptor.expand(3, -1))


def test_ten_gev_at_0_4_rad_is_known_by_hand(frame: DetectorFrame):
    known = known_features(Conditions.from_arrays(10.0, 0.4), frame, frame.descriptor)[0]
    energy = (math.log(10) - 2.3) / 1.3
    log_y = (math.log(1e4 / frame.critical_energy_mev) - 6.8) / 1.5
    assert known[:5].tolist() == pytest.approx(
        [energy, energy**2 - 1, log_y, 0.0, 4 * math.sin(0.4) ** 2], abs=1e-5
    )


def test_visible_energy_is_the_sampling_fractions_share(frame: DetectorFrame):
    visible = expected_visible_mev(Conditions.from_arrays(2.0, 0.0), frame)
    assert visible.tolist() == pytest.approx([2000.0 * frame.sampling_fraction])


def test_the_resolution_falls_with_energy_to_a_constant(frame: DetectorFrame):
    width = reference_width(Conditions.from_arrays([1.0, 1e8], 0.0), frame)
    assert float(width[0]) == pytest.approx(math.hypot(frame.stochastic_term, 0.004))
    assert float(width[1]) == pytest.approx(0.004, rel=1e-3)
