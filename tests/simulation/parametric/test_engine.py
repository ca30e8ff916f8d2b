import pickle

import numpy as np
import pytest

from metacalo.geometry import Detector, load_detector
from metacalo.showers.incident import Range
from metacalo.simulation import Particles, draw, score
from metacalo.simulation.parametric import ParametricEngine
from metacalo.simulation.parametric.response import Response
from metacalo.simulation.parametric.spots import CONVERSION_X0, converted
from metacalo.simulation.parametric.stack import Stack, energy_shares


def particles_of(n, energy_gev, theta_deg=0.0, species="e-", phi_rad=0.0):
    return Particles(species, np.full(n, energy_gev), np.full(n, np.radians(theta_deg)), np.full(n, phi_rad))


def simulate(detector, particles, seed=1, **options):
    return ParametricEngine().simulate(detector, particles, np.random.default_rng(seed), **options)


def block(material, depth_mm):
    slab = {"material": material, "thickness_mm": depth_mm / 100, "active": True}
    return Detector.from_dict({"name": "block", "sections": [{"repeat": 100, "stack": [slab]}]})


def test_energy_is_conserved_in_an_endless_block():
    particles = particles_of(20, 5.0)
    made = simulate(block("BGO", 3000.0), particles)
    np.testing.assert_allclose(made.showers.total_energy_mev + made.outside_grid_mev, 5000.0, rtol=1e-4)


def test_the_response_of_a_deep_stack_is_its_sampling_fraction_and_its_spread_the_sampling_term():
    lead = {"material": "Pb", "thickness_mm": 2.0}
    scintillator = {"material": "polystyrene", "thickness_mm": 4.0, "active": True}
    detector = Detector.from_dict(
        {"name": "deep", "sections": [{"repeat": 150, "stack": [lead, scintillator]}]}
    )
    made = simulate(detector, particles_of(1500, 4.0))
    visible = (made.showers.total_energy_mev + made.outside_grid_mev) / 4000.0
    assert visible.mean() == pytest.approx(detector.sampling_fraction, rel=0.006)
    expected = Stack.of(detector).resolution / np.sqrt(4.0)
    assert visible.std() / visible.mean() == pytest.approx(expected, rel=0.08)


def test_the_same_stream_of_random_numbers_gives_the_same_showers():
    detector, particles = load_detector("par04_siw"), particles_of(8, 3.0, 20.0)
    one, again, other = (simulate(detector, particles, seed) for seed in (5, 5, 6))
    assert one.showers == again.showers
    assert one.showers != other.showers


def test_the_azimuth_turns_the_deposits_and_nothing_else():
    detector = load_detector("par04_siw")
    straight = simulate(detector, particles_of(6, 3.0, 30.0), deposits=True)
    turned = simulate(detector, particles_of(6, 3.0, 30.0, phi_rad=0.7), deposits=True)
    np.testing.assert_array_equal(straight.showers.voxels, turned.showers.voxels)
    x, y = straight.deposits.x_mm, straight.deposits.y_mm
    np.testing.assert_allclose(turned.deposits.x_mm, x * np.cos(0.7) - y * np.sin(0.7), atol=1e-9)
    np.testing.assert_allclose(turned.deposits.z_mm, straight.deposits.z_mm)


def test_deposits_lie_in_active_slabs_and_are_what_the_showers_are_made_of():
    detector = load_detector("hgcal_si")
    particles = draw(20, Range(1, 20), Range(0, 60), np.random.default_rng(2))
    made = simulate(detector, particles, deposits=True)
    begin, end = (
        detector.slab_edges_mm[:-1][detector.slab_active],
        detector.slab_edges_mm[1:][detector.slab_active],
    )
    nearest = np.searchsorted(begin, made.deposits.z_mm + 1e-3) - 1
    assert nearest.min() >= 0
    assert np.all(made.deposits.z_mm <= end[nearest] + 1e-3)  # both surfaces are single precision
    again = score(detector.grid, particles, made.deposits)
    np.testing.assert_allclose(again.showers.total_energy_mev, made.showers.total_energy_mev, rtol=2e-3)
    np.testing.assert_allclose(
        again.showers.layer_energies_mev.sum(0), made.showers.layer_energies_mev.sum(0), rtol=0.02, atol=0.5
    )


