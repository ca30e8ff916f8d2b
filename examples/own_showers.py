"""Write a file of showers of your own from a dense array, and adapt to it.

    python examples/own_showers.py

The array stands for what your simulation gives: deposits in the active material [MeV] on a grid of radius,
azimuth and depth along the particle's direction. Here it is filled from the showers that come with metacalo.
"""

import numpy as np

import metacalo
from metacalo.adaptation import find_showers

FILE = "own_showers.h5"
FOLDER = "adapted/own_showers"


def simulated() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return deposits [MeV] (N, r, phi, z), incident energies [GeV] (N,) and angles [rad] (N,)."""
    showers = find_showers(metacalo.load_detector("lhcb_ecal"))[:120]
    return showers.dense(), showers.incident_energy_gev, showers.theta_rad


def main() -> None:
    deposits_mev, energy_gev, theta_rad = simulated()

    detector = metacalo.Detector.from_dict(
        {
            "name": "own_showers",
            "sections": [
                {
                    "repeat": 66,
                    "stack": [
                        {"material": "Pb", "thickness_mm": 2.0},
                        {"material": "polystyrene", "thickness_mm": 4.0, "active": True},
                    ],
                }
            ],
            # the grid that the deposits are on; sizes that are left out follow from the stack
            "grid": {"shape": [9, 16, 45], "dr_mm": 17.9215, "dz_mm": 12.0},
        }
    )
    showers = metacalo.Showers.from_dense(
        deposits_mev,
        grid=detector.grid,
        incident_energy_gev=energy_gev,
        theta_rad=theta_rad,
        attributes={"detector": detector.name, "particle": "e-"},
    )
    metacalo.write_showers(FILE, showers)
    print(showers.summary())

    # opening checks every value, and that the grid is the detector's
    checked = metacalo.open_showers(FILE, detector=detector)
    print("read back as written:", checked == showers)

    settings = metacalo.AdaptSettings(n_showers=40, steps=20)
    adaptation = metacalo.adapt(detector, checked, FOLDER, settings)
    print(f"response, generated / Geant4: {adaptation.assessment.comparisons['adapted']['response_ratio']}")
    print(f"report: {FOLDER}/report.html")


if __name__ == "__main__":
    main()
