"""Random numbers and placement of metacalo.hpp, which need no inference library, against Python's."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from metacalo.geometry import CylinderGrid
from metacalo.runtime.noise import NoiseSource, normal_table

HEADER = Path(__file__).parents[2] / "examples" / "cpp"
N_SHOWERS = 12
SHOWERS = (0, 1, 1_000_000_007, 2**64 - 1)

pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="there is no g++")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    program = tmp_path_factory.mktemp("cpp") / "numbers"
    flags = ["-std=c++17", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", f"-I{HEADER}"]
    source = Path(__file__).with_name("numbers.cpp")
    subprocess.run(["g++", *flags, str(source), "-o", str(program)], check=True)  # noqa: S607
    done = subprocess.run([str(program)], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_rows_of_random_numbers_are_pythons_bit_for_bit(lines):
    source = NoiseSource(333, 30)
    expected = [source.rows(seed, shower, 1)[0] for seed in (0, 1, 2**64 - 1) for shower in SHOWERS]
    found = [[float.fromhex(x) for x in line.split()] for line in lines[:N_SHOWERS]]
    np.testing.assert_array_equal(np.array(found, dtype=np.float32), expected)


def test_the_table_of_normal_numbers_is_pythons_bit_for_bit(lines):
    found = [float.fromhex(x) for x in lines[N_SHOWERS].split()]
    np.testing.assert_array_equal(np.array(found, dtype=np.float32), normal_table())


@pytest.mark.parametrize(
    ("k", "normal", "direction"),
    [(0, (0, 0, 1), (0.3, -0.2, 1)), (1, (0.6, 0.8, 0), (1, 0.5, -0.4)), (2, (-1, 2, 2), (-2, 4, 4))],
)
def test_voxels_stand_along_the_flight_with_azimuth_0_where_the_particle_leans(lines, k, normal, direction):
    theta, *numbers = map(float, lines[N_SHOWERS + 1 + k].split())
    n, d = (np.array(v) / np.linalg.norm(v) for v in (normal, direction))
    assert theta == pytest.approx(np.arccos(min(n @ d, 1)), abs=1e-7)
    placed = np.array(numbers).reshape(3, 8, 5, 3) - (1, 2, 3)
    grid = CylinderGrid((3, 8, 5), 7.0, 11.0)
    np.testing.assert_allclose(placed @ d, np.broadcast_to(grid.z_centres_mm, (3, 8, 5)), atol=1e-9)
    across = placed - (placed @ d)[..., None] * d
    radius = np.linalg.norm(across, axis=-1)
    np.testing.assert_allclose(
        radius, np.broadcast_to(grid.r_centres_mm[:, None, None], (3, 8, 5)), rtol=1e-12
    )
    if np.sin(theta) > 1e-6:
        lean = (d - (n @ d) * n) / np.linalg.norm(d - (n @ d) * n)
        x = (n @ d) * lean - np.sin(theta) * n
        np.testing.assert_allclose(
            across @ x, radius * np.cos(grid.phi_centres_rad)[None, :, None], atol=1e-9
        )
        np.testing.assert_allclose(
            across @ np.cross(d, x), radius * np.sin(grid.phi_centres_rad)[None, :, None], atol=1e-9
        )


def test_a_direction_out_of_the_calorimeter_is_refused(lines):
    assert lines[-1].startswith("expected a direction into the calorimeter")
