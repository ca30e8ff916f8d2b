import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metacalo.errors import ReadoutError
from metacalo.geometry import load_detector
from metacalo.readout import load_readout, readout_of

LAYER = {"name": "one", "depth_mm": [0, 100], "eta": [{"up_to": 1.0, "step": 0.1}], "n_phi": 8}


@pytest.fixture(scope="module")
def atlas():
    return load_readout("atlas_barrel")


def barrel(*layers, **keys):
    position = {"eta": 0.05, "phi_deg": 1.0}
    content = {
        "kind": "barrel",
        "front_radius_mm": 1000,
        "default_position": position,
        "layers": list(layers),
    }
    return readout_of(load_detector("atlas_lar").model_copy(update={"readout": content | keys}))


def at(radius, eta, phi):
    """Position of a radius [mm], a pseudorapidity and an azimuth."""
    return radius * np.cos(phi), radius * np.sin(phi), radius * np.sinh(eta)


def test_atlas_has_the_published_granularity_and_depths_near_the_published_ones(atlas):
    cells = atlas.cells
    assert cells.layer_names == ("presampler", "strips", "middle", "back")
    # Both sides: 61, 448, 56 + 1, 27 cells in eta; 64 or 256 in phi.
    assert np.bincount(cells.layer).tolist() == [122 * 64, 896 * 64, 114 * 256, 54 * 256]
    reach = [
        np.abs(cells.eta[cells.layer == k]).max() + 0.5 * cells.deta[cells.layer == k][-1] for k in range(4)
    ]
    np.testing.assert_allclose(reach, [1.52, 1.4, 1.475, 1.35])
    x0_mm = load_detector("atlas_barrel").x0_mm
    depth_x0 = [cells.dx_mm[cells.layer == k][0] / x0_mm for k in (1, 2, 3)]
    np.testing.assert_allclose(depth_x0, [4.3, 16.0, 2.0], atol=0.2)


def test_layers_end_between_plates_of_the_stack(atlas):
    interfaces = load_detector("atlas_barrel").layer_interfaces_mm
    ends = atlas.radii.edges[2:] - atlas.front_mm
    assert np.abs(ends[:, None] - np.append(interfaces[:, 0], 0.0)).min(axis=1).max() < 1e-9
    # 13 + 49 + 6 of the 72 gaps are read.
    assert len(atlas.active_depths_mm) == 68


def test_the_centre_of_every_cell_is_in_it_and_its_id_leads_back(atlas):
    cells, numbers = atlas.cells, np.arange(len(atlas))
    assert np.array_equal(atlas.locate(cells.x_mm, cells.y_mm, cells.z_mm), numbers)
    assert np.array_equal(atlas.index_of(cells.id), numbers)
    np.testing.assert_allclose(np.arctan2(cells.y_mm, cells.x_mm), cells.phi_rad, atol=1e-12)
    np.testing.assert_allclose(
        np.arcsinh(cells.z_mm / np.hypot(cells.x_mm, cells.y_mm)), cells.eta, atol=1e-12
    )


def test_ids_are_layer_ieta_and_iphi_from_the_lowest_eta_and_from_minus_pi(atlas):
    cell = atlas.locate(*at(1700.0, -1.474, -np.pi + 1e-6))
    assert atlas.ids.describe(int(atlas.cells.id[cell])) == "iphi 0, ieta 0, layer 2"
    cell = atlas.locate(*at(1550.0, 0.0001, 0.0001))
    assert atlas.ids.describe(int(atlas.cells.id[cell])) == "iphi 32, ieta 448, layer 1"


def test_a_point_is_in_the_cell_around_its_eta_phi_and_radius(atlas):
    rng = np.random.default_rng(3)
    radius, eta, phi = (
        rng.uniform(1400, 1960, 50_000),
        rng.uniform(-1.6, 1.6, 50_000),
        rng.uniform(-4, 4, 50_000),
    )
    cell = atlas.locate(*at(radius, eta, phi))
    found = cell >= 0
    cells = atlas.cells
    middle = np.hypot(cells.x_mm, cells.y_mm)[cell]
    turn = np.abs(np.mod(phi - cells.phi_rad[cell] + np.pi, 2 * np.pi) - np.pi)
    for distance, size in (
        (np.abs(radius - middle), cells.dx_mm),
        (np.abs(eta - cells.eta[cell]), cells.deta),
        (turn, cells.dphi_rad),
    ):
        assert np.all(distance[found] <= 0.5 * size[cell[found]] + 1e-9)
    depth = radius - 1500
    reach = np.select([depth < 0, depth < 80.21, depth < 382.54], [1.52, 1.4, 1.475], 1.35)
    layers = (depth >= 0) & (depth < 419.56) | (depth >= -80) & (depth < -69)
    assert np.array_equal(found, layers & (np.abs(eta) < reach))


def test_phi_wraps_so_that_pi_is_minus_pi(atlas):
    # y = 0 with either sign, on the side away from phi = 0.
    cells = atlas.locate(-1700.0, np.array([0.0, -0.0, 1e-9, -1e-9]), 10.0)
    iphi = atlas.ids.unpack(atlas.cells.id[cells])["iphi"]
    assert iphi.tolist() == [0, 0, 255, 0]


