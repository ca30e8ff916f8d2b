import numpy as np
import pytest

from metacalo.errors import SettingsError
from metacalo.showers.incident import Range
from metacalo.simulation import Particles, draw


def test_particles_fly_along_unit_vectors_of_their_angles():
    particles = Particles("e-", [1.0, 2.0, 3.0], [0.0, np.pi / 6, np.pi / 3], [1.0, 0.0, np.pi / 2])
    expected = [[0, 0, 1], [0.5, 0, np.sqrt(0.75)], [0, np.sqrt(0.75), 0.5]]
    np.testing.assert_allclose(particles.direction, expected, atol=1e-12)
    assert len(particles[1:]) == 2
    assert particles[np.array([2])].energy_gev == 3.0


def test_drawn_energies_are_even_in_their_logarithm_and_angles_in_degrees():
    particles = draw(20_000, Range(1.0, 100.0), Range(10.0, 40.0), np.random.default_rng(1))
    log, theta = np.log(particles.energy_gev) / np.log(100.0), np.degrees(particles.theta_rad)
    for even in (log, (theta - 10.0) / 30.0):
        assert (even.min(), even.max()) == (pytest.approx(0, abs=1e-3), pytest.approx(1, abs=1e-3))
        assert even.mean() == pytest.approx(0.5, abs=0.01)
        assert even.var() == pytest.approx(1 / 12, rel=0.03)
    assert not particles.phi_rad.any()


def test_a_range_of_one_value_gives_just_that():
    particles = draw(5, Range(0.1, 0.1), Range(7.0, 7.0), np.random.default_rng(1), species="gamma")
    assert particles.energy_gev.tolist() == [0.1] * 5
    np.testing.assert_allclose(np.degrees(particles.theta_rad), 7.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("pi-", [1.0], [0.0], [0.0]), "expected a particle that makes an electromagnetic shower.*'pi-'"),
        (("e-", [0.0], [0.0], [0.0]), "incident energies above 0 GeV"),
        (("e-", [np.nan], [0.0], [0.0]), "incident energies above 0 GeV"),
        (("e-", [1.0], [np.pi / 2], [0.0]), "below 90 degrees"),
        (("e-", [1.0], [-0.1], [0.0]), "at least 0 and below 90 degrees"),
        (("e-", [1.0], [0.0], [np.inf]), "finite azimuths"),
        (("e-", [1.0, 2.0], [0.0], [0.0]), "of one length"),
    ],
)
def test_impossible_particles_are_refused(arguments, message):
    with pytest.raises(SettingsError, match=message):
        Particles(*arguments)
