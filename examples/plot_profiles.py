"""Plot the mean longitudinal and radial profiles of files of showers, side by side.

    python examples/plot_profiles.py [FILE ...]

Without files it takes the showers that come with metacalo, of two detectors.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import matplotlib.pyplot as plt

import metacalo
from metacalo import Showers
from metacalo.adaptation import find_showers

PICTURE = "profiles.png"


def plot_profiles(samples: Iterable[tuple[str, Showers]], picture: str) -> None:
    """Draw energy per depth and per radius over the incident energy, averaged over showers."""
    figure, (along, across) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for label, showers in samples:
        grid = showers.grid
        incident_mev = 1000 * showers.incident_energy_gev[:, None]
        longitudinal = (showers.layer_energies_mev / incident_mev).mean(axis=0) / grid.dz_mm
        radial = (showers.ring_energies_mev / incident_mev).mean(axis=0) / grid.dr_mm
        along.stairs(longitudinal, grid.z_edges_mm, label=label)
        across.stairs(radial, grid.r_edges_mm, label=label)
    along.set(xlabel="depth [mm]", ylabel="visible energy / incident energy [1/mm]")
    across.set(xlabel="distance to the axis [mm]", yscale="log")
    along.legend()
    figure.savefig(picture, dpi=150)
    plt.close(figure)


def main() -> None:
    if len(sys.argv) > 1:
        samples = [(Path(name).stem, metacalo.open_showers(name)) for name in sys.argv[1:]]
    else:
        samples = [
            (name, find_showers(metacalo.load_detector(name))) for name in ("lhcb_ecal", "atlas_barrel")
        ]
    plot_profiles(samples, PICTURE)
    print(f"{len(samples)} samples in {PICTURE}")


if __name__ == "__main__":
    main()