def test_showers_look_the_same_along_flight_whatever_the_angle():
    detector = load_detector("l3_bgo")
    depth = []
    for theta in (0.0, 40.0):
        layers = simulate(detector, particles_of(150, 2.0, theta)).showers.layer_energies_mev
        z = (np.arange(layers.shape[1]) + 0.5) * detector.grid.dz_mm / detector.x0_mm
        depth.append(float((layers.sum(0) @ z) / layers.sum()))
    assert depth[1] == pytest.approx(depth[0], abs=0.35)


def test_photons_convert_first_and_share_their_energy():
    depth, log_y = converted(np.full(200_000, 5.0), np.random.default_rng(1))
    assert depth.mean() == pytest.approx(CONVERSION_X0, rel=0.01)
    assert log_y.mean() == pytest.approx(5.0 - 0.5, abs=0.005)  # the mean of x ln x + (1-x) ln (1-x)
    detector = load_detector("par04_siw")
    means = []
    for species in ("e-", "gamma", "e+"):
        layers = simulate(detector, particles_of(400, 2.0, species=species)).showers.layer_energies_mev
        z = (np.arange(layers.shape[1]) + 0.5) * detector.grid.dz_mm / detector.x0_mm
        means.append(float((layers @ z / layers.sum(1)).mean()))
    assert 0.4 < means[1] - means[0] < 1.2
    assert means[2] == pytest.approx(means[0])


def test_a_photon_that_does_not_convert_leaves_nothing():
    thin = Detector.from_dict(
        {"name": "thin", "sections": [{"stack": [{"material": "Si", "thickness_mm": 0.5, "active": True}]}]}
    )
    made = simulate(thin, particles_of(200, 1.0, species="gamma"))
    assert (made.showers.n_hits == 0).mean() > 0.9


def test_what_leaks_behind_a_thin_calorimeter_is_lost():
    shares = []
    for depth in (10.0, 20.0):
        layers = round(depth / 0.4)
        detector = Detector.from_dict(
            {
                "name": "thin",
                "sections": [
                    {
                        "repeat": layers,
                        "stack": [
                            {"material": "W", "thickness_mm": 1.4},
                            {"material": "Si", "thickness_mm": 0.3, "active": True},
                        ],
                    }
                ],
            }
        )
        visible = simulate(detector, particles_of(100, 20.0)).showers.total_energy_mev / 2e4
        shares.append(visible.mean() / detector.sampling_fraction)
    assert 0.55 < shares[0] < 0.85
    assert shares[1] > 0.95


def test_a_second_section_samples_with_a_fraction_of_its_own():
    thin, thick = (
        [
            {"material": "Pb", "thickness_mm": absorber},
            {"material": "polystyrene", "thickness_mm": 4.0, "active": True},
        ]
        for absorber in (2.0, 6.0)
    )
    both = Detector.from_dict(
        {"name": "both", "sections": [{"repeat": 20, "stack": thin}, {"repeat": 20, "stack": thick}]}
    )
    made = simulate(both, particles_of(200, 20.0), deposits=True)
    front = made.deposits.z_mm < 120.0
    seen = [float(made.deposits.energy_mev[part].sum()) / (200 * 2e4) for part in (front, ~front)]
    fractions = [c.sampling_fraction for c in both.section_compositions]
    depths = [energy / fraction for energy, fraction in zip(seen, fractions, strict=True)]
    assert sum(depths) == pytest.approx(1.0, abs=0.05)  # but for where neither section's pitch reaches
    assert min(depths) > 0.3