@given(st.floats(-1.33, 1.33), st.floats(-3.1, 3.1), st.integers(1, 63))
def test_a_turn_by_one_module_moves_iphi_by_one_module(atlas, eta, phi, turns):
    angle = 2 * np.pi * turns / 64
    # On a border rounding decides.
    for value, step in ((phi, 2 * np.pi / 256), (eta, 0.003125)):
        assume(abs(value / step - round(value / step)) > 1e-6)
    for radius, n_phi in ((1425.0, 64), (1550.0, 64), (1700.0, 256), (1900.0, 256)):
        here, there = (
            atlas.ids.unpack(atlas.cells.id[atlas.locate(*at(radius, eta, p))]) for p in (phi, phi + angle)
        )
        assert there["ieta"] == here["ieta"]
        assert there["iphi"] == (here["iphi"] + turns * n_phi // 64) % n_phi


def test_both_ends_are_alike(atlas):
    rng = np.random.default_rng(4)
    eta, phi = rng.uniform(-1.5, 1.5, 2000), rng.uniform(-3.0, 3.0, 2000)
    x, y, z = at(1700.0, eta, phi)
    here, there = atlas.locate(x, y, z), atlas.locate(x, y, -z)
    assert np.array_equal(here < 0, there < 0)
    found = here >= 0
    np.testing.assert_allclose(atlas.cells.eta[here[found]], -atlas.cells.eta[there[found]], atol=1e-12)


def test_nothing_is_located_on_the_axis_or_for_what_is_no_number(atlas):
    assert (
        atlas.locate([0.0, np.nan, 1700.0, 1700.0], [0.0, 0.0, np.nan, 0.0], [0.0, 0.0, 0.0, np.nan]).tolist()
        == [-1] * 4
    )
    assert atlas.contains([0.0, np.nan, 1700.0], 0.0, 0.0).tolist() == [False, False, True]


def test_between_presampler_and_strips_is_a_gap_and_behind_the_back_is_outside(atlas):
    points = at(np.array([1450.0, 1930.0]), 0.1, 0.1)
    assert atlas.locate(*points).tolist() == [-1, -1]
    assert atlas.contains(*points).tolist() == [True, False]


def test_depth_is_counted_from_the_front_radius(atlas):
    np.testing.assert_allclose(
        atlas.depth_of(*at(np.array([1500.0, 1600.0]), 0.7, 2.0)), [0.0, 100.0], atol=1e-9
    )


@given(st.integers(1, 60), st.integers(1, 60))
def test_layers_of_any_two_granularities_keep_their_own(n, m):
    readout = barrel(
        LAYER | {"n_phi": n},
        LAYER | {"name": "two", "depth_mm": [100, 200], "n_phi": m, "eta": [{"up_to": 0.9, "step": 0.3}]},
    )
    cells = readout.cells
    assert len(readout) == 20 * n + 6 * m
    assert np.array_equal(readout.locate(cells.x_mm, cells.y_mm, cells.z_mm), np.arange(len(readout)))


@pytest.mark.parametrize(
    ("layers", "keys", "message"),
    [
        (
            [LAYER | {"depth_mm": [0, 500]}],
            {},
            r"layers\[0\].depth_mm: expected layers within the stack of 444.24 mm, got",
        ),
        (
            [LAYER | {"depth_mm": [10, 10]}],
            {},
            r"layers\[0\].depth_mm: expected \[begin, end\] with begin < end",
        ),
        ([LAYER | {"depth_mm": [-10, 10]}], {}, r"layers\[0\].depth_mm: .*wholly before it"),
        (
            [LAYER, LAYER | {"name": "b", "depth_mm": [90, 200]}],
            {},
            r"layers\[1\].depth_mm: .*: they overlap",
        ),
        ([LAYER, LAYER | {"depth_mm": [100, 200]}], {}, r"layers\[1\].name: expected names that differ"),
        (
            [LAYER | {"depth_mm": [-2000, -1500]}, LAYER | {"name": "b"}],
            {},
            "a layer outside of the beam axis",
        ),
        (
            [LAYER | {"eta": [{"up_to": 1.0, "step": 0.3}]}],
            {},
            r"layers\[0\].eta\[0\]: expected a whole number of cells along eta, got 1 / 0.3",
        ),
        (
            [LAYER | {"eta": [{"up_to": 1.0, "step": 0.1}, {"up_to": 0.9, "step": 0.1}]}],
            {},
            r"layers\[0\].eta\[1\].up_to: expected steps in ascending pseudorapidity, above 1, got 0.9",
        ),
        (
            [LAYER],
            {"id_bits": {"iphi": 2, "ieta": 8, "layer": 1}},
            "readout.id_bits: expected values of iphi from 0 to 3",
        ),
        (
            [LAYER],
            {"default_position": {"eta": 1.5}},
            "readout.default_position: .* got eta 1.5, phi 0 degrees",
        ),
    ],
)
def test_layers_that_cannot_be_are_refused_with_path_and_remedy(layers, keys, message):
    with pytest.raises(
        ReadoutError,
        match=f"^atlas_lar: readout.{message.removeprefix('readout.')}"
        if message.startswith(("layers", "readout"))
        else message,
    ):
        barrel(*layers, **keys)
