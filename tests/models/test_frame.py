from collections.abc import Callable

import numpy as np
import pytest
import torch

from metacalo.geometry import Detector, depth_in_x0, descriptor, detector_names, load_detector
from metacalo.models.comb import THETA_STEP_RAD
from metacalo.models.frame import N_COORDINATES, N_HARMONICS, detector_frame

Stack = Callable[..., Detector]


@pytest.mark.parametrize("name", detector_names())
def test_the_frame_of_a_shipped_detector_has_finite_numbers_and_few_large(name: str):
    frame = detector_frame(load_detector(name))
    n_r, n_phi, n_z = frame.shape
    assert frame.n_voxels == n_r * n_phi * n_z
    assert frame.coordinates.shape == (n_r * n_z, N_COORDINATES)
    assert frame.log_comb.shape[1] == frame.n_voxels
    for tensor in (frame.coordinates, frame.descriptor, frame.log_comb):
        assert torch.isfinite(tensor).all()
        assert tensor.abs().max() < 20
    assert 0.0 < frame.stochastic_term < 0.5
    assert frame.crossing_mev > 0


def test_edges_are_in_moliere_radii_and_radiation_lengths(stack: Stack):
    detector = stack()
    frame = detector_frame(detector)
    assert frame.r_edges.tolist() == pytest.approx([10.0 * k / detector.moliere_radius_mm for k in range(4)])
    assert frame.z_edges.tolist() == pytest.approx([6.0 * k / detector.x0_mm for k in range(11)])


def test_layers_of_another_section_have_another_depth_in_x0(stack: Stack):
    front = [{"material": "W", "thickness_mm": 2.0}, {"material": "Si", "thickness_mm": 1.0, "active": True}]
    back = [{"material": "Al", "thickness_mm": 2.0}, {"material": "Si", "thickness_mm": 1.0, "active": True}]
    detector = stack(sections=[{"repeat": 10, "stack": front}, {"repeat": 10, "stack": back}])
    frame = detector_frame(detector)
    steps = frame.z_edges.diff()
    assert frame.z_edges.tolist() == pytest.approx(depth_in_x0(detector, detector.grid.z_edges_mm).tolist())
    assert steps[:5].tolist() == pytest.approx([float(steps[0])] * 5, rel=1e-4)
    assert float(steps[0] / steps[9]) > 5
    depth_coordinate = torch.exp(frame.coordinates[:10, 2])  # ln z, of the innermost ring
    assert torch.allclose(depth_coordinate, (frame.z_edges[1:] + frame.z_edges[:-1]) / 2)


def test_harmonics_are_cosines_then_sines_of_the_sectors_centres(stack: Stack):
    phi = (np.arange(8) + 0.5) * np.pi / 4 - np.pi
    harmonics = detector_frame(stack()).harmonics
    assert harmonics.shape == (8, 2 * N_HARMONICS)
    assert np.allclose(harmonics[:, 0], np.cos(phi), atol=1e-6)
    assert np.allclose(harmonics[:, N_HARMONICS + 1], np.sin(2 * phi), atol=1e-6)


def test_the_comb_at_an_angle_of_the_table_is_its_row_and_between_two_their_mean(stack: Stack):
    frame = detector_frame(stack())
    angles = torch.tensor([0.0, 7.0, 7.5]) * float(THETA_STEP_RAD)
    found = frame.log_comb_at(angles)
    assert found.shape == (3, *frame.shape)
    rows = frame.log_comb.view(-1, *frame.shape)
    assert torch.allclose(found[0], rows[0], atol=1e-4)
    assert torch.allclose(found[1], rows[7], atol=1e-4)
    assert torch.allclose(found[2], (rows[7] + rows[8]) / 2, atol=1e-4)


def test_beyond_the_table_the_comb_stays_as_its_end(stack: Stack):
    frame = detector_frame(stack())
    beyond = frame.log_comb_at(torch.tensor([1.5]))
    assert torch.allclose(beyond[0], frame.log_comb[-1].view(frame.shape), atol=0.01)


def test_the_sign_of_the_angle_does_not_matter(stack: Stack):
    frame = detector_frame(stack())
    assert torch.equal(frame.log_comb_at(torch.tensor([-0.3])), frame.log_comb_at(torch.tensor([0.3])))


def test_the_descriptor_is_that_of_the_geometry(stack: Stack):
    detector = stack()
    assert detector_frame(detector).descriptor.tolist() == pytest.approx(descriptor(detector).tolist())


def test_a_crossing_leaves_what_a_minimum_ionising_particle_leaves_in_a_layer(stack: Stack):
    detector = stack()
    assert detector_frame(detector).crossing_mev == detector.mip_per_layer_mev


def test_how_a_file_cuts_a_homogeneous_calorimeter_does_not_matter(stack: Stack):
    def cut(repeat: int, thickness_mm: float) -> Detector:
        slab = {"material": "PbWO4", "thickness_mm": thickness_mm, "active": True}
        return stack(sections=[{"repeat": repeat, "stack": [slab]}])

    one, twenty = (detector_frame(cut(*how)) for how in ((1, 240.0), (20, 12.0)))
    assert one.crossing_mev == pytest.approx(twenty.crossing_mev)
    assert one.stochastic_term == pytest.approx(twenty.stochastic_term)
    assert torch.allclose(one.descriptor, twenty.descriptor)


def test_resolution_is_wigmans_rule(stack: Stack):
    """2.7% sqrt(d / f) of a sampling calorimeter; here by the share that is not active."""
    detector = stack(lead_mm=4.0, scintillator_mm=4.0)
    expected = 0.027 * np.sqrt(4.0 / detector.sampling_fraction) * np.sqrt(0.5)
    assert detector_frame(detector).stochastic_term == pytest.approx(expected)


def test_a_frame_is_worked_out_once_for_equal_detectors(stack: Stack):
    assert detector_frame(stack()) is detector_frame(stack())
    assert detector_frame(stack()) is not detector_frame(stack(dz_mm=7.0))


def test_a_frame_goes_to_another_device_whole_and_stays_where_it_is(stack: Stack):
    frame = detector_frame(stack())
    assert frame.to(torch.device("cpu")) is frame
    moved = frame.to(torch.device("meta"))
    tensors = [value for value in vars(moved).values() if isinstance(value, torch.Tensor)]
    assert len(tensors) == 6
    assert {tensor.device.type for tensor in tensors} == {"meta"}
    assert moved.stochastic_term == frame.stochastic_term
