"""Adapt the shipped model to a detector and make showers with it: the whole way in Python.

    python examples/adapt_and_sample.py

Few showers and few steps, so that it ends in seconds; leave `AdaptSettings` and the slice out for a real one.
"""

import numpy as np

import metacalo
from metacalo.adaptation import find_showers

FOLDER = "adapted/adapt_and_sample"


def main() -> None:
    detector = metacalo.load_detector("lhcb_ecal")
    showers = find_showers(detector)  # those that its YAML names; `metacalo.open_showers` takes any file
    print(detector)
    print(showers)

    # 100 of these 300 are adapted to, and the other 200 judge the result
    settings = metacalo.AdaptSettings(n_showers=100, steps=40)
    adaptation = metacalo.adapt(detector, showers[:300], FOLDER, settings)
    tuning, assessed = adaptation.tuning, adaptation.assessment
    print(f"trained {tuning.seconds:.1f} s, best after {tuning.best_step} steps; see {FOLDER}/report.html")
    for name in ("response_ratio", "separation_mean", "frechet_distance"):
        adapted, floor = assessed.comparisons["adapted"][name], assessed.floor[name]
        print(f"{name}: {adapted}, Geant4 against itself {floor}")

    model = metacalo.load(FOLDER)
    energy_gev = np.array([5.0, 20.0, 80.0]).repeat(100)
    made = model.sample(energy_gev=energy_gev, theta_rad=np.radians(15.0), seed=1)
    visible = made.total_energy_mev / (1000 * energy_gev)
    for energy, part in zip((5, 20, 80), visible.reshape(3, 100), strict=True):
        print(f"{energy} GeV: response {part.mean():.4f}, resolution {part.std() / part.mean():.2%}")


if __name__ == "__main__":
    main()