def test_sections_that_sample_differently_fluctuate_independently():
    slab = {"material": "polystyrene", "thickness_mm": 4.0, "active": True}
    thin, thick = ([{"material": "Pb", "thickness_mm": lead}, slab] for lead in (2.0, 8.0))
    both = Detector.from_dict(
        {"name": "both", "sections": [{"repeat": 15, "stack": thin}, {"repeat": 20, "stack": thick}]}
    )
    thickness_x0 = np.array([c.depth_mm / c.x0_mm for c in both.section_compositions])
    energy_gev = 100.0 * energy_shares(thickness_x0)
    rng = np.random.default_rng(1)
    visible = np.zeros(100_000)
    for composition, energy in zip(both.section_compositions, energy_gev, strict=True):
        response = Response.of(composition)
        visible += response.fraction * rng.normal(energy, response.resolution * np.sqrt(energy), len(visible))
    assert Stack.of(both).resolution / 10.0 == pytest.approx(visible.std() / visible.mean(), rel=0.01)


def test_a_stack_that_is_described_as_two_sections_is_still_the_same_stack():
    layer = [
        {"material": "Pb", "thickness_mm": 2.0},
        {"material": "polystyrene", "thickness_mm": 4.0, "active": True},
    ]
    particles = particles_of(10, 5.0, 20.0)
    one, two = (
        simulate(Detector.from_dict({"name": "same", "sections": sections}), particles).showers
        for sections in ([{"repeat": 60, "stack": layer}], [{"repeat": n, "stack": layer} for n in (15, 45)])
    )
    np.testing.assert_allclose(two.total_energy_mev, one.total_energy_mev, rtol=1e-3)
    np.testing.assert_allclose(
        two.layer_energies_mev.sum(0), one.layer_energies_mev.sum(0), rtol=0.02, atol=5
    )


def test_low_and_high_energies_make_showers():
    detector = load_detector("par04_siw")
    made = simulate(detector, Particles("e-", [0.02, 0.1, 500.0], np.zeros(3), np.zeros(3)))
    fractions = made.showers.total_energy_mev / [20.0, 100.0, 5e5]
    assert np.isfinite(fractions).all()
    assert fractions[2] == pytest.approx(detector.sampling_fraction, rel=0.05)


def test_a_shower_of_many_tev_has_its_energy_in_a_bounded_number_of_spots(monkeypatch):
    monkeypatch.setattr("metacalo.simulation.parametric.spots.MOST_SPOTS", 20_000)
    made = simulate(block("BGO", 3000.0), particles_of(1, 1e4))
    assert made.showers.total_energy_mev + made.outside_grid_mev == pytest.approx(1e7, rel=1e-4)


def test_no_particles_make_no_showers():
    made = simulate(load_detector("par04_siw"), particles_of(0, 1.0), deposits=True)
    assert len(made.showers) == len(made.deposits) == len(made.outside_grid_mev) == 0


def test_the_engine_tells_what_it_is_and_can_be_sent_to_a_worker():
    engine = pickle.loads(pickle.dumps(ParametricEngine()))  # noqa: S301
    assert engine.provenance()["parametric"] is True
    assert "parametric" in engine.provenance()["engine"]
    made = simulate(load_detector("par04_siw"), particles_of(1, 1.0))
    assert made.showers.attributes["parametric"] is True


@pytest.mark.parametrize(("name", "file"), [("lhcb_shashlik", "lhcb_small"), ("h1_lar", "h1_lar_small")])
def test_showers_are_near_full_simulation(name, file, data_dir):
    from metacalo.showers import open_showers

    detector = load_detector(name)
    full = open_showers(data_dir / f"{file}.h5", detector=detector)
    particles = Particles(
        "e-", *(np.tile(column, 4) for column in (full.incident_energy_gev, full.theta_rad, full.phi_rad))
    )
    made = simulate(detector, particles).showers
    assert made.total_energy_mev.sum() / 4 == pytest.approx(full.total_energy_mev.sum(), rel=0.06)
    assert made.n_hits.mean() == pytest.approx(full.n_hits.mean(), rel=0.3)
    for axis in ("layer_energies_mev", "ring_energies_mev"):
        shapes = [getattr(s, axis).sum(0) / getattr(s, axis).sum() for s in (full, made)]
        assert 0.5 * np.abs(shapes[0] - shapes[1]).sum() < 0.06
