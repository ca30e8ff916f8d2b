from dataclasses import replace

import pytest
import torch

from metacalo.geometry import Detector, load_detector
from metacalo.models.encoder import COARSE_DEPTH, COARSE_RADIUS, FINE_DEPTH, n_features, shower_features
from metacalo.models.frame import DetectorFrame, detector_frame
from metacalo.models.profile import log_mean_profile

N_FINE, N_RINGS = len(FINE_DEPTH) - 1, 6
N_BLOCKS = (len(COARSE_RADIUS) - 1) * (len(COARSE_DEPTH) - 1)
MOMENTS = slice(N_FINE + N_RINGS + N_BLOCKS, N_FINE + N_RINGS + 5 * N_BLOCKS)
HITS = slice(-2 - (len(COARSE_DEPTH) - 1), -2)


def frame_with(detector: Detector, shape: tuple[int, int, int], dr_mm: float, dz_mm: float) -> DetectorFrame:
    grid = {"shape": list(shape), "dr_mm": dr_mm, "dz_mm": dz_mm}
    return detector_frame(Detector.from_dict({**detector.to_dict(), "grid": grid}))


@pytest.fixture(scope="module")
def frames() -> tuple[DetectorFrame, DetectorFrame]:
    """The same detector on 9 x 16 x 45 voxels and on twice as many layers of half the depth."""
    detector = load_detector("lhcb_ecal")
    grid = detector.grid
    coarse = frame_with(detector, (9, 16, 45), grid.dr_mm, grid.dz_mm)
    return coarse, frame_with(detector, (9, 16, 90), grid.dr_mm, grid.dz_mm / 2)


def mean_showers(frame: DetectorFrame) -> torch.Tensor:
    """The mean shower at 5, 20 and 80 GeV, leaning to phi = 0."""
    profile = log_mean_profile(
        torch.tensor([5.0, 20.0, 80.0]),
        frame.critical_energy_mev,
        frame.mean_z,
        frame.r_edges,
        frame.z_edges,
    ).exp()
    return 100 * profile[:, :, None] * (1 + 0.3 * frame.harmonics[:, 0])[:, None]


def features(dense: torch.Tensor, frame: DetectorFrame) -> torch.Tensor:
    return shower_features(dense, torch.zeros_like(dense), frame)


def test_there_are_as_many_features_as_it_says(frames: tuple[DetectorFrame, DetectorFrame]):
    assert features(mean_showers(frames[0]), frames[0]).shape == (3, n_features())


def test_splitting_each_voxel_in_two_halves_changes_only_the_hits_and_the_length(
    frames: tuple[DetectorFrame, DetectorFrame],
):
    coarse, fine = frames
    dense = mean_showers(coarse)
    split = dense.repeat_interleave(2, dim=3) / 2
    one, two = features(dense, coarse), features(split, fine)
    assert torch.allclose(one[:, : HITS.start], two[:, : HITS.start], atol=1e-3)
    assert torch.allclose(one[:, -2], two[:, -2], atol=1e-4)
    hits = [torch.expm1(3 * (f[:, HITS] + 1)) for f in (one, two)]
    assert torch.allclose(hits[1], 2 * hits[0], rtol=1e-3)
    # halves stand a quarter of a voxel to either side of where the whole one stood
    quarter = float(coarse.z_edges[1]) / 4
    squared = [(f[:, -1] + 3.5) ** 2 for f in (one, two)]
    assert torch.allclose(squared[1] - squared[0], torch.full((3,), quarter**2), atol=1e-3)


def test_the_same_shower_on_a_finer_grid_gives_nearly_the_same_features(
    frames: tuple[DetectorFrame, DetectorFrame],
):
    one, two = (features(mean_showers(frame), frame) for frame in frames)
    shape_features = [f[:, : HITS.start] for f in (one, two)]
    assert float((shape_features[0] - shape_features[1]).abs().max()) < 0.15
    assert torch.allclose(one[:, -2:], two[:, -2:], atol=0.03)


def test_the_scale_of_the_energy_does_not_matter(frames: tuple[DetectorFrame, DetectorFrame]):
    dense = mean_showers(frames[0])
    assert torch.allclose(features(dense, frames[0]), features(7.0 * dense, frames[0]), atol=1e-3)


def test_a_layer_with_half_the_active_material_counts_its_energy_twice(
    frames: tuple[DetectorFrame, DetectorFrame],
):
    frame, dense = frames[0], mean_showers(frames[0])
    comb = torch.zeros_like(dense)
    comb[..., 4] = torch.tensor(0.5).log()
    seen = dense * comb.exp()
    assert torch.allclose(shower_features(seen, comb, frame), features(dense, frame), atol=1e-4)


def test_energy_in_one_voxel_gives_features_known_by_hand(frames: tuple[DetectorFrame, DetectorFrame]):
    frame = replace(frames[0], z_edges=torch.arange(46.0), r_edges=torch.arange(10) * 0.5)
    dense = torch.zeros(1, 9, 16, 45)
    dense[0, 1, 8, 5] = 3.0  # 0.5 to 1 R_M, phi just above 0, 5 to 6 X0
    found = features(dense, frame)[0]
    assert found[:N_FINE].tolist() == [0.0] * 5 + [3.0] + [0.0] * (N_FINE - 6)
    assert found[N_FINE : N_FINE + N_RINGS].tolist() == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert float(found[-2]) == pytest.approx((5.5 - 7) / 3)
    assert float(found[-1]) == pytest.approx(1e-3 - 3.5)
    place = (len(COARSE_DEPTH) - 1) + 2  # ring 0.5 to 1, depth 4 to 6
    moments = found[MOMENTS].view(4, N_BLOCKS)[:, place]
    phi = torch.pi / 16 * torch.ones(())
    expected = torch.stack([phi.cos(), (2 * phi).cos(), phi.sin(), (2 * phi).sin()]).sqrt() * 2
    assert torch.allclose(moments, expected, atol=1e-5)


def test_a_mirrored_shower_differs_in_the_sign_of_its_sines_alone(
    frames: tuple[DetectorFrame, DetectorFrame],
):
    dense = mean_showers(frames[0]) * (1 + 0.2 * frames[0].harmonics[:, 3])[:, None]
    one, two = features(dense, frames[0]), features(dense.flip(2), frames[0])
    sign = torch.ones(n_features())
    sign[MOMENTS] = torch.tensor([1.0, 1.0, -1.0, -1.0]).repeat_interleave(N_BLOCKS)
    assert torch.allclose(two, sign * one, atol=5e-3)


def test_a_shower_without_energy_has_finite_features(frames: tuple[DetectorFrame, DetectorFrame]):
    assert torch.isfinite(features(torch.zeros(2, 9, 16, 45), frames[0])).all()
