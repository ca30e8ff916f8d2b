"""High-level features of hand-made showers, in closed form."""

import numpy as np
import pytest

from metacalo.validation.calochallenge import challenge_features, classifier_features


def test_features_of_a_hand_made_shower_are_those_by_hand(hand_made_showers):
    # Layer 0: 2 MeV in ring 0 and 4 MeV in ring 1, both in the sector around -2 pi / 3.
    found = challenge_features(hand_made_showers)
    assert found.incident_energy_mev == pytest.approx([1e3, 1e4, 1e5])
    assert found.total_energy_mev == pytest.approx([7, 0, 24])
    assert found.layer_energies_mev[0] == pytest.approx([6, 0, 0, 1])
    assert found.sparsity[0] == pytest.approx([4 / 6, 1, 1, 5 / 6])
    mean, spread = (2 * 2.5 + 4 * 7.5) / 6, 5 * (2 / 6 * 4 / 6) ** 0.5
    assert found.centre_r_mm[0, 0] == pytest.approx(mean)
    assert found.width_r_mm[0, 0] == pytest.approx(spread)
    assert found.centre_eta_mm[0, 0] == pytest.approx(-0.5 * mean)
    assert found.centre_phi_mm[0, 0] == pytest.approx(-(0.75**0.5) * mean)
    assert found.width_eta_mm[0, 0] == pytest.approx(0.5 * spread)
    assert found.width_phi_mm[0, 0] == pytest.approx(0.75**0.5 * spread)


def test_an_empty_shower_has_zeros(hand_made_showers):
    found = challenge_features(hand_made_showers)
    for name in ("centre_eta_mm", "centre_phi_mm", "centre_r_mm", "width_eta_mm", "width_r_mm"):
        assert not getattr(found, name)[1].any()
    assert (found.sparsity[1] == 1).all()


def test_the_sampling_fraction_scales_energies_and_nothing_else(real_showers):
    plain, scaled = (challenge_features(real_showers, sampling_fraction=f) for f in (1.0, 0.25))
    assert scaled.layer_energies_mev == pytest.approx(4 * plain.layer_energies_mev)
    assert scaled.width_eta_mm == pytest.approx(plain.width_eta_mm, abs=1e-5)
    assert (scaled.sparsity == plain.sparsity).all()


def test_the_classifier_gets_logarithms_and_decimetres(hand_made_showers):
    inputs = classifier_features(challenge_features(hand_made_showers))
    assert inputs.shape == (3, 1 + 5 * 4)
    assert inputs[0, 0] == pytest.approx(3.0)
    assert inputs[0, 1:5] == pytest.approx([np.log10(6), -8, -8, 0], abs=1e-8)
    assert inputs[0, 5] == pytest.approx(-0.5 * (2 * 2.5 + 4 * 7.5) / 6 / 100)
